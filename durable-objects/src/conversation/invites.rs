//! Invites to this room. The record decides in one batch whether an invite is accepted. The room's moderators see every
//! change as it happens, and the invited user is notified on all of their devices.

use super::commands::By;
use super::membership::{MembershipNotice, of_person, unknown_person};
use super::moderation::member_reply;
use super::{Object, refused};
use campana_core::accounts::audit::Act;
use campana_core::chat::command::{Answer, Reply};
use campana_core::chat::conversation::MemberChangeKind;
use campana_core::chat::invite::{Invite, NewInvite};
use campana_core::chat::notifications::{NotificationEvent, NotificationsRead, OwnKind, notification_id};
use campana_core::chat::policy::{Action, Role};
use campana_core::chat::push::PushMessage;
use campana_core::chat::wire::{Event, EventName, Person};
use campana_core::shared::ids::{InviteId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{Acceptance, Accepted, BanInForce, Notified, StorageError};
use serde::Serialize;
use serde_json::{Value, json};
use std::rc::Rc;

impl Object {
    /// Invites a user, or creates an invite link.
    pub(super) async fn create_invite(self: &Rc<Self>, by: By<'_>, new: NewInvite) -> Answer {
        self.authorize(by, Action::Invite { role: new.role }).await?;
        let (tenant, _) = self.place_of()?;
        let room = self.room_id()?;
        if let Some(user) = &new.user_id {
            self.known(user).await?;
            if self.membership(user).await?.is_some() {
                return Err(Problem::new(Kind::Conflict, "this person is a member already"));
            }
        }
        let about = json!({
            "user_id": new.user_id, "role": new.role, "max_uses": new.max_uses, "expires_at": new.expires_at,
        });
        let audit = self.audit(by, Act::InviteCreated, new.id.as_str(), about)?;
        let store = self.context.record()?;
        let made = match store.create_invite(&tenant, &room, &new, &audit).await {
            Err(StorageError::Constraint) => return Err(self.creation_problem(by, &new).await?),
            made => made.map_err(refused)?,
        };
        let full = || Problem::new(Kind::Conflict, "this room has too many open invites: take some back first");
        let invite = made.ok_or_else(full)?;
        self.invite_changed(EventName::InviteCreated, &invite)?;
        if let Some(user) = &invite.user_id {
            let view = store.invite_by_id(&tenant, user, &invite.id).await.map_err(refused)?;
            if let Some(view) = view {
                self.notify_person(user, self.invite_event(EventName::InviteCreated, &invite.id, view.card())?);
            }
            let kind = OwnKind::Invite.into();
            // It stays on the list even if this look-up fails.
            if let Ok(Some(one)) = store.notification(&tenant, user, &kind, invite.id.as_str()).await {
                let (Notified { notification, push, .. }, now) = (one, self.context.now());
                let event = NotificationEvent::created(&notification, now);
                self.push(Vec::from_iter(PushMessage::of(&tenant, user, &notification, push, now)));
                self.send_notifications(vec![(user.clone(), event)]);
            }
        }
        Ok(Reply::Invite { invite: Box::new(invite) })
    }

    /// Why the record refuses a new invite: an earlier attempt of the same call created it, or the user is unknown.
    async fn creation_problem(&self, by: By<'_>, new: &NewInvite) -> Result<Problem, Problem> {
        let (tenant, _) = self.place_of()?;
        let made =
            self.context.record()?.invite_by_id(&tenant, &by.principal.user_id, &new.id).await.map_err(refused)?;
        Ok(match made {
            Some(_) => Problem::new(Kind::Conflict, "this invite was made, but its token is lost: make another one"),
            None => unknown_person(),
        })
    }

    /// Revokes an invite; does nothing if it is no longer open.
    pub(super) async fn revoke_invite(self: &Rc<Self>, by: By<'_>, id: &InviteId) -> Answer {
        let (store, tenant, _) = self.record()?;
        let room = self.room_id()?;
        let user = &by.principal.user_id;
        let found = store.invite_by_id(&tenant, user, id).await.map_err(refused)?;
        let found = found.filter(|view| view.invite.room_id == room).map(|view| view.invite);
        let is_mine = found.as_ref().is_some_and(|invite| invite.created_by == *user);
        if !is_mine || self.membership(user).await?.is_none() {
            self.authorize(by, Action::Moderate).await?;
        }
        let invite = found.ok_or_else(Problem::not_found)?;
        if invite.check(self.context.now()).is_err() {
            return Ok(Reply::Invite { invite: Box::new(invite) });
        }
        let audit = self.audit(by, Act::InviteRevoked, id.as_str(), json!({"user_id": invite.user_id}))?;
        let revoked = store.revoke_invite(&tenant, &room, id, &audit).await.map_err(refused)?;
        let invite = revoked.ok_or_else(Problem::not_found)?;
        self.invite_changed(EventName::InviteRevoked, &invite)?;
        Ok(Reply::Invite { invite: Box::new(invite) })
    }

    /// Joins by an invite. A member's call succeeds without consuming a use.
    pub(super) async fn accept_invite(self: &Rc<Self>, by: By<'_>, id: &InviteId) -> Answer {
        let user = &by.principal.user_id;
        if let Some(membership) = self.membership(user).await? {
            return Ok(member_reply(membership, false));
        }
        let (tenant, conversation) = self.place_of()?;
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        let call = self.context.random_name()?;
        let acceptance = Acceptance { conversation: &conversation, invite: id, user, call: &call, last_read_seq: head };
        let store = self.context.record()?;
        let now = self.context.now();
        let person = by.person();
        let begun = self.begin_member(by, &person, MemberChangeKind::Joined { role: Role::Member })?;
        let accepted = store.accept_invite(&tenant, &acceptance, now).await;
        let now_is = accepted.as_ref().ok().and_then(|accepted| accepted.membership.clone());
        self.members.end_change(user, now_is.as_ref())?;
        let Accepted { created, membership, invite, ban } = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return self.concluded_unless_unknown(&begun, &error).and(Err(of_person(error))),
        };
        if !created {
            self.concluded(&begun)?;
        }
        let Some(membership) = membership else {
            if let Some(BanInForce { until }) = ban {
                return Err(Problem::banned(until));
            }
            invite.ok_or_else(Problem::not_found)?.check(now)?;
            return Err(Problem::not_found());
        };
        if created {
            let kind = MemberChangeKind::Joined { role: membership.role };
            self.member_changed(by, MembershipNotice { person, kind, privately: Value::Null })?;
            if let Some(invite) = invite {
                self.invite_changed(EventName::InviteUpdated, &invite)?;
            }
        }
        Ok(member_reply(membership, created))
    }

    /// Declines an invite; refused if it is no longer open.
    pub(super) async fn decline_invite(self: &Rc<Self>, by: By<'_>, id: &InviteId) -> Answer {
        let (tenant, _) = self.place_of()?;
        let user = &by.principal.user_id;
        let declined = self.context.record()?.decline_invite(&tenant, id, user, self.context.now()).await;
        let invite = declined.map_err(refused)?;
        let invite = invite.filter(|invite| invite.is_for(user)).ok_or_else(Problem::not_found)?;
        if invite.declined_at.is_none() {
            invite.check(self.context.now())?;
        }
        self.invite_changed(EventName::InviteUpdated, &invite)?;
        Ok(Reply::Invite { invite: Box::new(invite) })
    }

    /// The user as a person, or a problem if the tenant does not know them.
    pub(super) async fn known(&self, user: &UserId) -> Result<Person, Problem> {
        let (tenant, _) = self.place_of()?;
        let found: Result<_, StorageError> = self.context.record()?.user(&tenant, user, self.context.now()).await;
        let found = found.map_err(refused)?;
        let found = found.ok_or_else(unknown_person)?;
        Ok(Person { user_id: user.clone(), name: found.name })
    }

    /// Sends the invite to the moderators connected here, and its outcome to all devices of the invited user.
    fn invite_changed(self: &Rc<Self>, name: EventName, invite: &Invite) -> Result<(), Problem> {
        let text = self.invite_event(name, &invite.id, invite)?.to_text();
        let here = self.sessions.borrow().user_ids();
        for user in here {
            let role = self.members.find(&user)?.map(|membership| membership.role);
            let moderates = role.is_some_and(|role| role >= Role::Moderator);
            for session in self.sessions.borrow().of_user(&user) {
                if moderates || session.attachment.borrow().principal.admin {
                    session.send_event(&text);
                }
            }
        }
        if let (Some(user), true) = (&invite.user_id, name != EventName::InviteCreated) {
            let Invite { accepted_at, declined_at, revoked_at, .. } = invite;
            let became = json!({"accepted_at": accepted_at, "declined_at": declined_at, "revoked_at": revoked_at});
            self.notify_person(user, self.invite_event(name, &invite.id, became)?);
            let id = notification_id(OwnKind::Invite.as_str(), invite.id.as_str(), invite.created_at);
            let gone = NotificationEvent::read(NotificationsRead::Withdrawn(vec![id]), self.context.now());
            self.send_notifications(vec![(user.clone(), gone)]);
        }
        Ok(())
    }

    fn invite_event(&self, event: EventName, id: &InviteId, partial: impl Serialize) -> Result<Event, Problem> {
        let conversation_id = self.with(|loaded| Ok(loaded.rules.id().clone()))?;
        let partial = serde_json::to_value(partial).unwrap_or_default();
        let id = Some(id.as_str().to_owned());
        Ok(Event { event, conversation_id, seq: None, id, partial, origin_client_id: None, at: self.context.now() })
    }
}
