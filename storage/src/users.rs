//! Users, as their tokens describe them.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{flag, millis, millis_or_null, to_json};
use crate::names::{Placed, Sought, save_words};
use campana_core::accounts::principal::Principal;
use campana_core::shared::fold::{FOLD_VERSION, fold};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::users;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    /// The application's id for them.
    pub id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// When they were first seen.
    #[serde(deserialize_with = "millis")]
    pub created_at: Timestamp,
    /// When name or picture last changed.
    #[serde(deserialize_with = "millis_or_null")]
    pub updated_at: Option<Timestamp>,
    /// Whether a socket of theirs is open anywhere.
    #[serde(deserialize_with = "flag")]
    pub is_online: bool,
    /// When a socket of theirs was last known to be open.
    #[serde(deserialize_with = "millis_or_null")]
    pub last_seen_at: Option<Timestamp>,
}

/// A person who is online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnlineUser {
    /// Their id.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// When they were last known to be connected.
    #[serde(deserialize_with = "millis")]
    pub last_seen_at: Timestamp,
}

impl Store {
    /// Records a user on first sight, and when name or picture changed. `Constraint` if the tenant is unknown.
    pub async fn record_user(&self, principal: &Principal, now: Timestamp) -> Result<(), StorageError> {
        let params = [
            (&principal.tenant).into(),
            (&principal.user_id).into(),
            (&principal.name).into(),
            fold(&principal.name).into(),
            principal.avatar.as_ref().into(),
            now.into(),
            FOLD_VERSION.into(),
        ];
        let mut statements = vec![Statement::new(users::RECORD, params)];
        statements.extend(save_words(&principal.tenant, &principal.user_id, &principal.name)?);
        self.db.batch(statements).await.map(drop)
    }

    /// One user.
    pub async fn user(&self, tenant: &TenantId, user: &UserId, now: Timestamp) -> Result<Option<User>, StorageError> {
        self.row(users::GET, [tenant.into(), user.into(), now.into()]).await
    }

    /// The subset of these ids that are users of the tenant.
    pub async fn known_users(&self, tenant: &TenantId, users: &[UserId]) -> Result<BTreeSet<UserId>, StorageError> {
        if users.is_empty() {
            return Ok(BTreeSet::new());
        }
        let known = self.column(users::KNOWN, [tenant.into(), to_json(&users)?.into()]).await?;
        Ok(known.into_iter().collect())
    }

    /// Names by user id; unknown ids are left out.
    pub async fn user_names(
        &self,
        tenant: &TenantId,
        users: &BTreeSet<&UserId>,
    ) -> Result<BTreeMap<UserId, String>, StorageError> {
        #[derive(Deserialize)]
        struct Named {
            id: UserId,
            name: String,
        }
        if users.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<Named> = self.rows(users::NAMES, [tenant.into(), to_json(users)?.into()]).await?;
        Ok(rows.into_iter().map(|Named { id, name }| (id, name)).collect())
    }

    /// Users of whom each word of `q` begins a word of the name, by the word that the longest one begins; all users by
    /// name if `q` has no words. `after` is the place and id of the last user of the previous page.
    pub async fn search_users(
        &self,
        tenant: &TenantId,
        q: &str,
        after: Option<(&str, &UserId)>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Placed<User>>, StorageError> {
        let Some(sought) = Sought::read(q)? else {
            let (name, id) = after.map_or(("", ""), |(name, id)| (name, id.as_str()));
            return self.rows(users::LIST, [tenant.into(), name.into(), id.into(), now.into(), limit.into()]).await;
        };
        let (word, id) = sought.after(after);
        let params = [
            tenant.into(),
            (&sought.from).into(),
            (&sought.to).into(),
            word.into(),
            id.into(),
            (&sought.others).into(),
            now.into(),
            limit.into(),
        ];
        self.rows(users::SEARCH, params).await
    }

    /// Online users, by id.
    pub async fn online_users(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<OnlineUser>, StorageError> {
        let params = [tenant.into(), now.into(), after.map_or("", UserId::as_str).into(), limit.into()];
        self.rows(users::ONLINE, params).await
    }
}
