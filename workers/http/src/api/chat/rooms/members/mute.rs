//! `POST` and `DELETE /api/chat/rooms/{id}/members/{user_id}/mute`: mutes a member until a given time, or lifts the
//! mute.

use crate::App;
use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::{Body, Segments, future, text};
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::accounts::audit::MAX_REASON_CHARS;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{RoomId, UserId};
use campana_core::shared::timestamp::Timestamp;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mute {
    until: Timestamp,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn impose(
    State(app): State<App>,
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
    Body(body): Body<Mute>,
) -> Outcome {
    let until = future("until", body.until, app.now())?;
    let reason = text("reason", &body.reason, MAX_REASON_CHARS)?;
    let conversation = conversation_of(&app, &caller, &id).await?;
    super::change(&app, &caller, &conversation, Command::Mute { user_id, until, reason }).await
}

pub(crate) async fn lift(
    State(app): State<App>,
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
) -> Outcome {
    let conversation = conversation_of(&app, &caller, &id).await?;
    app.objects().command(caller.envelope(&conversation, None, Command::Unmute { user_id })).await?;
    Ok(done())
}
