//! What the index for search reads of the record, and what a person may read of what it found.

use crate::Store;
use crate::conversations::ConversationType;
use crate::database::{Statement, StorageError};
use crate::decode::{decode, to_json};
use crate::messages::{RecordedMessage, flushed, recorded};
use campana_core::chat::flush::FlushedMessage;
use campana_core::shared::ids::{ConversationId, MessageId, RoomId, TenantId, UserId};
use campana_schema::search;
use serde::{Deserialize, Serialize};

/// Where a message was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundConversation {
    /// The conversation.
    pub id: ConversationId,
    /// Its kind.
    #[serde(rename = "type")]
    pub conversation_type: ConversationType,
    /// Its room, if it is a room's.
    pub room_id: Option<RoomId>,
    /// Its room's name.
    pub room_name: Option<String>,
}

/// A place in the list of a tenant's conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedPlace {
    /// Time of the oldest message, milliseconds.
    pub oldest_message_at: i64,
    /// Number of the row.
    pub number: i64,
}

/// A conversation to read for the index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ListedConversation {
    /// The conversation.
    pub id: ConversationId,
    /// Its place in the list.
    #[serde(flatten)]
    pub place: ListedPlace,
}

/// A message that was found, and that the person may read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadableMessage {
    /// The message as the person sees it.
    pub recorded: RecordedMessage,
    /// Its conversation.
    pub conversation: FoundConversation,
}

impl Store {
    /// Number of changes of what a user is a member of. `None` for an unknown user.
    pub async fn memberships_rev(&self, tenant: &TenantId, user: &UserId) -> Result<Option<i64>, StorageError> {
        Ok(self.column(search::REVISION, [tenant.into(), user.into()]).await?.into_iter().next())
    }

    /// Conversations that a user is a member of, by id, deleted ones too.
    pub async fn membership_ids(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: Option<&ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StorageError> {
        let after = after.map_or("", ConversationId::as_str);
        self.column(search::MEMBERSHIPS, [tenant.into(), user.into(), after.into(), limit.into()]).await
    }

    /// A tenant's conversations with messages, by the time of their oldest one: those after a place, the first page after
    /// [`ListedPlace::default`].
    pub async fn conversations_to_index(
        &self,
        tenant: &TenantId,
        after: ListedPlace,
        limit: u32,
    ) -> Result<Vec<ListedConversation>, StorageError> {
        let ListedPlace { oldest_message_at, number } = after;
        let params = [tenant.into(), oldest_message_at.into(), number.into(), limit.into()];
        self.rows(search::CONVERSATIONS, params).await
    }

    /// Messages of a conversation after a position, in order, deleted ones too, without their metadata and mentions. Empty
    /// if the conversation is deleted or not the tenant's.
    pub async fn messages_to_index(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<FlushedMessage>, StorageError> {
        let params = [tenant.into(), conversation.into(), after.into(), limit.into()];
        let rows = self.db.query(Statement::new(search::MESSAGES, params)).await?;
        rows.into_iter().map(flushed).collect()
    }

    /// Of these messages, those that a user may read now, in no order.
    pub async fn readable_messages(
        &self,
        tenant: &TenantId,
        user: &UserId,
        messages: &[MessageId],
    ) -> Result<Vec<ReadableMessage>, StorageError> {
        #[derive(Deserialize)]
        struct Place {
            conversation_id: ConversationId,
            conversation_type: ConversationType,
            room_id: Option<RoomId>,
            room_name: Option<String>,
        }
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let params = [tenant.into(), user.into(), to_json(messages)?.into()];
        let rows = self.db.query(Statement::new(search::READABLE, params)).await?;
        let read = |row: crate::database::Row| {
            let Place { conversation_id: id, conversation_type, room_id, room_name } = decode(row.clone())?;
            let conversation = FoundConversation { id, conversation_type, room_id, room_name };
            Ok(ReadableMessage { recorded: recorded(row)?, conversation })
        };
        rows.into_iter().map(read).collect()
    }
}
