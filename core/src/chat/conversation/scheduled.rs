//! Scheduled messages: what may be scheduled, and what may be sent at its time.

use super::{Actor, Content, Conversation, Entry, References};
use crate::chat::command::Draft;
use crate::chat::policy::Action;
use crate::files::Attachment;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;

impl Conversation {
    /// Decides whether the actor may schedule a message: whether they could send it, if nothing changes until then. A
    /// mute that ends before `send_at` does not matter. `files` are those of the draft's files that its author may send. Returns the
    /// draft with its body trimmed.
    ///
    /// Errors: those of [`Conversation::send`] except for 429.
    pub fn schedule(
        &self,
        actor: Actor<'_>,
        draft: Draft,
        files: Vec<Attachment>,
        send_at: Timestamp,
    ) -> Result<Draft, Problem> {
        self.authorize(actor, Action::Send, send_at)?;
        let content = Content::from_draft(draft.clone(), &self.limits)?;
        References { files, ..References::default() }.attachments_of(&content)?;
        let attachments = content.attachments.iter().map(|id| id.as_str().to_owned()).collect();
        Ok(Draft { body: content.body, attachments, ..draft })
    }

    /// Decides on the send of a scheduled message at its time. It takes no rate token: how many a person schedules is
    /// limited. The caller has checked that it was not sent before, and asks [`Conversation::pace`] first.
    ///
    /// Errors: those of [`Conversation::send`] except for 429.
    pub fn send_scheduled(
        &self,
        actor: Actor<'_>,
        draft: Draft,
        references: &References,
        now: Timestamp,
        random: [u8; 10],
    ) -> Result<Entry, Problem> {
        self.authorize(actor, Action::Send, now)?;
        let content = Content::from_draft(draft, &self.limits)?;
        let parent = references.parent_of(&content)?;
        references.check_quote(&content)?;
        let files = references.attachments_of(&content)?;
        Ok(self.created(actor, content, files, (parent, references), now, random))
    }
}
