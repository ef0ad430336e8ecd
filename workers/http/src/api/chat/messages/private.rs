//! `POST /api/chat/messages/private`: sends a message to one user, in their direct conversation with the caller.

use crate::api::chat::conversations::direct;
use crate::api::chat::sending::{client_msg_id, sent};
use crate::identity::Caller;
use crate::request::{Body, key_of, person};
use crate::response::Outcome;
use axum::http::HeaderMap;
use campana_core::chat::command::{Command, Draft};
use campana_core::chat::conversation::validate_body;
use campana_core::shared::problem::{FieldError, Problem};
use serde::Deserialize;

/// A message to one user.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PrivateMessageDraft", transform = crate::openapi::body_or_message))]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivateMessage {
    recipient_id: String,
    #[serde(alias = "body")]
    message: String,
    #[serde(default)]
    client_msg_id: Option<String>,
    /// Id of the connection that gets no echo of the event.
    #[serde(default)]
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, headers: HeaderMap, Body(message): Body<PrivateMessage>) -> Outcome {
    let body = validate_body(&message.message, caller.record.limits.private_body_chars).map_err(of_message)?;
    let client_msg_id = client_msg_id(&caller.app, message.client_msg_id, key_of(&headers)?)?;
    let recipient = person("recipient_id", &message.recipient_id)?;
    let (conversation, _) = direct(&caller, &recipient, "recipient_id").await?;
    let draft = Draft::text(client_msg_id, body);
    let answer = caller.command(&conversation.id, message.origin_client_id, Command::Send { draft }).await;
    sent(&caller, answer).await
}

/// Renames the field `body` in a validation problem to `message`, its name in this endpoint.
fn of_message(problem: Problem) -> Problem {
    let errors = problem.errors.into_iter().map(|error| FieldError { field: "message".to_owned(), ..error });
    Problem { errors: errors.collect(), detail: problem.detail.replacen("body", "message", 1), ..problem }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::chat::sending::describe_sending;
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("sendPrivateMessage", Tag::Messages, "Send a message to one user")
        .about("Sends it in the direct conversation of both, which begins with the first message.")
        .sends(json!({"recipient_id": "8", "message": "The lift is fixed", "client_msg_id": "c4b1f0de"}))
        .refuses(&[Kind::NotToYourself, Kind::NotFound]);
    describe_sending(operation);
}
