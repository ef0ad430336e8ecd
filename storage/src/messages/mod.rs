//! Messages: pages of history, single messages, and the flush that writes them.

mod flush;

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode, decode_all, decode_first, json_or_null, millis, millis_or_null, to_json};
use campana_core::chat::flush::FlushedMessage;
use campana_core::chat::history::Anchor;
use campana_core::chat::wire::{Message, MessageType};
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::messages;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// Later than every position: the largest safe integer of JavaScript.
const AFTER_ALL: i64 = 9_007_199_254_740_991;

/// A message's columns. The database never returns the body of a deleted message.
#[derive(Deserialize)]
pub(crate) struct MessageRow {
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
    client_msg_id: Option<String>,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    edited_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    deleted_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    updated_at: Option<Timestamp>,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            conversation_id: row.conversation_id,
            seq: row.seq,
            sender_id: row.sender_id,
            sender_name: row.sender_name,
            message_type: row.message_type,
            body: row.body,
            metadata: row.metadata,
            parent_id: row.parent_id,
            client_msg_id: row.client_msg_id,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
            updated_at: row.updated_at,
        }
    }
}

impl Store {
    /// A page of a conversation's messages, newest first. Empty if the conversation is deleted or not the tenant's.
    pub async fn page(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Vec<Message>, StorageError> {
        let results = self.db.batch(page_statements(tenant, conversation, anchor, limit)).await?;
        let found = decode_messages(results.into_iter().flatten().collect())?;
        Ok(anchor.pick(usize::try_from(limit).unwrap_or(usize::MAX), found))
    }

    /// One message.
    pub async fn message(&self, tenant: &TenantId, message: &MessageId) -> Result<Option<Message>, StorageError> {
        let rows = self.db.query(Statement::new(messages::GET, [tenant.into(), message.into()])).await?;
        Ok(decode_first::<MessageRow>(rows)?.map(Message::from))
    }

    /// Whether any tenant, even in a deleted conversation, has a message with this id. If so, no flush of it is
    /// pending.
    pub async fn is_recorded(&self, message: &MessageId) -> Result<bool, StorageError> {
        let rows = self.db.query(Statement::new(messages::IS_RECORDED, [message.into()])).await?;
        Ok(!rows.is_empty())
    }

    /// The existing messages among these ids, in no particular order.
    pub async fn messages_by_ids(&self, tenant: &TenantId, ids: &[MessageId]) -> Result<Vec<Message>, StorageError> {
        let params = [tenant.into(), to_json(&ids)?.into()];
        decode_messages(self.db.query(Statement::new(messages::GET_MANY, params)).await?)
    }

    /// One message with the fields that a flush needs to rewrite it.
    pub async fn flushed_row(
        &self,
        tenant: &TenantId,
        message: &MessageId,
    ) -> Result<Option<FlushedMessage>, StorageError> {
        #[derive(Deserialize)]
        struct Position {
            ordinal: i64,
            updated_seq: i64,
        }
        let statement = Statement::new(messages::GET_FLUSHED, [tenant.into(), message.into()]);
        let Some(row) = self.db.query(statement).await?.into_iter().next() else {
            return Ok(None);
        };
        let Position { ordinal, updated_seq } = decode(row.clone())?;
        Ok(Some(FlushedMessage { message: decode::<MessageRow>(row)?.into(), ordinal, updated_seq }))
    }
}

fn decode_messages(rows: Vec<crate::Row>) -> Result<Vec<Message>, StorageError> {
    Ok(decode_all::<MessageRow>(rows)?.into_iter().map(Message::from).collect())
}

/// One statement, or two for a page around a position: messages up to it, then messages after it.
fn page_statements(tenant: &TenantId, conversation: &ConversationId, anchor: Anchor, limit: u32) -> Vec<Statement> {
    let part = |sql, seq: i64| Statement::new(sql, [tenant.into(), conversation.into(), seq.into(), limit.into()]);
    match anchor {
        Anchor::Newest => vec![part(messages::BEFORE, AFTER_ALL)],
        Anchor::Before(seq) => vec![part(messages::BEFORE, seq)],
        Anchor::After(seq) => vec![part(messages::AFTER, seq)],
        Anchor::Around(seq) => vec![part(messages::BEFORE, seq.saturating_add(1)), part(messages::AFTER, seq)],
    }
}
