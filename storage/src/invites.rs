//! Invites to rooms. Of a token only the hash is kept.
//!
//! Accepting is one batch: the update that counts the use also decides whether the person comes in, and names the call
//! that was let in; what follows it in the batch only happens for that call.

use crate::Store;
use crate::audits::append_about_invite;
use crate::database::{Row, Statement, StorageError, Value};
use crate::decode::{decode, decode_all, decode_first, millis, millis_or_null};
use crate::members::{MembershipRow, get_membership};
use crate::sanctions::{BanInForce, get_ban};
use campana_core::accounts::audit::Audit;
use campana_core::chat::command::Membership;
use campana_core::chat::invite::{Invite, MAX_OPEN_INVITES, NewInvite};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::shared::ids::{ConversationId, InviteId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::invites;
use serde::{Deserialize, Serialize};

/// Sorts after every UUID.
const AFTER_ALL_IDS: &str = "~";

/// An invite with what whoever holds it may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteView {
    /// The invite.
    pub invite: Invite,
    /// The room's conversation.
    pub conversation_id: ConversationId,
    /// The room.
    pub room: InvitedTo,
    /// The name of who invites.
    pub created_by_name: Option<String>,
    /// The viewer's role in the room, if they are in.
    pub my_role: Option<Role>,
}

/// The room of an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitedTo {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Who can find it.
    pub visibility: Visibility,
    /// Number of members.
    pub member_count: i64,
}

/// An invite, as a person who may accept it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteCard<'a> {
    id: &'a InviteId,
    room: &'a InvitedTo,
    invited_by: Inviter<'a>,
    role: Role,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    /// Whether the viewer is in the room already.
    is_member: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Inviter<'a> {
    user_id: &'a UserId,
    name: Option<&'a str>,
}

impl InviteView {
    /// As it is shown to whoever may accept it.
    pub fn card(&self) -> InviteCard<'_> {
        InviteCard {
            id: &self.invite.id,
            room: &self.room,
            invited_by: Inviter { user_id: &self.invite.created_by, name: self.created_by_name.as_deref() },
            role: self.invite.role,
            expires_at: self.invite.expires_at,
            created_at: self.invite.created_at,
            is_member: self.my_role.is_some(),
        }
    }
}

/// What came of [`Store::accept_invite`], as the record stands after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Whether this call made the person a member.
    pub created: bool,
    /// Their membership.
    pub membership: Option<Membership>,
    /// The invite; `None` if there is none that they may use.
    pub invite: Option<Invite>,
    /// The ban that keeps them out, if there is one.
    pub ban: Option<BanInForce>,
}

/// Who accepts, and how the call is told apart from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance<'a> {
    /// The room's conversation.
    pub conversation: &'a ConversationId,
    /// Which invite.
    pub invite: &'a InviteId,
    /// Who.
    pub user: &'a UserId,
    /// Random, of this call alone.
    pub call: &'a str,
    /// Up to where the new member has read.
    pub last_read_seq: i64,
}

#[derive(Deserialize)]
struct InviteRow {
    id: InviteId,
    room_id: RoomId,
    user_id: Option<UserId>,
    user_name: Option<String>,
    role: Role,
    max_uses: Option<u32>,
    uses: u32,
    #[serde(deserialize_with = "millis_or_null")]
    expires_at: Option<Timestamp>,
    created_by: UserId,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    accepted_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    declined_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    revoked_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ViewRow {
    conversation_id: ConversationId,
    room_name: String,
    room_description: String,
    room_visibility: Visibility,
    room_member_count: i64,
    created_by_name: Option<String>,
    my_role: Option<Role>,
}

impl From<InviteRow> for Invite {
    fn from(row: InviteRow) -> Self {
        Self {
            id: row.id,
            room_id: row.room_id,
            user_id: row.user_id,
            user_name: row.user_name,
            role: row.role,
            max_uses: row.max_uses,
            uses: row.uses,
            expires_at: row.expires_at,
            created_by: row.created_by,
            created_at: row.created_at,
            accepted_at: row.accepted_at,
            declined_at: row.declined_at,
            revoked_at: row.revoked_at,
        }
    }
}

impl Store {
    /// Makes an invite; one that the same person had to the same room is taken back by it. `None` if there is no such
    /// room or it has as many good ones as it can have, `Constraint` if the tenant does not know the person.
    pub async fn create_invite(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        new: &NewInvite,
        audit: &Audit,
    ) -> Result<Option<Invite>, StorageError> {
        let now = audit.created_at;
        let create = [
            (&new.id).into(),
            tenant.into(),
            room.into(),
            (&new.token_hash).into(),
            new.user_id.as_ref().into(),
            new.role.as_str().into(),
            new.max_uses.into(),
            new.expires_at.into(),
            (&audit.actor_id).into(),
            now.into(),
            MAX_OPEN_INVITES.into(),
        ];
        let replace = new
            .user_id
            .as_ref()
            .map(|user| Statement::new(invites::REPLACE, [tenant.into(), user.into(), room.into(), now.into()]));
        let mut statements: Vec<Statement> = replace.into_iter().collect();
        statements.push(Statement::new(invites::CREATE, create));
        statements.push(append_about_invite(tenant, audit)?);
        self.batch_about_invite(tenant, &new.id, statements).await
    }

    /// An invite by the hash of its token, as this person sees it. Not of a room that is deleted.
    pub async fn invite_by_hash(
        &self,
        tenant: &TenantId,
        viewer: &UserId,
        token_hash: &str,
    ) -> Result<Option<InviteView>, StorageError> {
        self.view([tenant.into(), viewer.into(), Value::Null, token_hash.into()]).await
    }

    /// An invite by its id, as this person sees it. Not of a room that is deleted.
    pub async fn invite_by_id(
        &self,
        tenant: &TenantId,
        viewer: &UserId,
        id: &InviteId,
    ) -> Result<Option<InviteView>, StorageError> {
        self.view([tenant.into(), viewer.into(), id.into(), Value::Null]).await
    }

    /// A room's invites, newest first, also those that are over and not swept yet.
    pub async fn list_room_invites(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        before: Option<&InviteId>,
        limit: u32,
    ) -> Result<Vec<Invite>, StorageError> {
        let before = before.map_or(AFTER_ALL_IDS, InviteId::as_str);
        let params = [tenant.into(), room.into(), before.into(), limit.into()];
        let rows = decode_all::<InviteRow>(self.db.query(Statement::new(invites::LIST_OF_ROOM, params)).await?)?;
        Ok(rows.into_iter().map(Invite::from).collect())
    }

    /// Invites that this person can accept or decline, newest first.
    pub async fn list_invites_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: Timestamp,
        before: Option<&InviteId>,
        limit: u32,
    ) -> Result<Vec<InviteView>, StorageError> {
        let before = before.map_or(AFTER_ALL_IDS, InviteId::as_str);
        let params = [tenant.into(), user.into(), before.into(), now.into(), limit.into()];
        let rows = self.db.query(Statement::new(invites::LIST_MINE, params)).await?;
        rows.into_iter().map(view_of).collect()
    }

    /// Makes a person a member by an invite, all or nothing: counted once, never beyond its uses, its end or a ban. Who
    /// is a member already uses nothing up.
    pub async fn accept_invite(
        &self,
        tenant: &TenantId,
        acceptance: &Acceptance<'_>,
        now: Timestamp,
    ) -> Result<Accepted, StorageError> {
        let Acceptance { conversation, invite, user, call, last_read_seq } = *acceptance;
        let take = [tenant.into(), conversation.into(), invite.into(), user.into(), now.into(), call.into()];
        let count = [tenant.into(), conversation.into(), invite.into(), call.into()];
        let join = [
            tenant.into(),
            conversation.into(),
            invite.into(),
            call.into(),
            user.into(),
            now.into(),
            last_read_seq.into(),
        ];
        let statements = vec![
            Statement::new(invites::TAKE, take),
            Statement::new(invites::COUNT_TAKEN, count),
            Statement::new(invites::JOIN_TAKEN, join),
            get_membership(tenant, conversation, user),
            get_ban(tenant, conversation, user, now),
            Statement::new(invites::GET, [tenant.into(), invite.into()]),
        ];
        let mut results = self.db.batch(statements).await?.into_iter().skip(2);
        let mut next = || results.next().unwrap_or_default();
        let created = !next().is_empty();
        let membership = decode_first::<MembershipRow>(next())?.map(Membership::from);
        let ban = decode_first(next())?;
        let found = decode_first::<InviteRow>(next())?.map(Invite::from);
        let invite = found.filter(|invite| invite.user_id.is_none() || invite.is_for(user));
        Ok(Accepted { created, membership, invite, ban })
    }

    /// Says no to an invite that is for this person. The invite as it stands; one that is over stays as it is.
    pub async fn decline_invite(
        &self,
        tenant: &TenantId,
        id: &InviteId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Option<Invite>, StorageError> {
        let decline = [tenant.into(), id.into(), user.into(), now.into()];
        self.batch_about_invite(tenant, id, vec![Statement::new(invites::DECLINE, decline)]).await
    }

    /// Takes an invite back. The invite as it stands; one that is over stays as it is.
    pub async fn revoke_invite(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        id: &InviteId,
        audit: &Audit,
    ) -> Result<Option<Invite>, StorageError> {
        let revoke = [tenant.into(), room.into(), id.into(), audit.created_at.into()];
        let statements = vec![append_about_invite(tenant, audit)?, Statement::new(invites::REVOKE, revoke)];
        self.batch_about_invite(tenant, id, statements).await
    }

    async fn batch_about_invite(
        &self,
        tenant: &TenantId,
        id: &InviteId,
        mut statements: Vec<Statement>,
    ) -> Result<Option<Invite>, StorageError> {
        statements.push(Statement::new(invites::GET, [tenant.into(), id.into()]));
        let rows = self.db.batch(statements).await?.pop().unwrap_or_default();
        Ok(decode_first::<InviteRow>(rows)?.map(Invite::from))
    }

    async fn view(&self, params: [Value; 4]) -> Result<Option<InviteView>, StorageError> {
        self.db.query(Statement::new(invites::VIEW, params)).await?.into_iter().next().map(view_of).transpose()
    }
}

fn view_of(row: Row) -> Result<InviteView, StorageError> {
    let invite: Invite = decode::<InviteRow>(row.clone())?.into();
    let view: ViewRow = decode(row)?;
    let room = InvitedTo {
        id: invite.room_id.clone(),
        name: view.room_name,
        description: view.room_description,
        visibility: view.room_visibility,
        member_count: view.room_member_count,
    };
    let ViewRow { conversation_id, created_by_name, my_role, .. } = view;
    Ok(InviteView { invite, conversation_id, room, created_by_name, my_role })
}
