//! Rows of an export as lines.

use super::ExportPlace;
use crate::database::{Row, StorageError};
use crate::decode::{decode, flag, json, json_or_default, json_or_null, millis, millis_or_null};
use campana_core::chat::policy::{Posting, Role, Visibility};
use campana_core::chat::preferences::Notify;
use campana_core::chat::privacy::{PresenceSetting, ReceiptsSetting};
use campana_core::chat::wire::{Mention, MessageType};
use campana_core::shared::json::read_stored;
use campana_core::shared::timestamp::Timestamp;
use campana_core::transfer::{
    ConversationKind, ConversationLine, ImportedVersion, Line, MemberLine, MessageLine, ReactionLine, RoomLine,
    UserLine,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// A row of the kind at this place, and its own place.
pub(super) fn read(after: &ExportPlace, row: Row) -> Result<(Line, ExportPlace), StorageError> {
    match after {
        ExportPlace::Users { .. } => user(row),
        ExportPlace::Conversations { .. } => conversation(row),
        ExportPlace::Members { .. } => member(row),
        ExportPlace::Messages { .. } => message(row),
        ExportPlace::Reactions { .. } => reaction(row),
    }
}

fn user(row: Row) -> Result<(Line, ExportPlace), StorageError> {
    #[derive(Deserialize)]
    struct Columns {
        id: String,
        name: String,
        avatar: Option<String>,
        #[serde(deserialize_with = "millis")]
        created_at: Timestamp,
        #[serde(deserialize_with = "millis_or_null")]
        updated_at: Option<Timestamp>,
        presence: PresenceSetting,
        receipts: ReceiptsSetting,
    }
    let Columns { id, name, avatar, created_at, updated_at, presence, receipts } = decode(row)?;
    let place = ExportPlace::Users { id: id.clone() };
    let line = UserLine {
        id,
        name,
        avatar,
        created_at: Some(created_at),
        updated_at,
        presence: Some(presence).filter(|presence| *presence != PresenceSetting::default()),
        receipts: Some(receipts).filter(|receipts| *receipts != ReceiptsSetting::default()),
    };
    Ok((Line::User(line), place))
}

fn conversation(row: Row) -> Result<(Line, ExportPlace), StorageError> {
    #[derive(Deserialize)]
    struct Columns {
        id: String,
        #[serde(rename = "type")]
        conversation_type: String,
        dm_key: Option<String>,
        report_id: Option<String>,
        #[serde(deserialize_with = "json")]
        metadata: Map<String, Json>,
        created_by: String,
        #[serde(deserialize_with = "millis")]
        created_at: Timestamp,
        #[serde(deserialize_with = "millis_or_null")]
        updated_at: Option<Timestamp>,
        last_seq: i64,
        #[serde(deserialize_with = "json_or_null")]
        room: Option<RoomColumns>,
    }
    #[derive(Deserialize)]
    struct RoomColumns {
        id: String,
        name: String,
        description: String,
        visibility: Visibility,
        #[serde(deserialize_with = "flag")]
        is_general: bool,
        post: Posting,
        slow_mode_s: u32,
    }
    let found: Columns = decode(row)?;
    let place = ExportPlace::Conversations { id: found.id.clone() };
    let metadata = Some(found.metadata).filter(|metadata| !metadata.is_empty());
    let (created_by, created_at, updated_at) = (found.created_by, found.created_at, found.updated_at);
    let line = match found.room {
        Some(room) => Line::Room(RoomLine {
            id: room.id,
            conversation_id: Some(found.id),
            name: room.name,
            description: room.description,
            visibility: room.visibility,
            is_general: room.is_general,
            post: room.post,
            slow_mode_s: room.slow_mode_s,
            created_by,
            created_at,
            updated_at,
            metadata,
            last_seq: found.last_seq,
        }),
        None => Line::Conversation(ConversationLine {
            id: found.id,
            conversation_kind: match found.conversation_type.as_str() {
                "dm" => ConversationKind::Dm,
                _ => ConversationKind::Group,
            },
            user_ids: found.dm_key.as_deref().map(people).unwrap_or_default(),
            report_id: found.report_id,
            metadata,
            created_by,
            created_at,
            updated_at,
            last_seq: found.last_seq,
        }),
    };
    Ok((line, place))
}

/// The two people of a direct conversation, who may be the same.
fn people(key: &str) -> Vec<String> {
    let people: Vec<String> = read_stored(key).unwrap_or_default();
    match &people[..] {
        [one] => vec![one.clone(), one.clone()],
        _ => people,
    }
}

fn member(row: Row) -> Result<(Line, ExportPlace), StorageError> {
    #[derive(Deserialize)]
    struct Columns {
        conversation_id: String,
        user_id: String,
        role: Role,
        #[serde(deserialize_with = "millis")]
        joined_at: Timestamp,
        #[serde(deserialize_with = "millis_or_null")]
        updated_at: Option<Timestamp>,
        last_read_seq: i64,
        #[serde(deserialize_with = "millis_or_null")]
        last_read_at: Option<Timestamp>,
        notify: Notify,
        #[serde(deserialize_with = "millis_or_null")]
        notifications_muted_until: Option<Timestamp>,
        #[serde(deserialize_with = "flag")]
        favorite: bool,
        #[serde(deserialize_with = "millis_or_null")]
        archived_at: Option<Timestamp>,
    }
    let found: Columns = decode(row)?;
    let place = ExportPlace::Members { conversation: found.conversation_id.clone(), user: found.user_id.clone() };
    let line = MemberLine {
        conversation_id: Some(found.conversation_id),
        room_id: None,
        user_id: found.user_id,
        role: found.role,
        joined_at: Some(found.joined_at),
        updated_at: found.updated_at,
        last_read_seq: Some(found.last_read_seq),
        last_read_message_id: None,
        last_read_at: found.last_read_at,
        notify: found.notify,
        notifications_muted_until: found.notifications_muted_until,
        favorite: found.favorite,
        archived_at: found.archived_at,
    };
    Ok((Line::Member(line), place))
}

fn message(row: Row) -> Result<(Line, ExportPlace), StorageError> {
    #[derive(Deserialize)]
    struct Columns {
        conversation_id: String,
        seq: i64,
        id: String,
        sender_id: String,
        sender_name: String,
        #[serde(rename = "type")]
        message_type: MessageType,
        body: Option<String>,
        #[serde(deserialize_with = "json_or_null")]
        metadata: Option<Map<String, Json>>,
        parent_id: Option<String>,
        thread_id: Option<String>,
        #[serde(deserialize_with = "flag")]
        also_in_channel: bool,
        quote_id: Option<String>,
        #[serde(deserialize_with = "json_or_default")]
        mentions: Vec<Mention>,
        version: i64,
        #[serde(deserialize_with = "millis")]
        created_at: Timestamp,
        #[serde(deserialize_with = "millis_or_null")]
        edited_at: Option<Timestamp>,
        #[serde(deserialize_with = "millis_or_null")]
        deleted_at: Option<Timestamp>,
        #[serde(deserialize_with = "millis_or_null")]
        updated_at: Option<Timestamp>,
        #[serde(deserialize_with = "millis_or_null")]
        pinned_at: Option<Timestamp>,
        pinned_by: Option<String>,
        #[serde(deserialize_with = "json_or_default")]
        versions: Vec<VersionColumns>,
    }
    #[derive(Deserialize)]
    struct VersionColumns {
        version: i64,
        body: String,
        #[serde(deserialize_with = "millis")]
        written_at: Timestamp,
    }
    let found: Columns = decode(row)?;
    let place = ExportPlace::Messages { conversation: found.conversation_id.clone(), seq: found.seq };
    let mut versions: Vec<ImportedVersion> = found
        .versions
        .into_iter()
        .map(|VersionColumns { version, body, written_at }| ImportedVersion { version, body, written_at })
        .collect();
    versions.sort_by_key(|version| version.version);
    let line = MessageLine {
        id: found.id,
        conversation_id: Some(found.conversation_id),
        room_id: None,
        seq: Some(found.seq),
        sender_id: found.sender_id,
        sender_name: Some(found.sender_name),
        message_type: found.message_type,
        body: found.body,
        metadata: found.metadata,
        thread_id: found.parent_id.is_some().then_some(found.thread_id),
        parent_id: found.parent_id,
        also_in_channel: found.also_in_channel,
        quote_id: found.quote_id,
        mentions: found.mentions,
        version: Some(found.version).filter(|version| *version > 1),
        versions,
        created_at: found.created_at,
        edited_at: found.edited_at,
        deleted_at: found.deleted_at,
        updated_at: found.updated_at,
        pinned_at: found.pinned_at,
        pinned_by: found.pinned_by,
    };
    Ok((Line::Message(Box::new(line)), place))
}

fn reaction(row: Row) -> Result<(Line, ExportPlace), StorageError> {
    #[derive(Deserialize)]
    struct Columns {
        conversation_id: String,
        message_seq: i64,
        message_id: String,
        user_id: String,
        user_name: String,
        emoji: String,
        reacted_seq: i64,
        #[serde(deserialize_with = "millis")]
        reacted_at: Timestamp,
    }
    let found: Columns = decode(row)?;
    let place = ExportPlace::Reactions {
        conversation: found.conversation_id.clone(),
        message_seq: found.message_seq,
        seq: found.reacted_seq,
        user: found.user_id.clone(),
        emoji: found.emoji.clone(),
    };
    let line = ReactionLine {
        conversation_id: Some(found.conversation_id),
        room_id: None,
        message_id: found.message_id,
        user_id: found.user_id,
        user_name: Some(found.user_name),
        emoji: found.emoji,
        seq: Some(found.reacted_seq),
        created_at: found.reacted_at,
    };
    Ok((Line::Reaction(line), place))
}
