//! Erasure of what a user wrote here, on request of the erasure job, page by page.
//!
//! Each message of theirs becomes a deleted one by an event of the log, as if they had deleted it: clients learn of it like of any
//! deletion, counts stay exact, and a replay has nothing of it. Their name becomes their id. A page that breaks off is begun again, and
//! what is erased already is passed over. What the log has later than the request asks for stays.
//!
//! The record has all of the log before a page is read from it, and all of the page's events before the call returns.

use super::commands::By;
use super::{Object, refused};
use crate::record::read_app;
use campana_core::chat::conversation::MemberChangeKind;
use campana_core::chat::erasure::{EraseMessages, ErasedMessages, MESSAGES_OF_CALL};
use campana_core::chat::flush::FlushedMessage;
use campana_core::shared::problem::{Kind, Problem};
use std::rc::Rc;

/// Scheduled messages that one call cancels: more than a person can have.
const SCHEDULED: u32 = 1_000;

impl Object {
    /// Erases a page of the user's messages; after the last one, what else is here of them, and their membership. 404 if the conversation is
    /// deleted.
    pub(super) async fn erase_messages(self: &Rc<Self>, erase: &EraseMessages) -> Result<ErasedMessages, Problem> {
        let store = self.context.record()?;
        let app = read_app(&store, &erase.tenant, "conversation.erasing").await;
        let app = app.ok_or_else(|| Problem::unavailable("the app is not known"))?;
        self.load(&erase.tenant, &erase.conversation_id, &app.limits).await?;
        let principal = erase.principal(self.context.now());
        let by = By::echoed(&principal);
        self.flush_all_now().await?;
        let page = store.messages_to_erase(erase, MESSAGES_OF_CALL).await.map_err(refused)?;
        let is_last = page.len() < MESSAGES_OF_CALL as usize;
        let last = page.last().map(|row| row.message.seq);
        let mut messages = 0_u64;
        for row in page {
            messages = messages.saturating_add(u64::from(self.erase_message(by, row).await?));
        }
        if !is_last {
            self.flush_all_now().await?;
            return Ok(ErasedMessages { messages, next: last });
        }
        for id in store.scheduled_to_erase(erase, SCHEDULED).await.map_err(refused)? {
            match self.cancel_scheduled(by, &id).await {
                Err(problem) if problem.kind != Kind::Conflict => return Err(problem),
                // One that was sent in the meantime is a message, which the next pass erases.
                Ok(_) | Err(_) => {}
            }
        }
        self.end_erased_membership(by, erase).await?;
        // Blocks of theirs end with a later step.
        self.forget_blocks()?;
        self.log.forget_user(&erase.user_id, &erase.first_later_id())?;
        self.annotations.forget_name(&erase.user_id)?;
        self.flush_all_now().await?;
        Ok(ErasedMessages { messages, next: None })
    }

    /// Commits and publishes the event that erases a message. Returns whether there is one.
    async fn erase_message(self: &Rc<Self>, by: By<'_>, row: FlushedMessage) -> Result<bool, Problem> {
        let root = self.root_of(by, &row).await?;
        let row = self.log.current(&row.message.id)?.unwrap_or(row);
        let root = root.map(|root| self.present_root(by, root)).transpose()?;
        let message = row.message.clone();
        let entry = self.with(|loaded| Ok(loaded.rules.erase(row, root.as_ref(), self.context.now())))?;
        let Some(entry) = entry else { return Ok(false) };
        self.commit(&entry)?;
        // In the turn of the commit.
        self.log.forget_sender(&message)?;
        self.publish_committed(&entry, by);
        Ok(true)
    }

    /// Ends the user's membership, unless it is a later one. An owner is succeeded by the member of longest standing, moderators first.
    async fn end_erased_membership(self: &Rc<Self>, by: By<'_>, erase: &EraseMessages) -> Result<(), Problem> {
        let _one_after_the_other = self.changes.lock().await;
        self.recover_changes().await?;
        let Some(mine) = self.membership(&erase.user_id).await? else { return Ok(()) };
        if mine.joined_at > erase.up_to {
            return Ok(());
        }
        self.hand_over_place(by, &mine).await?;
        self.end_membership(by, &mine, MemberChangeKind::Left, None).await.map(drop)
    }

    /// Waits until the record has all of the log.
    async fn flush_all_now(self: &Rc<Self>) -> Result<(), Problem> {
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        self.flush_until(|object| object.with(|loaded| Ok(loaded.flushed >= head))).await;
        let is_flushed = self.with(|loaded| Ok(loaded.flushed >= head))?;
        if is_flushed { Ok(()) } else { Err(Problem::unavailable("the record does not have the log yet")) }
    }
}
