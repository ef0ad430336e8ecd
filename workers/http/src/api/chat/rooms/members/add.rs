//! `POST /api/chat/rooms/{id}/members`: adds a member.

use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::{Body, Segment};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::chat::policy::Role;
use campana_core::shared::ids::{RoomId, UserId};
use campana_core::shared::problem::Problem;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    user_id: String,
    #[serde(default = "member")]
    role: Role,
}

const fn member() -> Role {
    Role::Member
}

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Body(body): Body<NewMember>) -> Outcome {
    let nobody = || Problem::field("user_id", "is nobody this tenant knows");
    let conversation = conversation_of(&caller, &id).await?;
    let user_id = UserId::parse(&body.user_id).ok_or_else(nobody)?;
    super::change(&caller, &conversation, Command::AddMember { user_id, role: body.role }).await
}
