//! Mentions of members in messages, for the counts of inboxes and threads.

use crate::database::{Statement, StorageError};
use crate::decode::to_json;
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::wire::{Mention, MentionType};
use campana_core::shared::ids::{ConversationId, MessageId, TenantId};
use campana_schema::messages;
use serde::Serialize;
use std::collections::BTreeSet;

/// A mention as `messages/save_mentions.sql` and `imports/save_mentions.sql` read it.
#[derive(Serialize)]
pub(crate) struct SavedMention<'a> {
    seq: i64,
    id: &'a MessageId,
    /// Empty for all members.
    user_id: &'a str,
    /// Empty for the conversation.
    thread_id: &'a str,
    updated_seq: i64,
}

/// The mentions in a message: a row for each member, or one for all members, in each place where the message is shown.
pub(crate) fn mentions_of(row: &FlushedMessage) -> impl Iterator<Item = SavedMention<'_>> {
    let message = &row.message;
    let users: BTreeSet<&str> = message.mentions.iter().map(mentioned).collect();
    let channel = (!message.is_thread_only()).then_some("");
    let places = channel.into_iter().chain(message.thread_id.as_ref().map(MessageId::as_str));
    places.flat_map(move |thread_id| {
        let saved = move |user_id| SavedMention {
            seq: message.seq,
            id: &message.id,
            user_id,
            thread_id,
            updated_seq: row.updated_seq,
        };
        users.clone().into_iter().map(saved)
    })
}

fn mentioned(mention: &Mention) -> &str {
    match (mention.mention_type, &mention.user_id) {
        (MentionType::User, Some(user)) => user.as_str(),
        (MentionType::User, None) | (MentionType::Here | MentionType::Room, _) => "",
    }
}

/// Statements of a flush: they write the mentions of new and changed messages, and remove those that are no longer there.
pub(super) fn flush(
    tenant: &TenantId,
    conversation: &ConversationId,
    batch: &FlushBatch,
) -> Result<Vec<Statement>, StorageError> {
    let statement = |sql, rows: String| Statement::new(sql, [tenant.into(), conversation.into(), rows.into()]);
    let changed: Vec<i64> = batch.changed.iter().map(|row| row.message.seq).collect();
    let mut statements = Vec::new();
    if !changed.is_empty() {
        statements.push(statement(messages::REMOVE_MENTIONS, to_json(&changed)?));
    }
    let rows = batch.created.iter().chain(&batch.changed).flat_map(mentions_of);
    let saved = in_pieces(rows.map(Ok), MAX_PARAMETER_BYTES)?;
    statements.extend(saved.into_iter().map(|rows| statement(messages::SAVE_MENTIONS, rows)));
    Ok(statements)
}
