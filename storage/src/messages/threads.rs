//! Threads: who follows them, and up to where they have read.

use super::annotations::{RecordedMessage, recorded};
use crate::Store;
use crate::database::{AFTER_ALL_IDS, AFTER_ALL_NUMBERS, Row, Statement, StorageError};
use crate::decode::{decode, flag, to_json};
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::wire::MentionType;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_schema::threads;
use serde::{Deserialize, Serialize};

/// A user's place in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadPlace {
    /// Whether they follow the thread.
    #[serde(deserialize_with = "flag")]
    pub following: bool,
    /// The last position they have read in it.
    pub last_read_seq: i64,
}

/// A thread that a user follows.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowedThread {
    /// The thread's first message, with the number of replies.
    pub root: RecordedMessage,
    /// The last position that the user has read in the thread.
    pub last_read_seq: i64,
    /// Number of replies after that.
    pub unread_count: i64,
    /// Number of mentions of the user after that, apart from those by people that the user has blocked.
    pub mention_count: i64,
}

impl Store {
    /// Follows a thread, or stops following it. `thread` is its first message. `None` if the user may not read it.
    pub async fn follow_thread(
        &self,
        tenant: &TenantId,
        user: &UserId,
        thread: &MessageId,
        on: bool,
    ) -> Result<Option<ThreadPlace>, StorageError> {
        self.row(threads::FOLLOW, [tenant.into(), user.into(), thread.into(), i64::from(on).into()]).await
    }

    /// Moves a user's marker in a thread forward, to the newest reply if `seq` is `None`. `None` if the user may not read
    /// the thread.
    pub async fn mark_thread_read(
        &self,
        tenant: &TenantId,
        user: &UserId,
        thread: &MessageId,
        seq: Option<i64>,
    ) -> Result<Option<ThreadPlace>, StorageError> {
        self.row(threads::MARK_READ, [tenant.into(), user.into(), thread.into(), seq.into()]).await
    }

    /// Threads with replies that a user follows and may read, newest reply first. `after` is the last one of the previous
    /// page: the time of its newest reply in milliseconds, and its first message.
    pub async fn followed_threads(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: Option<(i64, &MessageId)>,
        limit: u32,
    ) -> Result<Vec<FollowedThread>, StorageError> {
        #[derive(Deserialize)]
        struct Counts {
            last_read_seq: i64,
            unread_count: i64,
            mention_count: i64,
        }
        let (at, id) = after.map_or((AFTER_ALL_NUMBERS, AFTER_ALL_IDS), |(at, id)| (at, id.as_str()));
        let params = [tenant.into(), user.into(), at.into(), id.into(), limit.into()];
        let rows = self.db.query(Statement::new(threads::LIST, params)).await?;
        let read = |row: Row| {
            let Counts { last_read_seq, unread_count, mention_count } = decode(row.clone())?;
            Ok(FollowedThread { root: recorded(row)?, last_read_seq, unread_count, mention_count })
        };
        rows.into_iter().map(read).collect()
    }
}

/// Statements of a flush: the people who write in a thread, who are mentioned in it, and the author of its first message
/// follow it.
pub(super) fn flush(
    tenant: &TenantId,
    conversation: &ConversationId,
    batch: &FlushBatch,
) -> Result<Vec<Statement>, StorageError> {
    let replies = || batch.created.iter().filter_map(|row| Some((row.message.thread_id.as_ref()?, &row.message)));
    let written: Vec<_> = replies().map(|(thread, reply)| (thread, &reply.sender_id, reply.seq)).collect();
    if written.is_empty() {
        return Ok(Vec::new());
    }
    let mut joined: Vec<(&MessageId, Option<&UserId>, Option<i64>)> = Vec::new();
    for (thread, reply) in replies() {
        joined.push((thread, None, None));
        let people = reply.mentions.iter().filter(|mention| mention.mention_type == MentionType::User);
        // The mention itself is unread.
        let before = Some(reply.seq.saturating_sub(1));
        joined.extend(people.filter_map(|mention| Some((thread, Some(mention.user_id.as_ref()?), before))));
    }
    let statement = |sql, rows: String| Statement::new(sql, [tenant.into(), conversation.into(), rows.into()]);
    Ok(vec![statement(threads::WRITE, to_json(&written)?), statement(threads::JOIN, to_json(&joined)?)])
}
