//! The flush: a conversation's log into the record, all or nothing, as often as one likes.

use crate::Store;
use crate::audits::append;
use crate::database::{Statement, StorageError};
use crate::decode::{last, to_json};
use campana_core::command::{FlushBatch, FlushedMessage};
use campana_core::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::limits::LOG_KEPT_MS;
use campana_core::timestamp::Timestamp;
use campana_core::wire::MessageType;
use campana_schema::{conversations, members, messages};
use serde::Serialize;
use std::collections::BTreeMap;

/// No parameter is longer than this in bytes, one row apart; the database takes 2 MB.
const MAX_PARAMETER_BYTES: usize = 1_000_000;

/// A message as `messages/save.sql` reads it.
#[derive(Serialize)]
struct SavedRow<'a> {
    seq: i64,
    id: &'a MessageId,
    ordinal: i64,
    sender_id: &'a UserId,
    sender_name: &'a str,
    #[serde(rename = "type")]
    message_type: MessageType,
    body: Option<&'a str>,
    /// JSON within JSON: the column holds text.
    metadata: Option<String>,
    parent_id: Option<&'a MessageId>,
    client_msg_id: Option<&'a str>,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    updated_at: Option<i64>,
    updated_seq: i64,
}

impl<'a> SavedRow<'a> {
    fn new(row: &'a FlushedMessage) -> Result<Self, StorageError> {
        let message = &row.message;
        Ok(Self {
            seq: message.seq,
            id: &message.id,
            ordinal: row.ordinal,
            sender_id: &message.sender_id,
            sender_name: &message.sender_name,
            message_type: message.message_type,
            body: message.body.as_deref(),
            metadata: message.metadata.as_ref().map(to_json).transpose()?,
            parent_id: message.parent_id.as_ref(),
            client_msg_id: message.client_msg_id.as_deref(),
            created_at: message.created_at.millis(),
            edited_at: message.edited_at.map(Timestamp::millis),
            deleted_at: message.deleted_at.map(Timestamp::millis),
            updated_at: message.updated_at.map(Timestamp::millis),
            updated_seq: row.updated_seq,
        })
    }
}

impl Store {
    /// Writes what a conversation's log has and the record has not, in one atomic batch of a few statements.
    /// The same batch twice is the same as once, and an older one after a newer one takes nothing back.
    /// `Corrupt` if the record has no such conversation: then nothing was written and the log must be kept.
    pub async fn flush(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        batch: &FlushBatch,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut statements = Vec::new();
        for rows in in_pieces(batch.created.iter().chain(&batch.changed), MAX_PARAMETER_BYTES)? {
            statements.push(Statement::new(messages::SAVE, [tenant.into(), conversation.into(), rows.into()]));
        }
        if !batch.read.is_empty() {
            let markers = to_json(&furthest(&batch.read).into_iter().collect::<Vec<_>>())?;
            let params = [tenant.into(), conversation.into(), markers.into(), now.into()];
            statements.push(Statement::new(members::MARK_READ, params));
        }
        for audit in &batch.audits {
            statements.push(append(tenant, audit)?);
        }
        let position = [
            tenant.into(),
            conversation.into(),
            batch.last_seq.into(),
            batch.message_count.into(),
            batch.last_message_at.into(),
            now.plus_millis(LOG_KEPT_MS).into(),
        ];
        statements.push(Statement::new(conversations::ADVANCE, position));
        if last(self.db.batch(statements).await?)?.is_empty() {
            return Err(StorageError::Corrupt("the conversation is not in the record".to_owned()));
        }
        Ok(())
    }
}

/// One marker per person: the furthest.
fn furthest(markers: &[(UserId, i64)]) -> BTreeMap<&UserId, i64> {
    let mut furthest = BTreeMap::new();
    for (user, seq) in markers {
        let marker = furthest.entry(user).or_insert(*seq);
        *marker = (*seq).max(*marker);
    }
    furthest
}

/// Rows as JSON arrays of at most so many bytes each.
fn in_pieces<'a>(
    rows: impl Iterator<Item = &'a FlushedMessage>,
    max_bytes: usize,
) -> Result<Vec<String>, StorageError> {
    let mut pieces: Vec<String> = Vec::new();
    for row in rows {
        let row = to_json(&SavedRow::new(row)?)?;
        match pieces.last_mut().filter(|piece| piece.len() + row.len() + 2 <= max_bytes) {
            Some(piece) => {
                piece.push(',');
                piece.push_str(&row);
            }
            None => pieces.push(format!("[{row}")),
        }
    }
    for piece in &mut pieces {
        piece.push(']');
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use campana_core::wire::Message;

    fn row(seq: i64) -> FlushedMessage {
        let message = Message {
            id: MessageId::trusted(format!("m{seq}")),
            conversation_id: ConversationId::trusted("c"),
            seq,
            sender_id: UserId::trusted("7"),
            sender_name: "Ana".to_owned(),
            message_type: MessageType::Text,
            body: Some("ñ\"\n".repeat(20)),
            metadata: None,
            parent_id: None,
            client_msg_id: None,
            created_at: Timestamp::from_millis(1),
            edited_at: None,
            deleted_at: None,
            updated_at: None,
        };
        FlushedMessage { message, ordinal: seq, updated_seq: seq }
    }

    #[test]
    fn pieces_are_bounded_and_hold_every_row_once() {
        let rows: Vec<_> = (1..=50).map(row).collect();
        let one = in_pieces(rows[..1].iter(), 1_000).expect("it is JSON")[0].len();
        for max_bytes in [one, one * 3, 1_000_000] {
            let pieces = in_pieces(rows.iter(), max_bytes).expect("they are JSON");
            // The first rows have a digit less.
            assert!(pieces.iter().all(|piece| piece.len() <= max_bytes + 4), "{max_bytes}");
            let seqs: Vec<i64> = pieces
                .iter()
                .flat_map(|piece| serde_json::from_str::<Vec<serde_json::Value>>(piece).expect("it is a JSON array"))
                .map(|row| row["seq"].as_i64().expect("it is a number"))
                .collect();
            assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
        }
        assert!(in_pieces([].iter(), 10).expect("nothing is no error").is_empty());
    }

    #[test]
    fn one_marker_per_person_is_the_furthest() {
        let (ana, bo) = (UserId::trusted("ana"), UserId::trusted("bo"));
        let markers = [(ana.clone(), 2), (bo.clone(), 1), (ana.clone(), 5), (ana.clone(), 3)];
        assert_eq!(furthest(&markers), BTreeMap::from([(&ana, 5), (&bo, 1)]));
    }
}
