//! Who is in a conversation, as what, and how far they have read.

use crate::Store;
use crate::database::{Statement, StorageError, Value};
use crate::decode::{decode, decode_all, decode_first, last, millis, missing, to_json};
use campana_core::command::Membership;
use campana_core::ids::{ConversationId, TenantId, UserId};
use campana_core::policy::Role;
use campana_core::timestamp::Timestamp;
use campana_schema::members;
use serde::{Deserialize, Serialize};

/// A member with what others see of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The person.
    pub user_id: UserId,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Their role.
    pub role: Role,
    /// Since when.
    #[serde(deserialize_with = "millis")]
    pub joined_at: Timestamp,
    /// Up to where they have read.
    pub last_read_seq: i64,
}

/// A membership after [`Store::add_member`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// As it stands.
    pub membership: Membership,
    /// Whether this call made it.
    pub created: bool,
}

#[derive(Deserialize)]
pub(crate) struct MembershipRow {
    user_id: UserId,
    role: Role,
    #[serde(deserialize_with = "millis")]
    joined_at: Timestamp,
    last_read_seq: i64,
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        Self { user_id: row.user_id, role: row.role, joined_at: row.joined_at, last_read_seq: row.last_read_seq }
    }
}

impl Store {
    /// One person's membership, if they have one and the conversation is not deleted.
    pub async fn membership(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
    ) -> Result<Option<Membership>, StorageError> {
        let rows = self.db.query(get_membership(tenant, conversation, user)).await?;
        Ok(decode_first::<MembershipRow>(rows)?.map(Membership::from))
    }

    /// Members by id.
    pub async fn list_members(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StorageError> {
        let after = after.map_or("", UserId::as_str);
        let params = [tenant.into(), conversation.into(), after.into(), limit.into()];
        decode_all(self.db.query(Statement::new(members::LIST, params)).await?)
    }

    /// Makes somebody a member, who has read up to `last_read_seq`. A member stays as they are. `None` if there
    /// is no such conversation, `Constraint` if the tenant does not know the person.
    pub async fn add_member(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        role: Role,
        last_read_seq: i64,
        now: Timestamp,
    ) -> Result<Option<Added>, StorageError> {
        let [count, add] = [
            Statement::new(members::COUNT_ONE_MORE, who(tenant, conversation, user)),
            Statement::new(
                members::ADD,
                [
                    tenant.into(),
                    conversation.into(),
                    user.into(),
                    role.as_str().into(),
                    now.into(),
                    last_read_seq.into(),
                ],
            ),
        ];
        let statements = vec![count, add, get_membership(tenant, conversation, user)];
        let results = self.db.batch(statements).await?;
        let created = results.get(1).is_some_and(|rows| !rows.is_empty());
        let row = last(results)?.into_iter().next();
        let Some(row) = row else {
            return if created { Err(missing()) } else { Ok(None) };
        };
        Ok(Some(Added { membership: decode::<MembershipRow>(row)?.into(), created }))
    }

    /// Takes a membership away. Whether there was one.
    pub async fn remove_member(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
    ) -> Result<bool, StorageError> {
        let statements = vec![
            Statement::new(members::COUNT_ONE_LESS, who(tenant, conversation, user)),
            Statement::new(members::REMOVE, who(tenant, conversation, user)),
        ];
        Ok(!last(self.db.batch(statements).await?)?.is_empty())
    }

    /// Gives a member another role. Whether there was a member.
    pub async fn change_role(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        user: &UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let params = [tenant.into(), conversation.into(), user.into(), role.as_str().into(), now.into()];
        Ok(!self.db.query(Statement::new(members::CHANGE_ROLE, params)).await?.is_empty())
    }

    /// How many owners a conversation has: a room or a group keeps at least one.
    pub async fn owner_count(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<i64, StorageError> {
        #[derive(Deserialize)]
        struct Owners {
            owners: i64,
        }
        let statement = Statement::new(members::OWNER_COUNT, [tenant.into(), conversation.into()]);
        let row: Option<Owners> = decode_first(self.db.query(statement).await?)?;
        Ok(row.ok_or_else(missing)?.owners)
    }
}

fn who(tenant: &TenantId, conversation: &ConversationId, user: &UserId) -> [Value; 3] {
    [tenant.into(), conversation.into(), user.into()]
}

/// The statement that asks for one membership; its row is a [`MembershipRow`].
pub(crate) fn get_membership(tenant: &TenantId, conversation: &ConversationId, user: &UserId) -> Statement {
    Statement::new(members::GET, who(tenant, conversation, user))
}

/// The statement that fills a conversation which the same batch made.
pub(crate) fn first_members(
    tenant: &TenantId,
    conversation: &ConversationId,
    people: &[(UserId, Role)],
    now: Timestamp,
) -> Result<Statement, StorageError> {
    let params = [tenant.into(), conversation.into(), to_json(&people)?.into(), now.into()];
    Ok(Statement::new(members::FILL, params))
}
