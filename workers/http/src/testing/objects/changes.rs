//! Commands that write to the database immediately.

use super::{Scene, lost};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::command::{Answer, Command, Membership, Reply};
use campana_core::chat::policy::{Action, Role};
use campana_core::shared::ids::{InviteId, RoomId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{Acceptance, Added, BanInForce, NewMember, NewSanction, RoomChange, SanctionKind};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

impl Scene<'_> {
    pub(super) async fn play_in_record(&self, command: &Command, room: Option<&RoomId>) -> Answer {
        let (store, tenant) = (&self.objects.store, &self.envelope.principal.tenant);
        let (conversation, me) = (&self.envelope.conversation_id, &self.envelope.principal.user_id);
        match command {
            Command::Join => {
                self.authorize(Action::Join)?;
                self.add(me, Role::Member, None).await
            }
            Command::AddMember { user_id, role } => {
                self.authorize(Action::AddMember { role: *role })?;
                let audit = self.audit(Act::MemberAdded, user_id.as_str());
                self.add(user_id, *role, Some(&audit)).await
            }
            Command::Leave => {
                self.authorize(Action::Leave)?;
                store.remove_member(tenant, conversation, me, None).await.map_err(lost)?;
                Ok(Reply::Done)
            }
            Command::RemoveMember { user_id } => {
                let target = self.target(user_id).await?;
                self.authorize(Action::RemoveMember { target: target.role })?;
                let audit = self.audit(Act::MemberRemoved, user_id.as_str());
                store.remove_member(tenant, conversation, user_id, Some(&audit)).await.map_err(lost)?;
                Ok(Reply::Done)
            }
            Command::ChangeRole { user_id, role } => {
                let target = self.target(user_id).await?;
                self.authorize(Action::ChangeRole { from: target.role, to: *role })?;
                let audit = self.audit(Act::MemberRoleChanged, user_id.as_str());
                store.change_role(tenant, conversation, user_id, *role, &audit).await.map_err(lost)?;
                Ok(reply(Membership { role: *role, ..target }, false))
            }
            Command::UpdateRoom { name, description, visibility } => {
                self.authorize(Action::UpdateRoom)?;
                let change =
                    RoomChange { name: name.clone(), description: description.clone(), visibility: *visibility };
                let room = room.ok_or_else(Problem::not_found)?;
                let audit = self.audit(Act::RoomUpdated, room.as_str());
                store.update_room(tenant, room, &change, &audit).await.map_err(lost)?;
                Ok(Reply::Done)
            }
            Command::UpdateMetadata { metadata } => {
                self.authorize(Action::UpdateConversation)?;
                store.update_metadata(tenant, conversation, metadata, self.now).await.map_err(lost)?;
                Ok(Reply::Done)
            }
            Command::DeleteRoom => {
                self.authorize(Action::DeleteRoom)?;
                let room = room.ok_or_else(Problem::not_found)?;
                let audit = self.audit(Act::RoomDeleted, room.as_str());
                store.delete_room(tenant, room, &audit).await.map_err(lost)?;
                Ok(Reply::Done)
            }
            command => self.play_moderation(command, room).await,
        }
    }

    async fn play_moderation(&self, command: &Command, room: Option<&RoomId>) -> Answer {
        let (store, tenant) = (&self.objects.store, &self.envelope.principal.tenant);
        let conversation = &self.envelope.conversation_id;
        match command {
            Command::Mute { user_id, until, reason } => {
                let target = self.target(user_id).await?;
                self.authorize(Action::Mute { target: target.role })?;
                let sanction = sanction(user_id, Some(*until), reason);
                let audit = self.audit(Act::MemberMuted, user_id.as_str()).because(reason);
                store.mute(tenant, conversation, &sanction, &audit).await.map_err(lost)?;
                Ok(reply(Membership { muted_until: Some(*until), ..target }, false))
            }
            Command::Unmute { user_id } => {
                let target = store.membership(tenant, conversation, user_id).await.map_err(lost)?;
                self.authorize(Action::Mute { target: target.map_or(Role::Member, |target| target.role) })?;
                self.lift(SanctionKind::Mute, Act::MemberUnmuted, user_id).await
            }
            Command::Ban { user_id, until, reason } => {
                let target = store.membership(tenant, conversation, user_id).await.map_err(lost)?;
                self.authorize(Action::Ban { target: target.map_or(Role::Member, |target| target.role) })?;
                let audit = self.audit(Act::MemberBanned, user_id.as_str()).because(reason);
                store.ban(tenant, conversation, &sanction(user_id, *until, reason), &audit).await.map_err(lost)?;
                Ok(Reply::Done)
            }
            Command::Unban { user_id } => {
                self.authorize(Action::Ban { target: Role::Member })?;
                self.lift(SanctionKind::Ban, Act::MemberUnbanned, user_id).await
            }
            Command::CreateInvite { invite } => {
                self.authorize(Action::Invite { role: invite.role })?;
                let audit = self.audit(Act::InviteCreated, invite.id.as_str());
                let room = room.ok_or_else(Problem::not_found)?;
                let made = store.create_invite(tenant, room, invite, &audit).await.map_err(lost)?;
                let full = || Problem::new(Kind::Conflict, "too many");
                Ok(Reply::Invite { invite: Box::new(made.ok_or_else(full)?) })
            }
            Command::RevokeInvite { invite_id } => {
                self.authorize(Action::Moderate)?;
                let audit = self.audit(Act::InviteRevoked, invite_id.as_str());
                let room = room.ok_or_else(Problem::not_found)?;
                let revoked = store.revoke_invite(tenant, room, invite_id, &audit).await.map_err(lost)?;
                let invite = revoked.filter(|invite| invite.room_id == *room).ok_or_else(Problem::not_found)?;
                Ok(Reply::Invite { invite: Box::new(invite) })
            }
            Command::AcceptInvite { invite_id } => self.accept(invite_id).await,
            Command::DeclineInvite { invite_id } => {
                let me = &self.envelope.principal.user_id;
                let declined = store.decline_invite(tenant, invite_id, me, self.now).await.map_err(lost)?;
                Ok(Reply::Invite { invite: Box::new(declined.ok_or_else(Problem::not_found)?) })
            }
            _ => unreachable!("handled by the caller"),
        }
    }

    async fn accept(&self, invite: &InviteId) -> Answer {
        let (tenant, user) = (&self.envelope.principal.tenant, &self.envelope.principal.user_id);
        let call = self.objects.random.fetch_add(1, Ordering::Relaxed).to_string();
        let conversation = &self.envelope.conversation_id;
        let acceptance = Acceptance { conversation, invite, user, call: &call, last_read_seq: 0 };
        let accepted = self.objects.store.accept_invite(tenant, &acceptance, self.now).await.map_err(lost)?;
        if let Some(membership) = accepted.membership {
            return Ok(reply(membership, accepted.created));
        }
        if let Some(BanInForce { until }) = accepted.ban {
            return Err(Problem::banned(until));
        }
        accepted.invite.ok_or_else(Problem::not_found)?.check(self.now)?;
        Err(Problem::not_found())
    }

    async fn lift(&self, kind: SanctionKind, act: Act, user: &UserId) -> Answer {
        let (tenant, conversation) = (&self.envelope.principal.tenant, &self.envelope.conversation_id);
        let audit = self.audit(act, user.as_str());
        self.objects.store.lift(tenant, conversation, kind, user, &audit).await.map_err(lost)?;
        Ok(Reply::Done)
    }

    async fn add(&self, user: &UserId, role: Role, audit: Option<&Audit>) -> Answer {
        let (tenant, conversation) = (&self.envelope.principal.tenant, &self.envelope.conversation_id);
        let new = NewMember { user, role, last_read_seq: 0, audit, now: self.now };
        match self.objects.store.add_member(tenant, conversation, &new).await.map_err(lost)? {
            None => Err(Problem::not_found()),
            Some(Added::Banned { until }) => Err(Problem::banned(until)),
            Some(Added::Before(membership)) => Ok(reply(membership, false)),
            Some(Added::Now(membership)) => Ok(reply(membership, true)),
        }
    }

    async fn target(&self, user: &UserId) -> Result<Membership, Problem> {
        let (tenant, conversation) = (&self.envelope.principal.tenant, &self.envelope.conversation_id);
        self.authorize(Action::ViewRoom)?;
        let found = self.objects.store.membership(tenant, conversation, user).await.map_err(lost)?;
        found.ok_or_else(Problem::not_found)
    }

    fn audit(&self, act: Act, target: &str) -> Audit {
        let mut random = [1; 10];
        random[9] = self.objects.random.fetch_add(1, Ordering::Relaxed);
        let about = json!({"conversation_id": self.envelope.conversation_id, "nothing": Value::Null});
        Audit::new(&self.envelope.principal, act, target, about, self.now, random)
    }
}

fn sanction(user: &UserId, until: Option<campana_core::shared::timestamp::Timestamp>, reason: &str) -> NewSanction {
    NewSanction { user_id: user.clone(), until, reason: reason.to_owned() }
}

fn reply(membership: Membership, created: bool) -> Reply {
    let Membership { user_id, role, joined_at, muted_until, .. } = membership;
    Reply::Member { user_id, role, joined_at, muted_until, created }
}
