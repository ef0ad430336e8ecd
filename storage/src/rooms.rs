//! Rooms. Each has one conversation, created and deleted with it.

use crate::Store;
use crate::audits::{append, audited};
use crate::conversations::{ConversationType, create_conversation};
use crate::database::{AFTER_ALL_IDS, Statement, StorageError, Value};
use crate::decode::{decode_first, flag, last, millis, millis_or_null, missing};
use crate::invites::revoke_of_members;
use crate::members::first_members;
use crate::names::{room_query, room_search_name};
use campana_core::accounts::audit::Audit;
use campana_core::chat::command::PostingRules;
use campana_core::chat::policy::{Posting, Role, Visibility};
use campana_core::shared::fold::FOLD_VERSION;
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{audits, conversations, invites, rooms};
use serde::{Deserialize, Serialize};

const GENERAL_NAME: &str = "General";
/// Kinds of acts on a room in `audits/append_about_room.sql`: the general room can be changed, not deleted.
const CHANGE: i64 = 0;
const DELETION: i64 = 1;

/// A room as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// The room.
    pub id: RoomId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Who can find it.
    pub visibility: Visibility,
    /// Who may write.
    pub post: Posting,
    /// Seconds between two messages of a member who does not moderate the room; 0 for any number of messages.
    pub slow_mode_s: u32,
    /// Whether it is the tenant's general room.
    #[serde(deserialize_with = "flag")]
    pub is_general: bool,
    /// Who created it.
    pub created_by: UserId,
    /// Number of members.
    pub member_count: i64,
    /// The viewer's role; `null` if they are no member.
    pub role: Option<Role>,
    /// When it was created.
    #[serde(deserialize_with = "millis")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(deserialize_with = "millis_or_null")]
    pub updated_at: Option<Timestamp>,
}

/// A room to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRoom {
    /// Room id.
    pub room_id: RoomId,
    /// Conversation id.
    pub conversation_id: ConversationId,
    /// Tenant.
    pub tenant: TenantId,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Visibility.
    pub visibility: Visibility,
    /// Who writes, and how often.
    pub posting: PostingRules,
    /// Creator.
    pub created_by: UserId,
    /// First members including the owner, without duplicates.
    pub members: Vec<(UserId, Role)>,
    /// Audit entry.
    pub audit: Audit,
    /// Creation time.
    pub now: Timestamp,
}

/// Changes to a room; `None` leaves a field unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomChange {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New visibility.
    pub visibility: Option<Visibility>,
    /// Who may write from now on.
    pub post: Option<Posting>,
    /// New number of seconds between two messages of a member.
    pub slow_mode_s: Option<u32>,
}

/// Which rooms to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomFilter {
    /// Beginnings of words of the name; empty for all rooms.
    pub q: String,
    /// Only rooms of this visibility.
    pub visibility: Option<Visibility>,
    /// Only rooms the viewer is a member of.
    pub mine: bool,
}

impl Store {
    /// Creates a room with its conversation and first members atomically. `Constraint` if a member is unknown or an id
    /// exists.
    pub async fn create_room(&self, new: NewRoom) -> Result<Room, StorageError> {
        let metadata = serde_json::Map::new();
        let conversation = create_conversation(
            (&new.conversation_id, &new.tenant, ConversationType::Room),
            (&new.created_by, new.members.len(), new.now),
            (None, &metadata),
        )?;
        let room = [
            (&new.room_id).into(),
            (&new.tenant).into(),
            (&new.conversation_id).into(),
            (&new.name).into(),
            room_search_name(&new.name).into(),
            (&new.description).into(),
            new.visibility.as_str().into(),
            (&new.created_by).into(),
            new.now.into(),
            FOLD_VERSION.into(),
            new.posting.post.as_str().into(),
            new.posting.slow_mode_s.into(),
        ];
        let statements = vec![
            conversation,
            Statement::new(rooms::CREATE, room),
            first_members(&new.tenant, &new.conversation_id, &new.members, new.now)?,
            append(&new.tenant, &new.audit)?,
            get_room(&new.tenant, &new.room_id, &new.created_by),
        ];
        decode_first(last(self.db.batch(statements).await?)?)?.ok_or_else(missing)
    }

    /// A room that is not deleted, as the viewer sees it.
    pub async fn room(&self, tenant: &TenantId, room: &RoomId, viewer: &UserId) -> Result<Option<Room>, StorageError> {
        decode_first(self.db.query(get_room(tenant, room, viewer)).await?)
    }

    /// Rooms visible to the viewer, newest first: public ones and those they are a member of; all rooms if `admin`.
    pub async fn list_rooms(
        &self,
        tenant: &TenantId,
        viewer: &UserId,
        filter: &RoomFilter,
        admin: bool,
        before: Option<&RoomId>,
        limit: u32,
    ) -> Result<Vec<Room>, StorageError> {
        let sql = match (filter.mine, admin) {
            (true, _) => rooms::LIST_MINE,
            (false, true) => rooms::LIST_ALL,
            (false, false) => rooms::LIST_VISIBLE,
        };
        let params = [
            tenant.into(),
            viewer.into(),
            before.map_or(AFTER_ALL_IDS, RoomId::as_str).into(),
            filter.visibility.map(Visibility::as_str).into(),
            room_query(&filter.q)?,
            limit.into(),
        ];
        self.rows(sql, params).await
    }

    /// Changes a room. If it becomes private, invites that only its members' authority in a public room permitted are
    /// revoked. Returns whether there was a room.
    pub async fn update_room(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        change: &RoomChange,
        audit: &Audit,
    ) -> Result<bool, StorageError> {
        let params = [
            tenant.into(),
            room.into(),
            change.name.as_ref().into(),
            change.name.as_deref().map(room_search_name).into(),
            change.description.as_ref().into(),
            change.visibility.map(Visibility::as_str).into(),
            audit.created_at.into(),
            FOLD_VERSION.into(),
            change.post.map(Posting::as_str).into(),
            change.slow_mode_s.into(),
        ];
        let mut statements = vec![audited(audits::APPEND_ABOUT_ROOM, tenant, audit, [CHANGE.into()])?];
        if change.visibility == Some(Visibility::Private) {
            statements.extend(revoke_of_members(tenant, room, audit)?);
        }
        statements.push(Statement::new(rooms::UPDATE, params));
        self.batch_any(statements).await
    }

    /// Marks a room and its conversation as deleted, atomically, and revokes its open invites. Returns whether there
    /// was a room to delete; the general room cannot be deleted.
    pub async fn delete_room(&self, tenant: &TenantId, room: &RoomId, audit: &Audit) -> Result<bool, StorageError> {
        let params: [Value; 3] = [tenant.into(), room.into(), audit.created_at.into()];
        let statements = vec![
            audited(audits::APPEND_ABOUT_ROOM, tenant, audit, [DELETION.into()])?,
            Statement::new(invites::REVOKE_OF_ROOM, params.clone()),
            Statement::new(conversations::DELETE_OF_ROOM, params.clone()),
            Statement::new(rooms::DELETE, params),
        ];
        self.batch_any(statements).await
    }

    /// The tenant's general room, if it exists.
    pub async fn find_general_room(&self, tenant: &TenantId, viewer: &UserId) -> Result<Option<Room>, StorageError> {
        self.row(rooms::GET_GENERAL, [tenant.into(), viewer.into()]).await
    }

    /// The tenant's general room, created with these ids if there is none. It has no owner and no first members: users
    /// join on their first visit.
    pub async fn general_room(
        &self,
        tenant: &TenantId,
        room_id: &RoomId,
        conversation_id: &ConversationId,
        viewer: &UserId,
        now: Timestamp,
    ) -> Result<Room, StorageError> {
        if let Some(room) = self.find_general_room(tenant, viewer).await? {
            return Ok(room);
        }
        let get = Statement::new(rooms::GET_GENERAL, [tenant.into(), viewer.into()]);
        let conversation = [conversation_id.into(), tenant.into(), viewer.into(), now.into()];
        let room = [
            room_id.into(),
            tenant.into(),
            conversation_id.into(),
            GENERAL_NAME.into(),
            room_search_name(GENERAL_NAME).into(),
            viewer.into(),
            now.into(),
            FOLD_VERSION.into(),
        ];
        let statements = vec![
            Statement::new(conversations::CREATE_GENERAL, conversation),
            Statement::new(rooms::CREATE_GENERAL, room),
            get,
        ];
        decode_first(last(self.db.batch(statements).await?)?)?.ok_or_else(missing)
    }
}

fn get_room(tenant: &TenantId, room: &RoomId, viewer: &UserId) -> Statement {
    Statement::new(rooms::GET, [tenant.into(), viewer.into(), room.into()])
}
