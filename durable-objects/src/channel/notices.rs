//! What others tell a person's own channel.

use campana_core::alerts::wire::AlertNotice;
use campana_core::chat::wire::{Event, EventName, Message};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::json::set;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::objects::CallError;
use campana_runtime::ports::Address;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a conversation tells a person who is online but may not be looking at it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InboxNotice {
    /// The conversation.
    pub(crate) conversation_id: ConversationId,
    /// Its newest message, as it stands.
    pub(crate) last_message: Option<Message>,
    /// How many messages the person has not read.
    pub(crate) unread_count: i64,
    /// The newest position.
    pub(crate) last_seq: i64,
    /// The person's tabs that have the conversation open: they know already.
    pub(crate) looking: Vec<String>,
    /// When.
    pub(crate) at: Timestamp,
}

impl InboxNotice {
    /// As it goes over the wire.
    pub(super) fn to_event(&self) -> Event {
        let mut partial = json!({"unread_count": self.unread_count, "last_seq": self.last_seq});
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

/// How long a person's own channel may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 5_000;

/// Hands a notice to a person's own channel.
pub(crate) async fn notify(
    context: &Context,
    tenant: &TenantId,
    user: &UserId,
    notice: &InboxNotice,
) -> Result<(), CallError> {
    context.hand_over(&own_channel(tenant, user), "inbox", notice, TIMEOUT_MS).await
}

/// Hands an event, as it goes over the wire, to all devices of a person.
pub(crate) async fn tell(context: &Context, tenant: &TenantId, user: &UserId, event: &Event) -> Result<(), CallError> {
    context.hand_over(&own_channel(tenant, user), "event", event, TIMEOUT_MS).await
}

/// Tells all devices of a person of an alert.
pub(crate) async fn tell_of_alert(
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
