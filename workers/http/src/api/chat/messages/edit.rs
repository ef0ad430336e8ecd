//! `PUT /api/chat/messages/{id}`: edits the body of the caller's own message.

use crate::api::chat::message_actions::{Hint, change};
use crate::identity::Caller;
use crate::request::{Body, Query, Segment};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::MessageId;
use serde::Deserialize;

/// A message's new body.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MessageBodyChange"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    body: String,
    /// Id of the connection that gets no echo of the event.
    #[serde(default)]
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(hint): Query<Hint>,
    Body(edit): Body<Edit>,
) -> Outcome {
    let conversation = hint.conversation(&caller, &id).await?;
    let command = Command::Edit { message_id: id.to_string(), body: edit.body };
    change(&caller, &conversation, edit.origin_client_id.or(hint.origin_client_id), command).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("editMessage", Tag::Messages, "Edit a message")
        .about("Changes the body of the caller's own message.")
        .spares_socket()
        .sends(json!({"body": "The lift is fixed again"}))
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::Blocked])
        .answers::<super::view::MessageView>(200, "The message after the change.", examples::message());
}
