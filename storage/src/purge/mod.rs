//! Purge of expired rows by the scheduled functions, in bounded steps, oldest first.
//!
//! Every statement deletes at most `limit` rows, so that no backlog delays other queries. A repeated step continues
//! with the next rows. Sweeps cover all tenants, longest expired first. Purges by an app's settings run per app.

mod alerts;
mod logs;
mod messages;

pub use logs::{DueLog, LogSettlement};

use crate::Store;
use crate::database::{Row, Statement, StorageError};
use crate::decode::last;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use campana_schema::purge;
use serde::Deserialize;

/// An app's retention of one kind of rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Keeping {
    /// Tenant of the app.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// Retention in days, at least 1.
    pub days: i64,
    /// Time of the app's oldest row, `None` if it has none.
    #[serde(deserialize_with = "crate::decode::millis_or_null")]
    pub oldest_at: Option<Timestamp>,
}

/// Rows that are deleted some time after they ended, of all tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Presence leases that expired. When their users were last seen is kept.
    Presence,
    /// Tickets that expired.
    Tickets,
    /// Idempotency keys of calls that were made.
    IdempotencyKeys,
    /// Entries of cached channels that expired.
    CachedChannels,
    /// Invites that were closed.
    Invites,
    /// Mutes and bans that ended.
    Sanctions,
    /// Messages that were deleted. Each leaves a tombstone.
    DeletedMessages,
    /// Reactions that were taken back.
    RemovedReactions,
    /// Log entries that were quarantined.
    QuarantinedEntries,
    /// Counts of creations that no limit needs any more.
    Creations,
    /// Drafts that were last changed, or cleared.
    Drafts,
    /// Notifications that were last changed.
    Notifications,
    /// Notifications of all members of a conversation.
    SharedNotifications,
    /// Devices for pushes of notifications that expired.
    PushDevices,
    /// Scheduled messages that were sent, failed or were cancelled.
    ScheduledMessages,
    /// Uses of files by messages of conversations that were deleted.
    FilesOfDeletedRooms,
}

impl Ended {
    /// The statements of a step; the last one deletes the rows.
    const fn statements(self) -> &'static [Query] {
        match self {
            Self::Presence => &[purge::REMEMBER_SEEN, purge::PRESENCE],
            Self::Tickets => &[purge::TICKETS],
            Self::IdempotencyKeys => &[purge::IDEMPOTENCY_KEYS],
            Self::CachedChannels => &[purge::CACHED_CHANNELS],
            Self::Invites => &[purge::INVITES],
            Self::Sanctions => &[purge::SANCTIONS],
            Self::DeletedMessages => &[purge::BURY_DELETED_MESSAGES, purge::DELETED_MESSAGES],
            Self::RemovedReactions => &[purge::REMOVED_REACTIONS],
            Self::QuarantinedEntries => &[purge::QUARANTINED_ENTRIES],
            Self::Creations => &[purge::CREATIONS],
            Self::Drafts => &[purge::DRAFTS],
            Self::Notifications => &[purge::NOTIFICATIONS],
            Self::SharedNotifications => &[purge::SHARED_NOTIFICATIONS],
            Self::PushDevices => &[purge::PUSH_DEVICES],
            Self::ScheduledMessages => &[purge::SCHEDULED_MESSAGES],
            Self::FilesOfDeletedRooms => &[purge::ENDED_FILE_RELEASES, purge::FILES_OF_DELETED_ROOMS],
        }
    }
}

/// Rows that are deleted by an app's retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retained {
    /// Messages. Only apps that limit their retention are listed.
    Messages,
    /// Audit entries.
    Audits,
    /// Reports of messages, which are kept as long as audit entries.
    Reports,
    /// Location trails of closed alerts.
    Trails,
    /// Closed alerts with all their rows.
    Alerts,
}

impl Retained {
    const fn apps(self) -> Query {
        match self {
            Self::Messages => purge::APPS_KEEPING_MESSAGES,
            Self::Audits => purge::APPS_WITH_AUDITS,
            Self::Reports => purge::APPS_WITH_REPORTS,
            Self::Trails => purge::APPS_WITH_TRAILS,
            Self::Alerts => purge::APPS_WITH_ALERTS,
        }
    }
}

impl Store {
    /// Deletes rows that ended at or before `before`, in one batch. Returns how many.
    pub async fn purge(&self, rows: Ended, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let step = |query: &Query| Statement::new(*query, [before.into(), limit.into()]);
        Ok(count(&last(self.db.batch(rows.statements().iter().map(step).collect()).await?)?))
    }

    /// Apps with their retention of these rows, by tenant.
    pub async fn apps_keeping(
        &self,
        rows: Retained,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Keeping>, StorageError> {
        self.rows(rows.apps(), [after.map_or("", TenantId::as_str).into(), limit.into()]).await
    }

    /// Deletes a tenant's audit entries written before `before`. Returns how many. `Constraint` if the retention of one
    /// has not ended; then nothing is deleted.
    pub async fn purge_audits(&self, tenant: &TenantId, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let params = [tenant.into(), before.into(), limit.into()];
        Ok(count(&self.db.query(Statement::new(purge::AUDITS, params)).await?))
    }

    /// Deletes a tenant's reports made before `before`. Returns how many.
    pub async fn purge_reports(&self, tenant: &TenantId, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let params = [tenant.into(), before.into(), limit.into()];
        Ok(count(&self.db.query(Statement::new(purge::REPORTS, params)).await?))
    }
}

/// Number of deleted rows: a statement returns one row for each.
fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
