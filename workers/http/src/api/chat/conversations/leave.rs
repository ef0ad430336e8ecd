//! `POST /api/chat/conversations/{id}/leave`: leaves a group, or the room of the conversation. If the last owner of a group
//! leaves, the moderator or member of longest standing becomes its owner.

use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<ConversationId>, _: NoBody) -> Outcome {
    caller.command(&id, None, Command::Leave).await?;
    Ok(done())
}
