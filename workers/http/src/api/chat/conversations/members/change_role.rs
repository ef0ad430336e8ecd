//! `PUT /api/chat/conversations/{id}/members/{user_id}`: changes the role of a group's member.

use crate::api::chat::membership::{NewRole, member};
use crate::identity::Caller;
use crate::request::{Body, Segments};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{ConversationId, UserId};

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, user_id): Segments<ConversationId, UserId>,
    Body(body): Body<NewRole>,
) -> Outcome {
    member(&caller, caller.command(&id, None, Command::ChangeRole { user_id, role: body.role }).await?).await
}
