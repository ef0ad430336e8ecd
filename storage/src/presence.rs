//! Presence: one lease per user and source (an object that holds their sockets). Leases expire unless renewed.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_all, to_json};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::presence;
use serde::{Deserialize, Serialize};

/// Source of a user's own channel. Its row stays, because it stores when the user was last seen.
pub const OWN_CHANNEL: &str = "me";

/// Up to this many members, the query looks up the presence of each member; above, the membership of each online user.
pub(crate) const FEW_MEMBERS: i64 = 500;

/// Maximum of the count of online users.
const MAX_COUNTED: u32 = 100_000;

/// A member whose own channel is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineMember {
    /// User id.
    pub user_id: UserId,
    /// Unread messages in the conversation.
    pub unread_count: i64,
    /// Mentions of the member in these, apart from those by people that the member has blocked.
    pub mention_count: i64,
}

impl Store {
    /// Renews the leases of these users at a source until `online_until`. Unknown users are skipped.
    pub async fn renew_presence(
        &self,
        tenant: &TenantId,
        users: &[UserId],
        source: &str,
        now: Timestamp,
        online_until: Timestamp,
    ) -> Result<(), StorageError> {
        let params = [tenant.into(), to_json(users)?.into(), source.into(), online_until.into(), now.into()];
        self.run(presence::RENEW, params).await
    }

    /// Ends the leases of these users at a source, after their last sockets there closed.
    pub async fn end_presence(
        &self,
        tenant: &TenantId,
        users: &[UserId],
        source: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let users = to_json(users)?;
        let seen = [tenant.into(), users.as_str().into(), OWN_CHANNEL.into(), source.into(), now.into()];
        let gone = [tenant.into(), users.as_str().into(), OWN_CHANNEL.into(), source.into()];
        let statements = vec![Statement::new(presence::REMEMBER, seen), Statement::new(presence::END, gone)];
        self.db.batch(statements).await.map(drop)
    }

    /// Number of users online from any source, counted up to 100,000.
    pub async fn people_online(&self, tenant: &TenantId, now: Timestamp) -> Result<i64, StorageError> {
        let params = [tenant.into(), now.into(), MAX_COUNTED.into()];
        Ok(self.column(presence::PEOPLE_ONLINE, params).await?.into_iter().next().unwrap_or(0))
    }

    /// Members of a conversation whose own channel is open, by id, with their unread counts.
    pub async fn online_members(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<OnlineMember>, StorageError> {
        decode_all(self.db.query(online_members(tenant, conversation, now, after, limit)).await?)
    }
}

/// The statement of [`Store::online_members`].
pub(crate) fn online_members(
    tenant: &TenantId,
    conversation: &ConversationId,
    now: Timestamp,
    after: Option<&UserId>,
    limit: u32,
) -> Statement {
    let params = [
        tenant.into(),
        conversation.into(),
        OWN_CHANNEL.into(),
        now.into(),
        after.map_or("", UserId::as_str).into(),
        limit.into(),
        FEW_MEMBERS.into(),
    ];
    Statement::new(presence::ONLINE_MEMBERS, params)
}
