//! `PUT /api/chat/rooms/{id}/members/{user_id}`: changes a member's role.

use crate::api::chat::membership::NewRole;
use crate::identity::Caller;
use crate::request::{Body, Segments};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{RoomId, UserId};

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
    Body(body): Body<NewRole>,
) -> Outcome {
    super::change(&caller, &id, Command::ChangeRole { user_id, role: body.role }).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("changeRoomRole", Tag::Members, "Change the role of a room's member")
        .about("409 if the room would have no owner.")
        .spares_socket()
        .sends(json!({"role": "moderator"}))
        .refuses(&[Kind::Conflict])
        .answers::<crate::api::chat::membership::Member>(
            200,
            "The membership after the change.",
            examples::membership(),
        );
}
