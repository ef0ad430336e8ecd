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
