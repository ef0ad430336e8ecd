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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    operation
        .named("leaveConversation", Tag::Conversations, "Leave a group or a room")
        .about("If the last owner of a group leaves, the moderator or member of longest standing becomes its owner.")
        .spares_socket()
        .refuses(&[Kind::Conflict, Kind::DirectConversation])
        .done("The caller is no member any more.");
}
