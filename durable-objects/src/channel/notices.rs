//! What others tell a person's own channel.

use campana_core::alerts::wire::AlertNotice;
use campana_core::chat::wire::{Event, EventName, Message};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::json::set;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use worker::{Env, Method, Request, RequestInit, Result};

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

/// Hands a notice to a person's own channel.
pub(crate) async fn notify(env: &Env, tenant: &TenantId, user: &UserId, notice: &InboxNotice) -> Result<()> {
    post(env, tenant, user, "http://channel/inbox", &serde_json::to_string(notice)?).await
}

/// Hands an event, as it goes over the wire, to all devices of a person.
pub(crate) async fn tell(env: &Env, tenant: &TenantId, user: &UserId, event: &str) -> Result<()> {
    post(env, tenant, user, "http://channel/event", event).await
}

/// Tells all devices of a person of an alert.
pub(crate) async fn tell_of_alert(env: &Env, tenant: &TenantId, user: &UserId, notice: &AlertNotice) -> Result<()> {
    post(env, tenant, user, "http://channel/alert", &serde_json::to_string(notice)?).await
}

async fn post(env: &Env, tenant: &TenantId, user: &UserId, path: &str, body: &str) -> Result<()> {
    let stub = env.durable_object("CHANNEL")?.get_by_name(&format!("{tenant}/user.{user}"))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    let response = stub.fetch_with_request(Request::new_with_init(path, &init)?).await?;
    if response.status_code() == 204 { Ok(()) } else { Err(worker::Error::from("the channel refused a notice")) }
}
