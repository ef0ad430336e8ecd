//! Monotonic counters per app.

use crate::Store;
use crate::database::StorageError;
use campana_core::shared::ids::TenantId;
use campana_schema::counters;

/// A counter that every app has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Publishes that returned before every gateway with subscribers had accepted them.
    IncompletePublishes,
}

impl Counter {
    const fn name(self) -> &'static str {
        match self {
            Self::IncompletePublishes => "incomplete_publishes",
        }
    }
}

impl Store {
    /// Adds to a counter.
    pub async fn count(&self, tenant: &TenantId, counter: Counter, more: u32) -> Result<(), StorageError> {
        self.run(counters::ADD, [tenant.into(), counter.name().into(), more.into()]).await
    }

    /// The counter's value, 0 if nothing was counted.
    pub async fn counted(&self, tenant: &TenantId, counter: Counter) -> Result<i64, StorageError> {
        let counted = self.column(counters::GET, [tenant.into(), counter.name().into()]).await?;
        Ok(counted.into_iter().next().unwrap_or(0))
    }
}
