//! `DELETE /api/chat/rooms/{id}`: deletes a room with its conversation.

use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>) -> Outcome {
    let conversation = conversation_of(&caller, &id).await?;
    caller.command(&conversation, None, Command::DeleteRoom).await?;
    Ok(done())
}
