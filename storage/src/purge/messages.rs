//! Purge of messages: deleted ones after a delay, and all messages older than their app's retention.
//!
//! A purge does not change how many of the remaining messages are unread. A purged deleted message leaves a tombstone
//! with its ordinal. Purges by age start at the oldest message, and the conversation stores the ordinal of the last one
//! purged.

use super::count;
use crate::Store;
use crate::database::{Statement, StorageError};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;

impl Store {
    /// The conversation with the tenant's oldest message, if that was sent before `before`.
    pub async fn conversation_with_messages_before(
        &self,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Result<Option<ConversationId>, StorageError> {
        let found = self.column(purge::CONVERSATION_WITH_OLD_MESSAGES, [tenant.into(), before.into()]).await?;
        Ok(found.into_iter().next())
    }

    /// Purges at most `limit` of a conversation's oldest messages, up to the first that was not sent before `before`,
    /// and makes its log due. Returns how many.
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
