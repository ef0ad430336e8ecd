//! Reactions and pins of messages.

use super::MessageRow;
use crate::Store;
use crate::database::{AFTER_ALL_NUMBERS, Row, Statement, StorageError};
use crate::decode::{decode, decode_all, json_or_null, millis, millis_or_null, to_json};
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use campana_core::chat::annotations::{
    AnnotatedRow, AnnotationView, Annotations, MAX_PINS, ReactionCount, ReactionRow,
};
use campana_core::chat::emoji::Emoji;
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::wire::Message;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::messages;
use serde::{Deserialize, Serialize};

/// A message of the record as one person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedMessage {
    /// The message.
    pub message: Message,
    /// Its annotations.
    pub view: AnnotationView,
    /// Position of the last event that changed them, 0 if none did.
    pub annotated_seq: i64,
}

/// A person's reaction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reaction {
    /// The person.
    pub user_id: UserId,
    /// Their display name when they reacted.
    pub name: String,
    /// The emoji.
    pub emoji: Emoji,
    /// When they reacted.
    #[serde(rename(deserialize = "reacted_at"), deserialize_with = "millis")]
    pub created_at: Timestamp,
    /// Position of the event.
    #[serde(rename(deserialize = "reacted_seq"))]
    pub seq: i64,
}

/// The columns of annotations.
#[derive(Deserialize)]
struct AnnotationColumns {
    #[serde(deserialize_with = "json_or_null")]
    reactions: Option<Vec<ReactionCount>>,
    #[serde(deserialize_with = "millis_or_null")]
    pinned_at: Option<Timestamp>,
    pinned_by: Option<UserId>,
    reply_count: i64,
    #[serde(deserialize_with = "millis_or_null")]
    last_reply_at: Option<Timestamp>,
    #[serde(deserialize_with = "json_or_null")]
    own: Option<Vec<Emoji>>,
}

impl From<AnnotationColumns> for AnnotationView {
    fn from(columns: AnnotationColumns) -> Self {
        let AnnotationColumns { reactions, pinned_at, pinned_by, reply_count, last_reply_at, own } = columns;
        let reactions = reactions.unwrap_or_default();
        let annotations = Annotations { reactions, pinned_at, pinned_by, reply_count, last_reply_at };
        Self { annotations, own: own.unwrap_or_default() }
    }
}

/// A message with its annotations from a row.
pub(crate) fn recorded(row: Row) -> Result<RecordedMessage, StorageError> {
    #[derive(Deserialize)]
    struct Position {
        annotated_seq: i64,
    }
    let Position { annotated_seq } = decode(row.clone())?;
    let view = decode::<AnnotationColumns>(row.clone())?.into();
    Ok(RecordedMessage { message: decode::<MessageRow>(row)?.0, view, annotated_seq })
}

impl Store {
    /// The annotations of a message of a conversation, as a user sees them; `None` if there is no such message.
    pub async fn annotations(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        message: &MessageId,
        user: &UserId,
    ) -> Result<Option<AnnotationView>, StorageError> {
        let params = [tenant.into(), conversation.into(), message.into(), user.into()];
        let columns: Option<AnnotationColumns> = self.row(messages::ANNOTATIONS, params).await?;
        Ok(columns.map(AnnotationView::from))
    }

    /// Ids of the pinned messages of a conversation, in no order.
    pub async fn pinned_ids(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Vec<MessageId>, StorageError> {
        let limit = u32::try_from(MAX_PINS).unwrap_or(u32::MAX);
        self.column(messages::PINNED_IDS, [tenant.into(), conversation.into(), limit.into()]).await
    }

    /// Pinned messages as a user sees them, newest pin first: those pinned before `before`, the time of a pin and the
    /// position of its message.
    pub async fn pins(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        before: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<RecordedMessage>, StorageError> {
        let (at, seq) = before.unwrap_or((AFTER_ALL_NUMBERS, AFTER_ALL_NUMBERS));
        let params = [tenant.into(), conversation.into(), user.into(), at.into(), seq.into(), limit.into()];
        let rows = self.db.query(Statement::new(messages::PINS, params)).await?;
        rows.into_iter().map(recorded).collect()
    }

    /// Reactions to a message after the position of an event, in the order in which they were made; with `emoji`, those
    /// with it. Empty for a deleted message.
    pub async fn reactions(
        &self,
        tenant: &TenantId,
        message: &MessageId,
        emoji: Option<&Emoji>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Reaction>, StorageError> {
        let [tenant, message, after, limit] = [tenant.into(), message.into(), after.into(), limit.into()];
        let statement = match emoji {
            None => Statement::new(messages::REACTIONS, [tenant, message, after, limit]),
            Some(emoji) => {
                Statement::new(messages::REACTIONS_WITH, [tenant, message, after, limit, emoji.as_str().into()])
            }
        };
        decode_all(self.db.query(statement).await?)
    }
}

/// A reaction as `messages/react.sql` reads it.
#[derive(Serialize)]
struct SavedReaction<'a> {
    seq: i64,
    id: &'a MessageId,
    user_id: &'a UserId,
    user_name: &'a str,
    emoji: &'a Emoji,
    reacted_seq: i64,
    reacted_at: i64,
    removed_at: Option<i64>,
}

impl<'a> SavedReaction<'a> {
    fn new(row: &'a ReactionRow) -> Self {
        let at = row.reacted_at.millis();
        Self {
            seq: row.seq,
            id: &row.id,
            user_id: &row.user_id,
            user_name: &row.user_name,
            emoji: &row.emoji,
            reacted_seq: row.reacted_seq,
            reacted_at: at,
            removed_at: row.is_removed.then_some(at),
        }
    }
}

/// Annotations as `messages/annotate.sql` reads them.
#[derive(Serialize)]
struct SavedAnnotations<'a> {
    seq: i64,
    id: &'a MessageId,
    annotated_seq: i64,
    /// JSON within JSON: the column stores text.
    reactions: Option<String>,
    pinned_at: Option<i64>,
    pinned_by: Option<&'a UserId>,
    reply_count: i64,
    last_reply_at: Option<i64>,
}

impl<'a> SavedAnnotations<'a> {
    fn new(row: &'a AnnotatedRow) -> Result<Self, StorageError> {
        let AnnotatedRow { id, seq, annotated_seq, annotations } = row;
        let reactions = Some(&annotations.reactions).filter(|reactions| !reactions.is_empty());
        Ok(Self {
            seq: *seq,
            id,
            annotated_seq: *annotated_seq,
            reactions: reactions.map(to_json).transpose()?,
            pinned_at: annotations.pinned_at.map(Timestamp::millis),
            pinned_by: annotations.pinned_by.as_ref(),
            reply_count: annotations.reply_count,
            last_reply_at: annotations.last_reply_at.map(Timestamp::millis),
        })
    }
}

/// Statements of a flush: they write reactions and annotations, and remove the reactions of deleted messages.
pub(super) fn flush(
    tenant: &TenantId,
    conversation: &ConversationId,
    batch: &FlushBatch,
) -> Result<Vec<Statement>, StorageError> {
    let statement = |sql, rows: String| Statement::new(sql, [tenant.into(), conversation.into(), rows.into()]);
    let reactions = in_pieces(batch.reactions.iter().map(|row| Ok(SavedReaction::new(row))), MAX_PARAMETER_BYTES)?;
    let annotated = in_pieces(batch.annotated.iter().map(SavedAnnotations::new), MAX_PARAMETER_BYTES)?;
    let reacted = reactions.into_iter().map(|rows| statement(messages::REACT, rows));
    let mut statements: Vec<_> =
        reacted.chain(annotated.into_iter().map(|rows| statement(messages::ANNOTATE, rows))).collect();
    let is_deleted = |row: &&FlushedMessage| row.message.deleted_at.is_some();
    let deleted: Vec<i64> = batch.changed.iter().filter(is_deleted).map(|row| row.message.seq).collect();
    if !deleted.is_empty() {
        statements.push(statement(messages::REMOVE_REACTIONS, to_json(&deleted)?));
    }
    Ok(statements)
}
