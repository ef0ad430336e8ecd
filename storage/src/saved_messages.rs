//! Messages that people have saved. What they may not read, or what was deleted, is not shown.

use crate::Store;
use crate::database::{AFTER_ALL_IDS, AFTER_ALL_NUMBERS, Row, Statement, StorageError};
use crate::decode::{decode, millis};
use crate::messages::MessageRow;
use campana_core::chat::wire::Message;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::saved_messages;
use serde::{Deserialize, Serialize};

/// A saved message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SavedMessage {
    /// When it was saved.
    pub saved_at: Timestamp,
    /// The message.
    pub message: Message,
}

#[derive(Deserialize)]
struct SavedAt {
    #[serde(deserialize_with = "millis")]
    saved_at: Timestamp,
}

impl Store {
    /// Saves a message for a user. Returns the time at which it was first saved; `None` if they may not read it or it is
    /// deleted.
    pub async fn save_message(
        &self,
        tenant: &TenantId,
        user: &UserId,
        message: &MessageId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StorageError> {
        let params = [tenant.into(), user.into(), message.into(), now.into()];
        let row = self.row::<SavedAt, _>(saved_messages::SAVE, params).await?;
        Ok(row.map(|row| row.saved_at))
    }

    /// Removes a saved message. Returns its conversation; `None` if it was not saved.
    pub async fn remove_saved_message(
        &self,
        tenant: &TenantId,
        user: &UserId,
        message: &MessageId,
    ) -> Result<Option<ConversationId>, StorageError> {
        let removed = self.column(saved_messages::REMOVE, [tenant.into(), user.into(), message.into()]).await?;
        Ok(removed.into_iter().next())
    }

    /// A user's saved messages that they may read, last saved first. `after` is the last one of the previous page: its
    /// time in milliseconds, and its message.
    pub async fn saved_messages(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: Option<(i64, &MessageId)>,
        limit: u32,
    ) -> Result<Vec<SavedMessage>, StorageError> {
        let (at, id) = after.map_or((AFTER_ALL_NUMBERS, AFTER_ALL_IDS), |(at, id)| (at, id.as_str()));
        let params = [tenant.into(), user.into(), at.into(), id.into(), limit.into()];
        let rows = self.db.query(Statement::new(saved_messages::LIST, params)).await?;
        let read = |row: Row| {
            let SavedAt { saved_at } = decode(row.clone())?;
            Ok(SavedMessage { saved_at, message: decode::<MessageRow>(row)?.0 })
        };
        rows.into_iter().map(read).collect()
    }
}
