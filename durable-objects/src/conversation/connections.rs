//! Native connections of a conversation, as administrators see them.

use super::Object;
use crate::live::ShowsSessions;
use crate::sessions::Session;
use campana_core::live::ConnectionKind;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::ConversationId;

impl ShowsSessions for Object {
    const KIND: ConnectionKind = ConnectionKind::Conversation;

    fn conversation(&self) -> Option<ConversationId> {
        self.names().ok().map(|(_, conversation)| conversation)
    }

    fn log_position(&self) -> Option<(String, i64)> {
        self.with(|loaded| Ok((loaded.rules.epoch().to_owned(), loaded.rules.head()))).ok()
    }

    fn channel_of(&self, _session: &Session) -> Option<ChannelName> {
        self.conversation().map(|id| ChannelName::trusted(format!("private-conversation.{id}")))
    }
}
