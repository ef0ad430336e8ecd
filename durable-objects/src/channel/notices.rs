//! Requests of other objects to a user's own channel.

use campana_core::alerts::wire::AlertNotice;
use campana_core::chat::notifications::NotificationEvent;
use campana_core::chat::wire::{Event, EventName, Message};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::json::set;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::objects::CallError;
use campana_runtime::ports::Address;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A conversation's notice to an online member who may not have it open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InboxNotice {
    /// Conversation id.
    pub(crate) conversation_id: ConversationId,
    /// Newest message, in its current state.
    pub(crate) last_message: Option<Message>,
    /// Number of messages that the user has not read.
    pub(crate) unread_count: i64,
    /// Number of mentions of the user in these.
    #[serde(default)]
    pub(crate) mention_count: i64,
    /// Newest position.
    pub(crate) last_seq: i64,
    /// Client ids of the user's tabs that have the conversation open; they get no notice.
    pub(crate) looking: Vec<String>,
    /// Time of the notice.
    pub(crate) at: Timestamp,
}

impl InboxNotice {
    /// The notice as a wire event.
    pub(super) fn to_event(&self) -> Event {
        let mut partial = json!({
            "unread_count": self.unread_count,
            "mention_count": self.mention_count,
            "last_seq": self.last_seq,
        });
        if let Some(message) = &self.last_message {
            set(&mut partial, "last_message", json!(message));
            set(&mut partial, "last_message_at", json!(message.created_at));
        }
        Event {
            event: EventName::InboxUpdated,
            conversation_id: self.conversation_id.clone(),
            seq: None,
            id: Some(self.conversation_id.as_str().to_owned()),
            partial,
            origin_client_id: None,
            at: self.at,
        }
    }
}

/// Time-out of a call to a user's own channel, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;

/// Sends an inbox notice to a user's own channel.
pub(crate) async fn notify(
    context: &Context,
    tenant: &TenantId,
    user: &UserId,
    notice: &InboxNotice,
) -> Result<(), CallError> {
    context.hand_over(&own_channel(tenant, user), "inbox", notice, TIMEOUT_MS).await
}

/// Sends an event to all devices of a user.
pub(crate) async fn send(context: &Context, tenant: &TenantId, user: &UserId, event: &Event) -> Result<(), CallError> {
    context.hand_over(&own_channel(tenant, user), "event", event, TIMEOUT_MS).await
}

/// Sends an event about notifications to all devices of a user.
pub(crate) async fn send_notification(
    context: &Context,
    tenant: &TenantId,
    user: &UserId,
    event: &NotificationEvent,
) -> Result<(), CallError> {
    context.hand_over(&own_channel(tenant, user), "notification", event, TIMEOUT_MS).await
}

/// Sends an alert to all devices of a user.
pub(crate) async fn notify_of_alert(
    context: &Context,
    tenant: &TenantId,
    user: &UserId,
    notice: &AlertNotice,
) -> Result<(), CallError> {
    context.hand_over(&own_channel(tenant, user), "alert", notice, TIMEOUT_MS).await
}

fn own_channel(tenant: &TenantId, user: &UserId) -> Address {
    Address { namespace: "CHANNEL", name: format!("{tenant}/user.{user}") }
}
