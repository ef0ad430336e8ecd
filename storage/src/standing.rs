//! What administrators see of users besides their names.

use crate::Store;
use crate::database::StorageError;
use crate::decode::{millis_or_null, to_json};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::users;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A user's memberships and sanctions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Standing {
    /// Conversations that they are a member of, rooms included. 100 stands for 100 or more.
    pub conversations: u32,
    /// Rooms that they are banned from, up to 100.
    pub bans: u32,
    /// Conversations in which they are muted, up to 100.
    pub mutes: u32,
    /// Identities issued up to then are refused: they were signed out everywhere.
    #[serde(deserialize_with = "millis_or_null")]
    pub revoked_before: Option<Timestamp>,
}

#[derive(Deserialize)]
struct StandingRow {
    user_id: UserId,
    #[serde(flatten)]
    standing: Standing,
}

impl Store {
    /// Standing of these users, by id.
    pub async fn standing_of_users(
        &self,
        tenant: &TenantId,
        users: &[&UserId],
        now: Timestamp,
    ) -> Result<HashMap<UserId, Standing>, StorageError> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let params = [tenant.into(), to_json(&users)?.into(), now.into()];
        let rows: Vec<StandingRow> = self.rows(users::STANDING, params).await?;
        Ok(rows.into_iter().map(|row| (row.user_id, row.standing)).collect())
    }
}
