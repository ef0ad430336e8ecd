//! Schedule for trimming the logs of conversations' objects. The flush and the purge of messages make a log due. The
//! scheduled function asks the object to trim it and settles when it is due again.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::millis;
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;
use serde::Deserialize;

/// A conversation whose log is due.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DueLog {
    /// Tenant.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// Conversation id.
    #[serde(rename = "conversation_id")]
    pub conversation: ConversationId,
    /// Due time.
    #[serde(deserialize_with = "millis")]
    pub due_at: Timestamp,
    /// Last position that the record had when the log was listed.
    pub last_seq: i64,
    /// Message retention of its app in days, `None` if messages are kept forever.
    pub message_days: Option<i64>,
}

/// The next due time of a log after trimming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettlement {
    /// The log as it was listed.
    pub log: DueLog,
    /// Next due time; `None` if the log is empty.
    pub next_due_at: Option<Timestamp>,
    /// Latest next due time if events were flushed since the log was listed.
    pub latest_due_at: Timestamp,
}

impl Store {
    /// Due logs of all tenants, longest due first.
    pub async fn due_logs(&self, now: Timestamp, limit: u32) -> Result<Vec<DueLog>, StorageError> {
        self.rows(purge::DUE_LOGS, [now.into(), limit.into()]).await
    }

    /// Sets the next due times. A log whose due time changed since it was listed keeps the new one.
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
