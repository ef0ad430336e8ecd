//! `DELETE /api/chat/rooms/{id}`: deletes a room with its conversation.

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>) -> Outcome {
    in_room(&caller, &id, Command::DeleteRoom).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("deleteRoom", Tag::Rooms, "Delete a room")
        .about("Deletes the room with its conversation, for its owners and administrators.")
        .done("The room is deleted, and its connections are closed.");
}
