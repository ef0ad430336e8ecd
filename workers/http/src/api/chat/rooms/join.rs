//! `POST /api/chat/rooms/{id}/join`: joins a public room. Answers with the room.

use crate::api::chat::room_lookup::{conversation_of, visible_room};
use crate::identity::Caller;
use crate::request::{Empty, OptionalBody, Segment};
use crate::response::{Outcome, ok};
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<RoomId>,
    OptionalBody(Empty {}): OptionalBody<Empty>,
) -> Outcome {
    let conversation = conversation_of(&caller, &id).await?;
    caller.command(&conversation, None, Command::Join).await?;
    ok(&visible_room(&caller, &id).await?)
}
