//! Quarantine for log entries that the record refuses.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{missing, to_json};
use campana_core::chat::flush::QuarantinedEntry;
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::quarantine;

/// Maximum of the count.
const MAX_COUNTED: u32 = 10_000;

/// Statement that stores entries. An existing row stays unchanged.
pub(crate) fn add(
    tenant: &TenantId,
    conversation: &ConversationId,
    entries: &[QuarantinedEntry],
    now: Timestamp,
) -> Result<Statement, StorageError> {
    let params = [tenant.into(), conversation.into(), to_json(&entries)?.into(), now.into()];
    Ok(Statement::new(quarantine::ADD, params))
}

impl Store {
    /// Number of quarantined entries of the tenant, counted up to 10,000.
    pub async fn quarantined_entries(&self, tenant: &TenantId) -> Result<i64, StorageError> {
        let counted = self.column(quarantine::COUNT, [tenant.into(), MAX_COUNTED.into()]).await?;
        counted.into_iter().next().ok_or_else(missing)
    }
}
