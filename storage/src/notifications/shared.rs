//! Notifications of all members of a conversation: one row for a message.
//!
//! Who finds it on their list is decided when they look. It is read with the conversation, or by a row of the member's own if they read
//! it otherwise. Only the newest of a conversation are kept, so a list reads a bounded number of rows for each membership.

use super::{Notified, one_notified};
use crate::Store;
use crate::database::{Row, Statement, StorageError};
use crate::decode::{decode, decode_all, flag, last, to_json};
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use crate::presence::{FEW_MEMBERS, OWN_CHANNEL};
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::notifications::{OwnKind, notification_id};
use campana_core::chat::wire::{MentionType, Message};
use campana_core::shared::ids::{ConversationId, MessageId, NotificationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::notifications;
use serde::{Deserialize, Serialize};

/// Maximum number of shared notifications of a conversation: the oldest make room.
pub const MAX_SHARED_NOTIFICATIONS: u32 = 100;
/// Maximum number of members who are listed in a notification for those online; with more it is everybody's.
pub(crate) const MAX_LISTED_ONLINE: u32 = 500;

/// A shared notification that a flush deleted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SharedWithdrawn {
    /// Position of the message.
    pub seq: i64,
    /// The notification.
    pub id: NotificationId,
}

/// A member who gets a shared notification by an event or a push.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedRecipient {
    /// The notification as the member finds it.
    pub notified: Notified,
    /// Whether their own channel is open.
    pub is_online: bool,
}

/// The recipients among one page of the members of a conversation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecipientPage {
    /// Those who are online or have devices.
    pub recipients: Vec<SharedRecipient>,
    /// The last member of the page; `None` if no member is left after it.
    pub next: Option<UserId>,
}

/// A message as `notifications/add_shared.sql` reads it.
#[derive(Serialize)]
struct NewShared<'a> {
    id: NotificationId,
    seq: i64,
    message_id: &'a MessageId,
    mention: MentionType,
    at: i64,
}

impl<'a> NewShared<'a> {
    /// `None` if the message does not mention all members, or not in the conversation.
    fn of(message: &'a Message) -> Option<Self> {
        let has = |kind| message.mentions.iter().any(|mention| mention.mention_type == kind);
        let mention = [MentionType::Room, MentionType::Here].into_iter().find(|kind| has(*kind))?;
        if message.is_thread_only() || message.deleted_at.is_some() {
            return None;
        }
        let at = message.edited_at.unwrap_or(message.created_at);
        let id = notification_id(OwnKind::Mention.as_str(), message.id.as_str(), at);
        Some(Self { id, seq: message.seq, message_id: &message.id, mention, at: at.millis() })
    }
}

/// Statements of a flush that write shared notifications: their rows are positions.
pub(super) fn add(
    tenant: &TenantId,
    conversation: &ConversationId,
    rows: &[&FlushedMessage],
    now: Timestamp,
) -> Result<Vec<Statement>, StorageError> {
    let new = rows.iter().filter_map(|row| NewShared::of(&row.message));
    let statement = |rows: String| {
        let params =
            [tenant.into(), conversation.into(), rows.into(), now.into(), FEW_MEMBERS.into(), MAX_LISTED_ONLINE.into()];
        Statement::new(notifications::ADD_SHARED, params)
    };
    Ok(in_pieces(new.map(Ok), MAX_PARAMETER_BYTES)?.into_iter().map(statement).collect())
}

/// The statement of a flush that deletes shared notifications beyond [`MAX_SHARED_NOTIFICATIONS`].
pub(super) fn trim(conversation: &ConversationId) -> Statement {
    Statement::new(notifications::TRIM_SHARED, [conversation.into(), MAX_SHARED_NOTIFICATIONS.into()])
}

/// The statement of a flush that deletes shared notifications of changed messages, whose rows are [`SharedWithdrawn`].
pub(super) fn withdraw(
    tenant: &TenantId,
    conversation: &ConversationId,
    batch: &FlushBatch,
) -> Result<Option<Statement>, StorageError> {
    let changed: Vec<i64> = batch.changed.iter().map(|row| row.message.seq).collect();
    if changed.is_empty() {
        return Ok(None);
    }
    let params = [tenant.into(), conversation.into(), to_json(&changed)?.into()];
    Ok(Some(Statement::new(notifications::WITHDRAW_SHARED, params)))
}

/// The positions that [`add`] returned.
pub(super) fn added(rows: Vec<Row>) -> Result<Vec<i64>, StorageError> {
    crate::decode::decode_column(rows)
}

/// What [`withdraw`] returned.
pub(super) fn withdrawn(rows: Vec<Row>) -> Result<Vec<SharedWithdrawn>, StorageError> {
    decode_all(rows)
}

fn recipient(row: Row) -> Result<SharedRecipient, StorageError> {
    #[derive(Deserialize)]
    struct Online {
        #[serde(deserialize_with = "flag")]
        is_online: bool,
    }
    let Online { is_online } = decode(row.clone())?;
    Ok(SharedRecipient { notified: one_notified(row)?, is_online })
}

impl Store {
    /// Of the page of at most `limit` members after `after`: those who find a conversation's shared notification of a position on
    /// their list, unread, and who are online or have devices.
    pub async fn recipients_of_shared(
        &self,
        (tenant, conversation, seq): (&TenantId, &ConversationId, i64),
        after: Option<&UserId>,
        now: Timestamp,
        limit: u32,
    ) -> Result<RecipientPage, StorageError> {
        #[derive(Deserialize)]
        struct Page {
            last: Option<UserId>,
            members: i64,
        }
        let after = after.map_or("", UserId::as_str);
        let page = [tenant.into(), conversation.into(), after.into(), limit.into()];
        let params = [
            tenant.into(),
            conversation.into(),
            seq.into(),
            after.into(),
            now.into(),
            limit.into(),
            OWN_CHANNEL.into(),
        ];
        let statements = vec![
            Statement::new(notifications::RECIPIENTS, params),
            Statement::new(notifications::PAGE_OF_MEMBERS, page),
        ];
        let mut results = self.db.batch(statements).await?;
        let Page { last, members } = decode(last(results.split_off(1))?.into_iter().next().unwrap_or_default())?;
        let rows = results.pop().unwrap_or_default();
        let recipients = rows.into_iter().map(recipient).collect::<Result<Vec<_>, _>>()?;
        Ok(RecipientPage { recipients, next: last.filter(|_| members >= i64::from(limit)) })
    }
}
