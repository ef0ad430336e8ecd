//! What is over is taken away: by the scheduled functions, in bounded steps, oldest first.
//!
//! Every statement here takes at most as many rows as it is told, so that a backlog of any length holds up nobody
//! who asks the record meanwhile, and doing a step again only does the next one. Sweeps go over all tenants, as who
//! has waited longest comes next; what depends on an app's settings is done app by app.

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

/// An app that keeps something for a number of days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Keeping {
    /// Whose app.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// For how long, at least 1.
    pub days: i64,
    /// When the oldest came that it has, `None` if it has none.
    #[serde(deserialize_with = "crate::decode::millis_or_null")]
    pub oldest_at: Option<Timestamp>,
}

impl Store {
    /// Takes away leases of sockets that ended by then without a word. When their people were last seen is kept. How
    /// many rows went.
    pub async fn purge_presence(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let statements = vec![
            Statement::new(purge::REMEMBER_SEEN, [before.into(), limit.into()]),
            Statement::new(purge::PRESENCE, [before.into(), limit.into()]),
        ];
        Ok(count(&last(self.db.batch(statements).await?)?))
    }

    /// Takes away tickets that ended by then. How many.
    pub async fn purge_tickets(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::TICKETS, before, limit).await
    }

    /// Takes away first results of calls that came by then. How many.
    pub async fn purge_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::IDEMPOTENCY_KEYS, before, limit).await
    }

    /// Takes away notes of events that cache channels kept until then. How many.
    pub async fn purge_cached_channels(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::CACHED_CHANNELS, before, limit).await
    }

    /// Takes away invites that were over by then. How many.
    pub async fn purge_invites(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::INVITES, before, limit).await
    }

    /// Takes away mutes and bans that ended by then. How many.
    pub async fn purge_sanctions(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::SANCTIONS, before, limit).await
    }

    /// Takes away quarantined entries that were put there by then. How many.
    pub async fn purge_quarantined_entries(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        self.sweep(purge::QUARANTINED_ENTRIES, before, limit).await
    }

    async fn sweep(&self, query: Query, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        Ok(count(&self.db.query(Statement::new(query, [before.into(), limit.into()])).await?))
    }
}

/// A statement gives a row for each that it takes away.
fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
