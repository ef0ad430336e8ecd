//! `PATCH /api/chat/conversations/{id}`: replaces a group's metadata (name, icon, application data).

use super::get::visible;
use crate::identity::Caller;
use crate::request::{Body, Segment};
use crate::response::{Outcome, ok};
use campana_core::chat::command::Command;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::json::check_free;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationParams {
    metadata: Map<String, Value>,
    #[serde(default)]
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Body(change): Body<ConversationParams>,
) -> Outcome {
    check_free("metadata", &change.metadata)?;
    let command = Command::UpdateMetadata { metadata: change.metadata };
    caller.command(&id, change.origin_client_id, command).await?;
    ok(&visible(&caller, &id).await?)
}
