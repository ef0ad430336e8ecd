//! Threads: replies to a message, and the number of them.

use super::{Actor, Annotated, Content, Conversation, Entry, MessageChange, Stamp};
use crate::chat::annotations::{AnnotatedRow, Annotations};
use crate::chat::flush::FlushedMessage;
use crate::chat::mentions::{self, Known};
use crate::chat::policy::Place;
use crate::chat::wire::{EventName, Mention, MessageType};
use crate::files::Attachment;
use crate::shared::ids::{FileId, MessageId};
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde_json::json;

/// The messages and members of this conversation that a draft names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct References {
    /// The message that the draft answers.
    pub parent: Option<Parent>,
    /// The message that the draft quotes.
    pub quote: Option<FlushedMessage>,
    /// Members that the draft's text may mention.
    pub people: Known,
    /// Those of the draft's files that the sender may send.
    pub files: Vec<Attachment>,
}

/// A message that a draft answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Parent {
    /// The message.
    pub row: FlushedMessage,
    /// The first message of its thread: itself, unless it is a reply.
    pub root: Annotated,
}

impl References {
    /// The message that the content answers. 422 if it is not here, deleted, or a system message.
    pub(super) fn parent_of(&self, content: &Content) -> Result<Option<&Parent>, Problem> {
        let Some(id) = &content.parent_id else { return Ok(None) };
        check_reference("parent_id", id, self.parent.as_ref().map(|parent| &parent.row))?;
        Ok(self.parent.as_ref())
    }

    /// 422 if the message that the content quotes is not here, deleted, or a system message.
    pub(super) fn check_quote(&self, content: &Content) -> Result<(), Problem> {
        content.quote_id.as_ref().map_or(Ok(()), |id| check_reference("quote_id", id, self.quote.as_ref()))
    }
}

impl References {
    /// The content's files in its order. 422 if one is not the sender's or is not ready.
    pub(super) fn attachments_of(&self, content: &Content) -> Result<Vec<Attachment>, Problem> {
        let found = |id: &FileId| self.files.iter().find(|file| file.id == *id).cloned();
        let files: Option<Vec<Attachment>> = content.attachments.iter().map(found).collect();
        files.ok_or_else(|| Problem::field("attachments", "has a file that is not yours, or not ready"))
    }
}

/// The type of a message with these files: the sender's, unless that is text.
pub(super) fn type_with(files: &[Attachment], message_type: MessageType) -> MessageType {
    match message_type {
        MessageType::Text if files.is_empty() => MessageType::Text,
        MessageType::Text if files.iter().all(Attachment::is_picture) => MessageType::Image,
        MessageType::Text => MessageType::File,
        other => other,
    }
}

fn check_reference(field: &str, id: &MessageId, row: Option<&FlushedMessage>) -> Result<(), Problem> {
    match row.map(|row| &row.message) {
        Some(message) if message.id == *id && message.is_system() => {
            Err(Problem::field(field, "is a system message, which nobody answers or quotes"))
        }
        Some(message) if message.id == *id && message.deleted_at.is_none() => Ok(()),
        _ => Err(Problem::field(field, "is not a message of this conversation")),
    }
}

impl Conversation {
    /// The mentions in a text of the actor.
    pub(super) fn mentions(&self, actor: Actor<'_>, body: &str, people: &Known) -> Vec<Mention> {
        let is_for_all = self.limits.all_mention_room && self.place != Place::Direct;
        mentions::find(body, people, is_for_all || self.rights_of(actor).moderates())
    }

    /// The event that tells all how many replies the thread of `root` has. It names no originating tab: the tab that sent
    /// the reply does not know the number either.
    pub(super) fn thread_updated(&self, seq: i64, root: &Annotated, annotations: Annotations, now: Timestamp) -> Entry {
        let message = &root.row.message;
        let partial = json!({
            "message_id": message.id,
            "reply_count": annotations.reply_count,
            "last_reply_at": annotations.last_reply_at,
        });
        let stamp = Stamp { now, origin_client_id: None };
        let mut entry = self.entry_at(seq, EventName::ThreadUpdated, message.id.as_str(), partial, stamp);
        let row = AnnotatedRow { id: message.id.clone(), seq: message.seq, annotated_seq: seq, annotations };
        entry.message = Some(MessageChange::Annotated { row: Box::new(row), reaction: None });
        entry
    }
}
