//! `POST /api/chat/conversations/{id}/messages`: sends a message.

use crate::api::chat::sending::{NewMessage, send};
use crate::identity::Caller;
use crate::request::{Body, Segment, key_of};
use crate::response::Outcome;
use axum::http::HeaderMap;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    headers: HeaderMap,
    Body(message): Body<NewMessage>,
) -> Outcome {
    send(&caller, &id, message, key_of(&headers)?).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::chat::sending::describe_sending;
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("sendMessage", Tag::Messages, "Send a message to a conversation")
        .sends(json!({"body": "The lift is fixed", "client_msg_id": "c4b1f0de"}));
    describe_sending(operation);
}
