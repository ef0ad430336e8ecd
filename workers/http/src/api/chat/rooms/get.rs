//! `GET /api/chat/rooms/{id}`: one room.

use crate::api::chat::room_lookup::visible_room;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>) -> Outcome {
    ok(&visible_room(&caller, &id).await?)
}
