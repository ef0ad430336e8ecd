//! Subscription registry shared by all objects that own channels: tracks listeners by gateway, admits subscriptions,
//! and sends frames to gateways.
//!
//! The gateways' sockets are the source of truth. The database stores only which gateways have listeners of each
//! channel, and which members were announced on presence channels. After hibernation the gateways are resynced before
//! any decision that depends on counts.
//!
//! **Atomicity.** A subscription is admitted, stored and numbered in one turn. It gets all frames from its number on;
//! its answer covers everything before.

mod cached_events;
mod calls;
mod delivery;
mod discovery;
mod gateways;
mod missed;
mod publishing;
pub(crate) mod queries;
mod requests;
mod resync;
mod traces;
mod webhook_events;

pub(crate) use delivery::{delivered, settled};
pub(crate) use gateways::at_gateways;
pub(crate) use requests::{drop_listeners, serve};
pub(crate) use resync::resync_stale;
pub(crate) use traces::{Traces, Written, name_of, start as start_trace};

use crate::sql::{Row, int, text};
use crate::webhooks::outbox;
use campana_core::accounts::app_config::AppConfig;
use campana_core::live::TraceInfo;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::frame::{ClientEvent, event_frame};
use campana_core::pusher::link::{Except, GatewayName, Listener, Reached, Refusal, Target};
use campana_core::pusher::reporting::Leases;
use campana_core::pusher::roster::{Roster, RosterChange};
use campana_core::shared::problem::Problem;
use campana_core::shared::socket_id::SocketId;
use campana_core::webhooks::channels::EventKind;
use campana_runtime::outbox::Outbox;
use campana_runtime::{Context, Hosted};
use campana_schema::objects::HOSTING;
use delivery::DeliveryQueues;
use futures_util::lock::Mutex;
use publishing::Incomplete;
use queries::{presence_members, subscribed_gateways};
use resync::Counts;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Frame numbers start at the current Unix millisecond times this, so they increase across hibernation.
const NUMBERS_PER_MILLI: u64 = 1_000;
/// Key in `meta` of the app's settings.
const SETTINGS: &str = "hosting";
/// Key in `meta` of the target that this object is.
const TARGET: &str = "target";

/// What is stored under [`SETTINGS`].
#[derive(Serialize, Deserialize)]
struct StoredSettings {
    #[serde(flatten)]
    settings: AppConfig,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    traces: Vec<TraceInfo>,
}

/// Object that owns channels.
pub(crate) trait Hosts: Hosted {
    /// Its subscription registry.
    fn subscriptions(&self) -> &SubscriptionRegistry;
    /// Loads what the object needs to know about itself. 404 if what it stands for no longer exists.
    async fn prepare(self: &Rc<Self>, app_config: &AppConfig, target: &Target) -> Result<(), Problem>;
    /// Authorizes a subscription. If the signature names no user, the backend that issued it is trusted.
    /// Implementations await nothing after the last check.
    async fn admit(self: &Rc<Self>, channel: &ChannelName, listener: Option<&Listener>) -> Result<(), Refusal>;
    /// Events, with their data, that a socket gets right after its subscription succeeded.
    fn greeting(&self, channel: &ChannelName, listener: Option<&Listener>) -> Vec<(&'static str, String)>;
    /// Authorizes a client event and handles it for the object itself. The caller sends it to other listeners.
    async fn on_client_event(
        self: &Rc<Self>,
        event: &ClientEvent,
        socket: &SocketId,
        listener: Option<&Listener>,
    ) -> Result<ClientEventHandling, Refusal>;
    /// Called with the users that frames with `about` were sent to.
    fn sent_to(self: &Rc<Self>, _recipients: Vec<Reached>) {}
    /// Called when the app's backend publishes, to reach recipients other than channel listeners.
    fn published(self: &Rc<Self>, event: &Publication);
    /// Called when a channel gets its first listener or loses its last one.
    fn occupied(self: &Rc<Self>, channel: &ChannelName, is_occupied: bool);
    /// Called after a subscription was accepted.
    fn subscribed(self: &Rc<Self>, _channel: &ChannelName, _listener: Option<&Listener>) {}
    /// Called before the end of a subscription whose socket and user are known.
    fn unsubscribing(self: &Rc<Self>, _socket: &SocketId, _listener: &Listener) {}
    /// Called when a user becomes present or absent.
    fn present(self: &Rc<Self>, listener: &Listener, is_here: bool);
}

/// What to do with a client event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientEventHandling {
    /// Send it to the other listeners.
    ForAll,
    /// Nothing: it was for the object only.
    ForUs,
}

/// Listeners of an object's channels.
pub(crate) struct SubscriptionRegistry {
    context: Context,
    roster: RefCell<Roster>,
    has_tables: Cell<bool>,
    known: RefCell<Option<(AppConfig, Target)>>,
    /// Whether `known` is stored in the database.
    is_known_stored: Cell<bool>,
    leases: RefCell<Leases>,
    /// Newest batch number received from each gateway.
    newest_batch: RefCell<HashMap<GatewayName, u64>>,
    /// Number of the newest client event of each gateway that was sent on.
    newest_event: RefCell<HashMap<GatewayName, u64>>,
    /// For public channels: newest batch number answered to each gateway.
    answered: RefCell<HashMap<GatewayName, u64>>,
    delivery_queues: DeliveryQueues,
    next_number: Cell<u64>,
    /// Serializes resyncs. Calls of a gateway that is being resynced wait.
    resync_lock: Mutex<()>,
    counts: Counts,
    incomplete: Incomplete,
    webhooks: Outbox,
    /// Traces of this object's events.
    pub(crate) traces: Traces,
}

impl SubscriptionRegistry {
    /// Restores the registry after hibernation. If an instance was lost, its undelivered frames were too:
    /// [`deliver_missed`] then tells each gateway that it missed frames on every channel, so that its sockets
    /// reconnect.
    pub(crate) fn wake(context: Context) -> Self {
        let has_lost = context.host().has_lost_instance();
        let next_number = u64::try_from(context.now().millis()).unwrap_or(0).saturating_mul(NUMBERS_PER_MILLI);
        let subscriptions = Self {
            webhooks: outbox::outbox(context.clone()),
            traces: Traces::new(context.clone()),
            context,
            roster: RefCell::default(),
            has_tables: Cell::new(false),
            known: RefCell::default(),
            is_known_stored: Cell::new(false),
            leases: RefCell::default(),
            newest_batch: RefCell::default(),
            newest_event: RefCell::default(),
            answered: RefCell::default(),
            delivery_queues: DeliveryQueues::default(),
            next_number: Cell::new(next_number),
            resync_lock: Mutex::default(),
            counts: Counts::default(),
            incomplete: Incomplete::default(),
        };
        if let Err(problem) = subscriptions.reopen() {
            tracing::error!(at = "subscriptions.wake", detail = problem.detail);
        }
        if has_lost {
            subscriptions.all_missed();
        }
        subscriptions
    }

    /// Marks every channel as missed at every gateway with listeners of it.
    fn all_missed(&self) {
        let roster = self.roster.borrow();
        for channel in roster.channels() {
            for gateway in roster.gateways_of(channel) {
                self.delivery_queues.with(&gateway, |queue| queue.state.missed.insert(channel.clone()));
            }
        }
    }

    fn reopen(&self) -> Result<(), Problem> {
        if !self.context.sql.has(&HOSTING)? {
            return Ok(());
        }
        self.context.sql.upgrade(&HOSTING)?;
        self.has_tables.set(true);
        let channel = |row: &Row| row.text(0).map(ChannelName::trusted);
        let gateway = |row: &Row| Some((channel(row)?, GatewayName::trusted(row.text(1)?)));
        let member = |row: &Row| Some((channel(row)?, row.json(1)?));
        *self.roster.borrow_mut() = Roster::reopen(
            self.context.sql.list(subscribed_gateways::ALL, [], gateway)?,
            self.context.sql.list(presence_members::ALL, [], member)?,
        );
        for (gateway, channel) in missed::list(self)? {
            self.delivery_queues.with(&gateway, |queue| {
                queue.state.missed.insert(channel);
                queue.state.is_stored = true;
            });
        }
        let stored: Option<StoredSettings> = self.context.sql.recall_json(SETTINGS)?;
        let settings = stored.map(|StoredSettings { settings, traces }| {
            self.traces.restore(traces);
            settings
        });
        *self.known.borrow_mut() = settings.zip(self.context.sql.recall_json(TARGET)?);
        self.is_known_stored.set(self.known.borrow().is_some());
        Ok(())
    }

    /// Sets `known` in memory only, since there may be nothing worth storing.
    fn introduce(&self, app_config: &AppConfig, target: &Target) {
        let mut known = self.known.borrow_mut();
        if known.as_ref().is_none_or(|(settings, _)| settings != app_config) {
            *known = Some((app_config.clone(), target.clone()));
            self.is_known_stored.set(false);
        }
    }

    /// Sets `known` and stores it, for when the object wakes.
    fn remember(&self, app_config: &AppConfig, target: &Target) -> Result<(), Problem> {
        if !self.has_tables.replace(true) {
            self.context.sql.upgrade(&HOSTING)?;
        }
        self.introduce(app_config, target);
        if self.is_known_stored.get() {
            return Ok(());
        }
        self.store_known(&self.traces.known())?;
        self.is_known_stored.set(true);
        Ok(())
    }

    /// Stores `known`, with these traces.
    fn store_known(&self, traces: &[TraceInfo]) -> Result<(), Problem> {
        let Some((settings, target)) = self.known.borrow().clone() else { return Ok(()) };
        self.context.sql.keep_json(SETTINGS, &StoredSettings { settings, traces: traces.to_vec() })?;
        self.context.sql.keep_json(TARGET, &target)
    }

    /// Whether any gateway's delivery queue exists. If so after waking, the object calls [`deliver_missed`].
    pub(crate) fn has_missed(&self) -> bool {
        !self.delivery_queues.is_empty()
    }

    /// Whether the stored data can be deleted: no listeners, no pending deliveries or webhook events, no trace, and no
    /// cached event.
    pub(crate) fn is_idle(&self) -> bool {
        let nothing_waits =
            self.is_silent() && self.delivery_queues.is_empty() && self.webhooks.is_empty() && self.traces.is_empty();
        let nothing_cached = || {
            let now = self.context.now().millis();
            self.context.sql.first(queries::cached_events::ANY, vec![int(now)]).is_ok_and(|row| row.is_none())
        };
        self.has_tables.get() && nothing_waits && nothing_cached()
    }

    /// Resets the state after the database was emptied.
    pub(crate) fn forget(&self) {
        self.has_tables.set(false);
        self.is_known_stored.set(false);
        *self.known.borrow_mut() = None;
        self.webhooks.forget();
        self.traces.restore(Vec::new());
    }

    /// The app's settings. `None` before the first request.
    pub(crate) fn settings(&self) -> Option<AppConfig> {
        self.known.borrow().as_ref().map(|(settings, _)| settings.clone())
    }

    /// Calls a function with the roster.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Roster) -> T) -> T {
        read(&self.roster.borrow())
    }

    /// Whether no gateway has listeners.
    pub(crate) fn is_silent(&self) -> bool {
        self.roster.borrow().is_silent()
    }

    /// Channels with listeners.
    pub(crate) fn channels(&self) -> Vec<ChannelName> {
        self.roster.borrow().channels().cloned().collect()
    }

    fn take_number(&self) -> u64 {
        let number = self.next_number.get();
        self.next_number.set(number.saturating_add(1));
        number
    }
}

/// Applies changes of the roster: stores them, and notifies listeners, webhooks and the object.
pub(crate) fn apply<O: Hosts>(host: &Rc<O>, changes: Vec<RosterChange>) -> Result<(), Problem> {
    let sql = &host.subscriptions().context.sql;
    for change in changes {
        match change {
            RosterChange::Opened(channel, gateway) => {
                sql.run(subscribed_gateways::ADD, vec![text(channel.as_str()), text(gateway.as_str())])?;
            }
            RosterChange::Closed(channel, gateway) => {
                sql.run(subscribed_gateways::REMOVE, vec![text(channel.as_str()), text(gateway.as_str())])?;
            }
            RosterChange::Came(channel, listener) => member_added(host, &channel, &listener)?,
            RosterChange::Left(channel, listener) => {
                sql.run(presence_members::REMOVE, vec![text(channel.as_str()), text(listener.user.as_str())])?;
                let data = format!(r#"{{"user_id":{}}}"#, listener.id_json());
                send_event(host, &channel, "pusher_internal:member_removed", &data);
                webhook_events::append(host, &channel, EventKind::MemberRemoved { user_id: listener.user })?;
            }
            RosterChange::Occupied(channel) => {
                host.occupied(&channel, true);
                webhook_events::append_occupancy(host, &channel, EventKind::ChannelOccupied)?;
            }
            RosterChange::Vacated(channel) => {
                host.occupied(&channel, false);
                webhook_events::append_occupancy(host, &channel, EventKind::ChannelVacated)?;
            }
            RosterChange::Counted(channel, _) => resync::announce_count(host, channel),
            RosterChange::Arrived(listener) => host.present(&listener, true),
            RosterChange::Departed(listener) => host.present(&listener, false),
        }
    }
    Ok(())
}

fn member_added<O: Hosts>(host: &Rc<O>, channel: &ChannelName, listener: &Listener) -> Result<(), Problem> {
    let kept = serde_json::to_string(listener).unwrap_or_default();
    let params = vec![text(channel.as_str()), text(listener.user.as_str()), text(&kept)];
    host.subscriptions().context.sql.run(presence_members::SAVE, params)?;
    let info = listener.info.as_deref().unwrap_or("{}");
    let data = format!(r#"{{"user_id":{},"user_info":{info}}}"#, listener.id_json());
    send_event(host, channel, "pusher_internal:member_added", &data);
    webhook_events::append(host, channel, EventKind::MemberAdded { user_id: listener.user.clone() })
}

fn send_event<O: Hosts>(host: &Rc<O>, channel: &ChannelName, event: &str, data: &str) {
    send_frame(host, channel, event_frame(event, channel, data), Except::Nobody);
}

/// Sends a frame to the listeners of its channel.
pub(crate) fn send_frame<O: Hosts>(host: &Rc<O>, channel: &ChannelName, text: String, except: Except) {
    delivery::push(host, channel, text, except, None, &[]);
}

/// Sends a frame about something to the listeners of its channel. [`Hosts::sent_to`] gets the users among them. Returns
/// the gateways.
pub(crate) fn send_frame_about<O: Hosts>(
    host: &Rc<O>,
    channel: &ChannelName,
    text: String,
    except: Except,
    about: &str,
) -> Vec<GatewayName> {
    delivery::push(host, channel, text, except, Some(about), &[])
}

/// For the alarm: retries gateways that missed frames, webhook events, resyncs and the record of cached events.
pub(crate) fn deliver_missed<O: Hosts>(host: &Rc<O>) {
    webhook_events::hand_over(host);
    resync::resync_soon(host);
    cached_events::record_soon(host);
    delivery::retry(host);
    traces::forget_old(host);
}

/// Adds a user whose first native socket opened.
pub(crate) fn native_joined<O: Hosts>(host: &Rc<O>, person: Listener) -> Result<(), Problem> {
    resync::resync_soon(host);
    let changes = host.subscriptions().roster.borrow_mut().native_joined(person);
    apply(host, changes)
}

/// Removes a user whose last native socket closed.
pub(crate) fn native_left<O: Hosts>(host: &Rc<O>, user: &campana_core::shared::ids::UserId) -> Result<(), Problem> {
    // The user may still be present through a gateway that was not resynced since the object woke.
    resync::resync_soon(host);
    let changes = host.subscriptions().roster.borrow_mut().native_left(user);
    apply(host, changes)
}

impl SubscriptionRegistry {
    /// Restores users whose native sockets survived hibernation.
    pub(crate) fn restore_natives(&self, people: impl IntoIterator<Item = Listener>) {
        self.roster.borrow_mut().natives_were(people);
    }
}
