//! `PUT /api/chat/rooms/{id}/members/{user_id}`: changes a member's role.

use crate::api::chat::membership::NewRole;
use crate::identity::Caller;
use crate::request::{Body, Segments};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{RoomId, UserId};

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
    Body(body): Body<NewRole>,
) -> Outcome {
    super::change(&caller, &id, Command::ChangeRole { user_id, role: body.role }).await
}
