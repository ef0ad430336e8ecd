//! Purge of closed alerts after their retention, and of their trails after a shorter one. Triggers refuse to delete any
//! other timeline.

use super::count;
use crate::Store;
use crate::database::{Row, Statement, StorageError};
use campana_core::alerts::AlertId;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use campana_schema::purge;

impl Store {
    /// Purges a chunk of a tenant's earliest-closed alert, if it was closed before `before`: at most `limit` each of
    /// entries, sightings, deliveries and its owner's views, and the alert once none are left. Returns the number of deleted rows, `None`
    /// if there is no such alert. `Constraint` if its retention has not ended; then nothing is deleted.
    pub async fn purge_alert(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Option<u64>, StorageError> {
        let Some(id) = self.found(purge::OLD_ALERT, tenant, before).await? else { return Ok(None) };
        let some_of = |query| Statement::new(query, [tenant.into(), (&id).into(), limit.into()]);
        let statements = vec![
            some_of(purge::ALERT_ENTRIES),
            some_of(purge::ALERT_SIGHTINGS),
            some_of(purge::ALERT_DELIVERIES),
            some_of(purge::ALERT_VIEW_ENTRIES),
            some_of(purge::ALERT_VIEWS),
            Statement::new(purge::ALERT, [tenant.into(), (&id).into(), before.into()]),
        ];
        Ok(Some(self.db.batch(statements).await?.iter().map(|rows| count(rows)).sum()))
    }

    /// Deletes at most `limit` sightings of a tenant's earliest-closed alert with a trail, if it was closed before
    /// `before`. Returns how many, `None` if there is no such alert.
    pub async fn purge_trail(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Option<u64>, StorageError> {
        let Some(id) = self.found(purge::ALERT_WITH_OLD_TRAIL, tenant, before).await? else { return Ok(None) };
        let statements = vec![
            Statement::new(purge::ALERT_SIGHTINGS, [tenant.into(), (&id).into(), limit.into()]),
            Statement::new(purge::SETTLE_TRAIL, [tenant.into(), (&id).into()]),
        ];
        let results: Vec<Vec<Row>> = self.db.batch(statements).await?;
        Ok(Some(results.first().map_or(0, |rows| count(rows))))
    }

    async fn found(&self, query: Query, tenant: &TenantId, before: Timestamp) -> Result<Option<AlertId>, StorageError> {
        Ok(self.column(query, [tenant.into(), before.into()]).await?.into_iter().next())
    }
}
