//! The flush: writes a conversation's log to the record, atomically and idempotently.

use super::{annotations, mentions, threads};
use crate::Store;
use crate::audits::append;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_all, missing, to_json};
use crate::files;
use crate::notifications::{FlushStatements, FlushedNotifications};
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use crate::preferences::{Unarchived, unarchive, unarchived};
use crate::presence::{OnlineMember, online_members};
use crate::quarantine;
use crate::scheduled;
use campana_core::chat::flush::{FlushBatch, FlushedMessage, ReadMarker};
use campana_core::chat::wire::MessageType;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::limits::LOG_KEPT_MS;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{conversations, messages};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Members whose unread counts a flush reads.
pub const INBOXES: u32 = 200;

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
    /// JSON within JSON: the column stores text.
    metadata: Option<String>,
    parent_id: Option<&'a MessageId>,
    thread_id: Option<&'a MessageId>,
    in_channel: i64,
    uncounted: i64,
    quote_id: Option<&'a MessageId>,
    /// JSON within JSON.
    mentions: Option<String>,
    /// JSON within JSON.
    attachments: Option<String>,
    client_msg_id: Option<&'a str>,
    version: i64,
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
            thread_id: message.thread_id.as_ref(),
            in_channel: i64::from(!message.is_thread_only()),
            uncounted: row.uncounted,
            quote_id: message.quote_id.as_ref(),
            mentions: Some(&message.mentions).filter(|mentions| !mentions.is_empty()).map(to_json).transpose()?,
            attachments: Some(&message.attachments).filter(|files| !files.is_empty()).map(to_json).transpose()?,
            client_msg_id: message.client_msg_id.as_deref(),
            version: message.version,
            created_at: message.created_at.millis(),
            edited_at: message.edited_at.map(Timestamp::millis),
            deleted_at: message.deleted_at.map(Timestamp::millis),
            updated_at: message.updated_at.map(Timestamp::millis),
            updated_seq: row.updated_seq,
        })
    }
}

/// An earlier body as `messages/save_versions.sql` reads it.
#[derive(Serialize)]
struct SavedVersion<'a> {
    seq: i64,
    id: &'a MessageId,
    version: i64,
    body: &'a str,
    written_at: i64,
}

/// Statements that save the bodies which edits replaced, and remove those of deleted messages.
fn versions(
    tenant: &TenantId,
    conversation: &ConversationId,
    changed: &[FlushedMessage],
) -> Result<Vec<Statement>, StorageError> {
    let replaced = changed.iter().filter_map(|row| {
        let earlier = row.replaced.as_ref()?;
        let (seq, id, written_at) = (row.message.seq, &row.message.id, earlier.written_at.millis());
        Some(Ok(SavedVersion { seq, id, version: earlier.version, body: &earlier.body, written_at }))
    });
    let statement = |sql, rows: String| Statement::new(sql, [tenant.into(), conversation.into(), rows.into()]);
    let saved = in_pieces(replaced, MAX_PARAMETER_BYTES)?;
    let mut statements: Vec<_> = saved.into_iter().map(|rows| statement(messages::SAVE_VERSIONS, rows)).collect();
    let is_deleted = |row: &&FlushedMessage| row.message.deleted_at.is_some() && row.message.version > 1;
    let deleted: Vec<i64> = changed.iter().filter(is_deleted).map(|row| row.message.seq).collect();
    if !deleted.is_empty() {
        statements.push(statement(messages::REMOVE_VERSIONS, to_json(&deleted)?));
    }
    Ok(statements)
}

/// What a flush did that people are told of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flushed {
    /// Members whose archived state a new message ended.
    pub unarchived: Vec<Unarchived>,
    /// Notifications that it wrote, read or withdrew.
    pub notifications: FlushedNotifications,
    /// If they were asked for, members whose own channel is open, at most [`INBOXES`], as [`Store::online_members`] lists them.
    pub online: Option<Vec<OnlineMember>>,
    /// Of the authors of scheduled messages that it settled, those whose own channel is open.
    pub authors_online: BTreeSet<UserId>,
}

impl Store {
    /// Writes the events that the record lacks, in one atomic batch of a few statements. Idempotent: repeating a batch,
    /// or replaying an older one, changes nothing. `Corrupt` if the record has no such conversation; then no message is
    /// written, and the object must keep its log.
    pub async fn flush(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        batch: &FlushBatch,
        now: Timestamp,
    ) -> Result<Flushed, StorageError> {
        let mut statements = scheduled::settle_sent(tenant, conversation, &batch.sent_scheduled, now)?;
        let authors_at = statements.len().checked_sub(1);
        for rows in in_pieces(batch.created.iter().chain(&batch.changed).map(SavedRow::new), MAX_PARAMETER_BYTES)? {
            statements.push(Statement::new(messages::SAVE, [tenant.into(), conversation.into(), rows.into()]));
        }
        statements.extend(versions(tenant, conversation, &batch.changed)?);
        statements.extend(annotations::flush(tenant, conversation, batch)?);
        statements.extend(mentions::flush(tenant, conversation, batch)?);
        statements.extend(threads::flush(tenant, conversation, batch)?);
        statements.extend(files::flush(tenant, conversation, batch)?);
        let markers = furthest(&batch.read);
        let markers = if markers.is_empty() { None } else { Some(to_json(&markers)?) };
        let notifications = FlushStatements::new(tenant, conversation, batch, markers.as_deref(), now)?;
        let notifications_at = statements.len();
        statements.extend(notifications.statements());
        for audit in &batch.audits {
            statements.push(append(tenant, audit)?);
        }
        if !batch.quarantined.is_empty() {
            statements.push(quarantine::add(tenant, conversation, &batch.quarantined, now)?);
        }
        let unarchive = unarchive(tenant, conversation, &batch.created)?;
        let unarchiving = unarchive.is_some();
        statements.extend(unarchive);
        let position = [
            tenant.into(),
            conversation.into(),
            batch.last_seq.into(),
            batch.message_count.into(),
            batch.last_message_at.into(),
            now.plus_millis(LOG_KEPT_MS).into(),
            batch.uncounted_count.into(),
        ];
        statements.push(Statement::new(conversations::ADVANCE, position));
        // After the position, from which the counts follow.
        statements.extend(batch.asks_inboxes.then(|| online_members(tenant, conversation, now, None, INBOXES)));
        let mut results = self.db.batch(statements).await?;
        let online = batch.asks_inboxes.then(|| results.pop().ok_or_else(missing).and_then(decode_all)).transpose()?;
        let advanced = results.pop().ok_or_else(missing)?;
        if advanced.is_empty() {
            return Err(StorageError::Corrupt("the conversation is not in the record".to_owned()));
        }
        let unarchived = if unarchiving { unarchived(results.pop().ok_or_else(missing)?)? } else { Vec::new() };
        let authors_online = match authors_at.and_then(|at| results.get_mut(at)) {
            Some(rows) => scheduled::authors_online(std::mem::take(rows))?,
            None => BTreeSet::new(),
        };
        let results = results.into_iter().skip(notifications_at).take(notifications.len());
        Ok(Flushed { unarchived, notifications: notifications.read(results)?, online, authors_online })
    }
}

/// One marker per user, as user, position, revision and time: the newest revision, and of that the furthest position.
fn furthest(markers: &[ReadMarker]) -> Vec<(&UserId, i64, i64, i64)> {
    let mut furthest = BTreeMap::new();
    for ReadMarker { user_id, seq, rev, at } in markers {
        let marker = furthest.entry(user_id).or_insert((*rev, *seq, *at));
        // Of two moves to the same position, the earlier one is the move.
        if (*rev, *seq) > (marker.0, marker.1) {
            *marker = (*rev, *seq, *at);
        }
    }
    furthest.into_iter().map(|(user, (rev, seq, at))| (user, seq, rev, at.millis())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_marker_per_person_is_the_furthest() {
        let (ana, bo) = (UserId::trusted("ana"), UserId::trusted("bo"));
        let at = Timestamp::from_millis;
        let marker = |user_id: &UserId, seq, rev| ReadMarker { user_id: user_id.clone(), seq, rev, at: at(seq * 10) };
        let markers = [marker(&ana, 2, 0), marker(&bo, 1, 0), marker(&ana, 5, 0), marker(&ana, 3, 0)];
        assert_eq!(furthest(&markers), [(&ana, 5, 0, 50), (&bo, 1, 0, 10)]);
        let unread = [marker(&ana, 2, 1), marker(&ana, 5, 0)];
        assert_eq!(furthest(&unread), [(&ana, 2, 1, 20)]);
    }
}
