//! Membership and the place itself: the record changes first, then everybody hears of it.
//!
//! A removal forgets the person in the object's own storage before it asks the record, so whatever happens in
//! between, the next act of theirs is checked against the record. When the record has answered, their sockets
//! close and they leave the fan-out in the same turn in which the event is committed: no later frame reaches them.

use super::commands::By;
use super::{Object, log, unavailable};
use crate::platform;
use campana_core::close_code::CloseCode;
use campana_core::command::{Answer, Membership, Reply};
use campana_core::conversation::{MemberChange, MemberChangeKind};
use campana_core::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::policy::{Action, Place, Role, Visibility};
use campana_core::problem::{Kind, Problem};
use campana_core::wire::Person;
use campana_storage::{RoomChange, StorageError};
use serde_json::{Map, Value};
use std::rc::Rc;

impl Object {
    /// Makes somebody a member.
    pub(super) async fn add_member(self: &Rc<Self>, by: By<'_>, user: &UserId, role: Role) -> Answer {
        self.authorize(by, Action::AddMember { role }).await?;
        let (tenant, _) = self.place_of()?;
        let known = self.store()?.user(&tenant, user, platform::now()).await.map_err(|error| unavailable(&error))?;
        let known = known.ok_or_else(|| Problem::field("user_id", "is nobody this tenant knows yet"))?;
        self.make_member(by, &Person { user_id: user.clone(), name: known.name }, role).await
    }

    /// Joins a public room.
    pub(super) async fn join(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.authorize(by, Action::Join).await?;
        let person = Person { user_id: by.principal.user_id.clone(), name: by.principal.name.clone() };
        self.make_member(by, &person, Role::Member).await
    }

    async fn make_member(self: &Rc<Self>, by: By<'_>, person: &Person, role: Role) -> Answer {
        let user = &person.user_id;
        let (tenant, conversation) = self.place_of()?;
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        let store = self.store()?;
        self.members.begin_change(user)?;
        let added = store.add_member(&tenant, &conversation, user, role, head, platform::now()).await;
        let added = self.settle(
            user,
            added.map(|added| added.map_or((false, None), |added| (added.created, Some(added.membership)))),
        )?;
        let (created, Some(membership)) = added else { return Err(Problem::not_found()) };
        if created {
            let kind = MemberChangeKind::Joined { role: membership.role };
            self.member_changed(by, person.clone(), kind)?;
        }
        let Membership { role, joined_at, .. } = membership;
        Ok(Reply::Member { user_id: user.clone(), role, joined_at, created })
    }

    /// Takes somebody's membership away.
    pub(super) async fn remove_member(self: &Rc<Self>, by: By<'_>, user: &UserId) -> Answer {
        if *user == by.principal.user_id {
            return self.leave(by).await;
        }
        self.authorize(by, Action::ViewRoom).await.or(self.authorize(by, Action::ViewConversation).await)?;
        let target = self.membership(user).await?.ok_or_else(Problem::not_found)?;
        self.authorize(by, Action::RemoveMember { target: target.role }).await?;
        self.end_membership(by, &target, MemberChangeKind::Removed).await
    }

    /// Leaves.
    pub(super) async fn leave(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.authorize(by, Action::Leave).await?;
        let mine = self.membership(&by.principal.user_id).await?.ok_or_else(Problem::not_found)?;
        self.end_membership(by, &mine, MemberChangeKind::Left).await
    }

    async fn end_membership(self: &Rc<Self>, by: By<'_>, target: &Membership, kind: MemberChangeKind) -> Answer {
        let (tenant, conversation) = self.place_of()?;
        self.keep_an_owner(&tenant, &conversation, target, None).await?;
        let user = &target.user_id;
        let store = self.store()?;
        self.members.begin_change(user)?;
        let removed = store.remove_member(&tenant, &conversation, user).await;
        let (was_member, _) = self.settle(user, removed.map(|was_member| (was_member, None)))?;
        self.close_sockets_of(user);
        if was_member {
            let person = Person { user_id: user.clone(), name: String::new() };
            self.member_changed(by, person, kind)?;
        }
        Ok(Reply::Done)
    }

    /// Gives a member another role.
    pub(super) async fn change_role(self: &Rc<Self>, by: By<'_>, user: &UserId, role: Role) -> Answer {
        self.authorize(by, Action::ViewRoom).await.or(self.authorize(by, Action::ViewConversation).await)?;
        let target = self.membership(user).await?.ok_or_else(Problem::not_found)?;
        self.authorize(by, Action::ChangeRole { from: target.role, to: role }).await?;
        let (tenant, conversation) = self.place_of()?;
        if target.role != role {
            self.keep_an_owner(&tenant, &conversation, &target, Some(role)).await?;
            let store = self.store()?;
            self.members.begin_change(user)?;
            let changed = store.change_role(&tenant, &conversation, user, role, platform::now()).await;
            let now_is = Membership { role, ..target.clone() };
            let (was_member, _) = self.settle(user, changed.map(|changed| (changed, changed.then_some(now_is))))?;
            if !was_member {
                return Err(Problem::not_found());
            }
            let person = Person { user_id: user.clone(), name: String::new() };
            self.member_changed(by, person, MemberChangeKind::Updated { role })?;
        }
        Ok(Reply::Member { user_id: user.clone(), role, joined_at: target.joined_at, created: false })
    }

    /// Changes the room: its name, its description, who can find it.
    pub(super) async fn update_room(
        self: &Rc<Self>,
        by: By<'_>,
        name: Option<String>,
        description: Option<String>,
        visibility: Option<Visibility>,
    ) -> Answer {
        self.authorize(by, Action::UpdateRoom).await?;
        let (tenant, _) = self.place_of()?;
        let room = self.room_id()?;
        let store = self.store()?;
        let change = RoomChange { name, description, visibility };
        let updated = store.update_room(&tenant, &room, &change, platform::now()).await;
        if !updated.map_err(|error| unavailable(&error))? {
            return Err(Problem::not_found());
        }
        if let Some(visibility) = visibility {
            let place = match visibility {
                Visibility::Public => Place::PublicRoom,
                Visibility::Private => Place::PrivateRoom,
            };
            self.log.set_meta("place", &serde_json::to_string(&place).unwrap_or_default())?;
            self.with(|loaded| {
                loaded.rules.set_place(place);
                Ok(())
            })?;
        }
        let fields = [
            ("name", change.name.map(Value::String)),
            ("description", change.description.map(Value::String)),
            ("visibility", visibility.map(|visibility| visibility.as_str().into())),
        ];
        let changed: Map<String, Value> =
            fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect();
        self.conversation_updated(by, changed)
    }

    /// Replaces a group's metadata.
    pub(super) async fn update_metadata(self: &Rc<Self>, by: By<'_>, metadata: Map<String, Value>) -> Answer {
        self.authorize(by, Action::UpdateConversation).await?;
        let (tenant, conversation) = self.place_of()?;
        let updated = self.store()?.update_metadata(&tenant, &conversation, &metadata, platform::now()).await;
        if !updated.map_err(|error| unavailable(&error))? {
            return Err(Problem::not_found());
        }
        let changed = Map::from_iter([("metadata".to_owned(), Value::Object(metadata))]);
        self.conversation_updated(by, changed)
    }

    /// Deletes the room with its conversation: everybody is sent away, and nothing is accepted any more.
    pub(super) async fn delete_room(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.authorize(by, Action::DeleteRoom).await?;
        let (tenant, _) = self.place_of()?;
        let room = self.room_id()?;
        let deleted = self.store()?.delete_room(&tenant, &room, platform::now()).await;
        deleted.map_err(|error| unavailable(&error))?;
        self.log.set_meta("deleted_at", &log::stamp(platform::now()))?;
        let here = self.sessions.borrow().user_ids();
        for user in here {
            self.close_sockets_of(&user);
        }
        if let Some(loaded) = self.loaded.borrow_mut().as_mut() {
            loaded.deleted = true;
        }
        Ok(Reply::Done)
    }

    fn conversation_updated(self: &Rc<Self>, by: By<'_>, changed: Map<String, Value>) -> Answer {
        if changed.is_empty() {
            return Ok(Reply::Done);
        }
        let actor = by.actor(None);
        let entry = self.with(|loaded| Ok(loaded.rules.conversation_updated(actor, changed, platform::now())))?;
        self.commit(&entry)?;
        self.tell(&entry);
        Ok(Reply::Done)
    }

    fn member_changed(self: &Rc<Self>, by: By<'_>, person: Person, kind: MemberChangeKind) -> Result<(), Problem> {
        let change = MemberChange { person, kind };
        let actor = by.actor(None);
        let entry = self.with(|loaded| Ok(loaded.rules.member_changed(actor, &change, platform::now())))?;
        self.commit(&entry)?;
        self.tell(&entry);
        Ok(())
    }

    async fn authorize(&self, by: By<'_>, action: Action) -> Result<(), Problem> {
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        self.with(|loaded| loaded.rules.authorize(actor, action))
    }

    /// The record has answered a change: keep what it says now, or on a fault forget, so that it is asked.
    fn settle(
        &self,
        user: &UserId,
        outcome: Result<(bool, Option<Membership>), StorageError>,
    ) -> Result<(bool, Option<Membership>), Problem> {
        let now_is = outcome.as_ref().ok().and_then(|(_, membership)| membership.clone());
        self.members.end_change(user, now_is.as_ref())?;
        outcome.map_err(|error| unavailable(&error))
    }

    /// A place keeps an owner, unless its last member leaves.
    async fn keep_an_owner(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        target: &Membership,
        becomes: Option<Role>,
    ) -> Result<(), Problem> {
        if target.role != Role::Owner || becomes == Some(Role::Owner) {
            return Ok(());
        }
        let store = self.store()?;
        let owners = store.owner_count(tenant, conversation).await.map_err(|error| unavailable(&error))?;
        let facts = store.facts(tenant, conversation).await.map_err(|error| unavailable(&error))?;
        let is_last_member = facts.is_some_and(|facts| facts.member_count <= 1);
        if owners > 1 || (is_last_member && becomes.is_none()) {
            return Ok(());
        }
        Err(Problem::new(Kind::Conflict, "a place keeps an owner: make somebody else one first"))
    }

    fn close_sockets_of(self: &Rc<Self>, user: &UserId) {
        let sessions = self.sessions.borrow().of_user(user);
        for session in sessions {
            session.close(CloseCode::Forbidden);
            self.forget(&session);
        }
    }

    fn place_of(&self) -> Result<(TenantId, ConversationId), Problem> {
        self.with(|loaded| Ok((loaded.tenant.clone(), loaded.rules.id().clone())))
    }

    fn room_id(&self) -> Result<RoomId, Problem> {
        self.with(|loaded| loaded.room_id.clone().ok_or_else(Problem::not_found))
    }
}
