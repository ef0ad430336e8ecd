//! The Conversation object: the only writer of one conversation.
//!
//! **Atomicity.** The object decides a command and commits it to its SQLite in one turn, without an await in between.
//! The platform holds back acknowledgements and fan-out until that write is durable. Only work that needs the record
//! (memberships, messages older than the log) awaits; after the await it decides again on the current state.
//!
//! **What survives hibernation.** The log, memberships, read markers and limits (SQLite), and the principal of each
//! socket (attachments). Lost without harm: rate buckets, typing, and events that coalesce for a few milliseconds (a
//! timer keeps the object awake until they are sent).

mod alarm;
mod annotations;
mod announcing;
mod begun;
mod blocks;
mod commands;
mod commit;
mod connect;
mod connections;
mod erasing;
mod flush;
mod frames;
mod groups;
mod inbox;
mod indexing;
mod invites;
mod link_previews;
mod listeners;
mod log;
mod members;
mod membership;
mod moderation;
mod notifying;
mod privacy;
pub(crate) mod queries;
mod quota;
mod reading;
mod scanned;
mod scheduled;
mod slow_mode;
#[cfg(test)]
mod tests;
mod threads;
mod trim;
mod unarchiving;

use crate::fan_out::FanOut;
use crate::handshake::{self, PING};
use crate::live;
use crate::maintenance::SettingsWatch;
use crate::presence::PresenceQueue;
use crate::quota_reporter::QuotaReporter;
use crate::reclaim;
use crate::revoking;
use crate::sessions::Sessions;
use crate::subscriptions::{self, SubscriptionRegistry};
use annotations::AnnotationTables;
use campana_core::chat::command::{ConversationFacts, Membership, TrimLog};
use campana_core::chat::conversation as rules;
use campana_core::chat::erasure::EraseMessages;
use campana_core::chat::policy::Place;
use campana_core::chat::scheduled::SendDue;
use campana_core::files::scan::FileDecided;
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::inbound::{self, InboundQueue};
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::ports::Answer;
use campana_runtime::sockets::{Incoming, Socket, Stream};
use campana_runtime::{Context, Hosted};
use campana_storage::StorageError;
use futures_util::lock::Mutex;
use log::{Bounds, Log};
use members::Members;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Key in `meta` of the room's posting rules. Absent in objects older than these rules, whose room had none.
const POSTING: &str = "posting";

/// A conversation. Requests: `/command` with an [`Envelope`](campana_core::chat::command::Envelope), `/trim` with a
/// [`TrimLog`], `/scheduled` with a [`SendDue`], `/scanned` with a [`FileDecided`], `/erase` with an [`EraseMessages`], and those of [`link`](campana_core::pusher::link) for targets. Clients open sockets and event streams.
pub(crate) struct Object {
    log: Log,
    annotations: AnnotationTables,
    members: Members,
    slow_mode: slow_mode::SlowModeSends,
    scheduled: scheduled::ScheduledMessages,
    links: link_previews::LinkPreviews,
    blocks: blocks::Blocks,
    hidden: privacy::HiddenPeople,
    index_feed: indexing::IndexFeed,
    loaded: RefCell<Option<Loaded>>,
    sessions: RefCell<Sessions>,
    inbound: InboundQueue<(Rc<dyn Socket>, Incoming)>,
    subscriptions: SubscriptionRegistry,
    context: Context,
    fan_out: RefCell<FanOut>,
    presence: PresenceQueue,
    flush: flush::FlushState,
    inbox: inbox::InboxState,
    receipts: commit::Receipts,
    reporter: QuotaReporter,
    /// Serializes changes of memberships, invites and the room: each sees the result of the one before it.
    changes: Mutex<()>,
    /// The outcome of some changes may be unknown.
    has_begun: Cell<bool>,
    /// `has_begun` at waking, until recovery starts.
    began_before_waking: Cell<bool>,
    settings: SettingsWatch,
}

/// The conversation's state, once it is loaded.
struct Loaded {
    tenant: TenantId,
    room_id: Option<RoomId>,
    rules: rules::Conversation,
    bounds_floor: i64,
    flushed: i64,
    /// Count of sent messages that the app's quota registry has counted.
    counted: i64,
    deleted: bool,
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Instance for Object {
    const PING: Option<(&'static str, &'static str)> = Some(PING);

    fn start(context: Context) -> Rc<Self> {
        let has_lost = context.host().has_lost_instance();
        let sql = context.sql.clone();
        let object = Rc::new(Self {
            log: Log::new(sql.clone()),
            annotations: AnnotationTables::new(sql.clone()),
            subscriptions: SubscriptionRegistry::wake(context.clone()),
            members: Members::new(sql.clone()),
            slow_mode: slow_mode::SlowModeSends::new(sql.clone()),
            scheduled: scheduled::ScheduledMessages::new(sql.clone()),
            links: link_previews::LinkPreviews::new(sql.clone()),
            hidden: privacy::HiddenPeople::new(sql),
            blocks: blocks::Blocks::default(),
            index_feed: indexing::IndexFeed::default(),
            context,
            loaded: RefCell::default(),
            sessions: RefCell::default(),
            inbound: InboundQueue::default(),
            fan_out: RefCell::default(),
            presence: PresenceQueue::default(),
            flush: flush::FlushState::default(),
            inbox: inbox::InboxState::default(),
            receipts: commit::Receipts::default(),
            reporter: QuotaReporter::default(),
            changes: Mutex::default(),
            has_begun: Cell::new(false),
            began_before_waking: Cell::new(false),
            settings: SettingsWatch::default(),
        });
        if let Err(problem) = object.wake() {
            tracing::error!(at = "conversation.wake", detail = problem.detail);
        }
        if has_lost || object.subscriptions.has_missed() {
            subscriptions::deliver_missed(&object);
        }
        if has_lost {
            // An inbox round that was running was lost with the instance.
            object.update_inboxes(true, Vec::new());
        }
        object
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        self.catch_up();
        match path {
            "/command" => answer(body, async |envelope| self.command(envelope).await).await,
            "/trim" => answer(body, async |trim: TrimLog| self.trim_log(&trim).await).await,
            "/scheduled" => answer(body, async |due: SendDue| self.send_due(&due).await).await,
            "/scanned" => answer(body, async |decided: FileDecided| self.file_decided(&decided).await).await,
            "/erase" => answer(body, async |erase: EraseMessages| self.erase_messages(&erase).await).await,
            "/revoked" => Answer::done(read_request(body).map(|list: Vec<_>| revoking::close_revoked(self, &list))),
            live::PATH => live::serve(self, body).await,
            path if path.starts_with("/pusher/") => subscriptions::serve(self, path, body).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.run_due().await;
    }

    async fn open(self: &Rc<Self>, connect: &str, socket: Rc<dyn Socket>) -> Result<(), Problem> {
        self.catch_up();
        handshake::open(self, connect, socket).await;
        Ok(())
    }

    async fn stream(self: &Rc<Self>, connect: &str, stream: Rc<dyn Stream>) -> Result<(), Problem> {
        self.catch_up();
        connect::events(self, connect, stream).await
    }

    fn frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming) {
        self.catch_up();
        inbound::take_in(self, socket, frame);
    }

    fn gone(self: &Rc<Self>, socket: &dyn Socket, is_answered: bool) {
        inbound::take_in_waiting(self);
        reclaim::socket_gone(self, socket, is_answered);
    }
}

impl Object {
    /// Rebuilds the memory state from SQLite; does nothing for an object that was never used. If an instance was lost,
    /// its unsent events are unknown: every connection is closed, and clients reconnect with their position.
    fn wake(&self) -> Result<(), Problem> {
        if self.log.meta()?.is_none() {
            return Ok(());
        }
        self.log.prepare()?;
        let Some(meta) = self.log.meta()? else { return Ok(()) };
        let (Some(tenant), Some(id)) = (log::value(&meta, "tenant"), log::value(&meta, "conversation_id")) else {
            return Ok(());
        };
        let limits: Limits = log::value(&meta, "limits").and_then(|l| read_stored(l).ok()).unwrap_or_default();
        let place = log::value(&meta, "place").and_then(|p| read_stored(p).ok()).unwrap_or(Place::Group);
        let base_seq = log::number(&meta, "base_seq");
        let counts = rules::MessageCounts {
            sent: log::number(&meta, "base_message_count"),
            uncounted: log::number(&meta, "base_uncounted_count"),
        };
        let base = Bounds { floor: base_seq, head: base_seq, counts };
        let bounds = self.log.bounds(base)?;
        let flushed = log::number(&meta, "flushed");
        let is_behind = bounds.head > flushed || !self.members.pending_reads(1, Timestamp::default())?.is_empty();
        let epoch = log::value(&meta, "epoch").unwrap_or_default().to_owned();
        let conversation = ConversationId::trusted(id);
        let counted = log::value(&meta, quota::COUNTED).and_then(|count| count.parse().ok());
        *self.sessions.borrow_mut() = Sessions::rebuild(&self.context, frames::burst(&limits));
        let here = self.sessions.borrow().people(usize::MAX);
        let visible = here.iter().filter(|person| !self.hidden.has(&person.user_id));
        self.subscriptions.restore_natives(visible.map(listeners::native));
        let mut rules = rules::Conversation::new(conversation, place, epoch, bounds.head, bounds.counts, limits);
        rules.set_posting(log::value(&meta, POSTING).and_then(|rules| read_stored(rules).ok()).unwrap_or_default());
        rules.set_blocked(self.restore_blocks(&meta));
        *self.loaded.borrow_mut() = Some(Loaded {
            tenant: TenantId::trusted(tenant),
            room_id: log::value(&meta, "room_id").map(RoomId::trusted),
            rules,
            bounds_floor: bounds.floor,
            flushed,
            // An object older than the registry counts from the current value.
            counted: counted.unwrap_or(bounds.counts.sent),
            deleted: log::value(&meta, "deleted_at").is_some(),
        });
        self.flush.woke(is_behind);
        let has_begun = !self.log.begun(1)?.is_empty();
        self.has_begun.set(has_begun);
        self.began_before_waking.set(has_begun);
        self.scheduled_woke(&meta);
        Ok(())
    }

    /// Loads the conversation, the first time from the record. 404 if it is deleted or not the object's own.
    async fn load(&self, tenant: &TenantId, id: &ConversationId, limits: &Limits) -> Result<(), Problem> {
        if self.loaded.borrow().is_none() {
            let facts = self.context.record()?.facts(tenant, id).await.map_err(refused)?;
            let facts = facts.ok_or_else(Problem::not_found)?;
            if self.loaded.borrow().is_none() {
                self.begin(tenant, &facts, limits)?;
            }
        }
        let mut loaded = self.loaded.borrow_mut();
        let loaded = loaded.as_mut().ok_or_else(Problem::not_found)?;
        if loaded.tenant != *tenant || loaded.rules.id() != id || loaded.deleted {
            return Err(Problem::not_found());
        }
        self.follow(loaded, limits)
    }

    /// Adopts the app's limits if they changed.
    fn follow(&self, loaded: &mut Loaded, limits: &Limits) -> Result<(), Problem> {
        if loaded.rules.limits() != limits {
            self.context.sql.keep_json("limits", limits)?;
            loaded.rules.set_limits(limits.clone());
            // Connections that are silent now may already exceed the new time-out.
            self.arm_for(limits.idle_timeout_ms);
        }
        Ok(())
    }

    /// First use: creates the tables and an epoch, and starts at the position that the record has.
    fn begin(&self, tenant: &TenantId, facts: &ConversationFacts, limits: &Limits) -> Result<(), Problem> {
        let epoch = format!("{:016x}", u64::from_be_bytes(self.context.random()?));
        let is_announced = announcing::is_announced(facts.place);
        if is_announced {
            self.wake_at(self.context.now());
        }
        let sql = &self.context.sql;
        // Atomic: with a part of it, the object would wake at another position.
        sql.transaction(|| {
            self.log.prepare()?;
            sql.keep("tenant", tenant.as_str())?;
            sql.keep("conversation_id", facts.id.as_str())?;
            sql.keep_json("place", &facts.place)?;
            sql.keep_json(POSTING, &facts.posting)?;
            sql.keep_json("limits", limits)?;
            sql.keep("epoch", &epoch)?;
            sql.keep_json("base_seq", &facts.last_seq)?;
            sql.keep_json("flushed", &facts.last_seq)?;
            sql.keep_json("base_message_count", &facts.message_count)?;
            sql.keep_json("base_uncounted_count", &facts.uncounted_count)?;
            sql.keep_json(quota::COUNTED, &facts.message_count)?;
            sql.keep_json("created_at", &self.context.now().millis())?;
            if let Some(room) = &facts.room_id {
                sql.keep("room_id", room.as_str())?;
            }
            if is_announced {
                sql.keep(announcing::UNANNOUNCED, "1")?;
            }
            Ok(())
        })?;
        self.wake()
    }

    /// The tenant and the conversation, also if it is deleted.
    fn names(&self) -> Result<(TenantId, ConversationId), Problem> {
        let loaded = self.loaded.borrow();
        loaded.as_ref().map(|it| (it.tenant.clone(), it.rules.id().clone())).ok_or_else(Problem::not_found)
    }

    fn is_deleted(&self) -> bool {
        self.loaded.borrow().as_ref().is_some_and(|loaded| loaded.deleted)
    }

    /// Runs `read` on the loaded conversation; 404 if it is not loaded or is deleted.
    fn with<T>(&self, read: impl FnOnce(&mut Loaded) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut loaded = self.loaded.borrow_mut();
        let loaded = loaded.as_mut().filter(|loaded| !loaded.deleted).ok_or_else(Problem::not_found)?;
        read(loaded)
    }

    /// A user's membership: from the object's memory or SQLite, else from the record. Every decision needs it, so blocks
    /// are asked about here.
    async fn membership(&self, user: &UserId) -> Result<Option<Membership>, Problem> {
        self.learn_blocks().await?;
        loop {
            if let Some(membership) = self.members.find(user)? {
                return Ok(Some(membership));
            }
            let version = self.members.version();
            let (tenant, id) = self.with(|loaded| Ok((loaded.tenant.clone(), loaded.rules.id().clone())))?;
            let found = self.context.record()?.membership(&tenant, &id, user).await.map_err(refused)?;
            if let Some(membership) = &found {
                self.members.keep_read(membership, version)?;
            }
            if self.members.version() == version {
                return Ok(found);
            }
        }
    }
}

/// Logs a record error and turns it into a problem.
fn refused(error: StorageError) -> Problem {
    tracing::error!(at = "conversation.record", detail = %error);
    error.into()
}
