//! What people show of themselves to others: presence, and receipts.

use crate::Store;
use crate::database::StorageError;
use crate::decode::{flag, to_json};
use campana_core::chat::privacy::{PresenceSetting, Privacy, ReceiptsSetting};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{members, presence, users};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Members that one page of [`Store::readers`] looks at.
const READERS_PAGE: u32 = 500;

/// A person who has read a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reader {
    /// The person.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
}

/// A page of readers, and the member after which the next page begins, if there are more members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readers {
    /// Who has read the message.
    pub readers: Vec<Reader>,
    /// The last member that was looked at; `None` at the end.
    pub continues_after: Option<UserId>,
}

#[derive(Deserialize)]
struct ReaderRow {
    #[serde(flatten)]
    reader: Reader,
    #[serde(deserialize_with = "flag")]
    has_read: bool,
}

#[derive(Deserialize)]
struct ReceiptsRow {
    user_id: UserId,
    receipts: ReceiptsSetting,
}

impl Store {
    /// A user's settings; `None` for one that the tenant does not know.
    pub async fn privacy(&self, tenant: &TenantId, user: &UserId) -> Result<Option<Privacy>, StorageError> {
        self.row(users::PRIVACY, [tenant.into(), user.into()]).await
    }

    /// Changes a user's settings; absent ones stay. Returns them after the change.
    pub async fn set_privacy(
        &self,
        tenant: &TenantId,
        user: &UserId,
        presence: Option<PresenceSetting>,
        receipts: Option<ReceiptsSetting>,
    ) -> Result<Option<Privacy>, StorageError> {
        let presence = presence.map(PresenceSetting::as_str);
        let receipts = receipts.map(ReceiptsSetting::as_str);
        self.row(users::SET_PRIVACY, [tenant.into(), user.into(), presence.into(), receipts.into()]).await
    }

    /// The users among these whose presence is hidden.
    pub async fn hidden_among(&self, tenant: &TenantId, users: &[UserId]) -> Result<BTreeSet<UserId>, StorageError> {
        if users.is_empty() {
            return Ok(BTreeSet::new());
        }
        let hidden = self.column(users::HIDDEN, [tenant.into(), to_json(users)?.into()]).await?;
        Ok(hidden.into_iter().collect())
    }

    /// Members of a conversation, at most `limit`, with their setting.
    pub async fn receipts_of_members(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        limit: u32,
    ) -> Result<Vec<(UserId, ReceiptsSetting)>, StorageError> {
        let rows: Vec<ReceiptsRow> =
            self.rows(members::RECEIPTS, [tenant.into(), conversation.into(), limit.into()]).await?;
        Ok(rows.into_iter().map(|row| (row.user_id, row.receipts)).collect())
    }

    /// Sources of a user's leases: the objects at which they are online.
    pub async fn places_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StorageError> {
        self.column(presence::PLACES, [tenant.into(), user.into(), now.into(), limit.into()]).await
    }

    /// Members other than the author, if there is one, who have read a conversation up to a position and show it, by user id, at most
    /// `limit`. Looks at a bounded number of members: a page may have fewer readers although more members follow.
    pub async fn readers(
        &self,
        (tenant, conversation): (&TenantId, &ConversationId),
        (seq, author): (i64, Option<&UserId>),
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers, StorageError> {
        let after = after.map_or("", UserId::as_str);
        let author = author.map_or("", UserId::as_str);
        let params = [tenant.into(), conversation.into(), after.into(), seq.into(), author.into(), READERS_PAGE.into()];
        let rows: Vec<ReaderRow> = self.rows(members::READERS, params).await?;
        let is_full = rows.len() >= READERS_PAGE as usize;
        let last = rows.last().map(|row| row.reader.user_id.clone()).filter(|_| is_full);
        let mut found = rows.into_iter().filter(|row| row.has_read).map(|row| row.reader);
        let readers: Vec<Reader> = found.by_ref().take(limit).collect();
        let has_more = found.next().is_some();
        let cut_at = readers.last().map(|reader| reader.user_id.clone()).filter(|_| has_more);
        Ok(Readers { readers, continues_after: cut_at.or(last) })
    }
}
