//! `GET /api/chat/rooms/{id}/members?q=`: members of a room, for everyone who may view it; with `q`, those of whom each of
//! its words begins a word of the name.

use crate::api::chat::member_list::{MembersQuery, members};
use crate::api::chat::room_lookup::visible_room;
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Query(query): Query<MembersQuery>) -> Outcome {
    let room = visible_room(&caller, &id).await?;
    members(&caller, (&room.conversation_id, room.member_count), &query).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use crate::request::Page;
    operation
        .named("listRoomMembers", Tag::Members, "List the members of a room")
        .about("For everyone who may see the room. `q` finds names of which each of its words begins a word.")
        .answers::<Page<campana_storage::Member>>(200, "A page of members.", examples::page(examples::member()));
}
