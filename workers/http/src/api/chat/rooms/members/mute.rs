//! `POST` and `DELETE /api/chat/rooms/{id}/members/{user_id}/mute`: mutes a member until a given time, or lifts the
//! mute.

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::request::{Body, Segments, future, text};
use crate::response::{Outcome, done};
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
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
    Body(body): Body<Mute>,
) -> Outcome {
    let until = future("until", body.until, caller.now())?;
    let reason = text("reason", &body.reason, MAX_REASON_CHARS)?;
    super::change(&caller, &id, Command::Mute { user_id, until, reason }).await
}

pub(crate) async fn lift(caller: Caller, Segments(id, user_id): Segments<RoomId, UserId>) -> Outcome {
    in_room(&caller, &id, Command::Unmute { user_id }).await?;
    Ok(done())
}
