//! Messages that are purged: deleted ones after a while, and all of an app's that it does not keep any longer.
//!
//! No unread count of messages that are still there changes. A deleted message leaves a tombstone with its number;
//! what goes by age goes from the oldest on, and the conversation keeps the number of the last one that went.

use super::{Keeping, count};
use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_all, decode_first, last};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;
use serde::Deserialize;

impl Store {
    /// Takes away messages that were deleted by then. How many.
    pub async fn purge_deleted_messages(&self, before: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let statements = vec![
            Statement::new(purge::BURY_DELETED_MESSAGES, [before.into(), limit.into()]),
            Statement::new(purge::DELETED_MESSAGES, [before.into(), limit.into()]),
        ];
        Ok(count(&last(self.db.batch(statements).await?)?))
    }

    /// Apps that keep messages for a time, by tenant.
    pub async fn apps_keeping_messages(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Keeping>, StorageError> {
        let params = [after.map_or("", TenantId::as_str).into(), limit.into()];
        decode_all(self.db.query(Statement::new(purge::APPS_KEEPING_MESSAGES, params)).await?)
    }

    /// The conversation of a tenant whose oldest message is the oldest of all, if that was sent before then.
    pub async fn conversation_with_messages_before(
        &self,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Result<Option<ConversationId>, StorageError> {
        #[derive(Deserialize)]
        struct Found {
            id: ConversationId,
        }
        let statement = Statement::new(purge::CONVERSATION_WITH_OLD_MESSAGES, [tenant.into(), before.into()]);
        let found: Option<Found> = decode_first(self.db.query(statement).await?)?;
        Ok(found.map(|found| found.id))
    }

    /// Takes away a conversation's oldest messages, up to the first that was not sent before then, and makes its log
    /// due. How many.
    pub async fn purge_messages(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        before: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StorageError> {
        let place = || [tenant.into(), conversation.into(), limit.into()];
        let statements = vec![
            Statement::new(purge::ADVANCE_PURGED, [tenant.into(), conversation.into(), before.into(), limit.into()]),
            Statement::new(purge::OLD_MESSAGES, place()),
            Statement::new(purge::OLD_TOMBSTONES, place()),
            Statement::new(purge::SETTLE_OLD_MESSAGES, [tenant.into(), conversation.into(), now.into()]),
        ];
        let results = self.db.batch(statements).await?;
        Ok(results.get(1).map_or(0, |rows| count(rows)))
    }
}
