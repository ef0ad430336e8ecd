//! `POST /api/chat/messages`: sends a message to the general chat.

use crate::App;
use crate::api::chat::room_lookup::{general, in_general};
use crate::api::chat::sending::{NewMessage, sent};
use crate::identity::Caller;
use crate::request::{Body, key_of};
use crate::response::Outcome;
use axum::extract::State;
use axum::http::HeaderMap;

pub(crate) async fn handle(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(message): Body<NewMessage>,
) -> Outcome {
    let (command, origin) = message.into_command(&app, key_of(&headers)?)?;
    let conversation = general(&app, &caller).await?;
    sent(in_general(&app, &caller, &conversation, origin, command).await)
}
