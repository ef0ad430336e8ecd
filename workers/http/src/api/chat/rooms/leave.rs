//! `POST /api/chat/rooms/{id}/leave`: leaves a room.

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, _: NoBody) -> Outcome {
    in_room(&caller, &id, Command::Leave).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    operation
        .named("leaveRoom", Tag::Rooms, "Leave a room")
        .spares_socket()
        .refuses(&[Kind::Conflict])
        .done("The caller is no member any more. The last owner has to name another one first (409).");
}
