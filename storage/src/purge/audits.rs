//! The audit log's rows that are older than their app keeps them. The schema's trigger refuses to delete any other.

use super::{Keeping, count};
use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::decode_all;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;

impl Store {
    /// All apps by tenant, with the days for which each keeps its audit log.
    pub async fn apps_with_audits(&self, after: Option<&TenantId>, limit: u32) -> Result<Vec<Keeping>, StorageError> {
        let params = [after.map_or("", TenantId::as_str).into(), limit.into()];
        decode_all(self.db.query(Statement::new(purge::APPS_WITH_AUDITS, params)).await?)
    }

    /// Takes away a tenant's entries written before then. How many. `Constraint` if one of them is to be kept: then
    /// nothing was changed.
    pub async fn purge_audits(&self, tenant: &TenantId, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let params = [tenant.into(), before.into(), limit.into()];
        Ok(count(&self.db.query(Statement::new(purge::AUDITS, params)).await?))
    }
}
