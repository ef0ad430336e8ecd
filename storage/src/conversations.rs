//! Conversations of rooms, of two people and of groups; users' inboxes.

use crate::Store;
use crate::creations::{CreationKind, Reserved};
use crate::database::{AFTER_ALL_IDS, AFTER_ALL_NUMBERS, Statement, StorageError};
use crate::decode::{decode, decode_first, json, json_or_null, last, millis, millis_or_null, missing, to_json};
use crate::members::first_members;
use crate::messages::{LastMessage, last_message_or_null};
use crate::preferences::preferences_or_null;
use campana_core::chat::command::{ConversationFacts, PostingRules};
use campana_core::chat::policy::{Place, Posting, Role, Visibility};
use campana_core::chat::preferences::Preferences;
use campana_core::chat::wire::Person;
use campana_core::named;
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{conversations, imports};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

named! {
    /// Kind of a conversation.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum ConversationType {
        /// The conversation of a room.
        Room = "room",
        /// A direct conversation of two people.
        Dm = "dm",
        /// A group without a room.
        Group = "group",
    }
}

/// A conversation as one person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    #[serde(deserialize_with = "json")]
    pub metadata: Map<String, Json>,
    /// Who created it.
    pub created_by: UserId,
    /// Number of members.
    pub member_count: i64,
    /// When the newest message was sent.
    #[serde(deserialize_with = "millis_or_null")]
    pub last_message_at: Option<Timestamp>,
    /// The newest message; for members only.
    #[serde(deserialize_with = "last_message_or_null")]
    pub last_message: Option<LastMessage>,
    /// Messages after the viewer's read marker that are not deleted; 0 if the viewer is no member. Replies that are shown in
    /// their thread only and system messages do not count.
    pub unread_count: i64,
    /// Mentions of the viewer in these messages, apart from those by people that the viewer has blocked.
    pub mention_count: i64,
    /// The last position of the conversation's log that the record has.
    pub last_seq: i64,
    /// The viewer's role; `null` if they are no member.
    pub role: Option<Role>,
    /// The last position the viewer has read.
    pub last_read_seq: i64,
    /// What the viewer wants of it; `null` if they are no member.
    #[serde(deserialize_with = "preferences_or_null")]
    pub preferences: Option<Preferences>,
    /// The other person of a direct conversation.
    #[serde(deserialize_with = "json_or_null")]
    pub peer: Option<Person>,
    /// When it was created.
    #[serde(deserialize_with = "millis")]
    pub created_at: Timestamp,
    /// When it last changed, apart from messages.
    #[serde(deserialize_with = "millis_or_null")]
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

impl NewGroup {
    /// Number of members besides the creator.
    pub fn others_count(&self) -> usize {
        self.others.iter().filter(|other| **other != self.me).collect::<BTreeSet<_>>().len()
    }
}

/// A direct conversation to find or create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDirect<'a> {
    /// Its id, if it is created.
    pub id: &'a ConversationId,
    /// Tenant.
    pub tenant: &'a TenantId,
    /// The user who begins it.
    pub me: &'a UserId,
    /// The other user.
    pub other: &'a UserId,
    /// New conversations that `me` may begin in an hour; `None` for any number.
    pub per_hour: Option<u32>,
    /// Creation time.
    pub now: Timestamp,
}

/// Result of [`Store::first_or_create_dm`].
#[derive(Debug, Clone, PartialEq)]
pub enum Direct {
    /// It existed.
    Found(Conversation),
    /// This call created it.
    Created(Conversation),
    /// There is none, and one has blocked the other.
    Blocked,
    /// There is none, and the user began too many in the last hour.
    Exceeded {
        /// Milliseconds after which fewer count.
        retry_after_ms: u64,
    },
}

/// Which conversations of an inbox are listed; `None` for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxFilter {
    /// Only favorites, or only others.
    pub favorite: Option<bool>,
    /// Only archived ones, or only others.
    pub archived: Option<bool>,
}

#[derive(Deserialize)]
struct FactsRow {
    id: ConversationId,
    #[serde(rename = "type")]
    conversation_type: ConversationType,
    room_id: Option<RoomId>,
    visibility: Option<Visibility>,
    post: Option<Posting>,
    slow_mode_s: Option<u32>,
    member_count: i64,
    last_seq: i64,
    message_count: i64,
    uncounted_count: i64,
}

impl Store {
    /// The one direct conversation of two users, created if there is none. Only a creation counts towards the limit.
    /// Safe for concurrent calls. `Constraint` if one of the users is unknown; `Unavailable` while theirs is being imported.
    pub async fn first_or_create_dm(&self, new: &NewDirect<'_>) -> Result<Direct, StorageError> {
        let NewDirect { id, tenant, me, other, per_hour, now } = *new;
        let (key, people) = dm_key(me, other)?;
        let get = Statement::new(conversations::GET_DM, [tenant.into(), (&key).into(), me.into()]);
        let found: Option<Conversation> = decode_first(self.db.query(get.clone()).await?)?;
        if let Some(found) = found {
            if found.member_count >= count(people) {
                return Ok(Direct::Found(found));
            }
            let refill = [tenant.into(), (&key).into(), (&key).into(), now.into()];
            let statements = vec![
                Statement::new(conversations::REFILL_DM, refill),
                Statement::new(conversations::COUNT_DM, [tenant.into(), (&key).into()]),
                get,
            ];
            return Ok(Direct::Found(decode_first(last(self.db.batch(statements).await?)?)?.ok_or_else(missing)?));
        }
        let reservation = match per_hour {
            None => None,
            Some(per_hour) => {
                let kind = CreationKind::Conversation;
                match self.reserve_creations((tenant, me), kind, (1, per_hour), now).await? {
                    Reserved::Counted(reservation) => Some(reservation),
                    Reserved::Exceeded { retry_after_ms } => return Ok(Direct::Exceeded { retry_after_ms }),
                }
            }
        };
        let create = [id.into(), tenant.into(), (&key).into(), me.into(), now.into(), count(people).into()];
        let statements = vec![
            Statement::new(conversations::CREATE_DM, create),
            Statement::new(conversations::FILL_DM, [tenant.into(), (&key).into(), (&key).into()]),
            get,
        ];
        let made = self.db.batch(statements).await;
        let is_created = made.as_ref().map(|results| results.first().is_some_and(|rows| !rows.is_empty()));
        if let (Some(reservation), Ok(false) | Err(StorageError::Constraint)) = (&reservation, is_created) {
            self.give_back_creations(tenant, me, reservation).await?;
        }
        let mut results = made?.into_iter();
        let created = results.next().is_some_and(|rows| !rows.is_empty());
        let Some(row) = results.next_back().and_then(|rows| rows.into_iter().next()) else {
            let hidden = [tenant.into(), to_json(&[&key])?.into()];
            return if self.any(imports::KNOWN_PAIRS, hidden).await? {
                Err(StorageError::Unavailable("the conversation is being imported".to_owned()))
            } else {
                Ok(Direct::Blocked)
            };
        };
        let conversation = decode(row)?;
        Ok(if created { Direct::Created(conversation) } else { Direct::Found(conversation) })
    }

    /// Id of the direct conversation of two users, if there is one.
    pub async fn dm_of(
        &self,
        tenant: &TenantId,
        one: &UserId,
        other: &UserId,
    ) -> Result<Option<ConversationId>, StorageError> {
        let found = self.column(conversations::ID_OF_DM, [tenant.into(), dm_key(one, other)?.0.into()]).await?;
        Ok(found.into_iter().next())
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
        decode_first(last(self.db.batch(statements).await?)?)?.ok_or_else(missing)
    }

    /// A conversation that is not deleted, as the viewer sees it. The caller checks the policy.
    pub async fn conversation(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        viewer: &UserId,
    ) -> Result<Option<Conversation>, StorageError> {
        decode_first(self.db.query(get_conversation(tenant, conversation, viewer)).await?)
    }

    /// Initial state for the conversation's object.
    pub async fn facts(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<ConversationFacts>, StorageError> {
        let row: Option<FactsRow> = self.row(conversations::FACTS, [tenant.into(), conversation.into()]).await?;
        Ok(row.map(|row| ConversationFacts {
            place: place(row.conversation_type, row.visibility),
            id: row.id,
            room_id: row.room_id,
            posting: PostingRules {
                post: row.post.unwrap_or_default(),
                slow_mode_s: row.slow_mode_s.unwrap_or_default(),
            },
            member_count: row.member_count,
            last_seq: row.last_seq,
            message_count: row.message_count,
            uncounted_count: row.uncounted_count,
        }))
    }

    /// The subset of these ids that are conversations of the tenant, including deleted ones: their objects report the
    /// deletion.
    pub async fn known_conversations(
        &self,
        tenant: &TenantId,
        conversations: &[ConversationId],
    ) -> Result<BTreeSet<ConversationId>, StorageError> {
        if conversations.is_empty() {
            return Ok(BTreeSet::new());
        }
        let known = self.column(conversations::KNOWN, [tenant.into(), to_json(&conversations)?.into()]).await?;
        Ok(known.into_iter().collect())
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
        self.filtered_inbox(tenant, user, InboxFilter::default(), after, limit).await
    }

    /// [`Self::inbox`] of the conversations that pass a filter.
    pub async fn filtered_inbox(
        &self,
        tenant: &TenantId,
        user: &UserId,
        filter: InboxFilter,
        after: Option<(i64, &ConversationId)>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StorageError> {
        let (activity, id) = after.map_or((AFTER_ALL_NUMBERS, AFTER_ALL_IDS), |(at, id)| (at, id.as_str()));
        let params = [
            tenant.into(),
            activity.into(),
            user.into(),
            id.into(),
            limit.into(),
            filter.favorite.map(i64::from).into(),
            filter.archived.map(i64::from).into(),
        ];
        self.rows(conversations::INBOX, params).await
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
        self.any(conversations::UPDATE_METADATA, params).await
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
        to_json(metadata)?.into(),
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
