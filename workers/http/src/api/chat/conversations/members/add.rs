//! `POST /api/chat/conversations/{id}/members`: adds a member to a group.

use crate::api::chat::membership::{NewMember, member};
use crate::identity::Caller;
use crate::request::{Body, Segment, person};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Body(body): Body<NewMember>,
) -> Outcome {
    let user_id = person("user_id", &body.user_id)?;
    member(&caller, caller.command(&id, None, Command::AddMember { user_id, role: body.role }).await?).await
}
