//! Entries of conversations' logs that the record could not take.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::to_json;
use campana_core::chat::command::QuarantinedEntry;
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::quarantine;

/// Entries that are counted at most.
const MAX_COUNTED: u32 = 10_000;

/// Keeps entries; one that is kept already stays as it is.
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
    /// How many entries of the tenant's conversations are kept out of the record, up to ten thousand.
    pub async fn quarantined_entries(&self, tenant: &TenantId) -> Result<i64, StorageError> {
        let rows = self.db.query(Statement::new(quarantine::COUNT, [tenant.into(), MAX_COUNTED.into()])).await?;
        let count = rows.first().and_then(|row| row.get("n")).and_then(serde_json::Value::as_i64);
        count.ok_or_else(|| StorageError::Corrupt("a count is missing".to_owned()))
    }
}
