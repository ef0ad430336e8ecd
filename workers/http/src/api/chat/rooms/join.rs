//! `POST /api/chat/rooms/{id}/join`: joins a public room. Answers with the room.

use crate::api::chat::room_lookup::{in_room, visible_room};
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, ok};
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, _: NoBody) -> Outcome {
    in_room(&caller, &id, Command::Join).await?;
    ok(&visible_room(&caller, &id).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    operation
        .named("joinRoom", Tag::Rooms, "Join a public room")
        .spares_socket()
        .refuses(&[Kind::Banned])
        .answers::<campana_storage::Room>(200, "The room. The caller is a member.", examples::room());
}
