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
