//! Imports: what the record has of a batch of lines, what the batch writes, and the opening of what was imported.
//!
//! Each batch is one transaction, which fails if another call has written to one of its conversations since it was planned.

use crate::Store;
use crate::database::{Row, Statement, StorageError, Value};
use crate::decode::{decode_all, flag, millis, to_json};
use crate::messages::mentions_of;
use crate::names::room_search_name;
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use campana_core::shared::fold::{FOLD_VERSION, fold, words};
use campana_core::shared::ids::{ConversationId, MessageId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_core::transfer::{KnownConversation, KnownMessage, NewMessage, Progress, Record, References, Writes};
use campana_schema::{Query, imports, users};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Conversations that one call opens.
const OPENED_AT_ONCE: u32 = 100;

/// Outcome of opening conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Number of conversations that the call opened.
    pub conversations: u32,
    /// Whether there are more.
    pub has_more: bool,
}

/// What an import has that is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Conversations.
    pub conversations: i64,
    /// Their messages.
    pub messages: i64,
}

#[derive(Deserialize)]
struct Named {
    id: UserId,
    name: String,
}

#[derive(Deserialize)]
struct ConversationRow {
    id: ConversationId,
    #[serde(deserialize_with = "flag")]
    is_there: bool,
    #[serde(rename = "type")]
    conversation_type: String,
    dm_key: Option<String>,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    import: Option<String>,
    last_seq: Option<i64>,
    message_count: Option<i64>,
    uncounted_count: Option<i64>,
    last_message_at: Option<i64>,
    oldest_message_at: Option<i64>,
}

impl ConversationRow {
    fn known(self) -> (ConversationId, KnownConversation) {
        let progress = self.import.map(|import| Progress {
            import,
            last_seq: self.last_seq.unwrap_or_default(),
            message_count: self.message_count.unwrap_or_default(),
            uncounted_count: self.uncounted_count.unwrap_or_default(),
            last_message_at: self.last_message_at,
            oldest_message_at: self.oldest_message_at,
        });
        let known = KnownConversation {
            is_there: self.is_there,
            conversation_type: self.conversation_type,
            pair: self.dm_key,
            created_at: self.created_at,
            progress,
        };
        (self.id, known)
    }
}

#[derive(Deserialize)]
struct RoomRow {
    id: RoomId,
    conversation_id: ConversationId,
}

#[derive(Deserialize)]
struct PairRow {
    dm_key: String,
    id: ConversationId,
    report_id: Option<String>,
}

#[derive(Deserialize)]
struct GeneralRow {
    id: RoomId,
}

#[derive(Deserialize)]
struct MessageRow {
    id: MessageId,
    conversation_id: ConversationId,
    seq: i64,
    thread_id: Option<MessageId>,
    #[serde(deserialize_with = "flag")]
    is_deleted: bool,
}

#[derive(Deserialize)]
struct MemberRow {
    conversation_id: ConversationId,
    user_id: UserId,
}

#[derive(Deserialize)]
struct ReactionRow {
    message_id: MessageId,
    user_id: UserId,
    emoji: String,
}

impl Store {
    /// What the record has of what lines refer to.
    pub async fn known_to_import(&self, tenant: &TenantId, wanted: &References) -> Result<Record, StorageError> {
        let statements = vec![
            Statement::new(users::NAMES, [tenant.into(), to_json(&wanted.users)?.into()]),
            Statement::new(imports::KNOWN_CONVERSATIONS, [tenant.into(), to_json(&wanted.conversations)?.into()]),
            Statement::new(imports::KNOWN_ROOMS, [to_json(&wanted.rooms)?.into()]),
            Statement::new(imports::KNOWN_PAIRS, [tenant.into(), to_json(&wanted.pairs)?.into()]),
            Statement::new(imports::KNOWN_GENERAL, [tenant.into()]),
            Statement::new(imports::KNOWN_MESSAGES, [to_json(&wanted.messages)?.into()]),
            Statement::new(imports::KNOWN_MEMBERS, [tenant.into(), to_json(&wanted.members)?.into()]),
            Statement::new(imports::KNOWN_REACTIONS, [tenant.into(), to_json(&wanted.reactions)?.into()]),
        ];
        let mut results = self.db.batch(statements).await?.into_iter();
        let mut next = || results.next().unwrap_or_default();
        let named: Vec<Named> = decode_all(next())?;
        let conversations: Vec<ConversationRow> = decode_all(next())?;
        let rooms: Vec<RoomRow> = decode_all(next())?;
        let pairs: Vec<PairRow> = decode_all(next())?;
        let general: Vec<GeneralRow> = decode_all(next())?;
        let messages: Vec<MessageRow> = decode_all(next())?;
        let members: Vec<MemberRow> = decode_all(next())?;
        let reactions: Vec<ReactionRow> = decode_all(next())?;
        let message = |row: MessageRow| {
            let MessageRow { id, conversation_id, seq, thread_id, is_deleted } = row;
            (id, KnownMessage { conversation_id, seq, thread_id, is_deleted })
        };
        Ok(Record {
            users: named.into_iter().map(|row| (row.id, row.name)).collect(),
            conversations: conversations.into_iter().map(ConversationRow::known).collect(),
            rooms: rooms.into_iter().map(|row| (row.id, row.conversation_id)).collect(),
            pairs: pairs.into_iter().map(|row| (row.dm_key, (row.id, row.report_id))).collect(),
            general: general.into_iter().next().map(|row| row.id),
            messages: messages.into_iter().map(message).collect(),
            members: members.into_iter().map(|row| (row.conversation_id, row.user_id)).collect(),
            reactions: reactions.into_iter().map(|row| (row.message_id, row.user_id, row.emoji)).collect(),
        })
    }

    /// Writes a batch. `Constraint` if another call has since written what it needs or writes: nothing that depends on
    /// that is written, and planning the batch again decides anew.
    pub async fn import(
        &self,
        (tenant, import): (&TenantId, &str),
        writes: &Writes,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut statements = Vec::new();
        let mut add = |query: Query, rows: Vec<Json>, more: &[Value]| -> Result<(), StorageError> {
            for piece in in_pieces(rows.into_iter().map(Ok), MAX_PARAMETER_BYTES)? {
                let mut params: Vec<Value> = vec![tenant.into(), piece.into()];
                params.extend(more.iter().cloned());
                statements.push(Statement { query, params });
            }
            Ok(())
        };
        add(imports::SAVE_USERS, user_rows(writes), &[FOLD_VERSION.into()])?;
        add(imports::SAVE_USER_WORDS, word_rows(writes), &[])?;
        add(imports::SAVE_CONVERSATIONS, conversation_rows(writes)?, &[now.into()])?;
        add(imports::SAVE_ROOMS, room_rows(writes), &[now.into(), FOLD_VERSION.into()])?;
        add(imports::BEGIN, begun_rows(writes), &[import.into()])?;
        add(imports::SAVE_MEMBERS, member_rows(writes), &[])?;
        add(imports::ADVANCE, advanced_rows(writes), &[])?;
        add(imports::SAVE_MESSAGES, message_rows(writes)?, &[])?;
        add(imports::SAVE_VERSIONS, version_rows(writes), &[])?;
        add(imports::SAVE_MENTIONS, mention_rows(writes), &[])?;
        let (followed, threads) = thread_rows(writes);
        add(imports::FOLLOW_THREADS, followed, &[])?;
        add(imports::COUNT_REPLIES, threads, &[])?;
        add(imports::SAVE_REACTIONS, reaction_rows(writes), &[])?;
        let reacted: BTreeSet<&MessageId> = writes.reactions.iter().map(|new| &new.message_id).collect();
        add(imports::COUNT_REACTIONS, reacted.into_iter().map(|id| json!(id)).collect(), &[])?;
        if statements.is_empty() {
            return Ok(());
        }
        let advancing: Vec<usize> = (0..statements.len())
            .filter(|place| statements.get(*place).is_some_and(|statement| statement.query == imports::ADVANCE))
            .collect();
        let results = self.db.batch(statements).await?;
        let advanced: usize = advancing.iter().filter_map(|place| results.get(*place)).map(Vec::<Row>::len).sum();
        // Another call has opened the others since, so none of their messages is written.
        if advanced == writes.advanced.len() { Ok(()) } else { Err(StorageError::Constraint) }
    }

    /// Conversations of an import that are not open yet, and their messages.
    pub async fn count_imported(&self, tenant: &TenantId, import: &str) -> Result<ImportCounts, StorageError> {
        let counts = self.row(imports::COUNT, [tenant.into(), import.into()]).await?;
        Ok(counts.unwrap_or_default())
    }

    /// Opens conversations of an import, the first ones by id: people see them from now on.
    pub async fn open_imported(&self, tenant: &TenantId, import: &str) -> Result<Opened, StorageError> {
        let params = [tenant.into(), import.into(), OPENED_AT_ONCE.into()];
        let found: Vec<ConversationId> = self.column(imports::TO_OPEN, params).await?;
        if found.is_empty() {
            return Ok(Opened { conversations: 0, has_more: false });
        }
        let ids = to_json(&found)?;
        let steps = [imports::OPEN_MEMBERS, imports::OPEN_CONVERSATIONS, imports::OPEN_ROOMS, imports::END];
        let statements = steps.map(|query| Statement::new(query, [tenant.into(), (&ids).into()]));
        self.db.batch(statements.into()).await?;
        let conversations = u32::try_from(found.len()).unwrap_or(OPENED_AT_ONCE);
        Ok(Opened { conversations, has_more: conversations == OPENED_AT_ONCE })
    }
}

fn time(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::millis)
}

fn user_rows(writes: &Writes) -> Vec<Json> {
    let row = |user: &campana_core::transfer::NewUser| {
        json!({
            "id": user.id,
            "name": user.name,
            "search_name": fold(&user.name),
            "avatar": user.avatar,
            "created_at": user.created_at.millis(),
            "updated_at": time(user.updated_at),
            "presence": user.presence,
            "receipts": user.receipts,
        })
    };
    writes.users.iter().map(row).collect()
}

fn word_rows(writes: &Writes) -> Vec<Json> {
    writes.users.iter().map(|user| json!({"id": user.id, "words": words(&user.name)})).collect()
}

fn conversation_rows(writes: &Writes) -> Result<Vec<Json>, StorageError> {
    let row = |new: &campana_core::transfer::NewConversation| {
        Ok(json!({
            "id": new.id,
            "type": new.conversation_type,
            "dm_key": new.pair,
            "report_id": new.report_id,
            "metadata": to_json(&new.metadata)?,
            "created_by": new.created_by,
            "created_at": new.created_at.millis(),
            "updated_at": time(new.updated_at),
        }))
    };
    writes.conversations.iter().map(row).collect()
}

fn room_rows(writes: &Writes) -> Vec<Json> {
    let rows = writes.conversations.iter().filter_map(|new| {
        let room = new.room.as_ref()?;
        Some(json!({
            "id": room.id,
            "conversation_id": new.id,
            "name": room.name,
            "search_name": room_search_name(&room.name),
            "description": room.description,
            "visibility": room.visibility,
            "created_by": new.created_by,
            "created_at": new.created_at.millis(),
            "updated_at": time(new.updated_at),
            "post": room.post,
            "slow_mode_s": room.slow_mode_s,
        }))
    });
    rows.collect()
}

fn begun_rows(writes: &Writes) -> Vec<Json> {
    let row = |new: &campana_core::transfer::NewConversation| {
        let is_general = i64::from(new.room.as_ref().is_some_and(|room| room.is_general));
        json!({"id": new.id, "head": new.head, "is_general": is_general})
    };
    writes.conversations.iter().map(row).collect()
}

fn member_rows(writes: &Writes) -> Vec<Json> {
    let row = |new: &campana_core::transfer::NewMember| {
        json!({
            "conversation_id": new.conversation_id,
            "user_id": new.user_id,
            "role": new.role,
            "joined_at": new.joined_at.millis(),
            "updated_at": time(new.updated_at),
            "last_read_seq": new.last_read_seq,
            "last_read_at": time(new.last_read_at),
            "notify": new.notify,
            "notifications_muted_until": time(new.notifications_muted_until),
            "favorite": i64::from(new.favorite),
            "archived_at": time(new.archived_at),
        })
    };
    writes.members.iter().map(row).collect()
}

fn advanced_rows(writes: &Writes) -> Vec<Json> {
    let row = |advanced: &campana_core::transfer::Advanced| {
        let progress = &advanced.progress;
        json!({
            "id": advanced.id,
            "before": advanced.before,
            "last_seq": progress.last_seq,
            "message_count": progress.message_count,
            "uncounted_count": progress.uncounted_count,
            "last_message_at": progress.last_message_at,
            "oldest_message_at": progress.oldest_message_at,
        })
    };
    writes.advanced.iter().map(row).collect()
}

fn message_rows(writes: &Writes) -> Result<Vec<Json>, StorageError> {
    let row = |new: &NewMessage| {
        let message = &new.row.message;
        Ok(json!({
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "id": message.id,
            "ordinal": new.row.ordinal,
            "sender_id": message.sender_id,
            "sender_name": message.sender_name,
            "type": message.message_type,
            "body": message.body,
            "metadata": message.metadata.as_ref().map(to_json).transpose()?,
            "parent_id": message.parent_id,
            "thread_id": message.thread_id,
            "in_channel": i64::from(!message.is_thread_only()),
            "uncounted": new.row.uncounted,
            "quote_id": message.quote_id,
            "mentions": Some(&message.mentions).filter(|list| !list.is_empty()).map(to_json).transpose()?,
            "version": message.version,
            "created_at": message.created_at.millis(),
            "edited_at": time(message.edited_at),
            "deleted_at": time(message.deleted_at),
            "updated_at": time(message.updated_at),
            "pinned_at": new.pinned.as_ref().map(|(at, _)| at.millis()),
            "pinned_by": new.pinned.as_ref().map(|(_, by)| by),
        }))
    };
    writes.messages.iter().map(row).collect()
}

fn version_rows(writes: &Writes) -> Vec<Json> {
    let of = |new: &NewMessage| {
        let id = new.row.message.id.clone();
        let row = move |version: &campana_core::transfer::ImportedVersion| {
            json!({
                "id": id,
                "version": version.version,
                "body": version.body,
                "written_at": version.written_at.millis(),
            })
        };
        new.versions.iter().map(row).collect::<Vec<_>>()
    };
    writes.messages.iter().flat_map(of).collect()
}

fn mention_rows(writes: &Writes) -> Vec<Json> {
    writes.messages.iter().flat_map(|new| mentions_of(&new.row)).map(|mention| json!(mention)).collect()
}

/// Who follows the threads of new replies, and those threads.
fn thread_rows(writes: &Writes) -> (Vec<Json>, Vec<Json>) {
    let replies =
        || writes.messages.iter().filter_map(|new| Some((new.row.message.thread_id.as_ref()?, &new.row.message)));
    let threads: BTreeSet<&MessageId> = replies().map(|(thread, _)| thread).collect();
    let authors = threads.iter().map(|thread| json!([thread, Json::Null, Json::Null]));
    let written = replies().filter_map(|(thread, reply)| Some(json!([thread, reply.author()?, reply.seq])));
    (authors.chain(written).collect(), threads.iter().map(|thread| json!(thread)).collect())
}

fn reaction_rows(writes: &Writes) -> Vec<Json> {
    let row = |new: &campana_core::transfer::NewReaction| {
        json!({
            "conversation_id": new.conversation_id,
            "message_seq": new.message_seq,
            "user_id": new.user_id,
            "user_name": new.user_name,
            "emoji": new.emoji,
            "seq": new.seq,
            "at": new.at.millis(),
        })
    };
    writes.reactions.iter().map(row).collect()
}
