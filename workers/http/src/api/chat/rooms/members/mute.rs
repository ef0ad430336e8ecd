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

/// A mute to impose.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MuteDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Mute {
    /// End of the mute, within ten years.
    until: Timestamp,
    /// Reason for the member and the audit log.
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

#[cfg(feature = "schema")]
pub(crate) fn describe_impose(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("muteMember", Tag::Members, "Mute a member")
        .about("Takes the right to write until a time, for moderators of the room and administrators.")
        .spares_socket()
        .sends(json!({"until": "2026-01-31T10:05:00.000Z", "reason": "noise"}))
        .answers::<crate::api::chat::membership::Member>(
            200,
            "The membership with `muted_until`.",
            examples::membership(),
        );
}

#[cfg(feature = "schema")]
pub(crate) fn describe_lift(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("unmuteMember", Tag::Members, "Lift a mute").spares_socket().done("The member may write.");
}
