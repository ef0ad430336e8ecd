//! The user and the channel that an administrator asks about.

use super::allowed;
use crate::api::apps::targets::target_of;
use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::Target;
use campana_core::shared::ids::{ConversationId, UserId};
use campana_core::shared::problem::Problem;

/// What is asked about.
pub(super) struct Subject {
    pub(super) user: UserId,
    pub(super) channel: Option<ChannelName>,
    pub(super) target: Target,
}

impl Subject {
    /// Finds it by the fields of a request: exactly one of `channel` and `conversation_id` is needed. 404 for a channel
    /// that the app does not allow, and for a conversation that the tenant does not have.
    pub(super) async fn find(
        caller: &Caller,
        user: &str,
        channel: Option<String>,
        conversation: Option<String>,
    ) -> Result<Self, Refusal> {
        let user = UserId::parse(user).ok_or_else(|| Problem::field("user_id", "is not an id"))?;
        match (channel, conversation) {
            (Some(channel), None) => {
                let no_name = || Problem::field("channel", "is not a channel's name");
                let channel = ChannelName::parse(&channel).ok_or_else(no_name)?;
                allowed(caller, &channel)?;
                let target = target_of(&caller.app, &caller.record.app_config(), &channel).await?;
                Ok(Self { user, channel: Some(channel), target })
            }
            (None, Some(conversation)) => {
                let id = ConversationId::parse(&conversation).ok_or_else(Problem::not_found)?;
                let found = caller.store().facts(caller.tenant(), &id).await?;
                let id = found.ok_or_else(Problem::not_found)?.id;
                let channel = ChannelName::parse(&format!("private-conversation.{id}"));
                Ok(Self { user, channel, target: Target::Conversation(id) })
            }
            _ => Err(Problem::field("channel", "or conversation_id is needed, and not both").into()),
        }
    }

    /// The conversation, if it is one.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        match &self.target {
            Target::Conversation(id) => Some(id.clone()),
            Target::Person(_) | Target::Channel(_) | Target::AlertDesk => None,
        }
    }
}
