//! `PUT /api/chat/messages/{id}`: edits the body of the caller's own message.

use crate::api::chat::message_actions::{Hint, change};
use crate::identity::Caller;
use crate::request::{Body, Query, Segment, if_match};
use crate::response::Outcome;
use axum::http::HeaderMap;
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
    headers: HeaderMap,
    Body(edit): Body<Edit>,
) -> Outcome {
    let conversation = hint.conversation(&caller, &id).await?;
    let command = Command::Edit { message_id: id.to_string(), body: edit.body, if_match: if_match(&headers) };
    change(&caller, &conversation, edit.origin_client_id.or(hint.origin_client_id), command).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("editMessage", Tag::Messages, "Edit a message")
        .about(
            "Changes the body of the caller's own message, within the app's `edit_window_s`. With `If-Match`, only if the \
             message still has that version.",
        )
        .spares_socket()
        .header(RequestHeader::IfMatch)
        .versioned()
        .sends(json!({"body": "The lift is fixed again"}))
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::Blocked, Kind::PreconditionFailed])
        .answers::<super::view::MessageView>(200, "The message after the change.", examples::message_view());
}
