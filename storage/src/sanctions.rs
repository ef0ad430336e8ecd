//! Mutes (no writing) and bans (no membership). An expired sanction has no effect.

use crate::Store;
use crate::audits::{append, audited};
use crate::database::{Statement, StorageError, Value};
use crate::decode::{millis, millis_or_null};
use crate::invites::revoke_of_creator;
use campana_core::accounts::audit::{Act, Audit};
use campana_core::named;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{audits, members, sanctions};
use serde::{Deserialize, Serialize};

named! {
    /// Kind of a sanction.
    pub enum SanctionKind {
        /// The member may not write.
        Mute = "mute",
        /// The user may not be a member.
        Ban = "ban",
    }
}

/// A mute or a ban to be imposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSanction {
    /// The sanctioned user.
    pub user_id: UserId,
    /// End; always set for a mute, `None` for a ban until it is lifted.
    pub until: Option<Timestamp>,
    /// Reason.
    pub reason: String,
}

/// A ban as moderators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ban {
    /// The banned person.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// When it ends; `null` until it is lifted.
    #[serde(deserialize_with = "millis_or_null")]
    pub until: Option<Timestamp>,
    /// The reason.
    pub reason: String,
    /// Who imposed it.
    pub imposed_by: UserId,
    /// When it was imposed.
    #[serde(deserialize_with = "millis")]
    pub imposed_at: Timestamp,
}

/// A ban that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct BanInForce {
    /// End; `None` until it is lifted.
    #[serde(deserialize_with = "millis_or_null")]
    pub until: Option<Timestamp>,
}

impl Store {
    /// Mutes a member, replacing an earlier mute. Returns whether there was a member.
    pub async fn mute(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        sanction: &NewSanction,
        audit: &Audit,
    ) -> Result<bool, StorageError> {
        let statements = vec![
            audited(audits::APPEND_ABOUT_MEMBER, tenant, audit, [conversation.into()])?,
            Statement::new(sanctions::MUTE, imposed(tenant, conversation, sanction, audit)),
        ];
        self.batch_any(statements).await
    }

    /// A user's ban from a conversation that is in force at `now`.
    pub async fn ban_in_force(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Option<BanInForce>, StorageError> {
        let params = [tenant.into(), conversation.into(), user.into(), now.into()];
        self.row(sanctions::GET_BAN, params).await
    }

    /// Bans a user, replacing an earlier ban, ends their membership, and revokes the invites that they created. Returns whether there was a conversation.
    /// `Constraint` if the tenant has no such user.
    pub async fn ban(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        sanction: &NewSanction,
        audit: &Audit,
    ) -> Result<bool, StorageError> {
        let who = || [tenant.into(), conversation.into(), (&sanction.user_id).into()];
        let user = &sanction.user_id;
        let mut statements = vec![
            append(tenant, audit)?,
            Statement::new(sanctions::BAN, imposed(tenant, conversation, sanction, audit)),
            Statement::new(members::COUNT_ONE_LESS, who()),
            Statement::new(members::REMOVE, who()),
        ];
        let invites = audit.entailing(Act::InviteRevoked, user.as_str());
        statements.extend(revoke_of_creator(tenant, conversation, user, &[], &invites)?);
        Ok(self.db.batch(statements).await?.get(1).is_some_and(|rows| !rows.is_empty()))
    }

    /// Lifts a mute or a ban. Returns whether there was one.
    pub async fn lift(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        kind: SanctionKind,
        user: &UserId,
        audit: &Audit,
    ) -> Result<bool, StorageError> {
        let lift = [tenant.into(), conversation.into(), kind.as_str().into(), user.into()];
        let statements = vec![
            audited(audits::APPEND_ABOUT_SANCTION, tenant, audit, [conversation.into(), kind.as_str().into()])?,
            Statement::new(sanctions::LIFT, lift),
        ];
        self.batch_any(statements).await
    }

    /// Bans in force, by user id.
    pub async fn list_bans(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<Ban>, StorageError> {
        let after = after.map_or("", UserId::as_str);
        let params = [tenant.into(), conversation.into(), after.into(), now.into(), limit.into()];
        self.rows(sanctions::LIST_BANS, params).await
    }
}

fn imposed(tenant: &TenantId, conversation: &ConversationId, sanction: &NewSanction, audit: &Audit) -> [Value; 7] {
    [
        tenant.into(),
        conversation.into(),
        (&sanction.user_id).into(),
        sanction.until.into(),
        (&sanction.reason).into(),
        (&audit.actor_id).into(),
        audit.created_at.into(),
    ]
}

/// Statement that reads a ban in force; its row is a [`BanInForce`].
pub(crate) fn get_ban(tenant: &TenantId, conversation: &ConversationId, user: &UserId, now: Timestamp) -> Statement {
    Statement::new(sanctions::GET_BAN, [tenant.into(), conversation.into(), user.into(), now.into()])
}
