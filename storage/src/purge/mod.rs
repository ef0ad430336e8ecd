//! Purge of expired rows by the scheduled functions, in bounded steps, oldest first.
//!
//! Every statement deletes at most `limit` rows, so that no backlog delays other queries. A repeated step continues
//! with the next rows. Sweeps cover all tenants, longest expired first. Purges by an app's settings run per app.

mod alerts;
mod audits;
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

impl Store {
    /// Deletes presence leases that expired at or before `before`, keeping when their users were last seen. Returns the
    /// number of deleted rows.
    pub async fn purge_presence(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let statements = vec![
            Statement::new(purge::REMEMBER_SEEN, [before.into(), limit.into()]),
            Statement::new(purge::PRESENCE, [before.into(), limit.into()]),
        ];
        Ok(count(&last(self.db.batch(statements).await?)?))
    }

    /// Deletes tickets that expired at or before `before`. Returns how many.
    pub async fn purge_tickets(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::TICKETS, before, limit).await
    }

    /// Deletes idempotency keys of calls that were made at or before `before`. Returns how many.
    pub async fn purge_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::IDEMPOTENCY_KEYS, before, limit).await
    }

    /// Deletes the entries of cached channels that expired at or before `before`. Returns how many.
    pub async fn purge_cached_channels(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::CACHED_CHANNELS, before, limit).await
    }

    /// Deletes invites that were closed at or before `before`. Returns how many.
    pub async fn purge_invites(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::INVITES, before, limit).await
    }

    /// Deletes mutes and bans that ended at or before `before`. Returns how many.
    pub async fn purge_sanctions(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::SANCTIONS, before, limit).await
    }

    /// Deletes entries that were quarantined at or before `before`. Returns how many.
    pub async fn purge_quarantined_entries(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::QUARANTINED_ENTRIES, before, limit).await
    }

    async fn sweep(&self, query: Query, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        Ok(count(&self.db.query(Statement::new(query, [before.into(), limit.into()])).await?))
    }
}

/// Number of deleted rows: a statement returns one row for each.
fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
