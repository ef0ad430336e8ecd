//! Validation of message drafts.

use crate::chat::command::Draft;
use crate::chat::link_previews::without_previews;
use crate::chat::wire::MessageType;
use crate::files::MAX_ATTACHMENTS;
use crate::shared::ids::{FileId, MessageId};
use crate::shared::json::check_free;
use crate::shared::limits::{Limits, MAX_CLIENT_ID_CHARS};
use crate::shared::problem::{Kind, Problem};
use serde_json::{Map, Value};

/// A draft that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Idempotency key chosen by the sender.
    pub client_msg_id: Option<String>,
    /// The text, trimmed.
    pub body: String,
    /// Kind of the message.
    pub message_type: MessageType,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
    /// Whether a reply is shown in the conversation too.
    pub also_in_channel: bool,
    /// The message this one quotes.
    pub quote_id: Option<MessageId>,
    /// Files of the message, each once.
    pub attachments: Vec<FileId>,
    /// Free JSON, `None` if empty.
    pub metadata: Option<Map<String, Value>>,
}

impl Content {
    /// Validates body, ids, type, and the metadata's size and depth. Errors are 422 with the field's name.
    pub fn from_draft(draft: Draft, limits: &Limits) -> Result<Self, Problem> {
        if let Some(id) = &draft.client_msg_id {
            validate_client_id("client_msg_id", id)?;
        }
        if draft.message_type == MessageType::System {
            return Err(Problem::field("type", "system messages are written by the application, not by people"));
        }
        let metadata = without_previews(draft.metadata).filter(|map| !map.is_empty());
        if let Some(map) = &metadata {
            check_free("metadata", map)?;
        }
        let id = |field: &str, text: Option<String>| {
            text.map(|text| MessageId::parse(&text).ok_or_else(|| Problem::field(field, "is not an id"))).transpose()
        };
        let attachments = attachments(&draft.attachments)?;
        let body = body_of(&draft.body, limits.body_chars, !attachments.is_empty())?;
        Ok(Self {
            client_msg_id: draft.client_msg_id,
            body,
            message_type: draft.message_type,
            parent_id: id("parent_id", draft.parent_id)?,
            also_in_channel: draft.also_in_channel,
            quote_id: id("quote_id", draft.quote_id)?,
            attachments,
            metadata,
        })
    }
}

/// The ids of a draft's files.
fn attachments(ids: &[String]) -> Result<Vec<FileId>, Problem> {
    let wrong = |detail: String| Problem::field("attachments", detail);
    if ids.len() > MAX_ATTACHMENTS {
        return Err(wrong(format!("has over {MAX_ATTACHMENTS} files")));
    }
    let mut files = Vec::with_capacity(ids.len());
    for id in ids {
        let id = FileId::parse(id).ok_or_else(|| wrong("has something that is not an id".to_owned()))?;
        if files.contains(&id) {
            return Err(wrong("has a file twice".to_owned()));
        }
        files.push(id);
    }
    Ok(files)
}

/// The trimmed body, which may be empty if the message has files.
pub(super) fn body_of(body: &str, max_chars: usize, has_files: bool) -> Result<String, Problem> {
    if has_files && body.trim().is_empty() { Ok(String::new()) } else { validate_body(body, max_chars) }
}

/// The trimmed body. Refuses an empty one, one with NUL, and one of more than `max_chars` characters.
pub fn validate_body(body: &str, max_chars: usize) -> Result<String, Problem> {
    let trimmed = body.trim();
    if trimmed.is_empty() {
        return Err(Problem::field("body", "is empty"));
    }
    if trimmed.contains('\0') {
        return Err(Problem::field("body", "contains a NUL character"));
    }
    if trimmed.len() > max_chars && trimmed.chars().count() > max_chars {
        let detail = format!("is over {max_chars} characters");
        return Err(Problem { kind: Kind::Invalid, ..Problem::field("body", detail) });
    }
    Ok(trimmed.to_owned())
}

/// Validates an id chosen by a client: 1 to 64 characters, no control characters.
pub fn validate_client_id(field: &str, id: &str) -> Result<(), Problem> {
    let count = id.chars().count();
    if count == 0 || count > MAX_CLIENT_ID_CHARS || id.chars().any(char::is_control) {
        return Err(Problem::field(field, format!("is not a text of 1 to {MAX_CLIENT_ID_CHARS} characters")));
    }
    Ok(())
}
