//! What every object behind channels does: it knows its listeners by gateway, lets them in, and hands frames on.
//!
//! The gateways' sockets are the truth. Kept here is only which gateways have listeners, and of presence channels who the
//! others were told of; after a sleep the gateways are counted before anything is decided on how many there are.
//!
//! **Atomicity.** A subscription is let in, kept and numbered in one turn: frames from that number on are for it, and what
//! came before it knows from the answer.

mod cached_events;
mod calls;
mod delivery;
mod discovery;
mod missed;
mod publishing;
mod requests;
mod resync;
mod webhook_events;

pub(crate) use delivery::{deliver_missed, delivered, say, say_about};
pub(crate) use requests::{at_gateways, drop_listeners, serve};
pub(crate) use resync::count_stale;

use crate::platform;
use crate::sql::{Row, Sql, as_text, int, text};
use crate::webhooks::WebhookOutbox;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::frame::{ClientEvent, event_frame};
use campana_core::pusher::link::{Except, GatewayName, Listener, Reached, Refusal, Target};
use campana_core::pusher::reporting::Leases;
use campana_core::pusher::roster::{Change, Roster};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::What;
use campana_runtime::Context;
use campana_schema::objects::{HOSTING, announced, cached, listening};
use delivery::Lane;
use futures_util::lock::Mutex;
use publishing::Incomplete;
use resync::Counts;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Env, State};

/// Frames of a target are numbered from its first millisecond on, so many for each: the numbers rise over its sleep, too.
const NUMBERS_PER_MILLI: u64 = 1_000;
/// What the app has set, in `meta`.
const SETTINGS: &str = "hosting";
/// Which target this is, in `meta`.
const TARGET: &str = "target";

/// An object behind channels.
pub(crate) trait Hosts: 'static {
    /// Its listeners.
    fn subscriptions(&self) -> &SubscriptionRegistry;
    /// What the platform gave it.
    fn platform(&self) -> (&State, &Env);
    /// Arms the alarm, from which the object calls [`deliver_missed`].
    fn wake_at(&self, at: Timestamp);
    /// Makes sure that the object knows itself. 404 if there is no such thing any more.
    async fn prepare(self: &Rc<Self>, app_config: &AppConfig, target: &Target) -> Result<(), Problem>;
    /// May this person listen? For whom the signature does not name the app's backend has vouched. Nothing is awaited after
    /// what is checked last.
    async fn admit(self: &Rc<Self>, channel: &ChannelName, listener: Option<&Listener>) -> Result<(), Refusal>;
    /// What a socket is told straight after its subscription succeeded: events and what they carry.
    fn greeting(&self, channel: &ChannelName) -> Vec<(&'static str, String)>;
    /// A client published: may it, and who else is to know? Other listeners are told by the caller.
    async fn heard(self: &Rc<Self>, event: &ClientEvent, listener: Option<&Listener>) -> Result<Heard, Refusal>;
    /// Frames about something have got to these people.
    fn reached(self: &Rc<Self>, _reached: Vec<Reached>) {}
    /// The app's backend published: who is here by other ways than channels?
    fn published(self: &Rc<Self>, event: &Publication);
    /// A channel has its first listener, or has lost its last.
    fn occupied(self: &Rc<Self>, channel: &ChannelName, is_occupied: bool);
    /// A subscription was taken in.
    fn subscribed(self: &Rc<Self>, _channel: &ChannelName, _listener: Option<&Listener>) {}
    /// Somebody is here for the first time, or not any more.
    fn present(self: &Rc<Self>, listener: &Listener, is_here: bool);
}

/// What becomes of an event that a client published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The other listeners are told.
    ForAll,
    /// It was for the object alone.
    ForUs,
}

/// The listeners of an object's channels.
pub(crate) struct SubscriptionRegistry {
    sql: Sql,
    roster: RefCell<Roster>,
    has_tables: Cell<bool>,
    known: RefCell<Option<(AppConfig, Target)>>,
    /// Whether that is in the database.
    is_known_kept: Cell<bool>,
    leases: RefCell<Leases>,
    /// The newest batch of calls of each gateway that has arrived.
    newest_batch: RefCell<HashMap<GatewayName, u64>>,
    /// Of a public channel: the newest batch of each gateway that was answered.
    answered: RefCell<HashMap<GatewayName, u64>>,
    lanes: RefCell<HashMap<GatewayName, Lane>>,
    next_number: Cell<u64>,
    /// One count at a time: calls of a gateway that is being counted wait.
    counting: Mutex<()>,
    counts: Counts,
    incomplete: Incomplete,
    webhooks: WebhookOutbox,
}

impl SubscriptionRegistry {
    /// As the object left it when it fell asleep. If an instance was lost, so was what it had on its way to gateways: each
    /// is told by [`deliver_missed`] that it missed something on every channel, so that its sockets come back.
    pub(crate) fn wake(context: Context, has_lost: bool) -> Self {
        let next_number = u64::try_from(platform::now().millis()).unwrap_or(0).saturating_mul(NUMBERS_PER_MILLI);
        let subscriptions = Self {
            sql: context.sql.clone(),
            webhooks: WebhookOutbox::new(context),
            roster: RefCell::default(),
            has_tables: Cell::new(false),
            known: RefCell::default(),
            is_known_kept: Cell::new(false),
            leases: RefCell::default(),
            newest_batch: RefCell::default(),
            answered: RefCell::default(),
            lanes: RefCell::default(),
            next_number: Cell::new(next_number),
            counting: Mutex::default(),
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

    /// Every gateway missed something on every channel that has listeners there.
    fn all_missed(&self) {
        let (roster, mut lanes) = (self.roster.borrow(), self.lanes.borrow_mut());
        for channel in roster.channels() {
            for gateway in roster.gateways_of(channel) {
                lanes.entry(gateway).or_default().missed(channel.clone());
            }
        }
    }

    fn reopen(&self) -> Result<(), Problem> {
        if !self.sql.has(&HOSTING)? {
            return Ok(());
        }
        self.sql.upgrade(&HOSTING)?;
        self.has_tables.set(true);
        let pair = |row: &Row| Some((as_text(row.first())?.to_owned(), as_text(row.get(1))?.to_owned()));
        let listening = self.sql.rows(listening::ALL, Vec::new())?;
        let announced = self.sql.rows(announced::ALL, Vec::new())?;
        *self.roster.borrow_mut() = Roster::reopen(
            listening
                .iter()
                .filter_map(pair)
                .map(|(channel, gateway)| (ChannelName::trusted(channel), GatewayName::trusted(gateway))),
            announced
                .iter()
                .filter_map(pair)
                .filter_map(|(channel, listener)| Some((ChannelName::trusted(channel), read_stored(&listener).ok()?))),
        );
        for (gateway, channel) in missed::recall(self)? {
            self.lanes.borrow_mut().entry(gateway).or_default().recalled(channel);
        }
        let settings = self.sql.recall(SETTINGS)?.and_then(|text| read_stored(&text).ok());
        let target = self.sql.recall(TARGET)?.and_then(|text| read_stored(&text).ok());
        *self.known.borrow_mut() = settings.zip(target);
        self.is_known_kept.set(self.known.borrow().is_some());
        Ok(())
    }

    /// Whose channels these are and what the app has set, in memory alone: there may be nothing that is worth keeping.
    fn introduce(&self, app_config: &AppConfig, target: &Target) {
        let mut known = self.known.borrow_mut();
        if known.as_ref().is_none_or(|(settings, _)| settings != app_config) {
            *known = Some((app_config.clone(), target.clone()));
            self.is_known_kept.set(false);
        }
    }

    /// Whose channels these are and what the app has set; kept, so that an object that wakes knows it.
    fn remember(&self, app_config: &AppConfig, target: &Target) -> Result<(), Problem> {
        if !self.has_tables.replace(true) {
            self.sql.upgrade(&HOSTING)?;
        }
        self.introduce(app_config, target);
        if self.is_known_kept.get() {
            return Ok(());
        }
        self.sql.keep(SETTINGS, &serde_json::to_string(app_config).unwrap_or_default())?;
        self.sql.keep(TARGET, &serde_json::to_string(target).unwrap_or_default())?;
        self.is_known_kept.set(true);
        Ok(())
    }

    /// Whether gateways have to be told that they missed something: the object calls [`deliver_missed`] when it wakes.
    pub(crate) fn has_missed(&self) -> bool {
        !self.lanes.borrow().is_empty()
    }

    /// Whether there is nothing to keep: nobody listens, nothing is on its way, and no event is kept for those who come.
    pub(crate) fn is_idle(&self) -> bool {
        let nothing_waits = self.is_silent() && self.lanes.borrow().is_empty() && self.webhooks.is_empty();
        let nothing_kept = || {
            let now = platform::now().millis();
            self.sql.first(cached::ANY, vec![int(now)]).is_ok_and(|row| row.is_none())
        };
        self.has_tables.get() && nothing_waits && nothing_kept()
    }

    /// All that was stored is deleted.
    pub(crate) fn forget(&self) {
        self.has_tables.set(false);
        self.is_known_kept.set(false);
        *self.known.borrow_mut() = None;
        self.webhooks.forget();
    }

    /// What the app has set, once somebody came by.
    pub(crate) fn settings(&self) -> Option<AppConfig> {
        self.known.borrow().as_ref().map(|(settings, _)| settings.clone())
    }

    /// Looks at who listens.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Roster) -> T) -> T {
        look(&self.roster.borrow())
    }

    /// Whether nobody listens by a gateway.
    pub(crate) fn is_silent(&self) -> bool {
        self.roster.borrow().is_silent()
    }

    /// Channels that have listeners.
    pub(crate) fn channels(&self) -> Vec<ChannelName> {
        self.roster.borrow().channels().cloned().collect()
    }

    fn take_number(&self) -> u64 {
        let number = self.next_number.get();
        self.next_number.set(number.saturating_add(1));
        number
    }
}

/// Does what a change of the listeners asks for: keeps it, tells the others.
pub(crate) fn apply<O: Hosts>(host: &Rc<O>, changes: Vec<Change>) -> Result<(), Problem> {
    let sql = &host.subscriptions().sql;
    for change in changes {
        match change {
            Change::Opened(channel, gateway) => {
                sql.run(listening::ADD, vec![text(channel.as_str()), text(gateway.as_str())])?;
            }
            Change::Closed(channel, gateway) => {
                sql.run(listening::REMOVE, vec![text(channel.as_str()), text(gateway.as_str())])?;
            }
            Change::Came(channel, listener) => came(host, &channel, &listener)?,
            Change::Left(channel, listener) => {
                sql.run(announced::REMOVE, vec![text(channel.as_str()), text(listener.user.as_str())])?;
                let data = format!(r#"{{"user_id":{}}}"#, listener.id_json());
                tell(host, &channel, "pusher_internal:member_removed", &data);
                webhook_events::note(host, &channel, What::MemberRemoved { user_id: listener.user })?;
            }
            Change::Occupied(channel) => {
                host.occupied(&channel, true);
                webhook_events::note(host, &channel, What::ChannelOccupied)?;
            }
            Change::Vacated(channel) => {
                host.occupied(&channel, false);
                webhook_events::note(host, &channel, What::ChannelVacated)?;
            }
            Change::Counted(channel, _) => resync::changed(host, channel),
            Change::Arrived(listener) => host.present(&listener, true),
            Change::Departed(listener) => host.present(&listener, false),
        }
    }
    Ok(())
}

fn came<O: Hosts>(host: &Rc<O>, channel: &ChannelName, listener: &Listener) -> Result<(), Problem> {
    let kept = serde_json::to_string(listener).unwrap_or_default();
    let params = vec![text(channel.as_str()), text(listener.user.as_str()), text(&kept)];
    host.subscriptions().sql.run(announced::SAVE, params)?;
    let info = listener.info.as_deref().unwrap_or("{}");
    let data = format!(r#"{{"user_id":{},"user_info":{info}}}"#, listener.id_json());
    tell(host, channel, "pusher_internal:member_added", &data);
    webhook_events::note(host, channel, What::MemberAdded { user_id: listener.user.clone() })
}

fn tell<O: Hosts>(host: &Rc<O>, channel: &ChannelName, event: &str, data: &str) {
    say(host, channel, event_frame(event, channel, data), Except::Nobody);
}

/// Somebody's first native socket opened.
pub(crate) fn native_came<O: Hosts>(host: &Rc<O>, person: Listener) -> Result<(), Problem> {
    resync::count_soon(host);
    let changes = host.subscriptions().roster.borrow_mut().native_came(person);
    apply(host, changes)
}

/// Somebody's last native socket closed.
pub(crate) fn native_left<O: Hosts>(host: &Rc<O>, user: &campana_core::shared::ids::UserId) -> Result<(), Problem> {
    // As long as a gateway was not counted since the object slept, they could be there by it.
    resync::count_soon(host);
    let changes = host.subscriptions().roster.borrow_mut().native_left(user);
    apply(host, changes)
}

impl SubscriptionRegistry {
    /// People whose native sockets outlived the object's memory.
    pub(crate) fn natives_were(&self, people: impl IntoIterator<Item = Listener>) {
        self.roster.borrow_mut().natives_were(people);
    }
}
