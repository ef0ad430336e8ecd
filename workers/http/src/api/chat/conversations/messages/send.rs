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
    use crate::openapi::RequestHeader;
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("sendMessage", Tag::Messages, "Send a message to a conversation")
        .spares_socket()
        .header(RequestHeader::IdempotencyKey)
        .sends(json!({"body": "The lift is fixed", "client_msg_id": "c4b1f0de"}))
        .refuses(&[Kind::Muted, Kind::KeyReused])
        .makes::<campana_core::chat::wire::Message>(
            "The message, which is durable.",
            "The message of an earlier request with this `client_msg_id`.",
            &examples::message(),
        );
}
