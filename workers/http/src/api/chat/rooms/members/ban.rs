//! `POST` and `DELETE /api/chat/rooms/{id}/members/{user_id}/ban`: bans a user from a room, or lifts the ban. The user
//! need not be a member.

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::request::{OptionalBody, Segments, future, text};
use crate::response::{Outcome, done, ok};
use campana_core::accounts::audit::MAX_REASON_CHARS;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{RoomId, UserId};
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// A ban to impose.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "BanDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct BanBody {
    /// End of the ban; until lifted if absent.
    #[serde(default)]
    until: Option<Timestamp>,
    /// Reason for the user and the audit log.
    #[serde(default)]
    reason: String,
}

/// A ban as imposed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ImposedBan"))]
struct Imposed {
    user_id: UserId,
    until: Option<Timestamp>,
    reason: String,
}

pub(crate) async fn impose(
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
    OptionalBody(body): OptionalBody<BanBody>,
) -> Outcome {
    let until = body.until.map(|until| future("until", until, caller.now())).transpose()?;
    let reason = text("reason", &body.reason, MAX_REASON_CHARS)?;
    let command = Command::Ban { user_id: user_id.clone(), until, reason: reason.clone() };
    in_room(&caller, &id, command).await?;
    ok(&Imposed { user_id, until, reason })
}

pub(crate) async fn lift(caller: Caller, Segments(id, user_id): Segments<RoomId, UserId>) -> Outcome {
    in_room(&caller, &id, Command::Unban { user_id }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe_impose(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("banUser", Tag::Members, "Ban a user from a room")
        .about("Ends the membership and takes the right to join, for moderators of the room and administrators. The user need not be a member.")
        .spares_socket()
        .sends(json!({"until": "2026-01-31T10:05:00.000Z", "reason": "noise"}))
        .refuses(&[Kind::Conflict])
        .answers::<Imposed>(
            200,
            "The ban. `until` is `null` if it stays until it is lifted.",
            json!({"user_id": "8", "until": "2026-01-31T10:05:00.000Z", "reason": "noise"}),
        );
}

#[cfg(feature = "schema")]
pub(crate) fn describe_lift(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("unbanUser", Tag::Members, "Lift a ban").spares_socket().done("The user may join the room.");
}
