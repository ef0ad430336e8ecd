//! `/api/me/saved`: messages that the caller has saved.

pub(super) mod list;
pub(super) mod remove;
pub(super) mod save;

use campana_core::chat::wire::{Event, EventName};
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;

/// The event for the caller's other devices. `saved_at` is `None` if the message is not saved any more.
fn event(conversation: ConversationId, message: &MessageId, saved_at: Option<Timestamp>, at: Timestamp) -> Event {
    Event {
        event: EventName::SavedUpdated,
        conversation_id: conversation,
        seq: None,
        id: Some(message.as_str().to_owned()),
        partial: json!({"saved_at": saved_at}),
        origin_client_id: None,
        at,
    }
}
