//! `POST /api/chat/rooms/{id}/messages`: sends a message to the room.

use crate::api::chat::room_lookup::conversation_of;
use crate::api::chat::sending::{NewMessage, send};
use crate::identity::Caller;
use crate::request::{Body, Segment, key_of};
use crate::response::Outcome;
use axum::http::HeaderMap;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<RoomId>,
    headers: HeaderMap,
    Body(message): Body<NewMessage>,
) -> Outcome {
    let key = key_of(&headers)?;
    let conversation = conversation_of(&caller, &id).await?;
    send(&caller, &conversation, message, key).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::chat::sending::describe_sending;
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("sendRoomMessage", Tag::Messages, "Send a message to a room")
        .sends(json!({"body": "The lift is fixed", "client_msg_id": "c4b1f0de"}));
    describe_sending(operation);
}
