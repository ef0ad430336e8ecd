//! `/api/chat/rooms/{id}/members`: members of a room.

pub(super) mod add;
pub(super) mod ban;
pub(super) mod change_role;
pub(super) mod list;
pub(super) mod mute;
pub(super) mod remove;

use crate::api::chat::membership::member;
use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

/// Sends a command about a membership. Answers with the membership, 201 if this call created it.
async fn change(caller: &Caller, room: &RoomId, command: Command) -> Outcome {
    member(caller, in_room(caller, room, command).await?).await
}
