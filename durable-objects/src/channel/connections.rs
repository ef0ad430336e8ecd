//! Connections of a user's own channel, as administrators see them.

use super::Object;
use crate::live::ShowsSessions;
use crate::sessions::Session;
use campana_core::live::ConnectionKind;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::ConversationId;

impl ShowsSessions for Object {
    const KIND: ConnectionKind = ConnectionKind::User;

    fn conversation(&self) -> Option<ConversationId> {
        None
    }

    fn log_position(&self) -> Option<(String, i64)> {
        None
    }

    fn channel_of(&self, session: &Session) -> Option<ChannelName> {
        ChannelName::parse(&format!("private-user.{}", session.attachment.borrow().principal.user_id))
    }
}
