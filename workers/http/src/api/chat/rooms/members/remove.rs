//! `DELETE /api/chat/rooms/{id}/members/{user_id}`: removes a member, after closing their sockets.

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::request::Segments;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::{RoomId, UserId};

pub(crate) async fn handle(caller: Caller, Segments(id, user_id): Segments<RoomId, UserId>) -> Outcome {
    in_room(&caller, &id, Command::RemoveMember { user_id }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    operation
        .named("removeRoomMember", Tag::Members, "Remove a member from a room")
        .about("Closes the member's sockets before it answers.")
        .spares_socket()
        .refuses(&[Kind::Conflict])
        .done("The user is no member any more.");
}
