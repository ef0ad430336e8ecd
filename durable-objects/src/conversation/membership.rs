//! Changes of membership and of the room: the record changes first, then members are notified.
//!
//! A removal deletes the membership from the object's own storage before it calls the record. If the object dies in
//! between, the user's next action is checked against the record. After the record answers, the user's sockets close
//! and leave the fan-out in the turn that commits the event: no later frame reaches them.

use super::commands::By;
use super::moderation::{member_reply, nameless};
use super::{Object, POSTING, refused};
use crate::reclaim::HoldsSessions;
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::command::{Answer, Membership, PostingRules, Reply};
use campana_core::chat::conversation::{Appearance, BegunChange, MemberChange, MemberChangeKind};
use campana_core::chat::policy::{self, Action, Place, Role, Visibility};
use campana_core::chat::wire::{Event, Person};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{Added, NewMember, Room, RoomChange, StorageError, Store};
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// A change of a membership, with data that only its user receives: a JSON object, or null.
pub(super) struct MembershipNotice {
    /// User whose membership changed.
    pub(super) person: Person,
    /// Kind of change.
    pub(super) kind: MemberChangeKind,
    /// Private data: a reason, an end.
    pub(super) privately: Value,
}

impl Object {
    /// Makes a user a member; 409 if the user is banned.
    pub(super) async fn add_member(self: &Rc<Self>, by: By<'_>, user: &UserId, role: Role) -> Answer {
        self.authorize(by, Action::AddMember { role }).await?;
        if let Some(already) = self.membership(user).await? {
            return Ok(member_reply(already, false));
        }
        let person = self.known(user).await?;
        self.require_no_block_in_group(by, user).await?;
        self.require_room_in_group().await?;
        let audit = self.audit(by, Act::MemberAdded, user.as_str(), json!({"role": role}))?;
        let reservation = self.reserve_addition(by).await?;
        let added = self.make_member(by, &person, role, Some(&audit)).await;
        let is_certain = |problem: &Problem| !matches!(problem.kind, Kind::Unavailable | Kind::Internal);
        if added.as_ref().err().is_some_and(is_certain) || matches!(added, Ok(Reply::Member { created: false, .. })) {
            self.give_back_addition(by, reservation).await;
        }
        added.map_err(|problem| match problem.kind {
            Kind::Banned => {
                Problem { kind: Kind::Conflict, detail: "this person is banned here".to_owned(), ..problem }
            }
            _ => problem,
        })
    }

    /// Makes the caller a member of a public room.
    pub(super) async fn join(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.authorize(by, Action::Join).await?;
        self.make_member(by, &by.person(), Role::Member, None).await
    }

    async fn make_member(self: &Rc<Self>, by: By<'_>, person: &Person, role: Role, audit: Option<&Audit>) -> Answer {
        let user = &person.user_id;
        let (store, tenant, conversation) = self.record()?;
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        let begun = self.begin_member(by, person, MemberChangeKind::Joined { role })?;
        let new = NewMember { user, role, last_read_seq: head, audit, now: self.context.now() };
        let added = store.add_member(&tenant, &conversation, &new).await;
        let now_is = match &added {
            Ok(Some(Added::Now(membership) | Added::Before(membership))) => Some(membership),
            _ => None,
        };
        self.members.end_change(user, now_is)?;
        let added = match added {
            Ok(Some(added)) => added,
            Ok(None) => return self.concluded(&begun).and(Err(Problem::not_found())),
            Err(error) => return self.concluded_unless_unknown(&begun, &error).and(Err(of_person(error))),
        };
        match added {
            Added::Banned { until } => self.concluded(&begun).and(Err(Problem::banned(until))),
            Added::Before(membership) => self.concluded(&begun).map(|()| member_reply(membership, false)),
            Added::Now(membership) => {
                let kind = MemberChangeKind::Joined { role: membership.role };
                self.member_changed(by, MembershipNotice { person: person.clone(), kind, privately: Value::Null })?;
                Ok(member_reply(membership, true))
            }
        }
    }

    /// Ends a user's membership.
    pub(super) async fn remove_member(self: &Rc<Self>, by: By<'_>, user: &UserId) -> Answer {
        if *user == by.principal.user_id {
            return self.leave(by).await;
        }
        let target = self.member(by, user).await?;
        self.authorize(by, Action::RemoveMember { target: target.role }).await?;
        let audit = self.audit(by, Act::MemberRemoved, user.as_str(), json!({"role": target.role}))?;
        self.end_membership(by, &target, MemberChangeKind::Removed, Some(&audit)).await
    }

    /// Ends the caller's own membership.
    pub(super) async fn leave(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.authorize(by, Action::Leave).await?;
        let mine = self.membership(&by.principal.user_id).await?.ok_or_else(Problem::not_found)?;
        self.hand_over_group(by, &mine).await?;
        self.end_membership(by, &mine, MemberChangeKind::Left, None).await
    }

    pub(super) async fn end_membership(
        self: &Rc<Self>,
        by: By<'_>,
        target: &Membership,
        kind: MemberChangeKind,
        audit: Option<&Audit>,
    ) -> Answer {
        let (store, tenant, conversation) = self.record()?;
        self.keep_an_owner(&tenant, &conversation, target, None).await?;
        let user = &target.user_id;
        let begun = self.begin_member(by, &nameless(user), kind)?;
        let invites = match audit {
            Some(audit) => audit.entailing(Act::InviteRevoked, user.as_str()),
            None => self.audit(by, Act::InviteRevoked, user.as_str(), json!({"cause": "member.left"}))?,
        };
        let removed = store.remove_member(&tenant, &conversation, user, audit, &invites).await;
        let (was_member, _) = self.settle(Some(&begun), user, removed.map(|was_member| (was_member, None)))?;
        self.expel(user).await;
        if was_member {
            self.member_changed(by, MembershipNotice { person: nameless(user), kind, privately: Value::Null })?;
        }
        Ok(Reply::Done)
    }

    /// Ends a former member's typing, native connections and subscriptions. No frame reaches them after this.
    pub(super) async fn expel(self: &Rc<Self>, user: &UserId) {
        self.stop_typing(user);
        self.dismiss_user(user, CloseCode::Forbidden);
        self.drop_listener(user).await;
    }

    /// Changes a member's role.
    pub(super) async fn change_role(self: &Rc<Self>, by: By<'_>, user: &UserId, role: Role) -> Answer {
        let target = self.member(by, user).await?;
        self.authorize(by, Action::ChangeRole { from: target.role, to: role }).await?;
        if target.role == role {
            return Ok(member_reply(target, false));
        }
        let (tenant, conversation) = self.place_of()?;
        self.keep_an_owner(&tenant, &conversation, &target, Some(role)).await?;
        let about = json!({"from": target.role, "to": role});
        self.set_role(by, target, role, about).await
    }

    /// Changes a member's role, which the caller has authorized. `about` goes into the audit entry.
    pub(super) async fn set_role(self: &Rc<Self>, by: By<'_>, target: Membership, role: Role, about: Value) -> Answer {
        let user = target.user_id.clone();
        let audit = self.audit(by, Act::MemberRoleChanged, user.as_str(), about)?;
        let (store, tenant, conversation) = self.record()?;
        let kind = MemberChangeKind::Updated { role };
        let begun = self.begin_member(by, &nameless(&user), kind)?;
        let invitable = self.with(|loaded| Ok(policy::invitable(role, loaded.rules.place())))?;
        let changed = store.change_role(&tenant, &conversation, &user, (role, &invitable), &audit).await;
        let now_is = Membership { role, ..target };
        self.settle_member(&begun, &user, changed, &now_is)?;
        self.member_changed(by, MembershipNotice { person: nameless(&user), kind, privately: Value::Null })?;
        Ok(member_reply(now_is, false))
    }

    /// Changes fields of the room.
    pub(super) async fn update_room(self: &Rc<Self>, by: By<'_>, change: RoomChange) -> Answer {
        let RoomChange { name, description, visibility, post, slow_mode_s } = &change;
        if name.is_some() || description.is_some() || visibility.is_some() {
            self.authorize(by, Action::UpdateRoom).await?;
        }
        if post.is_some() || slow_mode_s.is_some() {
            self.authorize(by, Action::UpdatePosting).await?;
        }
        let (store, tenant, _) = self.record()?;
        let room = self.room_id()?;
        let was = store.room(&tenant, &room, &by.principal.user_id).await.map_err(refused)?;
        let was = was.ok_or_else(Problem::not_found)?;
        let audit = self.audit(by, Act::RoomUpdated, room.as_str(), differences(&was, &change))?;
        let looked = Appearance { name: Some(was.name), visibility: Some(was.visibility) };
        let begun = self.begin_fields(by, ["name", "description", "visibility", "post", "slow_mode_s"], &looked)?;
        match store.update_room(&tenant, &room, &change, &audit).await {
            Ok(true) => {}
            Ok(false) => return self.concluded(&begun).and(Err(Problem::not_found())),
            Err(error) => return self.concluded_unless_unknown(&begun, &error).and(Err(refused(error))),
        }
        let posting = PostingRules {
            post: change.post.unwrap_or(was.post),
            slow_mode_s: change.slow_mode_s.unwrap_or(was.slow_mode_s),
        };
        self.posting_changed(posting)?;
        if let Some(visibility) = change.visibility {
            let place = match visibility {
                Visibility::Public => Place::PublicRoom,
                Visibility::Private => Place::PrivateRoom,
            };
            self.place_changed(place).await?;
        }
        let fields = [
            ("name", change.name.map(Value::String)),
            ("description", change.description.map(Value::String)),
            ("visibility", change.visibility.map(|visibility| visibility.as_str().into())),
            ("post", change.post.map(|post| post.as_str().into())),
            ("slow_mode_s", change.slow_mode_s.map(Value::from)),
        ];
        let changed: Map<String, Value> =
            fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect();
        self.conversation_updated(by, &begun, changed)
    }

    /// Replaces a group's metadata.
    pub(super) async fn update_metadata(self: &Rc<Self>, by: By<'_>, metadata: Map<String, Value>) -> Answer {
        self.authorize(by, Action::UpdateConversation).await?;
        let (store, tenant, conversation) = self.record()?;
        let was = store.conversation(&tenant, &conversation, &by.principal.user_id).await.map_err(refused)?;
        let was = was.ok_or_else(Problem::not_found)?;
        let fields = Map::from_iter([("metadata".to_owned(), Value::Object(was.metadata))]);
        let begun = self.begin_fields(by, ["metadata"], &Appearance::among(&fields))?;
        match store.update_metadata(&tenant, &conversation, &metadata, self.context.now()).await {
            Ok(true) => {}
            Ok(false) => return self.concluded(&begun).and(Err(Problem::not_found())),
            Err(error) => return self.concluded_unless_unknown(&begun, &error).and(Err(refused(error))),
        }
        let changed = Map::from_iter([("metadata".to_owned(), Value::Object(metadata))]);
        self.conversation_updated(by, &begun, changed)
    }

    /// Deletes the room with its conversation: closes all connections and refuses later commands.
    pub(super) async fn delete_room(self: &Rc<Self>, by: By<'_>) -> Answer {
        self.authorize(by, Action::DeleteRoom).await?;
        // A deleted conversation is not flushed, and the audit log needs the moderators' last actions.
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        self.flush_until(|object| object.with(|loaded| Ok(loaded.flushed >= head))).await;
        let (store, tenant, _) = self.record()?;
        let room = self.room_id()?;
        let audit = self.audit(by, Act::RoomDeleted, room.as_str(), Value::Null)?;
        self.begin_change(&BegunChange::Deletion)?;
        if let Err(error) = store.delete_room(&tenant, &room, &audit).await {
            return self.concluded_unless_unknown(&BegunChange::Deletion, &error).and(Err(refused(error)));
        }
        self.is_deleted_now().await?;
        self.forget_index();
        self.concluded(&BegunChange::Deletion)?;
        Ok(Reply::Done)
    }

    /// Begins a change of a membership, which the caller settles with the record's answer.
    pub(super) fn begin_member(
        &self,
        by: By<'_>,
        person: &Person,
        kind: MemberChangeKind,
    ) -> Result<BegunChange, Problem> {
        let begun = BegunChange::Member(MemberChange { person: person.clone(), kind, by: Some(by.person()) });
        self.begin_change(&begun)?;
        self.members.begin_change(&person.user_id)?;
        Ok(begun)
    }

    fn begin_fields<const N: usize>(
        &self,
        by: By<'_>,
        names: [&str; N],
        was: &Appearance,
    ) -> Result<BegunChange, Problem> {
        let Person { user_id: by, name: actor_name } = by.person();
        let (names, was) = (names.map(str::to_owned).to_vec(), Some(was.clone()));
        let begun = BegunChange::Fields { by, actor_name, names, was };
        self.begin_change(&begun)?;
        Ok(begun)
    }

    /// Stores the place, which decides who can find and join the room. Subscriptions that a private room does not admit
    /// end before this returns.
    pub(super) async fn place_changed(self: &Rc<Self>, place: Place) -> Result<(), Problem> {
        self.context.sql.keep_json("place", &place)?;
        self.with(|loaded| {
            loaded.rules.set_place(place);
            Ok(())
        })?;
        if place == Place::PrivateRoom {
            self.drop_outsiders().await;
        }
        Ok(())
    }

    /// Stores who writes in the room, and how often.
    pub(super) fn posting_changed(&self, posting: PostingRules) -> Result<(), Problem> {
        self.context.sql.keep_json(POSTING, &posting)?;
        self.with(|loaded| {
            loaded.rules.set_posting(posting);
            Ok(())
        })?;
        self.retry_scheduled()
    }

    /// Commits and sends the event of a change that the record has, with system messages about what looks other than it
    /// was.
    pub(super) fn conversation_updated(
        self: &Rc<Self>,
        by: By<'_>,
        begun: &BegunChange,
        changed: Map<String, Value>,
    ) -> Answer {
        if changed.is_empty() {
            return self.concluded(begun).map(|()| Reply::Done);
        }
        let (actor, now, random) = (by.actor(None), self.context.now(), self.context.random()?);
        let was = begun.appearance();
        let entry = self.with(|loaded| Ok(loaded.rules.conversation_updated(actor, changed, was, now, random)))?;
        self.commit(&entry)?;
        self.concluded(begun)?;
        self.publish_committed(&entry, by);
        Ok(Reply::Done)
    }

    /// Commits and sends the event of a membership change; its user gets it on all of their devices.
    pub(super) fn member_changed(self: &Rc<Self>, by: By<'_>, notice: MembershipNotice) -> Result<(), Problem> {
        let MembershipNotice { person, kind, privately } = notice;
        self.member_change_made(by, MemberChange { person, kind, by: Some(by.person()) }, &privately)
    }

    /// [`Self::member_changed`] for a change that may have begun in a lost instance.
    pub(super) fn member_change_made(
        self: &Rc<Self>,
        by: By<'_>,
        change: MemberChange,
        privately: &Value,
    ) -> Result<(), Problem> {
        let user = change.person.user_id.clone();
        let (actor, now, random) = (by.actor(None), self.context.now(), self.context.random()?);
        let entry = self.with(|loaded| Ok(loaded.rules.member_changed(actor, &change, now, random)))?;
        self.commit(&entry)?;
        let begun = BegunChange::Member(change);
        self.concluded(&begun)?;
        self.publish_committed(&entry, by);
        self.retry_scheduled()?;
        let Ok(mut event) = read_stored::<Event>(&entry.text) else { return Ok(()) };
        event.seq = None;
        if let Value::Object(partial) = &mut event.partial {
            let room = self.with(|loaded| Ok(loaded.room_id.clone()))?;
            partial.extend(room.map(|room| ("room_id".to_owned(), room.as_str().into())));
            partial.extend(privately.as_object().cloned().unwrap_or_default());
        }
        self.notify_person(&user, event);
        Ok(())
    }

    /// Sends an event to a user's own channel, in the background.
    pub(super) fn notify_person(self: &Rc<Self>, user: &UserId, event: Event) {
        let (object, user) = (Rc::clone(self), user.clone());
        self.context.spawn(async move {
            let Ok((tenant, _)) = object.names() else { return };
            if let Err(error) = crate::channel::send(&object.context, &tenant, &user, &event).await {
                tracing::warn!(at = "person", detail = %error);
            }
        });
    }

    /// A member, if the caller may see the membership list.
    pub(super) async fn member(&self, by: By<'_>, user: &UserId) -> Result<Membership, Problem> {
        self.authorize(by, Action::ViewRoom).await.or(self.authorize(by, Action::ViewConversation).await)?;
        self.membership(user).await?.ok_or_else(Problem::not_found)
    }

    pub(super) async fn authorize(&self, by: By<'_>, action: Action) -> Result<(), Problem> {
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        self.with(|loaded| loaded.rules.authorize(actor, action, self.context.now()))
    }

    /// Stores the record's answer to a change. On an error the membership is forgotten, so that the next read asks the
    /// record. A change that was not made is concluded here; one that was made is concluded with its event.
    pub(super) fn settle(
        &self,
        begun: Option<&BegunChange>,
        user: &UserId,
        outcome: Result<(bool, Option<Membership>), StorageError>,
    ) -> Result<(bool, Option<Membership>), Problem> {
        let now_is = outcome.as_ref().ok().and_then(|(_, membership)| membership.clone());
        self.members.end_change(user, now_is.as_ref())?;
        match (&outcome, begun) {
            (Ok((true, _)), _) | (_, None) => {}
            (Ok((false, _)), Some(begun)) => self.concluded(begun)?,
            (Err(error), Some(begun)) => self.concluded_unless_unknown(begun, error)?,
        }
        outcome.map_err(of_person)
    }

    /// [`Self::settle`] for a change that keeps the membership: 404 if there was none.
    pub(super) fn settle_member(
        &self,
        begun: &BegunChange,
        user: &UserId,
        outcome: Result<bool, StorageError>,
        now_is: &Membership,
    ) -> Result<(), Problem> {
        let outcome = outcome.map(|was_member| (was_member, was_member.then(|| now_is.clone())));
        let (was_member, _) = self.settle(Some(begun), user, outcome)?;
        if was_member { Ok(()) } else { Err(Problem::not_found()) }
    }

    pub(super) fn place_of(&self) -> Result<(TenantId, ConversationId), Problem> {
        self.with(|loaded| Ok((loaded.tenant.clone(), loaded.rules.id().clone())))
    }

    /// The record, with this conversation's tenant and id.
    pub(super) fn record(&self) -> Result<(Store, TenantId, ConversationId), Problem> {
        let (tenant, conversation) = self.place_of()?;
        Ok((self.context.record()?, tenant, conversation))
    }

    pub(super) fn room_id(&self) -> Result<RoomId, Problem> {
        self.with(|loaded| loaded.room_id.clone().ok_or_else(Problem::not_found))
    }
}

/// The problem for a record error in a membership change: an unknown user, or a fault of the record.
pub(super) fn of_person(error: StorageError) -> Problem {
    match error {
        StorageError::Constraint => unknown_person(),
        StorageError::Unavailable(_) | StorageError::Corrupt(_) | StorageError::Locked(_) | StorageError::Unfit(_) => {
            refused(error)
        }
    }
}

/// The problem for a user that the tenant does not know.
pub(super) fn unknown_person() -> Problem {
    Problem::field("user_id", "is nobody this tenant knows yet")
}

/// The changed fields, each with its old and new value, for the audit log.
fn differences(was: &Room, change: &RoomChange) -> Value {
    let fields = [
        ("name", json!(was.name), json!(change.name)),
        ("description", json!(was.description), json!(change.description)),
        ("visibility", json!(was.visibility), json!(change.visibility)),
        ("post", json!(was.post), json!(change.post)),
        ("slow_mode_s", json!(was.slow_mode_s), json!(change.slow_mode_s)),
    ];
    let different = fields.into_iter().filter(|(_, from, to)| !to.is_null() && to != from);
    let different = different.map(|(field, from, to)| (field.to_owned(), json!({"from": from, "to": to})));
    Value::Object(different.collect())
}
