//! Which objects are to let go of old events of their logs. The flush makes a log due, and so does the purge of
//! messages; the scheduled function asks the object and settles when it is due again.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_all, millis};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;
use serde::Deserialize;

/// A conversation whose log is due.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DueLog {
    /// Whose it is.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// Which.
    #[serde(rename = "conversation_id")]
    pub conversation: ConversationId,
    /// Since when.
    #[serde(deserialize_with = "millis")]
    pub due_at: Timestamp,
    /// How far the record had the log.
    pub last_seq: i64,
    /// For how many days its app keeps messages, `None` for ever.
    pub message_days: Option<i64>,
}

/// What came of a due log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettlement {
    /// As it was found.
    pub log: DueLog,
    /// When it is due again; `None` if it has nothing left.
    pub next_due_at: Option<Timestamp>,
    /// When it is due at the latest, should something have been written meanwhile.
    pub latest_due_at: Timestamp,
}

impl Store {
    /// Conversations whose log is due, of all tenants, longest due first.
    pub async fn due_logs(&self, now: Timestamp, limit: u32) -> Result<Vec<DueLog>, StorageError> {
        decode_all(self.db.query(Statement::new(purge::DUE_LOGS, [now.into(), limit.into()])).await?)
    }

    /// Says when logs are due again. One that was made due in the meantime stays so.
    pub async fn settle_logs(&self, settlements: &[LogSettlement]) -> Result<(), StorageError> {
        if settlements.is_empty() {
            return Ok(());
        }
        let statements = settlements.iter().map(|LogSettlement { log, next_due_at, latest_due_at }| {
            let params = [
                (&log.tenant).into(),
                (&log.conversation).into(),
                log.due_at.into(),
                log.last_seq.into(),
                (*next_due_at).into(),
                (*latest_due_at).into(),
            ];
            Statement::new(purge::SETTLE_LOG, params)
        });
        self.db.batch(statements.collect()).await?;
        Ok(())
    }
}
