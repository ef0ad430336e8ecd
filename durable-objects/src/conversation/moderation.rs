//! Mutes and bans: the record changes first, together with its audit entry; then the object applies them immediately.

use super::commands::By;
use super::membership::MembershipNotice;
use super::{Object, refused};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::command::{Answer, Membership, Reply};
use campana_core::chat::conversation::MemberChangeKind;
use campana_core::chat::policy::{Action, Role};
use campana_core::chat::wire::Person;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{NewSanction, SanctionKind};
use serde_json::{Value, json};
use std::rc::Rc;

impl Object {
    /// Takes the right to write from a member until `until`.
    pub(super) async fn mute(self: &Rc<Self>, by: By<'_>, user: &UserId, until: Timestamp, reason: String) -> Answer {
        require_other_user(by, user)?;
        let target = self.member(by, user).await?;
        self.authorize(by, Action::Mute { target: target.role }).await?;
        let audit = self.audit(by, Act::MemberMuted, user.as_str(), json!({"until": until}))?.because(&reason);
        let sanction = NewSanction { user_id: user.clone(), until: Some(until), reason: reason.clone() };
        let (store, tenant, conversation) = self.record()?;
        let kind = MemberChangeKind::Muted { until: Some(until) };
        let begun = self.begin_member(by, &nameless(user), kind)?;
        let muted = store.mute(&tenant, &conversation, &sanction, &audit).await;
        let now_is = Membership { muted_until: Some(until), ..target };
        self.settle_member(&begun, user, muted, &now_is)?;
        self.stop_typing(user);
        self.member_changed(
            by,
            MembershipNotice { person: nameless(user), kind, privately: json!({"reason": reason}) },
        )?;
        Ok(member_reply(now_is, false))
    }

    /// Lifts a mute, also of a user who is not a member now, since it would apply again when they join. Does nothing if
    /// the user is not muted.
    pub(super) async fn unmute(self: &Rc<Self>, by: By<'_>, user: &UserId) -> Answer {
        let target = self.membership(user).await?;
        let role = target.as_ref().map_or(Role::Member, |target| target.role);
        self.authorize(by, Action::Mute { target: role }).await?;
        let audit = self.audit(by, Act::MemberUnmuted, user.as_str(), Value::Null)?;
        let (store, tenant, conversation) = self.record()?;
        let kind = MemberChangeKind::Muted { until: None };
        let begun = self.begin_member(by, &nameless(user), kind)?;
        let lifted = store.lift(&tenant, &conversation, SanctionKind::Mute, user, &audit).await;
        let is_member = target.is_some();
        let now_is = target.map(|target| Membership { muted_until: None, ..target });
        let (was_muted, _) = self.settle(Some(&begun), user, lifted.map(|was_muted| (was_muted, now_is)))?;
        if was_muted && is_member {
            self.member_changed(by, MembershipNotice { person: nameless(user), kind, privately: Value::Null })?;
        } else {
            self.concluded(&begun)?;
        }
        Ok(Reply::Done)
    }

    /// Bans a user: ends their membership and closes their sockets here.
    pub(super) async fn ban(
        self: &Rc<Self>,
        by: By<'_>,
        user: &UserId,
        until: Option<Timestamp>,
        reason: String,
    ) -> Answer {
        require_other_user(by, user)?;
        let target = self.membership(user).await?;
        let role = target.as_ref().map_or(Role::Member, |target| target.role);
        self.authorize(by, Action::Ban { target: role }).await?;
        let (store, tenant, conversation) = self.record()?;
        if let Some(target) = &target {
            self.keep_an_owner(&tenant, &conversation, target, None).await?;
        } else {
            self.known(user).await?;
        }
        let audit = self.audit(by, Act::MemberBanned, user.as_str(), json!({"until": until}))?.because(&reason);
        let sanction = NewSanction { user_id: user.clone(), until, reason: reason.clone() };
        // The log has an event only for a member.
        let begun = if target.is_some() {
            Some(self.begin_member(by, &nameless(user), MemberChangeKind::Banned)?)
        } else {
            self.members.begin_change(user)?;
            None
        };
        let banned = store.ban(&tenant, &conversation, &sanction, &audit).await;
        self.settle(begun.as_ref(), user, banned.map(|there_is_a_place| (there_is_a_place, None)))?;
        self.expel(user).await;
        if target.is_some() {
            let privately = json!({"until": until, "reason": reason});
            self.member_changed(
                by,
                MembershipNotice { person: nameless(user), kind: MemberChangeKind::Banned, privately },
            )?;
        }
        Ok(Reply::Done)
    }

    /// Lifts a ban; this does not make the user a member.
    pub(super) async fn unban(self: &Rc<Self>, by: By<'_>, user: &UserId) -> Answer {
        self.authorize(by, Action::Ban { target: Role::Member }).await?;
        let audit = self.audit(by, Act::MemberUnbanned, user.as_str(), Value::Null)?;
        let (tenant, conversation) = self.place_of()?;
        let lifted = self.context.record()?.lift(&tenant, &conversation, SanctionKind::Ban, user, &audit).await;
        lifted.map_err(refused)?;
        Ok(Reply::Done)
    }

    /// An audit entry about this room.
    pub(super) fn audit(&self, by: By<'_>, act: Act, target: &str, about: Value) -> Result<Audit, Problem> {
        let (room, conversation) = self.with(|loaded| Ok((loaded.room_id.clone(), loaded.rules.id().clone())))?;
        let random = self.context.random()?;
        let mut audit = Audit::new(by.principal, act, target, about, self.context.now(), random);
        audit.metadata.insert("conversation_id".to_owned(), conversation.as_str().into());
        if let Some(room) = room {
            audit.metadata.insert("room_id".to_owned(), room.as_str().into());
        }
        Ok(audit)
    }
}

/// A person without a name, for events about a user whose name clients already have.
pub(super) fn nameless(user: &UserId) -> Person {
    Person { user_id: user.clone(), name: String::new() }
}

/// A membership as a command's reply.
pub(super) fn member_reply(membership: Membership, created: bool) -> Reply {
    let Membership { user_id, role, joined_at, muted_until, .. } = membership;
    Reply::Member { user_id, role, joined_at, muted_until, created }
}

fn require_other_user(by: By<'_>, user: &UserId) -> Result<(), Problem> {
    if *user == by.principal.user_id {
        return Err(Problem::field("user_id", "is yourself"));
    }
    Ok(())
}
