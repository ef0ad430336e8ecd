//! Monotonic counters per app.

use crate::Store;
use crate::database::StorageError;
use campana_core::named;
use campana_core::shared::ids::TenantId;
use campana_schema::counters;

named! {
    /// A counter that every app has.
    pub enum Counter {
        /// Publishes that returned before every gateway with subscribers had accepted them.
        IncompletePublishes = "incomplete_publishes",
    }
}

impl Store {
    /// Adds to a counter.
    pub async fn count(&self, tenant: &TenantId, counter: Counter, more: u32) -> Result<(), StorageError> {
        self.run(counters::ADD, [tenant.into(), counter.as_str().into(), more.into()]).await
    }

    /// The counter's value, 0 if nothing was counted.
    pub async fn counted(&self, tenant: &TenantId, counter: Counter) -> Result<i64, StorageError> {
        let found = self.column(counters::GET, [tenant.into(), counter.as_str().into()]).await?;
        Ok(found.into_iter().next().unwrap_or(0))
    }
}
