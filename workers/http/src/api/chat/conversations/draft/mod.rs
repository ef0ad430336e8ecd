//! `/api/chat/conversations/{id}/draft`: what the caller has begun to write in a conversation or one of its threads.

pub(super) mod clear;
pub(super) mod get;
pub(super) mod save;

use super::get::personal;
use crate::api::chat::message_actions::find_message;
use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::chat::drafts::UnsentDraft;
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;
use campana_storage::DraftPlace;

/// A place of a conversation in which the caller may have a draft.
pub(in crate::api::chat) struct Place {
    conversation: ConversationId,
    parent: Option<MessageId>,
}

impl Place {
    /// The place of a message that the caller has sent.
    pub(in crate::api::chat) fn of_sent(conversation: ConversationId, parent: Option<MessageId>) -> Self {
        Self { conversation, parent }
    }

    /// A place that the caller names. 404 or 403 if they are no member, 422 if the parent is no id.
    async fn find(caller: &Caller, conversation: ConversationId, parent: Option<&str>) -> Result<Self, Refusal> {
        personal(caller, &conversation).await?;
        let parent = parent.map(|id| MessageId::parse(id).ok_or_else(no_parent)).transpose()?;
        Ok(Self { conversation, parent })
    }

    /// 422 unless the parent is a message of the conversation.
    async fn require_parent(&self, caller: &Caller) -> Result<(), Refusal> {
        let Some(parent) = &self.parent else { return Ok(()) };
        let found = find_message(caller, parent).await?;
        if found.is_some_and(|message| message.conversation_id == self.conversation && message.deleted_at.is_none()) {
            return Ok(());
        }
        Err(no_parent().into())
    }

    fn of<'a>(&'a self, caller: &'a Caller) -> DraftPlace<'a> {
        let (tenant, user) = (caller.tenant(), caller.user_id());
        DraftPlace { tenant, user, conversation: &self.conversation, parent: self.parent.as_ref() }
    }

    /// Clears the draft up to a state, or whatever it is, and tells the caller's other devices.
    pub(in crate::api::chat) async fn clear(
        &self,
        caller: &Caller,
        rev: Option<i64>,
        origin_client_id: Option<String>,
    ) -> Result<(), Refusal> {
        if let Some(cleared) = caller.store().clear_draft(self.of(caller), rev, caller.now()).await? {
            changed(caller, &cleared, origin_client_id).await;
        }
        Ok(())
    }
}

fn no_parent() -> Problem {
    Problem::field("parent_id", "is no message of this conversation")
}

/// Tells the caller's other devices.
async fn changed(caller: &Caller, draft: &UnsentDraft, origin_client_id: Option<String>) {
    caller.notify_own(draft.to_event(origin_client_id, caller.now())).await;
}
