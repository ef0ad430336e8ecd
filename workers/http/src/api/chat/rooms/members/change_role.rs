//! `PUT /api/chat/rooms/{id}/members/{user_id}`: changes a member's role.

use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::{Body, Segments};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::chat::policy::Role;
use campana_core::shared::ids::{RoomId, UserId};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRole {
    role: Role,
}

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
    Body(body): Body<NewRole>,
) -> Outcome {
    let conversation = conversation_of(&caller, &id).await?;
    super::change(&caller, &conversation, Command::ChangeRole { user_id, role: body.role }).await
}
