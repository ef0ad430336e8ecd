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
