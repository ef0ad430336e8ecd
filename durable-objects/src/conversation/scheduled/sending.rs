//! Sending of scheduled messages at their time.

use super::table::DueRow;
use super::{AppStanding, BATCH, LATER_THAN_ALL, SETTLE_EVERY_MS};
use crate::conversation::commands::By;
use crate::conversation::{Object, refused};
use crate::platform::log_failure;
use crate::revoking;
use campana_core::accounts::principal::Principal;
use campana_core::accounts::revocation::Revocation;
use campana_core::chat::command::Draft;
use campana_core::chat::scheduled::{EndedMessage, PendingMessage, ScheduledOutcome, sent_key};
use campana_core::shared::ids::{MessageId, ScheduledId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use std::rc::Rc;

/// How long what the record says of the app stays fresh, milliseconds.
const APP_FRESH_MS: u64 = 10_000;
/// Delay before the next attempt after a fault, milliseconds.
const AGAIN_MS: i64 = 5_000;

impl Object {
    /// Sends the messages that are due, at most [`BATCH`]. All fail if the conversation is deleted.
    pub(super) async fn send_page(self: &Rc<Self>) -> Result<(), Problem> {
        let now = self.context.now();
        let by = if self.is_deleted() { LATER_THAN_ALL } else { now };
        let due = self.scheduled.table.due(by, BATCH)?;
        if due.is_empty() {
            return Ok(());
        }
        let app = match self.app_standing(now).await {
            Ok(app) => app,
            Err(problem) => {
                // Whether the authors may still act is unknown.
                let again = self.context.now().plus_millis(AGAIN_MS);
                due.iter().try_for_each(|row| self.scheduled.table.postpone(&row.id, again))?;
                return Err(problem);
            }
        };
        for DueRow { id, user_id, pending } in due {
            let sent = match &pending {
                Some(pending) => self.send_scheduled(&app, pending).await,
                None => Err(Problem::new(Kind::Invalid, "a scheduled message cannot be read")),
            };
            if let Err(problem) = sent {
                self.not_sent(&id, &user_id, &problem)?;
            }
        }
        Ok(())
    }

    /// Sends a message, unless it ended since it was read.
    async fn send_scheduled(self: &Rc<Self>, app: &AppStanding, pending: &PendingMessage) -> Result<(), Problem> {
        let PendingMessage { id, author, draft, .. } = pending;
        self.check_author(app, author).await?;
        let (user, by) = (&author.user_id, By::echoed(author));
        let draft = Draft { client_msg_id: Some(sent_key(id)), ..draft.clone() };
        let references = self.references_of_new(by, &draft).await?;
        let membership = self.membership(user).await?;
        // Nothing is awaited until the message is committed and its end stored.
        if !self.scheduled.table.is_pending(id)? {
            return Ok(());
        }
        if let Some(prior) = self.log.prior(user, &sent_key(id))? {
            return self.sent(id, user, prior.id);
        }
        let references = self.refresh(by, references)?;
        let actor = by.actor(membership.as_ref());
        let (now, random) = (self.context.now(), self.context.random()?);
        let is_paced = self.with(|loaded| Ok(loaded.rules.is_paced(actor)))?;
        if is_paced {
            let last_sent_at = self.slow_mode.last(user)?;
            self.with(|loaded| loaded.rules.pace(actor, last_sent_at, now))?;
        }
        let has_files = !draft.attachments.is_empty();
        let is_in_channel = draft.parent_id.is_none() || draft.also_in_channel;
        let entry = self.with(|loaded| loaded.rules.send_scheduled(actor, draft, &references, now, random))?;
        let message_id =
            entry.message_id().cloned().ok_or_else(|| Problem::internal("an entry without its message"))?;
        let has_read_all = self.has_read_all(membership.as_ref().map_or(0, |membership| membership.last_read_seq))?;
        if !self.commit_send(&entry, is_paced.then_some((user, now)))? {
            return Err(Problem::internal("a key that is there and is not"));
        }
        if has_files {
            // Members may read the files once the record has the message.
            self.hasten_flush();
        }
        // If this write fails, the next attempt finds the message.
        let ended = self.sent(id, user, message_id);
        if has_read_all && is_in_channel {
            self.members.mark_read(user, entry.seq, now)?;
        }
        self.publish_sent(&entry, by);
        ended
    }

    /// Whether a read marker has reached the newest message. Then the member's own message is not unread either.
    fn has_read_all(&self, last_read_seq: i64) -> Result<bool, Problem> {
        let newest = self.log.last_message()?.map(|row| row.message.seq);
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        Ok(last_read_seq >= newest.unwrap_or(head))
    }

    /// Refuses an author whose identity or app may no longer act. That the token has expired since does not matter.
    async fn check_author(&self, app: &AppStanding, author: &Principal) -> Result<(), Problem> {
        if app.is_disabled {
            return Err(Problem::new(Kind::Forbidden, "this app is disabled"));
        }
        revoking::check(self, author)?;
        let identity = author.into();
        let is_revoked = if app.revocations.covers_since(author.issued_at_ms.map(Timestamp::from_millis)) {
            app.revocations.ends(identity, self.context.now())
        } else {
            let store = self.context.record()?;
            let of_user = store.revocation_of_user(&author.tenant, &author.user_id).await.map_err(refused)?;
            app.revocations.ends(identity, self.context.now()) || of_user.is_some_and(|it| it.ends(identity))
        };
        if is_revoked { Err(Problem::new(Kind::Unauthenticated, Revocation::DETAIL)) } else { Ok(()) }
    }

    /// What the record says of the app, read at most every [`APP_FRESH_MS`].
    async fn app_standing(&self, now: Timestamp) -> Result<AppStanding, Problem> {
        if let Some((at, app)) = &*self.scheduled.app.borrow()
            && now.since(*at) < APP_FRESH_MS
        {
            return Ok(app.clone());
        }
        let (tenant, _) = self.names()?;
        let app = self.context.record()?.app_by_tenant(&tenant).await.map_err(refused)?;
        let app = app.ok_or_else(|| Problem::unavailable("the app is not known"))?;
        if !self.is_deleted() {
            self.with(|loaded| self.follow(loaded, &app.limits))?;
        }
        let standing = AppStanding { is_disabled: app.disabled, revocations: app.revocations };
        *self.scheduled.app.borrow_mut() = Some((now, standing.clone()));
        Ok(standing)
    }

    /// Stores that a message was sent.
    fn sent(&self, id: &ScheduledId, user: &UserId, message_id: MessageId) -> Result<(), Problem> {
        self.end_scheduled(id, user, ScheduledOutcome::Sent { message_id })
    }

    /// A message was not sent: it waits if slow mode or a fault is the reason, otherwise it failed.
    fn not_sent(&self, id: &ScheduledId, user: &UserId, problem: &Problem) -> Result<(), Problem> {
        if !self.scheduled.table.is_pending(id)? {
            return Ok(());
        }
        let now = self.context.now();
        let wait_ms = match problem.kind {
            Kind::SlowMode => i64::try_from(problem.retry_after_ms.unwrap_or(0)).unwrap_or(i64::MAX).max(1),
            Kind::Unavailable | Kind::Internal => {
                log_failure("conversation.scheduled", None, problem);
                AGAIN_MS
            }
            kind => {
                return self.end_scheduled(id, user, ScheduledOutcome::Failed { problem: kind.slug().to_owned() });
            }
        };
        self.scheduled.table.postpone(id, now.plus_millis(wait_ms))
    }

    fn end_scheduled(&self, id: &ScheduledId, user: &UserId, outcome: ScheduledOutcome) -> Result<(), Problem> {
        let now = self.context.now();
        let settle_at = match outcome {
            // The flush settles it before.
            ScheduledOutcome::Sent { .. } => now.plus_millis(SETTLE_EVERY_MS),
            _ => self.scheduled.settled_at.get().plus_millis(SETTLE_EVERY_MS).max(now),
        };
        let ended = EndedMessage { id: id.clone(), user_id: user.clone(), outcome, ended_at: now };
        self.scheduled.table.end(&ended, settle_at)
    }
}
