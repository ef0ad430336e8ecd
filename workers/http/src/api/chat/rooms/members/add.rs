//! `POST /api/chat/rooms/{id}/members`: adds a member.

use crate::api::chat::membership::NewMember;
use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::{Body, Segment, person};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Body(body): Body<NewMember>) -> Outcome {
    // An unknown room is refused before an unknown person.
    conversation_of(&caller, &id).await?;
    let user_id = person("user_id", &body.user_id)?;
    super::change(&caller, &id, Command::AddMember { user_id, role: body.role }).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("addRoomMember", Tag::Members, "Add a member to a room")
        .about("For moderators of the room and administrators. 409 if the user is banned.")
        .spares_socket()
        .sends(json!({"user_id": "7", "role": "member"}))
        .refuses(&[Kind::Conflict])
        .makes::<crate::api::chat::membership::Member>(
            "The new membership.",
            "The user is a member already.",
            &examples::membership(),
        );
}
