//! `DELETE /api/chat/conversations/{id}/members/{user_id}`: removes a member from a group, after closing their sockets.
//! Members remove themselves by leaving.

use crate::identity::Caller;
use crate::request::Segments;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::{ConversationId, UserId};

pub(crate) async fn handle(caller: Caller, Segments(id, user_id): Segments<ConversationId, UserId>) -> Outcome {
    caller.command(&id, None, Command::RemoveMember { user_id }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    operation
        .named("removeMember", Tag::Members, "Remove a member from a group")
        .about("Closes the member's sockets before it answers.")
        .spares_socket()
        .refuses(&[Kind::Conflict, Kind::DirectConversation])
        .done("The user is no member any more.");
}
