//! Invites to rooms. Only the hash of a token is stored.
//!
//! Accepting is one batch. Its first statement counts the use only if the user may join, and stores the id of this
//! call; the next statements take effect only if that id is stored.

use crate::Store;
use crate::audits::audited;
use crate::database::{AFTER_ALL_IDS, Row, Statement, StorageError, Value};
use crate::decode::{decode, decode_first, millis, millis_or_null, to_json};
use crate::members::{MembershipRow, get_membership};
use crate::notifications;
use crate::sanctions::{BanInForce, get_ban};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::command::Membership;
use campana_core::chat::invite::{Invite, MAX_OPEN_INVITES, NewInvite};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::shared::ids::{ConversationId, InviteId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{audits, invites};
use serde::{Deserialize, Serialize};

/// An invite with the details that its holder may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteView {
    /// The invite.
    pub invite: Invite,
    /// The room's conversation.
    pub conversation_id: ConversationId,
    /// The room.
    pub room: InvitedTo,
    /// Display name of the inviter.
    pub created_by_name: Option<String>,
    /// The viewer's role in the room, if they are a member.
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
    /// The form shown to a user who may accept it.
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

/// Result of [`Store::accept_invite`]: the state of the record after the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Whether this call added the member.
    pub created: bool,
    /// The user's membership.
    pub membership: Option<Membership>,
    /// The invite; `None` if it does not exist or is for another user.
    pub invite: Option<Invite>,
    /// The user's ban in force, if there is one.
    pub ban: Option<BanInForce>,
}

/// Parameters of [`Store::accept_invite`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance<'a> {
    /// The room's conversation.
    pub conversation: &'a ConversationId,
    /// Invite id.
    pub invite: &'a InviteId,
    /// The accepting user.
    pub user: &'a UserId,
    /// Random id, unique to this call.
    pub call: &'a str,
    /// Initial read marker of the new member.
    pub last_read_seq: i64,
}

#[derive(Deserialize)]
#[serde(remote = "Invite")]
struct InviteColumns {
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

/// An invite as a row has it.
#[derive(Deserialize)]
#[serde(transparent)]
struct InviteRow(#[serde(with = "InviteColumns")] Invite);

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

impl Store {
    /// Creates an invite and revokes an open one of the same user to the same room. `None` if there is no such room or
    /// it has [`MAX_OPEN_INVITES`] open invites, `Constraint` if the tenant has no such user.
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
        statements.extend(new.user_id.is_some().then(|| notifications::add_invite(tenant, &new.id, now)));
        statements.push(audited(audits::APPEND_ABOUT_INVITE, tenant, audit, [])?);
        self.batch_about_invite(tenant, &new.id, statements).await
    }

    /// An invite by the hash of its token, as this user sees it. `None` if the room is deleted.
    pub async fn invite_by_hash(
        &self,
        tenant: &TenantId,
        viewer: &UserId,
        token_hash: &str,
    ) -> Result<Option<InviteView>, StorageError> {
        self.view([tenant.into(), viewer.into(), Value::Null, token_hash.into()]).await
    }

    /// An invite by its id, as this user sees it. `None` if the room is deleted.
    pub async fn invite_by_id(
        &self,
        tenant: &TenantId,
        viewer: &UserId,
        id: &InviteId,
    ) -> Result<Option<InviteView>, StorageError> {
        self.view([tenant.into(), viewer.into(), id.into(), Value::Null]).await
    }

    /// A room's invites, newest first, including closed ones that are not purged yet.
    pub async fn list_room_invites(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        before: Option<&InviteId>,
        limit: u32,
    ) -> Result<Vec<Invite>, StorageError> {
        let before = before.map_or(AFTER_ALL_IDS, InviteId::as_str);
        let params = [tenant.into(), room.into(), before.into(), limit.into()];
        let rows = self.rows::<InviteRow, _>(invites::LIST_OF_ROOM, params).await?;
        Ok(rows.into_iter().map(|InviteRow(invite)| invite).collect())
    }

    /// Invites that this user can accept or decline, newest first.
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

    /// Adds a member by an invite, atomically. Refused after the invite's last use or its end, and for banned users. An
    /// existing member consumes no use.
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
        let found = decode_first(next())?.map(|InviteRow(invite)| invite);
        let invite = found.filter(|invite| invite.user_id.is_none() || invite.is_for(user));
        Ok(Accepted { created, membership, invite, ban })
    }

    /// Declines an invite for this user. Returns the invite as stored; a closed one stays unchanged.
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

    /// Revokes an invite. Returns the invite as stored; a closed one stays unchanged.
    pub async fn revoke_invite(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        id: &InviteId,
        audit: &Audit,
    ) -> Result<Option<Invite>, StorageError> {
        let revoke = [tenant.into(), room.into(), id.into(), audit.created_at.into()];
        let statements =
            vec![audited(audits::APPEND_ABOUT_INVITE, tenant, audit, [])?, Statement::new(invites::REVOKE, revoke)];
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
        Ok(decode_first(rows)?.map(|InviteRow(invite)| invite))
    }

    async fn view(&self, params: [Value; 4]) -> Result<Option<InviteView>, StorageError> {
        self.db.query(Statement::new(invites::VIEW, params)).await?.into_iter().next().map(view_of).transpose()
    }
}

/// Statements that revoke the open invites of a user to a conversation's room, except those to the `kept` roles, with
/// their entries; for the batch of the change by which the user loses the authority to invite. `entry` is
/// [`Audit::entailing`] with the user as the target.
pub(crate) fn revoke_of_creator(
    tenant: &TenantId,
    conversation: &ConversationId,
    user: &UserId,
    kept: &[Role],
    entry: &Audit,
) -> Result<[Statement; 2], StorageError> {
    let kept = to_json(kept)?;
    let of_creator = [conversation.into(), (&kept).into()];
    let revoke = [tenant.into(), conversation.into(), user.into(), entry.created_at.into(), kept.into()];
    Ok([
        audited(audits::APPEND_ABOUT_INVITES_OF_CREATOR, tenant, entry, of_creator)?,
        Statement::new(invites::REVOKE_OF_CREATOR, revoke),
    ])
}

/// Statements for the batch in which a room becomes private: revoke the open invites that its members could create only
/// because it was public, with their entries.
pub(crate) fn revoke_of_members(
    tenant: &TenantId,
    room: &RoomId,
    audit: &Audit,
) -> Result<[Statement; 2], StorageError> {
    let entry = audit.entailing(Act::InviteRevoked, room.as_str());
    let revoke = [tenant.into(), room.into(), entry.created_at.into(), (&entry.actor_id).into()];
    Ok([
        audited(audits::APPEND_ABOUT_INVITES_OF_MEMBERS, tenant, &entry, [])?,
        Statement::new(invites::REVOKE_OF_MEMBERS, revoke),
    ])
}

fn view_of(row: Row) -> Result<InviteView, StorageError> {
    let InviteRow(invite) = decode(row.clone())?;
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
