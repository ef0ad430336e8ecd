//! The part of a flush that writes, reads and withdraws notifications about messages.

use super::{FlushedNotifications, NotificationsReader, Withdrawn, notified, shared};
use crate::database::{Row, Statement, StorageError, Value};
use crate::decode::{decode_all, to_json};
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use campana_core::chat::annotations::ReactionRow;
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::notifications::{NotificationCandidate, OwnKind, notification_id};
use campana_core::chat::wire::{Message, MessageType};
use campana_core::shared::ids::{ConversationId, MessageId, NotificationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{members, notifications};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most followers of a thread who are notified of the replies of one flush.
const MAX_FOLLOWERS: u32 = 2_000;
/// Most notifications of edited messages that one flush changes.
const MAX_EDITED: u32 = 500;

/// A candidate as `notifications/add.sql` reads it.
#[derive(Serialize)]
struct SavedCandidate<'a> {
    id: NotificationId,
    user_id: &'a UserId,
    kind: OwnKind,
    source: &'a MessageId,
    message_id: &'a MessageId,
    seq: i64,
    actor_id: &'a UserId,
    actor_name: &'a str,
    at: i64,
}

impl<'a> SavedCandidate<'a> {
    fn new(candidate: &'a NotificationCandidate) -> Self {
        let NotificationCandidate { user_id, kind, message_id, seq, actor, at } = candidate;
        let source = message_id;
        Self {
            id: notification_id(kind.as_str(), source.as_str(), *at),
            user_id,
            kind: *kind,
            source,
            message_id,
            seq: *seq,
            actor_id: &actor.user_id,
            actor_name: &actor.name,
            at: at.millis(),
        }
    }
}

/// A message as `notifications/add_direct.sql` and `add_replies.sql` read it.
#[derive(Serialize)]
struct NewMessage<'a> {
    id: NotificationId,
    seq: i64,
    message_id: &'a MessageId,
}

impl<'a> NewMessage<'a> {
    fn new(message: &'a Message, kind: OwnKind) -> Self {
        let id = notification_id(kind.as_str(), message.id.as_str(), message.created_at);
        Self { id, seq: message.seq, message_id: &message.id }
    }
}

/// A reaction as `notifications/add_reactions.sql` and `withdraw_reactions.sql` read it.
#[derive(Serialize)]
struct ReactionCause<'a> {
    id: NotificationId,
    source: String,
    seq: i64,
    message_id: &'a MessageId,
    user_id: &'a UserId,
    emoji: &'a str,
    reacted_seq: i64,
}

impl<'a> ReactionCause<'a> {
    fn new(row: &'a ReactionRow) -> Self {
        let source = format!("{}:{}", row.id, row.user_id);
        Self {
            id: notification_id(OwnKind::Reaction.as_str(), &source, row.reacted_at),
            source,
            seq: row.seq,
            message_id: &row.id,
            user_id: &row.user_id,
            emoji: row.emoji.as_str(),
            reacted_seq: row.reacted_seq,
        }
    }
}

/// One candidate per person and message: a mention before a reply.
fn strongest(candidates: &[NotificationCandidate]) -> impl Iterator<Item = &NotificationCandidate> {
    let mut strongest: BTreeMap<(&UserId, i64), &NotificationCandidate> = BTreeMap::new();
    for candidate in candidates {
        let kept = strongest.entry((&candidate.user_id, candidate.seq)).or_insert(candidate);
        if candidate.kind == OwnKind::Mention {
            *kept = candidate;
        }
    }
    strongest.into_values()
}

/// What the rows of a statement tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    Nothing,
    Created,
    Edited,
    Readers,
    Withdrawn,
    Shared,
    WithdrawnShared,
}

/// Statements of a flush, in order, after those that write messages and reactions. They write the markers too.
pub(crate) struct FlushStatements {
    statements: Vec<(Statement, Tells)>,
}

impl FlushStatements {
    pub(crate) fn new(
        tenant: &TenantId,
        conversation: &ConversationId,
        batch: &FlushBatch,
        markers: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, StorageError> {
        let mut statements = Vec::new();
        let params = |rows: &str| [tenant.into(), conversation.into(), rows.into()];
        let with_now = |rows: &str| [tenant.into(), conversation.into(), rows.into(), now.into()];
        if let Some(markers) = markers {
            statements.push((Statement::new(notifications::READERS, params(markers)), Tells::Readers));
            statements.push((Statement::new(notifications::READERS_OF_SHARED, params(markers)), Tells::Readers));
            statements.push((Statement::new(members::MARK_READ, with_now(markers)), Tells::Nothing));
            statements.push((Statement::new(notifications::READ_CONVERSATION, with_now(markers)), Tells::Nothing));
        }
        let deleted = batch.changed.iter().filter(|row| row.message.deleted_at.is_some());
        let deleted: Vec<&MessageId> = deleted.map(|row| &row.message.id).collect();
        if !deleted.is_empty() {
            let withdraw = [tenant.into(), Value::from(to_json(&deleted)?)];
            statements.push((Statement::new(notifications::WITHDRAW, withdraw), Tells::Withdrawn));
        }
        if let Some(withdraw) = shared::withdraw(tenant, conversation, batch)? {
            statements.push((withdraw, Tells::WithdrawnShared));
        }
        let edited = batch.changed.iter().filter(|row| row.message.deleted_at.is_none());
        let edited: Vec<i64> = edited.map(|row| row.message.seq).collect();
        if !edited.is_empty() {
            let rows = to_json(&edited)?;
            statements.push((Statement::new(notifications::WITHDRAW_MENTIONS, params(&rows)), Tells::Withdrawn));
            let [tenant, conversation, rows] = params(&rows);
            let edit = [tenant, conversation, rows, MAX_EDITED.into()];
            statements.push((Statement::new(notifications::EDIT, edit), Tells::Edited));
        }
        let written: Vec<&FlushedMessage> = batch.created.iter().chain(&batch.changed).collect();
        let of_all = shared::add(tenant, conversation, &written, now)?;
        if !of_all.is_empty() {
            statements.extend(of_all.into_iter().map(|statement| (statement, Tells::Shared)));
            statements.push((shared::trim(conversation), Tells::Nothing));
        }
        let candidates = strongest(&batch.notifications).map(|candidate| Ok(SavedCandidate::new(candidate)));
        for rows in in_pieces(candidates, MAX_PARAMETER_BYTES)? {
            statements.push((Statement::new(notifications::ADD, params(&rows)), Tells::Created));
        }
        let replies = batch.created.iter().filter(|row| row.message.thread_id.is_some());
        let replies = replies.map(|row| Ok(NewMessage::new(&row.message, OwnKind::Reply)));
        for rows in in_pieces(replies, MAX_PARAMETER_BYTES)? {
            let [tenant, conversation, rows] = params(&rows);
            let add = [tenant, conversation, rows, MAX_FOLLOWERS.into()];
            statements.push((Statement::new(notifications::ADD_REPLIES, add), Tells::Created));
        }
        let written = batch.created.iter().map(|row| &row.message);
        let direct = written.filter(|message| batch.is_direct && message.message_type != MessageType::System);
        let direct = direct.map(|message| Ok(NewMessage::new(message, OwnKind::DirectMessage)));
        for rows in in_pieces(direct, MAX_PARAMETER_BYTES)? {
            statements.push((Statement::new(notifications::ADD_DIRECT, with_now(&rows)), Tells::Created));
        }
        for (is_removed, query, tells) in [
            (true, notifications::WITHDRAW_REACTIONS, Tells::Withdrawn),
            (false, notifications::ADD_REACTIONS, Tells::Created),
        ] {
            let causes = batch.reactions.iter().filter(|row| row.is_removed == is_removed);
            for rows in in_pieces(causes.map(|row| Ok(ReactionCause::new(row))), MAX_PARAMETER_BYTES)? {
                statements.push((Statement::new(query, params(&rows)), tells));
            }
        }
        Ok(Self { statements })
    }

    pub(crate) fn len(&self) -> usize {
        self.statements.len()
    }

    pub(crate) fn statements(&self) -> impl Iterator<Item = Statement> {
        self.statements.iter().map(|(statement, _)| statement.clone())
    }

    /// Reads the rows that the statements returned, in order.
    pub(crate) fn read(&self, results: impl Iterator<Item = Vec<Row>>) -> Result<FlushedNotifications, StorageError> {
        #[derive(Deserialize)]
        struct Gone {
            user_id: UserId,
            id: NotificationId,
        }
        let mut flushed = FlushedNotifications::default();
        let mut withdrawn: BTreeMap<UserId, Vec<NotificationId>> = BTreeMap::new();
        for ((_, tells), rows) in self.statements.iter().zip(results) {
            match tells {
                Tells::Nothing => {}
                Tells::Created => flushed.created.extend(notified(rows)?),
                Tells::Edited => flushed.edited.extend(notified(rows)?),
                Tells::Shared => flushed.shared.extend(shared::added(rows)?),
                Tells::WithdrawnShared => flushed.withdrawn_shared.extend(shared::withdrawn(rows)?),
                Tells::Readers => {
                    let known = |one: &NotificationsReader| flushed.read.iter().any(|other| other == one);
                    let readers = decode_all::<NotificationsReader>(rows)?;
                    let more: Vec<_> = readers.into_iter().filter(|one| !known(one)).collect();
                    flushed.read.extend(more);
                }
                Tells::Withdrawn => {
                    for Gone { user_id, id } in decode_all(rows)? {
                        withdrawn.entry(user_id).or_default().push(id);
                    }
                }
            }
        }
        flushed.withdrawn = withdrawn.into_iter().map(|(user_id, ids)| Withdrawn { user_id, ids }).collect();
        Ok(flushed)
    }
}
