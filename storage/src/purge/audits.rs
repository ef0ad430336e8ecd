//! Purge of audit entries after their app's retention. A trigger refuses to delete any other entry.

use super::{Keeping, count};
use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::decode_all;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;

impl Store {
    /// All apps by tenant, with their retention of audit entries.
    pub async fn apps_with_audits(&self, after: Option<&TenantId>, limit: u32) -> Result<Vec<Keeping>, StorageError> {
        let params = [after.map_or("", TenantId::as_str).into(), limit.into()];
        decode_all(self.db.query(Statement::new(purge::APPS_WITH_AUDITS, params)).await?)
    }

    /// Deletes a tenant's entries written before `before`. Returns how many. `Constraint` if the retention of one has
    /// not ended; then nothing is deleted.
    pub async fn purge_audits(&self, tenant: &TenantId, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let params = [tenant.into(), before.into(), limit.into()];
        Ok(count(&self.db.query(Statement::new(purge::AUDITS, params)).await?))
    }
}
