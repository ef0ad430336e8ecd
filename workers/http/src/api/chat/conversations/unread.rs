//! `POST /api/chat/conversations/{id}/unread`: moves the caller's read marker back.

use super::read::LastRead;
use crate::identity::Caller;
use crate::request::{Body, Segment};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::shared::ids::ConversationId;
use serde::Deserialize;

/// Which messages become unread.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "UnreadPosition"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Unread {
    /// Position of the first message that becomes unread.
    seq: i64,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Body(unread): Body<Unread>,
) -> Outcome {
    match caller.command(&id, None, Command::Unread { seq: unread.seq }).await? {
        Reply::Read { last_read_seq } => ok(&LastRead { conversation_id: &id, last_read_seq }),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("unreadConversation", Tag::Conversations, "Mark messages as unread")
        .about("The message at `seq` and those after it. Others do not see it.")
        .spares_socket()
        .sends(json!({"seq": 41}))
        .answers::<LastRead<'_>>(
            200,
            "The position of the caller's read marker, which may be further back.",
            examples::read_marker(),
        );
}
