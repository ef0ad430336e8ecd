//! Conversations of rooms, of two people and of groups; users' inboxes.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{
    corrupt, decode, decode_all, decode_first, json, json_or_null, millis, millis_or_null, missing, to_json,
};
use crate::members::first_members;
use crate::messages::MessageRow;
use campana_core::chat::command::ConversationFacts;
use campana_core::chat::policy::{Place, Role, Visibility};
use campana_core::chat::wire::{Message, Person};
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::conversations;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Sorts after every UUID.
const AFTER_ALL_IDS: &str = "~";
/// Later than every time: the largest safe integer of JavaScript.
const AFTER_ALL_TIMES: i64 = 9_007_199_254_740_991;

/// Kind of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationType {
    /// The conversation of a room.
    Room,
    /// A direct conversation of two people.
    Dm,
    /// A group without a room.
    Group,
}

impl ConversationType {
    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Dm => "dm",
            Self::Group => "group",
        }
    }
}

/// A conversation as one person sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its kind.
    #[serde(rename = "type")]
    pub conversation_type: ConversationType,
    /// Its room, if it is a room's.
    pub room_id: Option<RoomId>,
    /// Its room's name.
    pub room_name: Option<String>,
    /// Its room's visibility.
    pub room_visibility: Option<Visibility>,
    /// The application's id of the report it is about.
    pub report_id: Option<String>,
    /// The application's own JSON.
    pub metadata: Map<String, Json>,
    /// Who created it.
    pub created_by: UserId,
    /// Number of members.
    pub member_count: i64,
    /// When the newest message was sent.
    pub last_message_at: Option<Timestamp>,
    /// The newest message; for members only.
    pub last_message: Option<Message>,
    /// Messages after the viewer's read marker that are not deleted; 0 if the viewer is no member.
    pub unread_count: i64,
    /// The last position of the conversation's log that the record has.
    pub last_seq: i64,
    /// The viewer's role; `null` if they are no member.
    pub role: Option<Role>,
    /// The last position the viewer has read.
    pub last_read_seq: i64,
    /// The other person of a direct conversation.
    pub peer: Option<Person>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed, apart from messages.
    pub updated_at: Option<Timestamp>,
}

impl Conversation {
    /// Kind of place, for the policy.
    pub fn place(&self) -> Place {
        place(self.conversation_type, self.room_visibility)
    }

    /// Sort key of the inbox.
    pub fn last_activity_at(&self) -> Timestamp {
        self.last_message_at.unwrap_or(self.created_at)
    }
}

/// A group to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGroup {
    /// Its id.
    pub id: ConversationId,
    /// Tenant.
    pub tenant: TenantId,
    /// Creator and owner.
    pub me: UserId,
    /// Other members; duplicates and `me` are ignored.
    pub others: Vec<UserId>,
    /// The application's own JSON.
    pub metadata: Map<String, Json>,
    /// The application's id of the report it is about.
    pub report_id: Option<String>,
    /// Creation time.
    pub now: Timestamp,
}

#[derive(Deserialize)]
struct ConversationRow {
    id: ConversationId,
    #[serde(rename = "type")]
    conversation_type: ConversationType,
    room_id: Option<RoomId>,
    room_name: Option<String>,
    room_visibility: Option<Visibility>,
    report_id: Option<String>,
    #[serde(deserialize_with = "json")]
    metadata: Map<String, Json>,
    created_by: UserId,
    member_count: i64,
    #[serde(deserialize_with = "millis_or_null")]
    last_message_at: Option<Timestamp>,
    #[serde(deserialize_with = "json_or_null")]
    last_message: Option<MessageRow>,
    unread_count: i64,
    last_seq: i64,
    role: Option<Role>,
    last_read_seq: i64,
    #[serde(deserialize_with = "json_or_null")]
    peer: Option<Person>,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    updated_at: Option<Timestamp>,
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            id: row.id,
            conversation_type: row.conversation_type,
            room_id: row.room_id,
            room_name: row.room_name,
            room_visibility: row.room_visibility,
            report_id: row.report_id,
            metadata: row.metadata,
            created_by: row.created_by,
            member_count: row.member_count,
            last_message_at: row.last_message_at,
            last_message: row.last_message.map(Message::from),
            unread_count: row.unread_count,
            last_seq: row.last_seq,
            role: row.role,
            last_read_seq: row.last_read_seq,
            peer: row.peer,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Deserialize)]
struct IdRow {
    id: ConversationId,
}

#[derive(Deserialize)]
struct FactsRow {
    id: ConversationId,
    #[serde(rename = "type")]
    conversation_type: ConversationType,
    room_id: Option<RoomId>,
    visibility: Option<Visibility>,
    member_count: i64,
    last_seq: i64,
    message_count: i64,
}

impl Store {
    /// The one direct conversation of two users, created with this id if there is none, and whether this call created
    /// it. Safe for concurrent calls. `Constraint` if one of the users is unknown.
    pub async fn first_or_create_dm(
        &self,
        id: &ConversationId,
        tenant: &TenantId,
        me: &UserId,
        other: &UserId,
        now: Timestamp,
    ) -> Result<(Conversation, bool), StorageError> {
        let (key, people) = dm_key(me, other)?;
        let create = [id.into(), tenant.into(), (&key).into(), me.into(), now.into(), count(people).into()];
        let statements = vec![
            Statement::new(conversations::CREATE_DM, create),
            Statement::new(conversations::FILL_DM, [tenant.into(), (&key).into(), (&key).into()]),
            Statement::new(conversations::GET_DM, [tenant.into(), key.into(), me.into()]),
        ];
        let mut results = self.db.batch(statements).await?.into_iter();
        let created = results.next().is_some_and(|rows| !rows.is_empty());
        let row = results.next_back().and_then(|rows| rows.into_iter().next()).ok_or_else(missing)?;
        Ok((decode::<ConversationRow>(row)?.into(), created))
    }

    /// Id of the direct conversation of two users, if there is one.
    pub async fn dm_of(
        &self,
        tenant: &TenantId,
        one: &UserId,
        other: &UserId,
    ) -> Result<Option<ConversationId>, StorageError> {
        let statement = Statement::new(conversations::ID_OF_DM, [tenant.into(), dm_key(one, other)?.0.into()]);
        Ok(decode_first::<IdRow>(self.db.query(statement).await?)?.map(|row| row.id))
    }

    /// Creates a group. `Constraint` if a user is unknown or the id exists.
    pub async fn create_group(&self, new: NewGroup) -> Result<Conversation, StorageError> {
        let mut others = new.others;
        others.sort();
        others.dedup();
        let mut members = vec![(new.me.clone(), Role::Owner)];
        members.extend(others.into_iter().filter(|other| *other != new.me).map(|other| (other, Role::Member)));
        let statements = vec![
            create_conversation(
                (&new.id, &new.tenant, ConversationType::Group),
                (&new.me, members.len(), new.now),
                (new.report_id.as_deref(), &new.metadata),
            )?,
            first_members(&new.tenant, &new.id, &members, new.now)?,
            get_conversation(&new.tenant, &new.id, &new.me),
        ];
        let rows = crate::decode::last(self.db.batch(statements).await?)?;
        decode_first::<ConversationRow>(rows)?.map(Conversation::from).ok_or_else(missing)
    }

    /// A conversation that is not deleted, as the viewer sees it. The caller checks the policy.
    pub async fn conversation(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        viewer: &UserId,
    ) -> Result<Option<Conversation>, StorageError> {
        let rows = self.db.query(get_conversation(tenant, conversation, viewer)).await?;
        Ok(decode_first::<ConversationRow>(rows)?.map(Conversation::from))
    }

    /// Initial state for the conversation's object.
    pub async fn facts(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<ConversationFacts>, StorageError> {
        let statement = Statement::new(conversations::FACTS, [tenant.into(), conversation.into()]);
        let row: Option<FactsRow> = decode_first(self.db.query(statement).await?)?;
        Ok(row.map(|row| ConversationFacts {
            place: place(row.conversation_type, row.visibility),
            id: row.id,
            room_id: row.room_id,
            member_count: row.member_count,
            last_seq: row.last_seq,
            message_count: row.message_count,
        }))
    }

    /// The subset of these ids that are conversations of the tenant, including deleted ones: their objects report the
    /// deletion.
    pub async fn known_conversations(
        &self,
        tenant: &TenantId,
        conversations: &[ConversationId],
    ) -> Result<BTreeSet<ConversationId>, StorageError> {
        #[derive(Deserialize)]
        struct Known {
            id: ConversationId,
        }
        if conversations.is_empty() {
            return Ok(BTreeSet::new());
        }
        let params = [tenant.into(), to_json(&conversations)?.into()];
        let rows: Vec<Known> = decode_all(self.db.query(Statement::new(conversations::KNOWN, params)).await?)?;
        Ok(rows.into_iter().map(|Known { id }| id).collect())
    }

    /// A user's conversations, newest activity first. `after` is [`Conversation::last_activity_at`] in milliseconds and
    /// the id of the last one of the previous page.
    pub async fn inbox(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: Option<(i64, &ConversationId)>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StorageError> {
        let (activity, id) = after.map_or((AFTER_ALL_TIMES, AFTER_ALL_IDS), |(at, id)| (at, id.as_str()));
        let params = [tenant.into(), activity.into(), user.into(), id.into(), limit.into()];
        let rows = self.db.query(Statement::new(conversations::INBOX, params)).await?;
        Ok(decode_all::<ConversationRow>(rows)?.into_iter().map(Conversation::from).collect())
    }

    /// Replaces the metadata. Returns whether there was a conversation.
    pub async fn update_metadata(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        metadata: &Map<String, Json>,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let params = [tenant.into(), conversation.into(), to_json(metadata)?.into(), now.into()];
        let rows = self.db.query(Statement::new(conversations::UPDATE_METADATA, params)).await?;
        Ok(!rows.is_empty())
    }
}

/// Statement that creates a room's or group's conversation.
pub(crate) fn create_conversation(
    (id, tenant, conversation_type): (&ConversationId, &TenantId, ConversationType),
    (created_by, members, now): (&UserId, usize, Timestamp),
    (report_id, metadata): (Option<&str>, &Map<String, Json>),
) -> Result<Statement, StorageError> {
    let params = [
        id.into(),
        tenant.into(),
        conversation_type.as_str().into(),
        report_id.into(),
        serde_json::to_string(metadata).map_err(|error| corrupt(&error))?.into(),
        created_by.into(),
        now.into(),
        count(members).into(),
    ];
    Ok(Statement::new(conversations::CREATE, params))
}

fn get_conversation(tenant: &TenantId, conversation: &ConversationId, viewer: &UserId) -> Statement {
    Statement::new(conversations::GET, [tenant.into(), conversation.into(), viewer.into()])
}

/// Key of the direct conversation of two users (or of one with themselves), and the number of members.
fn dm_key(one: &UserId, other: &UserId) -> Result<(String, usize), StorageError> {
    let people = BTreeSet::from([one, other]);
    Ok((to_json(&people)?, people.len()))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A room's conversation without a room row is impossible; it counts as private, the most restrictive case.
fn place(conversation_type: ConversationType, visibility: Option<Visibility>) -> Place {
    match (conversation_type, visibility) {
        (ConversationType::Dm, _) => Place::Direct,
        (ConversationType::Group, _) => Place::Group,
        (ConversationType::Room, Some(Visibility::Public)) => Place::PublicRoom,
        (ConversationType::Room, _) => Place::PrivateRoom,
    }
}
