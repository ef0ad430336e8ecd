//! Drafts of members.

use crate::Store;
use crate::database::{AFTER_ALL_IDS, AFTER_ALL_NUMBERS, StorageError, Value};
use crate::decode::millis;
use campana_core::chat::drafts::UnsentDraft;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::drafts;
use serde::Deserialize;

/// Whose draft, and where.
#[derive(Debug, Clone, Copy)]
pub struct DraftPlace<'a> {
    /// Tenant.
    pub tenant: &'a TenantId,
    /// The member.
    pub user: &'a UserId,
    /// The conversation.
    pub conversation: &'a ConversationId,
    /// The thread's first message; `None` for the conversation itself.
    pub parent: Option<&'a MessageId>,
}

impl DraftPlace<'_> {
    fn params(&self) -> [Value; 4] {
        let parent = self.parent.map_or("", MessageId::as_str);
        [self.tenant.into(), self.user.into(), self.conversation.into(), parent.into()]
    }
}

#[derive(Deserialize)]
struct DraftRow {
    conversation_id: ConversationId,
    parent_id: Option<MessageId>,
    body: Option<String>,
    rev: i64,
    #[serde(deserialize_with = "millis")]
    updated_at: Timestamp,
}

impl From<DraftRow> for UnsentDraft {
    fn from(row: DraftRow) -> Self {
        let DraftRow { conversation_id, parent_id, body, rev, updated_at } = row;
        Self { conversation_id, parent_id, body, rev, updated_at: Some(updated_at) }
    }
}

impl Store {
    /// The draft of a place, or what is left of a cleared one; `None` if there never was one.
    pub async fn draft(&self, place: DraftPlace<'_>) -> Result<Option<UnsentDraft>, StorageError> {
        Ok(self.row::<DraftRow, _>(drafts::GET, place.params()).await?.map(UnsentDraft::from))
    }

    /// Saves a draft; an empty body clears it. `rev` is the number of this state, `None` for the next one. Returns the
    /// draft; `None` if the place has this number or a higher one, or the user is no member.
    pub async fn save_draft(
        &self,
        place: DraftPlace<'_>,
        body: &str,
        rev: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<UnsentDraft>, StorageError> {
        let [tenant, user, conversation, parent] = place.params();
        let params = [tenant, user, conversation, parent, body.into(), rev.into(), now.into()];
        Ok(self.row::<DraftRow, _>(drafts::SAVE, params).await?.map(UnsentDraft::from))
    }

    /// Clears a place up to the state `rev`, or whatever it has: saves of that state and earlier ones are refused from
    /// then on. Returns the cleared draft; `None` if this changes nothing.
    pub async fn clear_draft(
        &self,
        place: DraftPlace<'_>,
        rev: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<UnsentDraft>, StorageError> {
        let [tenant, user, conversation, parent] = place.params();
        let params = [tenant, user, conversation, parent, rev.into(), now.into()];
        Ok(self.row::<DraftRow, _>(drafts::CLEAR, params).await?.map(UnsentDraft::from))
    }

    /// A user's drafts, last saved first. `after` is the last one of the previous page: its time in milliseconds,
    /// conversation, and parent.
    pub async fn list_drafts(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: Option<(i64, &ConversationId, Option<&MessageId>)>,
        limit: u32,
    ) -> Result<Vec<UnsentDraft>, StorageError> {
        let (at, conversation, parent) = after.map_or((AFTER_ALL_NUMBERS, AFTER_ALL_IDS, ""), |(at, id, parent)| {
            (at, id.as_str(), parent.map_or("", MessageId::as_str))
        });
        let params = [tenant.into(), user.into(), at.into(), conversation.into(), parent.into(), limit.into()];
        let rows = self.rows::<DraftRow, _>(drafts::LIST, params).await?;
        Ok(rows.into_iter().map(UnsentDraft::from).collect())
    }
}
