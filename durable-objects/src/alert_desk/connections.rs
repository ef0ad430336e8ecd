//! Dashboards of the desk, as administrators see them.

use super::Object;
use crate::live::ShowsSessions;
use crate::sessions::Session;
use campana_core::live::ConnectionKind;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::ConversationId;

impl ShowsSessions for Object {
    const KIND: ConnectionKind = ConnectionKind::Dashboard;

    fn conversation(&self) -> Option<ConversationId> {
        None
    }

    fn log_position(&self) -> Option<(String, i64)> {
        Some(self.position())
    }

    fn channel_of(&self, _session: &Session) -> Option<ChannelName> {
        Some(ChannelName::trusted("private-panic-alerts"))
    }
}
