//! Gateway object: holds the sockets of Pusher clients, each subscribed to many channels.
//!
//! An app's sockets are spread over gateways by region and number, so no single object holds all of them. Channels
//! belong to other objects (targets). A gateway reports listeners to targets and forwards their frames to sockets.
//!
//! **Order.** Calls to a target go out one batch at a time. Frames from a target arrive one delivery at a time and are
//! numbered. A socket gets the frames after the start of its subscription in order, each once.
//!
//! **What survives hibernation.** In attachments: each socket's user and subscriptions. In SQLite: the gateway's name,
//! the app's settings, and the targets that were notified of listeners. Rate buckets and user info are lost, which is
//! harmless (targets keep the info). If sockets are lost, the notified targets get new counts.

mod app;
mod attach;
mod calls;
mod client;
mod clients;
mod connections;
mod deliver;
mod failures;
mod frames;
mod listing;
mod maintenance;
mod moving;
mod occupancy;
mod order;
mod pending;
pub(crate) mod queries;
mod quota;
mod reporting;
mod revoking;
mod signin;
mod subscribing;
#[cfg(test)]
mod tests;

use crate::live;
use crate::maintenance::SettingsWatch;
use crate::quota_reporter::{self, QuotaReporter};
use crate::sql::Row;
use app::KnownApp;
use calls::CallQueues;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{PING, PONG};
use campana_core::pusher::link::{Delivery, Drop, GatewayName, Moved, Occupied, ResyncRequest, Target, Terminate};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::json::read_stored;
use campana_core::shared::limits::MAX_FRAME_BYTES;
use campana_core::shared::problem::Problem;
use campana_runtime::inbound::{self, InboundQueue};
use campana_runtime::instance::{Instance, read_request};
use campana_runtime::ports::Answer;
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::sockets::{Incoming, Socket};
use campana_runtime::{Context, Hosted};
use campana_schema::objects::GATEWAY;
use client::Client;
use clients::Clients;
use deliver::FanOut;
use queries::targets;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Keys in `meta` of the app's settings and of the gateway's name.
const SETTINGS: &str = "hosting";
const NAME: &str = "gateway";

/// A gateway. Requests: those of [`link`](campana_core::pusher::link) for gateways. Clients open sockets, described by
/// an [`Attach`](campana_core::pusher::link::Attach).
pub(crate) struct Object {
    context: Context,
    me: RefCell<Option<(AppConfig, GatewayName)>>,
    app: RefCell<Option<KnownApp>>,
    conversations: RefCell<app::Conversations>,
    clients: RefCell<Clients>,
    inbound: InboundQueue<(Rc<dyn Socket>, Incoming)>,
    queues: CallQueues,
    next_number: Cell<u64>,
    /// Targets that may believe that sockets here listen to their channels.
    reported_targets: RefCell<BTreeSet<Target>>,
    cached_event_lookups: RefCell<reporting::CachedEventLookups>,
    moves: moving::Moves,
    occupancy: occupancy::Occupancy,
    /// Newest frame number of each target; duplicates are dropped.
    newest: RefCell<HashMap<Target, u64>>,
    fan_out: RefCell<FanOut>,
    fan_out_flight: SingleFlight,
    reporter: QuotaReporter,
    settings: SettingsWatch,
    /// Signatures that did not fit and are not in the record yet.
    bad_signatures: Cell<u32>,
}

/// Decodes a request and answers it; 400 if it cannot be read.
async fn answer<Q: DeserializeOwned, A: Serialize>(body: &str, act: impl AsyncFnOnce(Q) -> A) -> Answer {
    match read_stored(body) {
        Ok(question) => Answer::json(&act(question).await),
        // Not JSON: some of the expected answers have no required field, so that any object would be one.
        Err(_) => Answer { status: 400, body: b"a request of another version".to_vec(), retry_after: None },
    }
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Instance for Object {
    const PING: Option<(&'static str, &'static str)> = Some((PING, PONG));

    fn start(context: Context) -> Rc<Self> {
        let object = Rc::new(Self {
            occupancy: occupancy::Occupancy::new(context.clone()),
            context,
            me: RefCell::default(),
            app: RefCell::default(),
            conversations: RefCell::default(),
            clients: RefCell::default(),
            inbound: InboundQueue::default(),
            queues: CallQueues::default(),
            next_number: Cell::new(0),
            reported_targets: RefCell::default(),
            cached_event_lookups: RefCell::default(),
            moves: moving::Moves::default(),
            newest: RefCell::default(),
            fan_out: RefCell::default(),
            fan_out_flight: SingleFlight::default(),
            reporter: QuotaReporter::default(),
            settings: SettingsWatch::default(),
            bad_signatures: Cell::default(),
        });
        if let Err(problem) = object.wake() {
            tracing::error!(at = "gateway.wake", detail = problem.detail);
        }
        object
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/deliver" => answer(body, async |delivery: Delivery| self.deliver(delivery).await).await,
            "/drop" => answer(body, async |drop: Drop| self.drop_listeners(&drop)).await,
            "/revoked" => Answer::done(read_request(body).map(|list: Vec<_>| self.end_revoked(&list))),
            live::PATH => live::serve(self, body).await,
            "/terminate" => answer(body, async |terminate: Terminate| self.terminate(&terminate.user)).await,
            "/census" => answer(body, async |question: ResyncRequest| self.answer_resync(&question).await).await,
            "/moved" => answer(body, async |moved: Moved| self.moved(&moved)).await,
            "/occupied" => Answer::json(&Occupied { channels: self.clients.borrow().counts() }),
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.run_due().await;
    }

    async fn open(self: &Rc<Self>, connect: &str, socket: Rc<dyn Socket>) -> Result<(), Problem> {
        let attach = serde_json::from_str(connect);
        self.attach(attach.map_err(|_| Problem::internal("a connection of another version"))?, socket).await
    }

    fn max_frame_bytes(&self) -> usize {
        let payload = self.me.borrow().as_ref().map_or(0, |(app_config, _)| app_config.pusher.payload_bytes);
        MAX_FRAME_BYTES.max(usize::try_from(payload).unwrap_or(0).saturating_mul(2))
    }

    fn frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming) {
        inbound::take_in(self, socket, frame);
    }

    fn gone(self: &Rc<Self>, socket: &dyn Socket, is_answered: bool) {
        inbound::take_in_waiting(self);
        let client = self.clients.borrow().of_socket(socket);
        if let Some(client) = client {
            client.order.clear();
            client.unsubscribe_pending();
            self.forget(&client);
        }
        self.clients.borrow_mut().ended(socket, is_answered, self.context.now());
        socket.close(1000, "");
    }
}

impl Object {
    /// Rebuilds the memory state. Targets without listeners here any more get new counts. If an instance was lost, its
    /// unsent frames are unknown, so all sockets are closed and reconnect.
    fn wake(self: &Rc<Self>) -> Result<(), Problem> {
        if !self.context.sql.has(&GATEWAY)? {
            return Ok(());
        }
        self.context.sql.upgrade(&GATEWAY)?;
        let settings = self.context.sql.recall(SETTINGS)?.and_then(|text| read_stored(&text).ok());
        *self.me.borrow_mut() = settings.zip(self.context.sql.recall(NAME)?.map(GatewayName::trusted));
        let read = |row: &Row| read_stored(row.text(0)?).ok();
        let notified: BTreeSet<Target> =
            self.context.sql.rows(targets::ALL, Vec::new())?.iter().filter_map(read).collect();
        *self.clients.borrow_mut() = Clients::rebuild(&self.context, self.bursts(), &self.pusher());
        self.reported_targets.borrow_mut().clone_from(&notified);
        self.recall_occupancy()?;
        for target in notified.iter().filter(|target| !self.clients.borrow().has_listeners_of(target)) {
            self.doubt(target);
        }
        // A later call arms the alarm for one socket only, and would replace an earlier alarm from before this wake.
        self.arm_for_clients();
        Ok(())
    }

    /// Stores the gateway's name and the app's settings, for when the object wakes.
    fn remember(&self, app_config: &AppConfig, name: &GatewayName) -> Result<(), Problem> {
        if self.me.borrow().as_ref().is_some_and(|(known, _)| known == app_config) {
            return Ok(());
        }
        self.context.sql.upgrade(&GATEWAY)?;
        self.context.sql.keep(SETTINGS, &serde_json::to_string(app_config).unwrap_or_default())?;
        self.context.sql.keep(NAME, name.as_str())?;
        *self.me.borrow_mut() = Some((app_config.clone(), name.clone()));
        if self.clients.borrow().len() > 0 {
            // The app may now require more reports, or its public chat may belong to something else.
            self.context.wake_at(self.context.now());
        }
        Ok(())
    }

    /// The app's settings and the gateway's name. `None` before the first socket.
    fn me(&self) -> Option<(AppConfig, GatewayName)> {
        self.me.borrow().clone()
    }

    /// The app's Pusher settings.
    fn pusher(&self) -> PusherSettings {
        self.me.borrow().as_ref().map(|(app_config, _)| app_config.pusher.clone()).unwrap_or_default()
    }

    /// Closes a socket and removes it.
    fn dismiss(self: &Rc<Self>, client: &Rc<Client>, code: Code) {
        client.close(code);
        client.cancel_pending();
        self.forget(client);
    }

    /// Removes a socket and notifies its targets. The caller has ended its pending subscriptions.
    fn forget(self: &Rc<Self>, client: &Rc<Client>) {
        if self.clients.borrow().get(client.id).is_some() {
            quota_reporter::closed(&**self, client.closed_with.get());
        }
        for user in client.people() {
            self.reporter.changed(Some(&user));
        }
        self.reporter.changed(None);
        let ended = self.clients.borrow_mut().remove(client);
        for (channel, subscription) in ended {
            self.occupancy_changed(&channel);
            self.report_unsubscribed(client, channel, subscription);
        }
        quota_reporter::report_soon(self);
    }
}
