//! Members of conversations, their roles and read markers.

use crate::Store;
use crate::audits::audited;
use crate::database::{Statement, StorageError, Value};
use crate::decode::{decode_first, flag, millis, millis_or_null, missing, to_json};
use crate::invites::revoke_of_creator;
use crate::names::{Placed, Sought};
use crate::sanctions::{BanInForce, get_ban};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::command::Membership;
use campana_core::chat::mentions::{Known, Wanted};
use campana_core::chat::policy::Role;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{audits, members};
use serde::{Deserialize, Serialize};

/// Members up to which a search looks at each member, instead of each user whose name fits.
const FEW_MEMBERS: i64 = 500;

/// Users of a tenant with the same beginning of a name up to which a mention in a large conversation finds the member.
const MAX_NAMESAKES: u32 = 1_000;

/// A member, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// The person.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Their role.
    pub role: Role,
    /// Since when they are a member.
    #[serde(deserialize_with = "millis")]
    pub joined_at: Timestamp,
    /// The last position they have read; `null` if they, or the reader of the list, keep receipts private.
    pub last_read_seq: Option<i64>,
    /// The newest message up to that position, replies shown in their thread only and system messages apart; `null` if there
    /// is none, or `last_read_seq` is not shown.
    pub last_read_message_id: Option<MessageId>,
    /// When `last_read_seq` last moved; `null` if it has not moved, or is not shown.
    #[serde(deserialize_with = "millis_or_null")]
    pub last_read_at: Option<Timestamp>,
    /// End of their mute; `null` if they may write.
    #[serde(deserialize_with = "millis_or_null")]
    pub muted_until: Option<Timestamp>,
}

/// A member to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMember<'a> {
    /// User.
    pub user: &'a UserId,
    /// Role.
    pub role: Role,
    /// Initial read marker.
    pub last_read_seq: i64,
    /// Audit entry; `None` if the user joins by themselves.
    pub audit: Option<&'a Audit>,
    /// Time of joining.
    pub now: Timestamp,
}

/// Result of [`Store::add_member`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// This call added the member.
    Now(Membership),
    /// The user was already a member; nothing changed.
    Before(Membership),
    /// The user is banned.
    Banned {
        /// End of the ban; `None` until it is lifted.
        until: Option<Timestamp>,
    },
}

#[derive(Deserialize)]
pub(crate) struct MembershipRow {
    user_id: UserId,
    role: Role,
    #[serde(deserialize_with = "millis")]
    joined_at: Timestamp,
    last_read_seq: i64,
    read_rev: i64,
    #[serde(deserialize_with = "millis_or_null")]
    muted_until: Option<Timestamp>,
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        let MembershipRow { user_id, role, joined_at, last_read_seq, read_rev, muted_until } = row;
        Self { user_id, role, joined_at, last_read_seq, read_rev, muted_until }
    }
}

impl Store {
    /// A user's membership; `None` if there is none or the conversation is deleted.
    pub async fn membership(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
    ) -> Result<Option<Membership>, StorageError> {
        let row = self.row::<MembershipRow, _>(members::GET, who(tenant, conversation, user)).await?;
        Ok(row.map(Membership::from))
    }

    /// Members, by user id, as `reader` sees them; `None` for the server.
    pub async fn list_members(
        &self,
        (tenant, conversation): (&TenantId, &ConversationId),
        reader: Option<&UserId>,
        now: Timestamp,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StorageError> {
        let after = after.map_or("", UserId::as_str);
        let reader = reader.map(UserId::as_str);
        let params = [tenant.into(), conversation.into(), after.into(), limit.into(), now.into(), reader.into()];
        self.rows(members::LIST, params).await
    }

    /// Members of whom each word of `q` begins a word of the name, by the word that the longest one begins; none if `q`
    /// has no words. They are shown as `reader` sees them. `after` is the place and id of the last member of the previous
    /// page.
    pub async fn search_members(
        &self,
        (tenant, conversation): (&TenantId, &ConversationId),
        (q, member_count, reader): (&str, i64, &UserId),
        now: Timestamp,
        after: Option<(&str, &UserId)>,
        limit: u32,
    ) -> Result<Vec<Placed<Member>>, StorageError> {
        let Some(sought) = Sought::read(q)? else { return Ok(Vec::new()) };
        let (word, id) = sought.after(after);
        let params = [
            tenant.into(),
            conversation.into(),
            (&sought.from).into(),
            (&sought.to).into(),
            word.into(),
            id.into(),
            (&sought.others).into(),
            now.into(),
            limit.into(),
            reader.into(),
        ];
        let sql = if member_count <= FEW_MEMBERS { members::SEARCH_FEW } else { members::SEARCH };
        self.rows(sql, params).await
    }

    /// The members among the ids and names in a text.
    pub async fn mentioned(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        wanted: &Wanted,
    ) -> Result<Known, StorageError> {
        #[derive(Deserialize)]
        struct Found {
            name: Option<String>,
            user_id: UserId,
            #[serde(deserialize_with = "flag")]
            is_whole: bool,
        }
        let params = [
            tenant.into(),
            conversation.into(),
            to_json(&wanted.ids)?.into(),
            to_json(&wanted.names)?.into(),
            FEW_MEMBERS.into(),
            MAX_NAMESAKES.into(),
        ];
        let mut known = Known::default();
        for Found { name, user_id, is_whole } in self.rows::<Found, _>(members::MENTIONED, params).await? {
            let Some(name) = name else {
                known.members.insert(user_id);
                continue;
            };
            let named = known.named.entry(name).or_default();
            if is_whole {
                named.whole.insert(user_id.clone());
            }
            named.any.insert(user_id);
        }
        Ok(known)
    }

    /// Adds a member. `None` if there is no such conversation, `Constraint` if the tenant has no such user.
    pub async fn add_member(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        new: &NewMember<'_>,
    ) -> Result<Option<Added>, StorageError> {
        let NewMember { user, role, last_read_seq, audit, now } = *new;
        let count = [tenant.into(), conversation.into(), user.into(), now.into()];
        let add =
            [tenant.into(), conversation.into(), user.into(), role.as_str().into(), now.into(), last_read_seq.into()];
        let mut statements = Vec::new();
        if let Some(audit) = audit {
            statements.push(audited(audits::APPEND_BEFORE_ADDING, tenant, audit, [conversation.into()])?);
        }
        statements.extend([
            Statement::new(members::COUNT_ONE_MORE, count),
            Statement::new(members::ADD, add),
            get_membership(tenant, conversation, user),
            get_ban(tenant, conversation, user, now),
        ]);
        let before_add = statements.len().saturating_sub(3);
        let mut results = self.db.batch(statements).await?.into_iter().skip(before_add);
        let mut next = || results.next().unwrap_or_default();
        let created = !next().is_empty();
        let membership = decode_first::<MembershipRow>(next())?.map(Membership::from);
        let ban = decode_first::<BanInForce>(next())?;
        Ok(match (membership, ban) {
            (Some(membership), _) if created => Some(Added::Now(membership)),
            (Some(membership), _) => Some(Added::Before(membership)),
            (None, Some(BanInForce { until })) => Some(Added::Banned { until }),
            (None, None) if created => return Err(missing()),
            (None, None) => None,
        })
    }

    /// Removes a member and revokes the invites that they created; `audit` is `None` if the user leaves by themselves.
    /// `invites` is the entry of these revocations, with the user as the target. Returns whether there was a membership.
    pub async fn remove_member(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        audit: Option<&Audit>,
        invites: &Audit,
    ) -> Result<bool, StorageError> {
        let mut statements = Vec::new();
        if let Some(audit) = audit {
            statements.push(audited(audits::APPEND_ABOUT_MEMBER, tenant, audit, [conversation.into()])?);
        }
        statements.extend(revoke_of_creator(tenant, conversation, user, &[], invites)?);
        statements.push(Statement::new(members::COUNT_ONE_LESS, who(tenant, conversation, user)));
        statements.push(Statement::new(members::REMOVE, who(tenant, conversation, user)));
        self.batch_any(statements).await
    }

    /// Changes a member's role, and revokes the invites that they created to roles other than `invitable`. Returns whether
    /// there was a member.
    pub async fn change_role(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        (role, invitable): (Role, &[Role]),
        audit: &Audit,
    ) -> Result<bool, StorageError> {
        let params = [tenant.into(), conversation.into(), user.into(), role.as_str().into(), audit.created_at.into()];
        let invites = audit.entailing(Act::InviteRevoked, user.as_str());
        let mut statements = vec![audited(audits::APPEND_ABOUT_MEMBER, tenant, audit, [conversation.into()])?];
        statements.extend(revoke_of_creator(tenant, conversation, user, invitable, &invites)?);
        statements.push(Statement::new(members::CHANGE_ROLE, params));
        self.batch_any(statements).await
    }

    /// Number of owners of a conversation. The caller keeps at least one in a room or group.
    pub async fn owner_count(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<i64, StorageError> {
        let counted = self.column(members::OWNER_COUNT, [tenant.into(), conversation.into()]).await?;
        counted.into_iter().next().ok_or_else(missing)
    }

    /// Who is to own a group when `leaver` has left; `None` if there are no other members.
    pub async fn successor(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        leaver: &UserId,
    ) -> Result<Option<UserId>, StorageError> {
        Ok(self.column(members::SUCCESSOR, who(tenant, conversation, leaver)).await?.into_iter().next())
    }
}

fn who(tenant: &TenantId, conversation: &ConversationId, user: &UserId) -> [Value; 3] {
    [tenant.into(), conversation.into(), user.into()]
}

/// Statement that reads one membership; its row is a [`MembershipRow`].
pub(crate) fn get_membership(tenant: &TenantId, conversation: &ConversationId, user: &UserId) -> Statement {
    Statement::new(members::GET, who(tenant, conversation, user))
}

/// Statement that adds the first members of a conversation created in the same batch.
pub(crate) fn first_members(
    tenant: &TenantId,
    conversation: &ConversationId,
    people: &[(UserId, Role)],
    now: Timestamp,
) -> Result<Statement, StorageError> {
    let params = [tenant.into(), conversation.into(), to_json(&people)?.into(), now.into()];
    Ok(Statement::new(members::FILL, params))
}
