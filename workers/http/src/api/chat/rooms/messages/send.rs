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
