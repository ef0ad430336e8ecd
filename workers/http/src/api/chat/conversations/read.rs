//! `POST /api/chat/conversations/{id}/read`: moves the caller's read marker, to the newest message if `seq` is absent.

use crate::identity::Caller;
use crate::request::{OptionalBody, Segment};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::shared::ids::ConversationId;
use serde::{Deserialize, Serialize};

/// How far the caller has read.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReadPosition"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Read {
    /// Position to move to: the newest message if absent.
    seq: Option<i64>,
    /// Id of the connection that gets no echo of the event.
    origin_client_id: Option<String>,
}

/// Position of a read marker.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::api::chat) struct LastRead<'a> {
    pub(super) conversation_id: &'a ConversationId,
    pub(super) last_read_seq: i64,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    OptionalBody(read): OptionalBody<Read>,
) -> Outcome {
    mark_read(&caller, &id, read.seq, read.origin_client_id).await
}

/// Moves the caller's read marker. The answer has its current position, which may be further ahead.
pub(in crate::api::chat) async fn mark_read(
    caller: &Caller,
    conversation: &ConversationId,
    seq: Option<i64>,
    origin_client_id: Option<String>,
) -> Outcome {
    match caller.command(conversation, origin_client_id, Command::Read { seq }).await? {
        Reply::Read { last_read_seq } => ok(&LastRead { conversation_id: conversation, last_read_seq }),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("readConversation", Tag::Conversations, "Mark a conversation as read")
        .about("Moves the caller's read marker, to the newest message if `seq` is absent.")
        .spares_socket()
        .sends(json!({"seq": 42}))
        .answers::<LastRead<'_>>(
            200,
            "The position of the caller's read marker, which may be further ahead.",
            examples::read_marker(),
        );
}
