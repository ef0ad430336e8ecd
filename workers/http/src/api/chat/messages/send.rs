//! `POST /api/chat/messages`: sends a message to the general chat.

use crate::api::chat::room_lookup::{general, in_general};
use crate::api::chat::sending::{NewMessage, sent};
use crate::identity::Caller;
use crate::request::{Body, key_of};
use crate::response::Outcome;
use axum::http::HeaderMap;

pub(crate) async fn handle(caller: Caller, headers: HeaderMap, Body(message): Body<NewMessage>) -> Outcome {
    let (command, origin) = message.into_command(&caller.app, key_of(&headers)?)?;
    let conversation = general(&caller).await?;
    sent(in_general(&caller, &conversation, origin, command).await)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::RequestHeader;
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("sendGeneralMessage", Tag::Messages, "Send a message to the general chat")
        .about("A caller who is not a member joins first.")
        .spares_socket()
        .header(RequestHeader::IdempotencyKey)
        .sends(json!({"message": "The lift is fixed", "client_msg_id": "c4b1f0de"}))
        .refuses(&[Kind::Muted, Kind::KeyReused, Kind::Banned, Kind::NotFound])
        .makes::<campana_core::chat::wire::Message>(
            "The message, which is durable.",
            "The message of an earlier request with this `client_msg_id`.",
            &examples::message(),
        );
}
