//! `POST /api/chat/conversations/{id}/read`: moves the caller's read marker, to the newest message if `seq` is absent.

use crate::identity::Caller;
use crate::request::{OptionalBody, Segment};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::shared::ids::ConversationId;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Read {
    seq: Option<i64>,
    origin_client_id: Option<String>,
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
        Reply::Read { last_read_seq } => ok(&json!({"conversation_id": conversation, "last_read_seq": last_read_seq})),
        _ => Err(unexpected()),
    }
}
