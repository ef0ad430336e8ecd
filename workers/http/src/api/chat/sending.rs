//! Sending a message: the same for rooms, conversations and the general chat.

use crate::App;
use crate::identity::Caller;
use crate::response::{Outcome, made};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::chat::command::{Answer, Command, Draft, Reply};
use campana_core::chat::wire::MessageType;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::json::check_free;
use campana_core::shared::limits::MAX_CLIENT_ID_CHARS;
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A message to send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    #[serde(alias = "message")]
    body: String,
    #[serde(default)]
    client_msg_id: Option<String>,
    #[serde(default, rename = "type")]
    message_type: MessageType,
    #[serde(default)]
    parent_id: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    #[serde(default)]
    origin_client_id: Option<String>,
}

impl NewMessage {
    /// The command, and the tab it comes from. `Idempotency-Key` stands in for a missing `client_msg_id`;
    /// with neither, the message gets one of its own.
    pub(super) fn into_command(self, app: &App, key: Option<String>) -> Result<(Command, Option<String>), Problem> {
        let client_msg_id = client_msg_id(app, self.client_msg_id, key)?;
        if let Some(metadata) = &self.metadata {
            // Here too, so that what the object could not read does not get there.
            check_free("metadata", metadata)?;
        }
        let draft = Draft {
            client_msg_id: Some(client_msg_id),
            body: self.body,
            message_type: self.message_type,
            parent_id: self.parent_id,
            metadata: self.metadata,
        };
        Ok((Command::Send { draft }, self.origin_client_id))
    }
}

/// The id by which a repeat of this send is known.
pub(super) fn client_msg_id(app: &App, given: Option<String>, key: Option<String>) -> Result<String, Problem> {
    match (given, key) {
        (Some(id), _) => Ok(id),
        (None, Some(key)) if key.len() <= MAX_CLIENT_ID_CHARS => Ok(key),
        (None, Some(key)) => Ok(Base64UrlUnpadded::encode_string(&Sha256::digest(key.as_bytes()))),
        (None, None) => Ok(Base64UrlUnpadded::encode_string(&app.random::<16>()?)),
    }
}

/// Sends to a conversation.
pub(super) async fn send(
    app: &App,
    caller: &Caller,
    conversation: &ConversationId,
    message: NewMessage,
    key: Option<String>,
) -> Outcome {
    let (command, origin) = message.into_command(app, key)?;
    sent(app.objects().command(caller.envelope(conversation, origin, command)).await)
}

/// The answer to a send: 201 with the message, or 200 if an earlier call made it.
pub(super) fn sent(answer: Answer) -> Outcome {
    match answer? {
        Reply::Sent { message, created } => made(created, &message),
        _ => Err(unexpected().into()),
    }
}

/// The object answered another question.
pub(super) fn unexpected() -> Problem {
    Problem::new(Kind::Internal, "the object's answer is of another kind")
}
