//! Notifications of people.
//!
//! The list shows what the person may read now: the membership is part of the look-up, and a message is read from its row.

mod flush;
mod shared;

pub(crate) use flush::FlushStatements;
pub use shared::{MAX_SHARED_NOTIFICATIONS, RecipientPage, SharedRecipient, SharedWithdrawn};

use crate::Store;
use crate::database::{AFTER_ALL_IDS, Row, Statement, StorageError};
use crate::decode::{decode, decode_column, json_or_null, millis, millis_or_null, to_json};
use campana_core::chat::notifications::{Notification, NotificationKind, NotifiedMessage, OwnKind, notification_id};
use campana_core::chat::push::PushWishes;
use campana_core::chat::wire::Person;
use campana_core::shared::ids::{ConversationId, InviteId, MessageId, NotificationId, ReportId, TenantId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::notifications;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Maximum of the count of unread notifications.
pub const MAX_COUNTED_NOTIFICATIONS: u32 = 1_000;
/// Notifications that one statement reads.
const READ_STEP: u32 = 1_000;
/// Maximum number of moderators who are notified of a report.
const MAX_NOTIFIED_MODERATORS: u32 = 20;

/// A person's notification, as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Notified {
    /// The person.
    pub user_id: UserId,
    /// Their notification.
    pub notification: Notification,
    /// Whether and where it is pushed.
    pub push: PushWishes,
}

/// Notifications of a person that a flush deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// The person.
    pub user_id: UserId,
    /// What they are not notified of any more.
    pub ids: Vec<NotificationId>,
}

/// A person whose notifications of a conversation a flush read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NotificationsReader {
    /// The person.
    pub user_id: UserId,
    /// Position in the conversation up to which they are read.
    pub up_to_seq: i64,
}

/// What a flush did to notifications.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlushedNotifications {
    /// Those it wrote.
    pub created: Vec<Notified>,
    /// Unread ones of messages that it edited.
    pub edited: Vec<Notified>,
    /// Positions of messages of which it notified all members.
    pub shared: Vec<i64>,
    /// Those it read.
    pub read: Vec<NotificationsReader>,
    /// Those it deleted.
    pub withdrawn: Vec<Withdrawn>,
    /// Those of all members that it deleted.
    pub withdrawn_shared: Vec<SharedWithdrawn>,
}

/// A notification that a backend sends to people.
#[derive(Debug, Clone, PartialEq)]
pub struct AppNotification<'a> {
    /// Its kind.
    pub kind: &'a NotificationKind,
    /// Names it among those of its kind.
    pub key: &'a str,
    /// Title.
    pub title: &'a str,
    /// Text.
    pub body: Option<&'a str>,
    /// Address to open.
    pub url: Option<&'a str>,
    /// Free JSON.
    pub data: Option<&'a Map<String, Json>>,
}

#[derive(Deserialize)]
struct NotificationRow {
    id: NotificationId,
    kind: NotificationKind,
    conversation_id: Option<ConversationId>,
    actor_id: Option<UserId>,
    actor_name: Option<String>,
    #[serde(deserialize_with = "json_or_null")]
    message: Option<NotifiedMessage>,
    title: Option<String>,
    body: Option<String>,
    url: Option<String>,
    #[serde(deserialize_with = "json_or_null")]
    data: Option<Map<String, Json>>,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis")]
    updated_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    read_at: Option<Timestamp>,
}

impl From<NotificationRow> for Notification {
    fn from(row: NotificationRow) -> Self {
        let actor = row.actor_id.zip(row.actor_name).map(|(user_id, name)| Person { user_id, name });
        let NotificationRow { id, kind, conversation_id, message, title, body, url, data, .. } = row;
        let NotificationRow { created_at, updated_at, read_at, .. } = row;
        Self { id, kind, actor, conversation_id, message, title, body, url, data, created_at, updated_at, read_at }
    }
}

/// What a row has beside the notification.
#[derive(Deserialize)]
struct Whose {
    user_id: UserId,
    push: Option<String>,
}

pub(crate) fn notified(rows: Vec<Row>) -> Result<Vec<Notified>, StorageError> {
    rows.into_iter().map(one_notified).collect()
}

fn one_notified(row: Row) -> Result<Notified, StorageError> {
    let Whose { user_id, push } = decode(row.clone())?;
    // Wishes that cannot be read must not keep a flush from its other work: then nothing is pushed.
    let push = push.and_then(|text| read_stored(&text).ok()).unwrap_or_default();
    Ok(Notified { user_id, notification: decode::<NotificationRow>(row)?.into(), push })
}

impl Store {
    /// A user's notifications that they may see, newest first: those before `before`, and with `is_unread` only unread
    /// ones.
    pub async fn notifications(
        &self,
        tenant: &TenantId,
        user: &UserId,
        is_unread: bool,
        before: Option<&NotificationId>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Notification>, StorageError> {
        let query = if is_unread { notifications::LIST_UNREAD } else { notifications::LIST };
        let before = before.map_or(AFTER_ALL_IDS, NotificationId::as_str);
        let params = [tenant.into(), user.into(), before.into(), now.into(), limit.into()];
        let rows = self.rows::<NotificationRow, _>(query, params).await?;
        Ok(rows.into_iter().map(Notification::from).collect())
    }

    /// Number of a user's unread notifications that they may see, counted up to [`MAX_COUNTED_NOTIFICATIONS`].
    pub async fn unread_notifications(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<i64, StorageError> {
        let params = [tenant.into(), user.into(), MAX_COUNTED_NOTIFICATIONS.into(), now.into()];
        Ok(self.column(notifications::COUNT_UNREAD, params).await?.into_iter().next().unwrap_or(0))
    }

    /// A user's notification of a kind and source.
    pub async fn notification(
        &self,
        tenant: &TenantId,
        user: &UserId,
        kind: &NotificationKind,
        source: &str,
    ) -> Result<Option<Notified>, StorageError> {
        let params = [tenant.into(), user.into(), kind.as_str().into(), source.into()];
        let rows = self.db.query(Statement::new(notifications::GET, params)).await?;
        rows.into_iter().next().map(one_notified).transpose()
    }

    /// Marks a notification as read. Returns whether it was unread; `None` if the user has none with this id.
    pub async fn read_notification(
        &self,
        tenant: &TenantId,
        user: &UserId,
        id: &NotificationId,
        now: Timestamp,
    ) -> Result<Option<bool>, StorageError> {
        let place = || [tenant.into(), user.into(), id.into()];
        let with_now = || {
            let [whose, person, one] = place();
            [whose, person, one, now.into()]
        };
        let statements = vec![
            Statement::new(notifications::READ, with_now()),
            Statement::new(notifications::READ_SHARED, with_now()),
            Statement::new(notifications::EXISTS, place()),
        ];
        let mut results = self.db.batch(statements).await?.into_iter().map(|rows| !rows.is_empty());
        let mut next = || results.next().unwrap_or_default();
        let (was_unread, was_unread_of_all) = (next(), next());
        Ok(next().then_some(was_unread || was_unread_of_all))
    }

    /// Marks the notifications of a thread's replies as read, up to where the user has read the thread. Returns those that were
    /// unread, at most [`READ_STEP`] of each kind of row.
    pub async fn read_notifications_of_thread(
        &self,
        tenant: &TenantId,
        user: &UserId,
        thread: &MessageId,
        now: Timestamp,
    ) -> Result<Vec<NotificationId>, StorageError> {
        let place = || [tenant.into(), user.into(), thread.into(), now.into()];
        let [whose, person, root, at] = place();
        let statements = vec![
            Statement::new(notifications::READ_THREAD, [whose, person, root, at, READ_STEP.into()]),
            Statement::new(notifications::READ_SHARED_OF_THREAD, place()),
        ];
        let results = self.db.batch(statements).await?;
        decode_column(results.into_iter().flatten().collect())
    }

    /// Marks notifications up to `up_to` as read, the newest first, in one step. Returns whether there may be more.
    pub async fn read_notifications(
        &self,
        tenant: &TenantId,
        user: &UserId,
        up_to: &NotificationId,
        now: Timestamp,
    ) -> Result<NotificationsStep, StorageError> {
        let step = |query| {
            let params = [tenant.into(), user.into(), up_to.into(), now.into(), READ_STEP.into()];
            Statement::new(query, params)
        };
        let statements = vec![step(notifications::READ_UP_TO), step(notifications::READ_SHARED_UP_TO)];
        let results = self.db.batch(statements).await?;
        let read = |least: usize| results.iter().any(|rows| rows.len() >= least);
        Ok(NotificationsStep { any: read(1), more: read(READ_STEP as usize) })
    }

    /// Notifies those of these users who are known to the tenant and want it. The same key again changes the
    /// notification. Returns those that are new or say something else, and the known users.
    pub async fn notify_of_app(
        &self,
        tenant: &TenantId,
        users: &BTreeSet<UserId>,
        new: &AppNotification<'_>,
        now: Timestamp,
    ) -> Result<(Vec<Notified>, BTreeSet<UserId>), StorageError> {
        let (kind, users) = (new.kind.as_str(), to_json(users)?);
        let params = [
            tenant.into(),
            (&users).into(),
            (&notification_id(kind, new.key, now)).into(),
            kind.into(),
            new.key.into(),
            new.title.into(),
            new.body.into(),
            new.url.into(),
            new.data.map(to_json).transpose()?.into(),
            now.into(),
        ];
        let known = [tenant.into(), (&users).into()];
        let statements = vec![
            Statement::new(notifications::ADD_OF_APP, params),
            Statement::new(campana_schema::users::KNOWN, known),
        ];
        let mut results = self.db.batch(statements).await?.into_iter();
        let mut next = || results.next().unwrap_or_default();
        let created = notified(next())?;
        let known = decode_column(next())?;
        Ok((created, known.into_iter().collect()))
    }
}

/// Result of [`Store::read_notifications`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationsStep {
    /// Whether this step read any.
    pub any: bool,
    /// Whether there may be more.
    pub more: bool,
}

/// Statement of the batch that creates an invite: notifies the invited user, if it has one.
pub(crate) fn add_invite(tenant: &TenantId, invite: &InviteId, at: Timestamp) -> Statement {
    let id = notification_id(OwnKind::Invite.as_str(), invite.as_str(), at);
    Statement::new(notifications::ADD_INVITE, [tenant.into(), invite.into(), (&id).into()])
}

/// Statement of the batch that adds a report: notifies moderators. Its rows are those of [`of_report`].
pub(crate) fn add_report(tenant: &TenantId, report: &ReportId, message: &MessageId, at: Timestamp) -> Statement {
    let id = notification_id(OwnKind::Report.as_str(), message.as_str(), at);
    let params = [tenant.into(), report.into(), MAX_NOTIFIED_MODERATORS.into(), (&id).into()];
    Statement::new(notifications::ADD_REPORT, params)
}

/// The notifications that [`add_report`] wrote.
pub(crate) fn of_report(rows: Vec<Row>) -> Result<Vec<Notified>, StorageError> {
    notified(rows)
}
