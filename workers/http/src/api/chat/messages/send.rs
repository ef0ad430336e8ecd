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
    let answer = in_general(&caller, &conversation, origin, command).await;
    sent(&caller, answer).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::chat::sending::describe_sending;
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("sendGeneralMessage", Tag::Messages, "Send a message to the general chat")
        .about("A caller who is not a member joins first.")
        .sends(json!({"message": "The lift is fixed", "client_msg_id": "c4b1f0de"}))
        .refuses(&[Kind::Banned, Kind::NotFound]);
    describe_sending(operation);
}
