//! Sending of a message: shared by rooms, conversations and the general chat.

use super::conversations::DraftPlace;
use crate::App;
#[cfg(feature = "schema")]
use crate::api::chat::messages::view::MessageView;
use crate::api::chat::messages::view::seen_sent;
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, made, unexpected, versioned};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::chat::command::{Answer, Command, Draft, Reply};
use campana_core::chat::drafts::validate_draft_rev;
use campana_core::chat::wire::MessageType;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::json::check_free;
use campana_core::shared::limits::MAX_CLIENT_ID_CHARS;
use campana_core::shared::problem::Problem;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Body of a request to send a message.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MessageDraft", transform = crate::openapi::body_or_message))]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    /// The text, at most as long as the app allows; it may be absent if there are attachments.
    #[serde(default, alias = "message")]
    body: String,
    /// Id that makes a retry safe; `Idempotency-Key` replaces it.
    #[serde(default)]
    client_msg_id: Option<String>,
    #[serde(default, rename = "type")]
    message_type: MessageType,
    /// The message that this one replies to. The reply joins its thread.
    #[serde(default)]
    parent_id: Option<String>,
    /// Whether a reply is shown in the conversation too.
    #[serde(default)]
    also_in_channel: bool,
    /// A message of the conversation that this one quotes.
    #[serde(default)]
    quote_id: Option<String>,
    /// Ids of the sender's own files, at most 10.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 10)))]
    attachments: Vec<String>,
    /// The application's own object, at most 4 KiB and 16 levels deep.
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// Id of the connection that gets no echo of the event.
    #[serde(default)]
    origin_client_id: Option<String>,
    /// Clears the sender's draft of this place up to this state: the newest `rev` that the device has used.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_000_000_000_000_000_i64)))]
    draft_rev: Option<i64>,
}

impl NewMessage {
    /// The command and the id of the tab that sends it. `Idempotency-Key` replaces a missing `client_msg_id`; without
    /// either, a random id is used.
    pub(super) fn into_command(self, app: &App, key: Option<String>) -> Result<(Command, Option<String>), Problem> {
        let client_msg_id = client_msg_id(app, self.client_msg_id, key)?;
        if let Some(metadata) = &self.metadata {
            // Also checked here, so that metadata that the object could not parse never reaches it.
            check_free("metadata", metadata)?;
        }
        let draft = Draft {
            client_msg_id: Some(client_msg_id),
            body: self.body,
            message_type: self.message_type,
            parent_id: self.parent_id,
            also_in_channel: self.also_in_channel,
            quote_id: self.quote_id,
            attachments: self.attachments,
            metadata: self.metadata,
        };
        Ok((Command::Send { draft }, self.origin_client_id))
    }
}

/// The `client_msg_id` that identifies a retry of this send.
pub(super) fn client_msg_id(app: &App, given: Option<String>, key: Option<String>) -> Result<String, Problem> {
    match (given, key) {
        (Some(id), _) => Ok(id),
        (None, Some(key)) if key.len() <= MAX_CLIENT_ID_CHARS => Ok(key),
        (None, Some(key)) => Ok(Base64UrlUnpadded::encode_string(&Sha256::digest(key.as_bytes()))),
        (None, None) => Ok(Base64UrlUnpadded::encode_string(&app.random::<16>()?)),
    }
}

/// Sends a message to a conversation.
pub(super) async fn send(
    caller: &Caller,
    conversation: &ConversationId,
    message: NewMessage,
    key: Option<String>,
) -> Outcome {
    let draft_rev = message.draft_rev.map(|rev| validate_draft_rev("draft_rev", rev)).transpose()?;
    let (command, origin) = message.into_command(&caller.app, key)?;
    let answer = caller.command(conversation, origin.clone(), command).await;
    if let (Some(rev), Ok(Reply::Sent { message, .. })) = (draft_rev, &answer) {
        let place = DraftPlace::of_sent(message.conversation_id.clone(), message.thread_id.clone());
        if let Err(Refusal(problem)) = place.clear(caller, Some(rev), origin).await {
            // The message is sent, which a refusal would deny.
            tracing::warn!(at = "chat.draft", request_id = caller.request_id, detail = problem.detail);
        }
    }
    sent(caller, answer).await
}

/// Answer to a send: 201 with the message; 200 if an earlier call sent it.
pub(super) async fn sent(caller: &Caller, answer: Answer) -> Outcome {
    match answer? {
        Reply::Sent { message, quote, created } => {
            let version = message.version;
            let view = seen_sent(caller, *message, quote.map(|quote| *quote)).await?;
            Ok(versioned(made(created, &view)?, version))
        }
        _ => Err(unexpected()),
    }
}

/// Describes what every endpoint that sends a message has in common.
#[cfg(feature = "schema")]
pub(super) fn describe_sending(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, examples};
    use campana_core::shared::problem::Kind;
    operation
        .spares_socket()
        .versioned()
        .header(RequestHeader::IdempotencyKey)
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::SlowMode, Kind::Blocked, Kind::KeyReused])
        .makes::<MessageView>(
            "The message, which is durable.",
            "The message of an earlier request with this `client_msg_id`.",
            &examples::message_view(),
        );
}
