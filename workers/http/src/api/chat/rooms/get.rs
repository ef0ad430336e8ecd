//! `GET /api/chat/rooms/{id}`: one room.

use crate::api::chat::room_lookup::visible_room;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>) -> Outcome {
    ok(&visible_room(&caller, &id).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation.named("getRoom", Tag::Rooms, "Get a room").answers::<campana_storage::Room>(
        200,
        "The room.",
        examples::room(),
    );
}
