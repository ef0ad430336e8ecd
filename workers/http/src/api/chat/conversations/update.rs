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

/// A group's new metadata.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MetadataChange"))]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationParams {
    /// The application's own object, at most 4 KiB and 16 levels deep.
    metadata: Map<String, Value>,
    /// Id of the connection that gets no echo of the event.
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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("updateConversation", Tag::Conversations, "Replace a group's metadata")
        .spares_socket()
        .refuses(&[Kind::Muted])
        .sends(json!({"metadata": {"name": "Gardeners"}}))
        .answers::<campana_storage::Conversation>(200, "The conversation after the change.", examples::conversation());
}
