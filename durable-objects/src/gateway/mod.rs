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
mod deliver;
mod frames;
mod listing;
mod maintenance;
mod moving;
pub(crate) mod queries;
mod quota;
mod reporting;
mod signin;
mod subscribing;

use crate::maintenance::SettingsWatch;
use crate::quota_reporter::{self, QuotaReporter};
use crate::sql::{self, Row, as_text};
use crate::{host, platform};
use app::KnownApp;
use calls::CallQueues;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{PING, PONG};
use campana_core::pusher::link::{Delivery, Drop, GatewayName, Moved, Occupied, ResyncRequest, Target, Terminate};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_runtime::alarm::Alarm;
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::{Context, Hosted};
use campana_schema::objects::GATEWAY;
use client::Client;
use clients::Clients;
use deliver::FanOut;
use js_sys::Promise;
use queries::targets;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::web_sys;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// Keys in `meta` of the app's settings and of the gateway's name.
const SETTINGS: &str = "hosting";
const NAME: &str = "gateway";

/// Gateway object, named by [`GatewayName::object_name`]. Endpoints: `GET /attach` with an
/// [`Attach`](campana_core::pusher::link::Attach) header, and `POST` of the gateway requests in
/// [`link`](campana_core::pusher::link).
#[durable_object(alarm)]
pub struct Gateway {
    object: Rc<Object>,
}

struct Object {
    state: State,
    context: Context,
    me: RefCell<Option<(AppConfig, GatewayName)>>,
    app: RefCell<Option<KnownApp>>,
    conversations: RefCell<app::Conversations>,
    clients: RefCell<Clients>,
    queues: CallQueues,
    next_batch: Cell<u64>,
    /// Targets that may believe that sockets here listen to their channels.
    reported_targets: RefCell<BTreeSet<Target>>,
    cached_event_lookups: RefCell<reporting::CachedEventLookups>,
    moves: moving::Moves,
    /// Newest frame number of each target; duplicates are dropped.
    newest: RefCell<HashMap<Target, u64>>,
    fan_out: RefCell<FanOut>,
    fan_out_flight: SingleFlight,
    reporter: QuotaReporter,
    alarm: Alarm,
    settings: SettingsWatch,
}

impl DurableObject for Gateway {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        platform::answer(&state, PING, PONG);
        let context = host::context(&state, &env, sql::database(&state));
        let has_lost = context.host().has_lost_instance();
        let object = Object {
            context,
            me: RefCell::default(),
            app: RefCell::default(),
            conversations: RefCell::default(),
            clients: RefCell::default(),
            queues: CallQueues::default(),
            next_batch: Cell::new(0),
            reported_targets: RefCell::default(),
            cached_event_lookups: RefCell::default(),
            moves: moving::Moves::default(),
            newest: RefCell::default(),
            fan_out: RefCell::default(),
            fan_out_flight: SingleFlight::default(),
            reporter: QuotaReporter::default(),
            alarm: Alarm::default(),
            settings: SettingsWatch::default(),
            state,
        };
        let object = Rc::new(object);
        if let Err(problem) = object.wake(has_lost) {
            tracing::error!(at = "gateway.wake", detail = problem.detail);
        }
        Self { object }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let object = &self.object;
        let path = request.path();
        if request.method() == Method::Get && path == "/attach" {
            return attach::attach(object, &request).await;
        }
        if request.method() != Method::Post {
            return platform::problem_response(&Problem::not_found());
        }
        let body = platform::text_of(&mut request).await?;
        match path.as_str() {
            "/deliver" => answer(&body, async |delivery: Delivery| object.deliver(delivery).await).await,
            "/drop" => answer(&body, async |drop: Drop| object.drop_listeners(&drop)).await,
            "/terminate" => answer(&body, async |terminate: Terminate| object.terminate(&terminate.user)).await,
            "/census" => answer(&body, async |question: ResyncRequest| object.answer_resync(&question).await).await,
            "/moved" => answer(&body, async |moved: Moved| object.moved(&moved)).await,
            "/occupied" => Response::from_json(&Occupied { channels: object.clients.borrow().counts() }),
            _ => platform::problem_response(&Problem::not_found()),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.object.alarm().await;
        Response::ok("")
    }
}

async fn answer<Q: DeserializeOwned, A: Serialize>(body: &str, act: impl AsyncFnOnce(Q) -> A) -> Result<Response> {
    match read_stored(body) {
        Ok(question) => Response::from_json(&act(question).await),
        Err(_) => Response::error("a request of another version", 400),
    }
}

/// Socket event handlers that the platform calls. Written by hand because the macro of `worker` would create a promise
/// for each frame.
#[wasm_bindgen]
impl Gateway {
    /// Handles a frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn on_message(&self, socket: web_sys::WebSocket, message: JsValue) -> Option<Promise> {
        let object = Rc::clone(&self.object);
        platform::run(async move { object.frame(&socket.into(), &message).await })
    }

    /// Handles a close.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn on_close(&self, socket: web_sys::WebSocket, _code: u16, _reason: JsValue, is_answered: bool) {
        self.object.socket_gone(&socket.into(), is_answered);
    }

    /// Handles a broken connection.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn on_error(&self, socket: web_sys::WebSocket) {
        self.object.socket_gone(&socket.into(), false);
    }
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }

    fn alarm_clock(&self) -> &Alarm {
        &self.alarm
    }
}

impl Object {
    /// Rebuilds the memory state. Targets without listeners here any more get new counts. If an instance was lost, its
    /// unsent frames are unknown, so all sockets are closed and reconnect.
    fn wake(self: &Rc<Self>, has_lost: bool) -> std::result::Result<(), Problem> {
        if !self.context.sql.has(&GATEWAY)? {
            return Ok(());
        }
        self.context.sql.upgrade(&GATEWAY)?;
        let settings = self.context.sql.recall(SETTINGS)?.and_then(|text| read_stored(&text).ok());
        *self.me.borrow_mut() = settings.zip(self.context.sql.recall(NAME)?.map(GatewayName::trusted));
        let read = |row: &Row| read_stored(as_text(row.first())?).ok();
        let notified: BTreeSet<Target> =
            self.context.sql.rows(targets::ALL, Vec::new())?.iter().filter_map(read).collect();
        *self.clients.borrow_mut() = Clients::rebuild(&self.state, has_lost, self.bursts(), self.context.now());
        self.reported_targets.borrow_mut().clone_from(&notified);
        for target in notified.iter().filter(|target| !self.clients.borrow().has_listeners_of(target)) {
            self.doubt(target);
        }
        Ok(())
    }

    /// Stores the gateway's name and the app's settings, for when the object wakes.
    fn remember(&self, app_config: &AppConfig, name: &GatewayName) -> std::result::Result<(), Problem> {
        if self.me.borrow().as_ref().is_some_and(|(known, _)| known == app_config) {
            return Ok(());
        }
        self.context.sql.upgrade(&GATEWAY)?;
        self.context.sql.keep(SETTINGS, &serde_json::to_string(app_config).unwrap_or_default())?;
        self.context.sql.keep(NAME, name.as_str())?;
        *self.me.borrow_mut() = Some((app_config.clone(), name.clone()));
        if self.clients.borrow().len() > 0 {
            // The app may now require more reports.
            self.alarm.arm(&self.context, self.context.now());
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

    /// Cleans up after a socket that closed or broke.
    fn socket_gone(self: &Rc<Self>, socket: &worker::WebSocket, is_answered: bool) {
        let client = self.clients.borrow().of_socket(socket);
        if let Some(client) = client {
            self.forget(&client);
        }
        self.clients.borrow_mut().ended(socket, is_answered, self.context.now());
        let _already_closed = socket.close(Some(1000), Some(""));
    }

    /// Closes a socket and removes it.
    fn dismiss(self: &Rc<Self>, client: &Rc<Client>, code: Code) {
        client.close(code);
        self.forget(client);
    }

    /// Removes a socket and notifies its targets.
    fn forget(self: &Rc<Self>, client: &Rc<Client>) {
        for user in client.people() {
            self.reporter.changed(Some(&user));
        }
        self.reporter.changed(None);
        let ended = self.clients.borrow_mut().remove(client);
        for pending in client.pending.borrow_mut().values_mut() {
            pending.cancelled = Some(client::Cancellation::Unsubscribed);
        }
        for (channel, subscription) in ended {
            self.report_unsubscribed(channel, subscription);
        }
        quota_reporter::report_soon(self);
    }
}
