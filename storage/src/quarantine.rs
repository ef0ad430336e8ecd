//! Quarantine for log entries that the record refuses.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::to_json;
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
        let rows = self.db.query(Statement::new(quarantine::COUNT, [tenant.into(), MAX_COUNTED.into()])).await?;
        let count = rows.first().and_then(|row| row.get("n")).and_then(serde_json::Value::as_i64);
        count.ok_or_else(|| StorageError::Corrupt("a count is missing".to_owned()))
    }
}
