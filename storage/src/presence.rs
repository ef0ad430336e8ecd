//! Who is online. A row per person and place that holds sockets of theirs; its time runs out by itself.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_all, decode_first, to_json};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::presence;
use serde::{Deserialize, Serialize};

/// The source that stands for a person's own channel. Its row stays, to remember when they were last seen.
pub const OWN_CHANNEL: &str = "me";

/// Conversations with more members are asked from the other end: who is online, and of those, who is a member.
const FEW_MEMBERS: i64 = 500;

/// People online are counted up to so many.
const MAX_COUNTED: u32 = 100_000;

/// A member whose own channel is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineMember {
    /// The person.
    pub user_id: UserId,
    /// Messages they have not read there.
    pub unread_count: i64,
}

impl Store {
    /// Says that sockets of these people are open at a source, until then unless said again. Who is unknown is left
    /// out.
    pub async fn renew_presence(
        &self,
        tenant: &TenantId,
        users: &[UserId],
        source: &str,
        now: Timestamp,
        online_until: Timestamp,
    ) -> Result<(), StorageError> {
        let params = [tenant.into(), to_json(users)?.into(), source.into(), online_until.into(), now.into()];
        self.db.query(Statement::new(presence::RENEW, params)).await?;
        Ok(())
    }

    /// Says that the last sockets of these people at a source are closed.
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
        self.db.batch(statements).await?;
        Ok(())
    }

    /// How many people are online from anywhere, counted up to a hundred thousand.
    pub async fn people_online(&self, tenant: &TenantId, now: Timestamp) -> Result<i64, StorageError> {
        #[derive(Deserialize)]
        struct Count {
            people: i64,
        }
        let params = [tenant.into(), now.into(), MAX_COUNTED.into()];
        let counted = decode_first::<Count>(self.db.query(Statement::new(presence::PEOPLE_ONLINE, params)).await?)?;
        Ok(counted.map_or(0, |count| count.people))
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
        let params = [
            tenant.into(),
            conversation.into(),
            OWN_CHANNEL.into(),
            now.into(),
            after.map_or("", UserId::as_str).into(),
            limit.into(),
            FEW_MEMBERS.into(),
        ];
        decode_all(self.db.query(Statement::new(presence::ONLINE_MEMBERS, params)).await?)
    }
}
