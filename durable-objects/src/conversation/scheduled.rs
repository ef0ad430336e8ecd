//! Scheduled messages: the object sends them from its alarm.
//!
//! The record has each one before the object does, and the record's list is what its author sees. The object's rows are
//! what the alarm works on. If the object dies in between, a scheduled job finds the overdue message and has the object
//! read it ([`Object::send_due`]). How a message ended is stored in the turn that commits it, then settled in the record, by
//! the flush if it was sent. Then the author gets an event, and the object deletes its row.
//!
//! What asks the record about them runs one at a time: a message that was read as pending cannot have been cancelled when
//! it is stored here. A send takes part in no such order: it decides in one turn on the row that is here.

mod sending;
mod table;

use super::commands::By;
use super::{Object, refused};
use crate::platform::log_failure;
use crate::presence::KeepsPresence;
use crate::record::read_app;
use campana_core::accounts::revocation::NewestRevocations;
use campana_core::chat::command::{Answer, Draft, Reply};
use campana_core::chat::conversation::Actor;
use campana_core::chat::policy::Action;
use campana_core::chat::scheduled::{
    EndedMessage, PendingMessage, ScheduledMessage, ScheduledOutcome, ScheduledStatus, SendDue, author_of,
    validate_send_at,
};
use campana_core::shared::ids::{ScheduledId, UserId};
use campana_core::shared::limits::MAX_PENDING_SCHEDULED;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::retry::{Backoff, Retry};
use campana_runtime::single_flight::SingleFlight;
use campana_schema::objects::SCHEDULED;
use campana_storage::{FlushedNotifications, NewScheduled, Scheduled, Store};
use futures_util::lock::{Mutex, MutexGuard};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use table::ScheduledTable;

/// Maximum number of messages that one alarm sends, or settles in the record; the next alarm continues.
const BATCH: u32 = 50;
/// Minimum time between two settlements of messages that failed, milliseconds. The first is immediate; under load, fewer and
/// larger ones are cheaper. Messages that were sent are settled so long after, unless a flush has done it.
const SETTLE_EVERY_MS: i64 = 5_000;
/// When the alarm looks again at what a running settlement leaves, milliseconds.
const SETTLING_MS: i64 = 5_000;
/// Delays between two attempts to settle messages in the record.
const BACKOFF: Backoff = Backoff { first_ms: 1_000, longest_ms: 30_000 };
/// Greater than every time.
const LATER_THAN_ALL: Timestamp = Timestamp::from_millis(9_007_199_254_740_990);
/// How soon a due time must be for an object that wakes to arm its alarm. Its first alarm for anything else comes within
/// this time, and arms the alarm for all due times.
const WAKING_MS: i64 = 60_000;

/// Scheduled messages of this conversation.
pub(super) struct ScheduledMessages {
    table: ScheduledTable,
    /// Serializes what asks the record about them.
    changes: Mutex<()>,
    /// The task that settles in the background: messages that become due do not wait for the record.
    settling: SingleFlight,
    /// When the last settlement began.
    settled_at: Cell<Timestamp>,
    retry: Retry,
    /// Whether the app is enabled and its revocations, when they were read from the record.
    app: RefCell<Option<(Timestamp, AppStanding)>>,
}

/// What the record says of the app.
#[derive(Debug, Clone)]
struct AppStanding {
    is_disabled: bool,
    revocations: NewestRevocations,
}

impl ScheduledMessages {
    pub(super) fn new(sql: crate::sql::Sql) -> Self {
        let (changes, settling, settled_at, app) = <_>::default();
        Self { table: ScheduledTable::new(sql), changes, settling, settled_at, retry: Retry::new(BACKOFF), app }
    }
}

impl ScheduledMessages {
    /// Takes the lock of requests about scheduled messages to the record. `None` if a request holds it.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, ()>> {
        self.changes.try_lock()
    }

    /// A page of messages that were sent and are not settled. The caller holds the lock.
    pub(super) fn sent(&self) -> Result<Vec<EndedMessage>, Problem> {
        let mut ended = self.table.ended(LATER_THAN_ALL, BATCH)?;
        ended.retain(|message| matches!(message.outcome, ScheduledOutcome::Sent { .. }));
        Ok(ended)
    }
}

impl Object {
    /// Forgets sent messages that a flush has settled, and tells authors whose devices are connected. Others fetch their list when
    /// they connect.
    pub(super) fn settled(
        self: &Rc<Self>,
        sent: &[EndedMessage],
        authors_online: &BTreeSet<UserId>,
    ) -> Result<(), Problem> {
        let (_, conversation) = self.names()?;
        for message in sent {
            let author = &message.user_id;
            if authors_online.contains(author) || self.is_here(author) {
                message.to_event(&conversation).into_iter().for_each(|event| self.notify_person(author, event));
            }
            self.scheduled.table.forget(&message.id)?;
        }
        Ok(())
    }

    /// Schedules a message. A repeat of the request returns the first result.
    pub(super) async fn schedule(&self, by: By<'_>, draft: Draft, send_at: Timestamp) -> Answer {
        let author = author_of(by.principal);
        let membership = self.membership(&author.user_id).await?;
        let actor = Actor { principal: &author, membership: membership.as_ref(), origin_client_id: None };
        if !draft.attachments.is_empty() {
            // A user who may not write here must not claim files for it.
            self.with(|loaded| loaded.rules.authorize(actor, Action::Send, send_at))?;
        }
        let files = self.claimed_files(by, &draft).await?;
        let draft = self.with(|loaded| loaded.rules.schedule(actor, draft, files, send_at))?;
        let id = ScheduledId::new(self.context.now(), self.context.random()?);
        let key = draft.client_msg_id.clone().unwrap_or_else(|| id.to_string());
        let (store, tenant, conversation) = self.record()?;
        let _one_at_a_time = self.scheduled.changes.lock().await;
        let now = self.context.now();
        if let Err(problem) = validate_send_at(send_at, now) {
            // A repeat may come after the time.
            let before =
                store.scheduled_with_key(&tenant, &conversation, &author.user_id, &key).await.map_err(refused)?;
            return before.map_or(Err(problem), |before| repeated(before, &draft, send_at));
        }
        let pending = PendingMessage { id, send_at, author, draft };
        let new = NewScheduled { pending: &pending, client_msg_id: &key, now };
        match store.schedule(&tenant, &conversation, new).await.map_err(refused)? {
            Scheduled::Now(message) => {
                // Before the row, in this turn: an armed alarm without a row is harmless.
                self.wake_at(send_at);
                self.scheduled.table.keep(&pending)?;
                Ok(Reply::Scheduled { message: Box::new(message), created: true })
            }
            Scheduled::Before(message) => {
                let is_pending = message.status == ScheduledStatus::Pending;
                let pending = PendingMessage { id: message.id.clone(), ..pending };
                let reply = repeated(message, &pending.draft, send_at)?;
                if is_pending {
                    // The object may have died when the record had it.
                    self.wake_at(send_at);
                    self.scheduled.table.keep(&pending)?;
                }
                Ok(reply)
            }
            Scheduled::Full => {
                let detail = format!("at most {MAX_PENDING_SCHEDULED} scheduled messages of a person wait at once");
                Err(Problem::new(Kind::Conflict, detail))
            }
        }
    }

    /// Cancels a scheduled message of the caller, or removes one that failed from their list. 409 if it was sent.
    pub(super) async fn cancel_scheduled(self: &Rc<Self>, by: By<'_>, id: &ScheduledId) -> Answer {
        let user = &by.principal.user_id;
        let (tenant, conversation) = self.names()?;
        let store = self.context.record()?;
        let _one_at_a_time = self.scheduled.changes.lock().await;
        let recorded = store.scheduled(&tenant, user, id).await.map_err(refused)?;
        // Nothing is awaited between this look at the row and its end.
        let now = self.context.now();
        match self.scheduled.table.find(id)?.filter(|row| row.user_id == *user).map(|row| row.ended) {
            Some(Some(EndedMessage { outcome: ScheduledOutcome::Sent { .. }, .. })) => return Err(was_sent()),
            Some(Some(EndedMessage { outcome: ScheduledOutcome::Cancelled, .. })) => return Ok(Reply::Done),
            Some(_) => {
                let outcome = ScheduledOutcome::Cancelled;
                let ended = EndedMessage { id: id.clone(), user_id: user.clone(), outcome, ended_at: now };
                self.wake_at(now.plus_millis(BACKOFF.first_ms));
                self.scheduled.table.end(&ended, now)?;
                self.settle_page().await;
                return Ok(Reply::Done);
            }
            None => {}
        }
        let recorded = recorded.filter(|message| message.conversation_id == conversation);
        match recorded.ok_or_else(Problem::not_found)?.status {
            ScheduledStatus::Sent => return Err(was_sent()),
            ScheduledStatus::Cancelled => {}
            ScheduledStatus::Failed => store.dismiss_scheduled(&tenant, user, id).await.map_err(refused)?,
            ScheduledStatus::Pending => {
                // The record had it when the object died.
                let outcome = ScheduledOutcome::Cancelled;
                let ended = EndedMessage { id: id.clone(), user_id: user.clone(), outcome, ended_at: now };
                store.settle_scheduled(&tenant, &conversation, &[ended]).await.map_err(refused)?;
            }
        }
        Ok(Reply::Done)
    }

    /// Sends what is due now, on request of the scheduled job: reads from the record what this object does not have.
    pub(super) async fn send_due(self: &Rc<Self>, due: &SendDue) -> Result<(), Problem> {
        let (tenant, conversation) = (&due.tenant, &due.conversation_id);
        let store = self.context.record()?;
        if self.loaded.borrow().is_none() {
            let app = read_app(&store, tenant, "conversation.scheduled").await;
            let app = app.ok_or_else(|| Problem::unavailable("the app is not known"))?;
            let loaded = self.load(tenant, conversation, &app.limits).await;
            if loaded.as_ref().is_err_and(|problem| problem.kind == Kind::NotFound) && self.loaded.borrow().is_none() {
                return self.fail_due(&store, due).await;
            }
            loaded?;
        }
        if self.names()? != (tenant.clone(), conversation.clone()) {
            return Err(Problem::not_found());
        }
        {
            let _one_at_a_time = self.scheduled.changes.lock().await;
            let now = self.context.now();
            let found = store.due_scheduled(tenant, conversation, now, BATCH).await.map_err(refused)?;
            self.wake_at(now);
            found.iter().try_for_each(|pending| self.scheduled.table.keep(pending))?;
        }
        self.run_scheduled().await;
        Ok(())
    }

    /// The conversation is deleted, and this object stores nothing of it.
    async fn fail_due(&self, store: &Store, due: &SendDue) -> Result<(), Problem> {
        let (tenant, conversation, now) = (&due.tenant, &due.conversation_id, self.context.now());
        let found = store.due_scheduled(tenant, conversation, now, BATCH).await.map_err(refused)?;
        let failed = |pending: PendingMessage| EndedMessage {
            id: pending.id,
            user_id: pending.author.user_id,
            outcome: ScheduledOutcome::Failed { problem: Kind::NotFound.slug().to_owned() },
            ended_at: now,
        };
        let ended: Vec<EndedMessage> = found.into_iter().map(failed).collect();
        store.settle_scheduled(tenant, conversation, &ended).await.map(drop).map_err(refused)
    }

    /// Sends what is due, from the alarm, and has what ended settled. Arms the alarm for the next due time.
    pub(super) async fn run_scheduled(self: &Rc<Self>) {
        if !self.scheduled.table.exists() {
            return;
        }
        if let Err(problem) = self.send_page().await {
            log_failure("conversation.scheduled", None, &problem);
        }
        self.settle_soon();
        self.arm_for_scheduled(i64::MAX);
    }

    /// Settles what ended in the background.
    fn settle_soon(self: &Rc<Self>) {
        let has_ended = self.scheduled.table.next_ended().is_ok_and(|at| at.is_some_and(|at| at <= self.context.now()));
        let Some(flight) = has_ended.then(|| self.scheduled.settling.begin()).flatten() else { return };
        self.spawn(async move |object| {
            {
                let _one_at_a_time = object.scheduled.changes.lock().await;
                object.settle_page().await;
            }
            drop(flight);
            object.arm_for_scheduled(i64::MAX);
        });
    }

    /// Sends messages that slow mode holds back, if it lets their authors write now.
    pub(super) fn retry_scheduled(&self) -> Result<(), Problem> {
        if self.scheduled.table.exists() {
            self.scheduled.table.release()?;
            self.arm_for_scheduled(i64::MAX);
        }
        Ok(())
    }

    /// Arms the alarm for the next due time of an object that wakes.
    pub(super) fn scheduled_woke(&self, meta: &[(String, String)]) {
        if super::log::value(meta, SCHEDULED.version_key).is_some() {
            self.arm_for_scheduled(WAKING_MS);
        }
    }

    /// Arms the alarm for the next due time, if it comes within so many milliseconds.
    fn arm_for_scheduled(&self, within_ms: i64) {
        let now = self.context.now();
        match self.next_scheduled(now) {
            Ok(Some(due)) if due.millis().saturating_sub(now.millis()) <= within_ms => self.wake_at(due.max(now)),
            Ok(_) => {}
            Err(problem) => log_failure("conversation.scheduled", None, &problem),
        }
    }

    /// When a message is next to be sent or settled.
    fn next_scheduled(&self, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        let due = self.scheduled.table.next_due()?;
        // The messages of a deleted conversation fail at once.
        let due = due.map(|due| if self.is_deleted() { now } else { due });
        let ended = self.scheduled.table.next_ended()?;
        let is_settling = self.scheduled.settling.is_running();
        let ended = ended.map(|at| if is_settling { at.max(now.plus_millis(SETTLING_MS)) } else { at });
        Ok(due.into_iter().chain(ended).min())
    }

    /// Writes to the record how a page of messages ended, tells their authors, and forgets them. The caller holds the lock.
    async fn settle_page(self: &Rc<Self>) {
        let now = self.context.now();
        match self.settle_ended(now).await {
            Ok(()) => self.scheduled.retry.succeeded(),
            Err(problem) => {
                log_failure("conversation.scheduled", None, &problem);
                let again = self.scheduled.retry.failed(now);
                // If this write fails, the messages stay due.
                let _postponed = self.scheduled.table.settle_later(now, again);
                self.wake_at(again);
            }
        }
    }

    async fn settle_ended(self: &Rc<Self>, now: Timestamp) -> Result<(), Problem> {
        let ended = self.scheduled.table.ended(now, BATCH)?;
        if ended.is_empty() {
            return Ok(());
        }
        self.scheduled.settled_at.set(now);
        let (tenant, conversation) = self.names()?;
        let settled = self.context.record()?.settle_scheduled(&tenant, &conversation, &ended).await;
        let settled = FlushedNotifications { created: settled.map_err(refused)?, ..FlushedNotifications::default() };
        self.tell_notified(settled, &BTreeSet::new());
        for message in &ended {
            if let Some(event) = message.to_event(&conversation) {
                self.notify_person(&message.user_id, event);
            }
            self.scheduled.table.forget(&message.id)?;
        }
        Ok(())
    }
}

/// The answer to a repeated request: 422 if it asks for something else.
fn repeated(message: ScheduledMessage, draft: &Draft, send_at: Timestamp) -> Answer {
    if message.is_of(draft, send_at) {
        return Ok(Reply::Scheduled { message: Box::new(message), created: false });
    }
    Err(Problem::new(Kind::KeyReused, "this client_msg_id was used with another message or time"))
}

fn was_sent() -> Problem {
    Problem::new(Kind::Conflict, "the message was sent")
}
