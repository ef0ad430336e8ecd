//! Blocks between people.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_first, millis, to_json};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::limits::MAX_BLOCKS;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::blocks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A blocked person, as the person who blocked them sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Block {
    /// The blocked person.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Since when they are blocked.
    #[serde(deserialize_with = "millis")]
    pub created_at: Timestamp,
}

impl Store {
    /// Blocks a person for a user. Returns the block, and whether this call made it; `None` if the user has blocked
    /// [`MAX_BLOCKS`] others. `Constraint` if one of them is unknown, or if they are the same.
    pub async fn add_block(
        &self,
        tenant: &TenantId,
        user: &UserId,
        blocked: &UserId,
        now: Timestamp,
    ) -> Result<Option<(Block, bool)>, StorageError> {
        let add = [tenant.into(), user.into(), blocked.into(), now.into(), i64::from(MAX_BLOCKS - 1).into()];
        let get = [tenant.into(), user.into(), blocked.into()];
        let statements = vec![Statement::new(blocks::ADD, add), Statement::new(blocks::GET, get)];
        let mut results = self.db.batch(statements).await?.into_iter();
        let is_new = results.next().is_some_and(|rows| !rows.is_empty());
        let block = decode_first(results.next().unwrap_or_default())?;
        Ok(block.map(|block| (block, is_new)))
    }

    /// Ends a block, if there is one.
    pub async fn remove_block(&self, tenant: &TenantId, user: &UserId, blocked: &UserId) -> Result<(), StorageError> {
        self.run(blocks::REMOVE, [tenant.into(), user.into(), blocked.into()]).await
    }

    /// People blocked by a user, by id, after a given one.
    pub async fn list_blocks(
        &self,
        tenant: &TenantId,
        user: &UserId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<Block>, StorageError> {
        let after = after.map_or("", UserId::as_str);
        self.rows(blocks::LIST, [tenant.into(), user.into(), after.into(), limit.into()]).await
    }

    /// The people among these that the user has blocked.
    pub async fn blocked_among(
        &self,
        tenant: &TenantId,
        user: &UserId,
        people: &BTreeSet<&UserId>,
    ) -> Result<BTreeSet<UserId>, StorageError> {
        if people.is_empty() {
            return Ok(BTreeSet::new());
        }
        let blocked = self.column(blocks::AMONG, [tenant.into(), user.into(), to_json(people)?.into()]).await?;
        Ok(blocked.into_iter().collect())
    }

    /// Whether the user has blocked one of these people, or one of them the user.
    pub async fn is_blocked_between(
        &self,
        tenant: &TenantId,
        user: &UserId,
        people: &[UserId],
    ) -> Result<bool, StorageError> {
        self.any(blocks::ANY_BETWEEN, [tenant.into(), user.into(), to_json(people)?.into()]).await
    }

    /// Whether one person of a direct conversation has blocked the other. False for other conversations.
    pub async fn is_dm_blocked(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<bool, StorageError> {
        self.any(blocks::ANY_IN_DM, [tenant.into(), conversation.into()]).await
    }
}
