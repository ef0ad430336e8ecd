//! Limits of adding people; a place keeps an owner, and a group gets another one when its owner leaves.

use super::commands::By;
use super::{Object, refused};
use campana_core::chat::command::Membership;
use campana_core::chat::policy::{Place, Role};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::limits::MAX_GROUP_MEMBERS;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{CreationKind, Reservation, Reserved};
use serde_json::json;
use std::rc::Rc;

impl Object {
    /// 409 if this is a group that has as many members as it may have. The caller holds the lock `changes`.
    pub(super) async fn require_room_in_group(&self) -> Result<(), Problem> {
        if !self.is_group()? {
            return Ok(());
        }
        let (store, tenant, conversation) = self.record()?;
        let facts = store.facts(&tenant, &conversation).await.map_err(refused)?.ok_or_else(Problem::not_found)?;
        if usize::try_from(facts.member_count).is_ok_and(|count| count < MAX_GROUP_MEMBERS) {
            return Ok(());
        }
        Err(Problem::new(Kind::GroupFull, format!("a group has at most {MAX_GROUP_MEMBERS} members")))
    }

    /// 403 if this is a group and the caller has blocked the user, or the user the caller.
    pub(super) async fn require_no_block_in_group(&self, by: By<'_>, user: &UserId) -> Result<(), Problem> {
        if !self.is_group()? {
            return Ok(());
        }
        let (store, tenant, _) = self.record()?;
        let people = std::slice::from_ref(user);
        let is_blocked = store.is_blocked_between(&tenant, &by.principal.user_id, people).await.map_err(refused)?;
        if is_blocked { Err(Problem::blocked()) } else { Ok(()) }
    }

    /// Counts an added person for the caller; 429 if they added too many in the last hour. Administrators are exempt.
    pub(super) async fn reserve_addition(&self, by: By<'_>) -> Result<Option<Reservation>, Problem> {
        if by.principal.admin {
            return Ok(None);
        }
        let (tenant, _) = self.place_of()?;
        let per_hour = self.with(|loaded| Ok(loaded.rules.limits().added_people_per_hour))?;
        let (user, kind, now) = (&by.principal.user_id, CreationKind::AddedPerson, self.context.now());
        let reserved = self.context.record()?.reserve_creations((&tenant, user), kind, (1, per_hour), now).await;
        match reserved.map_err(refused)? {
            Reserved::Counted(reservation) => Ok(Some(reservation)),
            Reserved::Exceeded { retry_after_ms } => {
                Err(Problem::rate_limited(format!("at most {per_hour} people may be added in an hour"), retry_after_ms))
            }
        }
    }

    /// Gives back the count of a person who was not added.
    pub(super) async fn give_back_addition(&self, by: By<'_>, reservation: Option<Reservation>) {
        let (Some(reservation), Ok((tenant, _)), Ok(store)) = (reservation, self.place_of(), self.context.record())
        else {
            return;
        };
        let user = &by.principal.user_id;
        if let Err(error) = store.give_back_creations(&tenant, user, &reservation).await {
            tracing::warn!(at = "conversation.creations", detail = %error);
        }
    }

    /// Makes the member of longest standing the owner of a group whose last owner is about to leave, moderators first.
    /// A change of its own: if the object dies before the owner leaves, the group has two owners.
    pub(super) async fn hand_over_group(self: &Rc<Self>, by: By<'_>, leaver: &Membership) -> Result<(), Problem> {
        if self.is_group()? { self.hand_over_place(by, leaver).await } else { Ok(()) }
    }

    /// [`Self::hand_over_group`] for rooms too.
    pub(super) async fn hand_over_place(self: &Rc<Self>, by: By<'_>, leaver: &Membership) -> Result<(), Problem> {
        if leaver.role != Role::Owner {
            return Ok(());
        }
        let (store, tenant, conversation) = self.record()?;
        if store.owner_count(&tenant, &conversation).await.map_err(refused)? > 1 {
            return Ok(());
        }
        let successor = store.successor(&tenant, &conversation, &leaver.user_id).await.map_err(refused)?;
        let Some(successor) = successor else { return Ok(()) };
        let successor = self.membership(&successor).await?.ok_or_else(Problem::not_found)?;
        let about = json!({"from": successor.role, "to": Role::Owner, "because": "the owner left"});
        self.set_role(by, successor, Role::Owner, about).await.map(drop)
    }

    /// Refuses to remove or demote the last owner, unless the last member leaves.
    pub(super) async fn keep_an_owner(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        target: &Membership,
        becomes: Option<Role>,
    ) -> Result<(), Problem> {
        if target.role != Role::Owner || becomes == Some(Role::Owner) {
            return Ok(());
        }
        let store = self.context.record()?;
        let owners = store.owner_count(tenant, conversation).await.map_err(refused)?;
        let facts = store.facts(tenant, conversation).await.map_err(refused)?;
        let is_last_member = facts.is_some_and(|facts| facts.member_count <= 1);
        if owners > 1 || (is_last_member && becomes.is_none()) {
            return Ok(());
        }
        Err(Problem::new(Kind::Conflict, "a place keeps an owner: make somebody else one first"))
    }

    fn is_group(&self) -> Result<bool, Problem> {
        self.with(|loaded| Ok(loaded.rules.place() == Place::Group))
    }
}
