//! Initial state of a case: two tenants whose users have the same ids. Helpers of cases.

use crate::database::{Database, Statement};
use crate::{Added, AuditFilter, Conversation, NewGroup, NewMember, NewRoom, Room, RoomChange, StorageError, Store};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::principal::Principal;
use campana_core::chat::command::PostingRules;
use campana_core::chat::flush::{EarlierBody, FlushBatch, FlushedMessage, ReadMarker};
use campana_core::chat::history::Anchor;
use campana_core::chat::policy::{Role, Visibility};
use campana_core::chat::wire::{Message, MessageType};
use campana_core::shared::ids::{ConversationId, MessageId, ReportId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use serde_json::Map;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const ADD_APP: &str = "INSERT INTO apps (id, tenant_id, key, secret, created_at) VALUES (?1, ?1, ?1, 'secret', 1)";

/// Current time of the cases.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(super) struct World {
    pub(super) db: Arc<dyn Database>,
    pub(super) store: Store,
    /// The tenant under test.
    pub(super) tenant: TenantId,
    /// Another tenant, whose users have the same ids.
    pub(super) stranger: TenantId,
    name: &'static str,
    audits: AtomicU32,
}

pub(super) fn user(id: &str) -> UserId {
    UserId::trusted(id)
}

/// A read marker of somebody who never marked messages as unread, which moved as many seconds after [`NOW`] as its position.
pub(super) fn marker(user_id: UserId, seq: i64) -> ReadMarker {
    ReadMarker { user_id, seq, rev: 0, at: later(seq) }
}

/// `seconds` after [`NOW`].
pub(super) fn later(seconds: i64) -> Timestamp {
    NOW.plus_millis(seconds * 1_000)
}

impl World {
    pub(super) async fn new(db: Arc<dyn Database>, name: &'static str) -> Self {
        let world = Self {
            store: Store::new(db.clone()),
            tenant: TenantId::trusted(format!("{name} one")),
            stranger: TenantId::trusted(format!("{name} two")),
            name,
            audits: AtomicU32::new(0),
            db,
        };
        for tenant in [&world.tenant, &world.stranger] {
            world.sql(Statement::unnamed(ADD_APP, [tenant.into()])).await;
            for (id, name) in [("ana", "Ana"), ("bo", "Bo"), ("cy", "Cy")] {
                world.record(tenant, id, name).await;
            }
        }
        world
    }

    pub(super) async fn sql(&self, statement: Statement) -> Vec<crate::Row> {
        self.db.query(statement).await.expect("the statement runs")
    }

    pub(super) async fn record(&self, tenant: &TenantId, id: &str, name: &str) {
        self.store.record_user(&self.principal(tenant, id, name), NOW).await.expect("the user is recorded");
    }

    #[expect(clippy::unused_self, reason = "reads like the other helpers")]
    pub(super) fn principal(&self, tenant: &TenantId, id: &str, name: &str) -> Principal {
        Principal {
            tenant: tenant.clone(),
            user_id: user(id),
            name: name.to_owned(),
            avatar: None,
            admin: false,
            permissions: Vec::new(),
            groups: Vec::new(),
            issued_at_ms: None,
            signed_with: campana_core::accounts::revocation::SigningKey::Unknown,
            expires_at_ms: later(3_600).millis(),
        }
    }

    pub(super) fn conversation_id(&self, number: u32) -> ConversationId {
        ConversationId::trusted(format!("{} c{number:04}", self.name))
    }

    pub(super) fn room_id(&self, number: u32) -> RoomId {
        RoomId::trusted(format!("{} r{number:04}", self.name))
    }

    pub(super) fn message_id(&self, seq: i64) -> MessageId {
        MessageId::trusted(format!("{} m{seq:06}", self.name))
    }

    pub(super) fn report_id(&self, number: u32) -> ReportId {
        ReportId::trusted(format!("{} p{number:04}", self.name))
    }

    /// An audit entry of an act by Ana, with a fresh id.
    pub(super) fn audit(&self, action: Act, target: &str, at: Timestamp) -> Audit {
        let ana = self.principal(&self.tenant, "ana", "Ana");
        let number = u64::from(self.audits.fetch_add(1, Ordering::Relaxed));
        let seed = self.name.bytes().fold(number, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        let mut random = [0; 10];
        random[2..].copy_from_slice(&(seed ^ number).to_be_bytes());
        Audit::new(&ana, action, target, serde_json::json!({"of": "a test"}), at, random)
    }

    /// Number of audit entries of this act in the tenant under test.
    pub(super) async fn audited(&self, action: Act) -> usize {
        let filter = AuditFilter { action: Some(action.as_str().to_owned()), ..AuditFilter::default() };
        self.store.list_audits(&self.tenant, &filter, None, 100).await.expect("the list is read").len()
    }

    /// Adds a member who joins by themselves.
    pub(super) async fn add(&self, conversation: &ConversationId, id: &str, role: Role) -> Option<Added> {
        let new = NewMember { user: &user(id), role, last_read_seq: 0, audit: None, now: NOW };
        self.store.add_member(&self.tenant, conversation, &new).await.expect("the query runs")
    }

    /// Creates a group of Ana (the owner) and others in the tenant under test.
    pub(super) async fn group(&self, number: u32, others: &[&str]) -> Conversation {
        let new = NewGroup {
            id: self.conversation_id(number),
            tenant: self.tenant.clone(),
            me: user("ana"),
            others: others.iter().map(|id| user(id)).collect(),
            metadata: Map::new(),
            report_id: None,
            now: NOW,
        };
        self.store.create_group(new).await.expect("the group is created")
    }

    /// Creates a room of Ana in the tenant under test.
    pub(super) async fn room(&self, number: u32, name: &str, visibility: Visibility) -> Room {
        self.store.create_room(self.new_room(number, name, visibility)).await.expect("the room is created")
    }

    pub(super) async fn update_room(
        &self,
        room: &RoomId,
        change: &RoomChange,
        at: Timestamp,
    ) -> Result<bool, StorageError> {
        let audit = self.audit(Act::RoomUpdated, room.as_str(), at);
        self.store.update_room(&self.tenant, room, change, &audit).await
    }

    pub(super) async fn delete_room(&self, room: &RoomId, at: Timestamp) -> Result<bool, StorageError> {
        let audit = self.audit(Act::RoomDeleted, room.as_str(), at);
        self.store.delete_room(&self.tenant, room, &audit).await
    }

    pub(super) fn new_room(&self, number: u32, name: &str, visibility: Visibility) -> NewRoom {
        NewRoom {
            room_id: self.room_id(number),
            conversation_id: self.conversation_id(1_000 + number),
            tenant: self.tenant.clone(),
            name: name.to_owned(),
            description: String::new(),
            visibility,
            posting: PostingRules::default(),
            created_by: user("ana"),
            members: vec![(user("ana"), Role::Owner)],
            audit: self.audit(Act::RoomCreated, self.room_id(number).as_str(), NOW),
            now: NOW,
        }
    }

    /// A message of Ana. Positions count all events, so they have gaps. Ordinals count messages only.
    pub(super) fn message(&self, conversation: &ConversationId, ordinal: i64, seq: i64) -> FlushedMessage {
        let message = Message {
            id: self.message_id(seq),
            conversation_id: conversation.clone(),
            seq,
            sender_id: user("ana"),
            sender_name: "Ana".to_owned(),
            message_type: MessageType::Text,
            body: Some(format!("said at {seq}")),
            metadata: None,
            parent_id: None,
            thread_id: None,
            also_in_channel: false,
            quote_id: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            client_msg_id: Some(format!("client {seq}")),
            version: 1,
            created_at: later(seq),
            edited_at: None,
            deleted_at: None,
            updated_at: None,
        };
        FlushedMessage { message, ordinal, uncounted: 0, updated_seq: seq, replaced: None }
    }

    /// Flushes messages of Ana at these positions, as the first of the conversation.
    pub(super) async fn say(&self, conversation: &ConversationId, seqs: &[i64]) -> FlushBatch {
        let batch = self.batch(conversation, seqs);
        self.flush(conversation, &batch).await;
        batch
    }

    pub(super) fn batch(&self, conversation: &ConversationId, seqs: &[i64]) -> FlushBatch {
        let created: Vec<_> = (1..).zip(seqs).map(|(ordinal, seq)| self.message(conversation, ordinal, *seq)).collect();
        FlushBatch {
            last_seq: seqs.last().copied().unwrap_or(0),
            message_count: i64::try_from(created.len()).expect("the number fits"),
            last_message_at: created.last().map(|row| row.message.created_at),
            created,
            ..FlushBatch::default()
        }
    }

    /// A page of a conversation, without annotations.
    pub(super) async fn page(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Vec<Message>, StorageError> {
        let page = self.store.page(tenant, conversation, &user("bo"), anchor, limit).await?;
        Ok(page.into_iter().map(|recorded| recorded.message).collect())
    }

    pub(super) async fn flush(&self, conversation: &ConversationId, batch: &FlushBatch) {
        self.store.flush(&self.tenant, conversation, batch, NOW).await.expect("the flush succeeds");
    }

    /// A conversation of the tenant under test, as `viewer` sees it.
    pub(super) async fn seen_by(&self, viewer: &str, conversation: &ConversationId) -> Conversation {
        let found = self.store.conversation(&self.tenant, conversation, &user(viewer)).await;
        found.expect("the query runs").expect("the row exists")
    }

    pub(super) async fn unread(&self, viewer: &str, conversation: &ConversationId) -> i64 {
        self.seen_by(viewer, conversation).await.unread_count
    }
}

/// The row after its message was deleted by the event at `at_seq`.
pub(super) fn deleted(row: &FlushedMessage, at_seq: i64) -> FlushedMessage {
    let mut row = FlushedMessage { replaced: None, ..row.clone() };
    row.message.body = None;
    row.message.deleted_at = Some(later(at_seq));
    row.message.updated_at = Some(later(at_seq));
    row.updated_seq = at_seq;
    row
}

/// The row after its message was edited by the event at `at_seq`.
pub(super) fn edited(row: &FlushedMessage, body: &str, at_seq: i64) -> FlushedMessage {
    let mut row = row.clone();
    let (version, written_at) = (row.message.version, row.message.edited_at.unwrap_or(row.message.created_at));
    let replaced = row.message.body.replace(body.to_owned());
    row.replaced = replaced.map(|body| Box::new(EarlierBody { version, body, written_at }));
    row.message.version = version.saturating_add(1);
    row.message.edited_at = Some(later(at_seq));
    row.message.updated_at = Some(later(at_seq));
    row.updated_seq = at_seq;
    row
}
