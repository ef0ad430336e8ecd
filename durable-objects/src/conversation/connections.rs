//! Native connections of a conversation, as administrators see them.

use super::Object;
use super::commands::By;
use crate::live::ShowsSessions;
use crate::sessions::Session;
use crate::subscriptions::Hosts;
use campana_core::chat::policy::Action;
use campana_core::live::{AskStanding, ConnectionKind, Decision};
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use std::rc::Rc;

impl ShowsSessions for Object {
    const KIND: ConnectionKind = ConnectionKind::Conversation;

    fn conversation(&self) -> Option<ConversationId> {
        self.names().ok().map(|(_, conversation)| conversation)
    }

    /// By the policy that decides about sockets, subscriptions and requests. The membership is read as they read it.
    async fn decide_for(self: &Rc<Self>, asked: &AskStanding) -> Result<Decision, Problem> {
        let Some(target) = &asked.target else { return Ok(Decision::default()) };
        self.prepare(&asked.app_config, target).await?;
        let principal = self.principal_of(&asked.user, asked.user.to_string(), i64::MAX)?;
        let access = self.authorize(By::echoed(&principal), Action::ViewConversation).await;
        let membership = self.membership(&asked.user).await?;
        Ok(Decision {
            access: Some(access),
            muted_until: membership.as_ref().and_then(|it| it.mute_at(self.context.now())),
            last_read_seq: membership.map(|it| it.last_read_seq),
        })
    }

    fn log_position(&self) -> Option<(String, i64)> {
        self.with(|loaded| Ok((loaded.rules.epoch().to_owned(), loaded.rules.head()))).ok()
    }

    fn channel_of(&self, _session: &Session) -> Option<ChannelName> {
        self.conversation().map(|id| ChannelName::trusted(format!("private-conversation.{id}")))
    }
}
