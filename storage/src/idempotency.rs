//! Idempotency keys: a retried call gets the first call's result and has no second effect.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_column, decode_first, last, missing};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::idempotency;
use serde::Deserialize;

/// Lease of a running call: after this, it counts as lost and a retry may run.
const ABANDONED_AFTER_MS: i64 = 60_000;

/// State of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Unused, or claimed by a call that was lost. The caller runs the request and records the result.
    New {
        /// Time of the first call, which may have had its effect before it was lost.
        since: Timestamp,
    },
    /// The first call is still running.
    Running,
    /// The first call's result.
    Done {
        /// HTTP status.
        status: u16,
        /// Response body.
        response: String,
    },
    /// The key belongs to another request.
    Other,
}

#[derive(Deserialize)]
struct KeyRow {
    request_hash: String,
    status: Option<u16>,
    response: Option<String>,
}

impl Store {
    /// Claims a key for a request, or returns the state of the earlier claim.
    pub async fn begin_idempotent(
        &self,
        tenant: &TenantId,
        user: &UserId,
        key: &str,
        request_hash: &str,
        now: Timestamp,
    ) -> Result<Begun, StorageError> {
        let begin = [
            tenant.into(),
            user.into(),
            key.into(),
            request_hash.into(),
            now.into(),
            now.plus_millis(-ABANDONED_AFTER_MS).into(),
        ];
        let statements = vec![
            Statement::new(idempotency::BEGIN, begin),
            Statement::new(idempotency::GET, [tenant.into(), user.into(), key.into()]),
        ];
        let results = self.db.batch(statements).await?;
        let begun_at = decode_column(results.first().cloned().unwrap_or_default())?;
        if let Some(since) = begun_at.first().copied().map(Timestamp::from_millis) {
            return Ok(Begun::New { since });
        }
        let row: KeyRow = decode_first(last(results)?)?.ok_or_else(missing)?;
        Ok(match row.status {
            _ if row.request_hash != request_hash => Begun::Other,
            None => Begun::Running,
            Some(status) => Begun::Done { status, response: row.response.unwrap_or_default() },
        })
    }

    /// Records the result, unless there is one.
    pub async fn finish_idempotent(
        &self,
        tenant: &TenantId,
        user: &UserId,
        key: &str,
        status: u16,
        response: &str,
    ) -> Result<(), StorageError> {
        self.run(idempotency::FINISH, [tenant.into(), user.into(), key.into(), status.into(), response.into()]).await
    }

    /// Deletes a claim: the call had no effect and may be retried.
    pub async fn abandon_idempotent(&self, tenant: &TenantId, user: &UserId, key: &str) -> Result<(), StorageError> {
        self.run(idempotency::ABANDON, [tenant.into(), user.into(), key.into()]).await
    }

    /// Ends a claim whose outcome is unknown, so that a retry may run immediately.
    pub async fn release_idempotent(
        &self,
        tenant: &TenantId,
        user: &UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let params = [tenant.into(), user.into(), key.into(), now.plus_millis(-ABANDONED_AFTER_MS).into()];
        self.run(idempotency::RELEASE, params).await
    }
}
