//! Messages: pages of history, single messages, and the flush that writes them.

mod annotations;
mod flush;
mod mentions;
mod threads;

pub(crate) use annotations::recorded;
pub use annotations::{Reaction, RecordedMessage};
pub use flush::{Flushed, INBOXES};
pub(crate) use mentions::mentions_of;
pub use threads::{FollowedThread, ThreadPlace};

use crate::Store;
use crate::database::{AFTER_ALL_NUMBERS, Row, Statement, StorageError};
use crate::decode::{decode, flag, json_or_default, json_or_null, millis, millis_or_null, to_json};
use campana_core::chat::flush::{EarlierBody, FlushedMessage};
use campana_core::chat::history::Anchor;
use campana_core::chat::wire::{Mention, Message, MessageType, without_values};
use campana_core::files::Attachment;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::messages;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value as Json};

/// A message's columns. The database never returns the body of a deleted message.
#[derive(Deserialize)]
#[serde(remote = "Message")]
struct MessageColumns {
    id: MessageId,
    conversation_id: ConversationId,
    seq: i64,
    sender_id: UserId,
    sender_name: String,
    #[serde(rename = "type")]
    message_type: MessageType,
    body: Option<String>,
    #[serde(deserialize_with = "json_or_null")]
    metadata: Option<Map<String, Json>>,
    parent_id: Option<MessageId>,
    thread_id: Option<MessageId>,
    #[serde(deserialize_with = "flag")]
    also_in_channel: bool,
    quote_id: Option<MessageId>,
    #[serde(deserialize_with = "json_or_default")]
    mentions: Vec<Mention>,
    #[serde(deserialize_with = "json_or_default")]
    attachments: Vec<Attachment>,
    client_msg_id: Option<String>,
    version: i64,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    edited_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    deleted_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    updated_at: Option<Timestamp>,
}

/// A message as a row has it.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct MessageRow(#[serde(with = "MessageColumns")] pub(crate) Message);

/// A message that another one quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quote {
    /// The message.
    pub id: MessageId,
    /// Its sender's name when it was sent; `null` if the message is no longer stored.
    pub sender_name: Option<String>,
    /// The text; `null` once deleted.
    pub body: Option<String>,
}

/// The newest message of a conversation, as one person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LastMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Whether the viewer has blocked its sender; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_blocked: bool,
}

/// The message in a column with JSON text or NULL.
pub(crate) fn last_message_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<LastMessage>, D::Error> {
    #[derive(Deserialize)]
    struct Seen {
        #[serde(deserialize_with = "flag")]
        from_blocked: bool,
    }
    let Some(columns) = json_or_null::<Json, D>(deserializer)? else { return Ok(None) };
    let unreadable = |error| D::Error::custom(without_values(&error));
    let Seen { from_blocked } = Seen::deserialize(&columns).map_err(unreadable)?;
    let MessageRow(message) = MessageRow::deserialize(columns).map_err(unreadable)?;
    Ok(Some(LastMessage { message, from_blocked }))
}

/// A message with the fields that a flush writes, from a row.
pub(crate) fn flushed(row: Row) -> Result<FlushedMessage, StorageError> {
    #[derive(Deserialize)]
    struct Position {
        ordinal: i64,
        uncounted: i64,
        updated_seq: i64,
    }
    let Position { ordinal, uncounted, updated_seq } = decode(row.clone())?;
    let message = decode::<MessageRow>(row)?.0;
    Ok(FlushedMessage { message, ordinal, uncounted, updated_seq, replaced: None })
}

impl Store {
    /// A page of a conversation's messages as `viewer` sees them, newest first. Empty if the conversation is deleted or
    /// not the tenant's.
    pub async fn page(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        viewer: &UserId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Vec<RecordedMessage>, StorageError> {
        self.history_page(&Reading { tenant, conversation, thread: None, viewer }, anchor, limit).await
    }

    /// A page of the replies in the thread of a message, as [`Self::page`].
    pub async fn thread_page(
        &self,
        tenant: &TenantId,
        (conversation, thread): (&ConversationId, &MessageId),
        viewer: &UserId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Vec<RecordedMessage>, StorageError> {
        self.history_page(&Reading { tenant, conversation, thread: Some(thread), viewer }, anchor, limit).await
    }

    async fn history_page(
        &self,
        reading: &Reading<'_>,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Vec<RecordedMessage>, StorageError> {
        let results = self.db.batch(page_statements(reading, anchor, limit)).await?;
        let found = results.into_iter().flatten().map(annotations::recorded);
        let found = found.collect::<Result<Vec<_>, _>>()?;
        Ok(anchor.pick(usize::try_from(limit).unwrap_or(usize::MAX), found, |recorded| recorded.message.seq))
    }

    /// One message.
    pub async fn message(&self, tenant: &TenantId, message: &MessageId) -> Result<Option<Message>, StorageError> {
        let row = self.row(messages::GET_FLUSHED, [tenant.into(), message.into()]).await?;
        Ok(row.map(|MessageRow(message)| message))
    }

    /// Whether any tenant, even in a deleted conversation, has a message with this id. If so, no flush of it is
    /// pending.
    pub async fn is_recorded(&self, message: &MessageId) -> Result<bool, StorageError> {
        self.any(messages::IS_RECORDED, [message.into()]).await
    }

    /// One message with the fields that a flush needs to rewrite it.
    pub async fn flushed_row(
        &self,
        tenant: &TenantId,
        message: &MessageId,
    ) -> Result<Option<FlushedMessage>, StorageError> {
        let statement = Statement::new(messages::GET_FLUSHED, [tenant.into(), message.into()]);
        self.db.query(statement).await?.into_iter().next().map(flushed).transpose()
    }

    /// The texts of messages that others quote, in no order. The body of a deleted message is `None`.
    pub async fn quotes(&self, tenant: &TenantId, messages: &[MessageId]) -> Result<Vec<Quote>, StorageError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        self.rows(messages::QUOTES, [tenant.into(), to_json(messages)?.into()]).await
    }

    /// Earlier bodies of a message, newest first, of versions before `before` if it is given. Empty for a deleted
    /// message.
    pub async fn versions(
        &self,
        tenant: &TenantId,
        message: &MessageId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EarlierBody>, StorageError> {
        #[derive(Deserialize)]
        struct Earlier {
            version: i64,
            body: String,
            #[serde(deserialize_with = "millis")]
            written_at: Timestamp,
        }
        let before = before.unwrap_or(AFTER_ALL_NUMBERS);
        let rows = self.rows(messages::VERSIONS, [tenant.into(), message.into(), before.into(), limit.into()]).await?;
        Ok(rows
            .into_iter()
            .map(|Earlier { version, body, written_at }| EarlierBody { version, body, written_at })
            .collect())
    }
}

/// Messages that a page is of, and who reads it.
struct Reading<'a> {
    tenant: &'a TenantId,
    conversation: &'a ConversationId,
    /// The thread's first message, for a page of replies.
    thread: Option<&'a MessageId>,
    viewer: &'a UserId,
}

/// One statement, or two for a page around a position: messages up to it, then messages after it.
fn page_statements(reading: &Reading<'_>, anchor: Anchor, limit: u32) -> Vec<Statement> {
    let Reading { tenant, conversation, thread, viewer } = *reading;
    let place = |seq: i64| [tenant.into(), conversation.into(), seq.into(), limit.into(), viewer.into()];
    let part = |of_channel, of_thread, seq| match thread {
        None => Statement::new(of_channel, place(seq)),
        Some(thread) => {
            let [tenant, conversation, seq, limit, viewer] = place(seq);
            Statement::new(of_thread, [tenant, conversation, seq, limit, viewer, thread.into()])
        }
    };
    let before = |seq| part(messages::BEFORE, messages::REPLIES_BEFORE, seq);
    let after = |seq| part(messages::AFTER, messages::REPLIES_AFTER, seq);
    match anchor {
        Anchor::Newest => vec![before(AFTER_ALL_NUMBERS)],
        Anchor::Before(seq) => vec![before(seq)],
        Anchor::After(seq) => vec![after(seq)],
        Anchor::Around(seq) => vec![before(seq.saturating_add(1)), after(seq)],
    }
}
