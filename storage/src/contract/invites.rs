//! Invites: acceptance, limits and lists.

use super::world::{NOW, World, later, user};
use crate::{Acceptance, Accepted, AuditFilter, BanInForce, InviteView, NewSanction, Room, RoomChange};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::invite::{Invite, MAX_OPEN_INVITES, NewInvite};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::shared::ids::InviteId;
use campana_core::shared::problem::Kind;
use campana_core::shared::timestamp::Timestamp;

impl World {
    fn invite_id(&self, number: u32) -> InviteId {
        InviteId::trusted(self.room_id(number).as_str().replace(" r", " i"))
    }

    fn new_invite(&self, number: u32) -> NewInvite {
        NewInvite {
            id: self.invite_id(number),
            token_hash: format!("hash of {}", self.invite_id(number)),
            user_id: None,
            role: Role::Member,
            max_uses: None,
            expires_at: None,
        }
    }

    async fn invite(&self, room: &Room, new: &NewInvite) -> Invite {
        let audit = self.audit(Act::InviteCreated, new.id.as_str(), NOW);
        let made = self.store.create_invite(&self.tenant, &room.id, new, &audit).await;
        made.expect("the query runs").expect("creation runs")
    }

    async fn accept(&self, room: &Room, invite: &Invite, id: &str, at: Timestamp) -> Accepted {
        let (user, call) = (user(id), format!("{} {id} {}", invite.id, at.millis()));
        let acceptance = Acceptance {
            conversation: &room.conversation_id,
            invite: &invite.id,
            user: &user,
            call: &call,
            last_read_seq: 3,
        };
        self.store.accept_invite(&self.tenant, &acceptance, at).await.expect("the query runs")
    }

    async fn members_of(&self, room: &Room) -> i64 {
        let seen = self.store.room(&self.tenant, &room.id, &user("ana")).await;
        seen.expect("the query runs").expect("the row exists").member_count
    }

    async fn view(&self, new: &NewInvite, viewer: &str) -> Option<InviteView> {
        self.store.invite_by_hash(&self.tenant, &user(viewer), &new.token_hash).await.expect("the query runs")
    }
}

/// The kind of problem for a closed invite, `None` if it is open.
fn over(accepted: &Accepted, at: Timestamp) -> Option<Kind> {
    accepted.invite.as_ref()?.check(at).err().map(|problem| problem.kind)
}

pub(super) async fn an_invite_lets_in_as_many_as_it_is_for_and_each_once(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let new = NewInvite { max_uses: Some(1), role: Role::Moderator, ..world.new_invite(1) };
    let invite = world.invite(&room, &new).await;
    assert_eq!((invite.uses, invite.max_uses, invite.created_by.as_str()), (0, Some(1), "ana"));
    let first = world.accept(&room, &invite, "bo", later(1)).await;
    assert!(first.created);
    let membership = first.membership.expect("the membership exists");
    assert_eq!((membership.role, membership.joined_at, membership.last_read_seq), (Role::Moderator, later(1), 3));
    let again = world.accept(&room, &invite, "bo", later(2)).await;
    assert_eq!((again.created, again.membership.map(|mine| mine.joined_at)), (false, Some(later(1))));
    let late = world.accept(&room, &invite, "cy", later(3)).await;
    assert_eq!((late.created, late.membership.clone(), over(&late, later(3))), (false, None, Some(Kind::InviteUsedUp)));
    assert_eq!(world.members_of(&room).await, 2);
    assert_eq!(late.invite.expect("the invite exists").uses, 1);
}

pub(super) async fn an_invite_ends_at_its_time_and_when_it_is_taken_back(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let short = NewInvite { expires_at: Some(later(10)), ..world.new_invite(1) };
    let short = world.invite(&room, &short).await;
    let expired = world.accept(&room, &short, "bo", later(10)).await;
    assert_eq!((expired.created, over(&expired, later(10))), (false, Some(Kind::InviteExpired)));
    assert!(world.accept(&room, &short, "bo", later(9)).await.created);
    let open = world.invite(&room, &world.new_invite(2)).await;
    for _ in 0..2 {
        let audit = world.audit(Act::InviteRevoked, open.id.as_str(), later(1));
        let revoked = world.store.revoke_invite(&world.tenant, &room.id, &open.id, &audit).await;
        assert_eq!(revoked.expect("the query runs").and_then(|invite| invite.revoked_at), Some(later(1)));
    }
    assert_eq!(world.audited(Act::InviteRevoked).await, 1, "a second revocation is not audited");
    let revoked = world.accept(&room, &open, "cy", later(2)).await;
    assert_eq!((revoked.created, over(&revoked, later(2))), (false, Some(Kind::InviteRevoked)));
    assert_eq!(world.members_of(&room).await, 2);
}

pub(super) async fn an_invite_for_one_person_is_nobody_elses(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let new = NewInvite { user_id: Some(user("bo")), max_uses: Some(1), ..world.new_invite(1) };
    let invite = world.invite(&room, &new).await;
    let others = world.accept(&room, &invite, "cy", NOW).await;
    assert_eq!((others.created, others.invite), (false, None));
    assert_eq!(invite.user_name.as_deref(), Some("Bo"));
    let declined = world.store.decline_invite(&world.tenant, &invite.id, &user("cy"), NOW).await;
    assert_eq!(
        declined.expect("the query runs").and_then(|it| it.declined_at),
        None,
        "only the invited user can decline"
    );
    world.store.decline_invite(&world.tenant, &invite.id, &user("bo"), later(1)).await.expect("the query runs");
    let late = world.accept(&room, &invite, "bo", later(2)).await;
    assert_eq!((late.created, over(&late, later(2))), (false, Some(Kind::InviteDeclined)));
}

pub(super) async fn who_is_invited_again_has_one_invite(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let mine = |number| NewInvite { user_id: Some(user("bo")), max_uses: Some(1), ..world.new_invite(number) };
    let first = world.invite(&room, &mine(1)).await;
    let second = world.invite(&room, &mine(2)).await;
    let list = || async {
        let listed = world.store.list_invites_of(&world.tenant, &user("bo"), NOW, None, 9).await;
        listed.expect("the list is read").into_iter().map(|view| view.invite.id).collect::<Vec<_>>()
    };
    assert_eq!(list().await, std::slice::from_ref(&second.id));
    assert!(!world.accept(&room, &first, "bo", later(1)).await.created);
    assert!(world.accept(&room, &second, "bo", later(1)).await.created);
    assert_eq!(list().await, []);
}

pub(super) async fn a_ban_beats_an_invite_and_uses_nothing_up(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let invite = world.invite(&room, &NewInvite { max_uses: Some(1), ..world.new_invite(1) }).await;
    let ban = NewSanction { user_id: user("bo"), until: Some(later(10)), reason: String::new() };
    let audit = world.audit(Act::MemberBanned, "bo", NOW);
    assert_eq!(world.store.ban(&world.tenant, &room.conversation_id, &ban, &audit).await, Ok(true));
    let refused = world.accept(&room, &invite, "bo", later(9)).await;
    assert_eq!(
        (refused.created, refused.membership, refused.ban),
        (false, None, Some(BanInForce { until: Some(later(10)) }))
    );
    assert_eq!(refused.invite.expect("the invite exists").uses, 0);
    assert!(world.accept(&room, &invite, "bo", later(10)).await.created, "the ban has ended");
}

pub(super) async fn an_invite_is_seen_by_its_hash_with_its_room(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let new = world.new_invite(1);
    let invite = world.invite(&room, &new).await;
    let view = world.view(&new, "bo").await.expect("the invite is found");
    assert_eq!((view.room.name.as_str(), view.room.member_count, view.my_role), ("Night shift", 1, None));
    assert_eq!((view.created_by_name.as_deref(), &view.invite), (Some("Ana"), &invite));
    assert_eq!(view.conversation_id, room.conversation_id);
    let by_id = world.store.invite_by_id(&world.tenant, &user("ana"), &invite.id).await.expect("the query runs");
    assert_eq!(by_id.and_then(|view| view.my_role), Some(Role::Owner));
    world.delete_room(&room.id, NOW).await.expect("the deletion succeeds");
    assert_eq!(world.view(&new, "bo").await, None);
    let left = world.store.list_room_invites(&world.tenant, &room.id, None, 9).await.expect("the list is read");
    assert_eq!(left[0].revoked_at, Some(NOW), "a closed invite, to be purged later");
    assert!(!world.accept(&room, &invite, "bo", later(1)).await.created, "nobody can join a deleted room");
}

pub(super) async fn a_rooms_invites_are_listed_newest_first_and_are_bounded(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    for number in 1..=MAX_OPEN_INVITES {
        world.invite(&room, &NewInvite { expires_at: Some(later(60)), ..world.new_invite(number) }).await;
    }
    let one_more = world.new_invite(MAX_OPEN_INVITES + 1);
    let create = |at| {
        let audit = world.audit(Act::InviteCreated, one_more.id.as_str(), at);
        let (world, room, one_more) = (&world, &room, &one_more);
        async move { world.store.create_invite(&world.tenant, &room.id, one_more, &audit).await }
    };
    assert_eq!(create(later(59)).await, Ok(None));
    assert!(matches!(create(later(60)).await, Ok(Some(_))), "closed invites do not count");
    let page = world.store.list_room_invites(&world.tenant, &room.id, None, 2).await.expect("the list is read");
    assert_eq!(page[0].id, one_more.id);
    let rest = world.store.list_room_invites(&world.tenant, &room.id, Some(&page[1].id), 1).await;
    assert_eq!(rest.expect("the list is read")[0].id, world.invite_id(MAX_OPEN_INVITES - 1));
}

pub(super) async fn another_tenants_invites_are_out_of_reach(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let new = NewInvite { user_id: Some(user("bo")), ..world.new_invite(1) };
    let invite = world.invite(&room, &new).await;
    let (store, them, bo) = (&world.store, &world.stranger, user("bo"));
    assert_eq!(store.invite_by_hash(them, &bo, &new.token_hash).await, Ok(None));
    assert_eq!(store.invite_by_id(them, &bo, &invite.id).await, Ok(None));
    assert_eq!(store.list_invites_of(them, &bo, NOW, None, 9).await, Ok(vec![]));
    assert_eq!(store.list_room_invites(them, &room.id, None, 9).await, Ok(vec![]));
    assert_eq!(store.decline_invite(them, &invite.id, &bo, NOW).await, Ok(None));
    let audit = world.audit(Act::InviteRevoked, invite.id.as_str(), NOW);
    assert_eq!(store.revoke_invite(them, &room.id, &invite.id, &audit).await, Ok(None));
    assert_eq!(store.create_invite(them, &room.id, &world.new_invite(2), &audit).await, Ok(None));
    let acceptance = Acceptance {
        conversation: &room.conversation_id,
        invite: &invite.id,
        user: &bo,
        call: "theirs",
        last_read_seq: 0,
    };
    let accepted = store.accept_invite(them, &acceptance, NOW).await.expect("the query runs");
    assert_eq!((accepted.created, accepted.membership, accepted.invite), (false, None, None));
    assert_eq!(world.members_of(&room).await, 1);
}

impl World {
    /// An open invite of a user.
    async fn invite_of(&self, creator: &str, room: &Room, number: u32, role: Role) -> Invite {
        let new = NewInvite { role, ..self.new_invite(number) };
        let audit = Audit { actor_id: user(creator), ..self.audit(Act::InviteCreated, new.id.as_str(), NOW) };
        let made = self.store.create_invite(&self.tenant, &room.id, &new, &audit).await;
        made.expect("the query runs").expect("creation runs")
    }

    /// Which of these invites are revoked.
    async fn are_revoked<const N: usize>(&self, room: &Room, invites: [&Invite; N]) -> [bool; N] {
        let all = self.store.list_room_invites(&self.tenant, &room.id, None, 100).await.expect("the list is read");
        invites.map(|invite| all.iter().any(|it| it.id == invite.id && it.revoked_at.is_some()))
    }
}

pub(super) async fn invites_end_with_their_creators_authority(world: World) {
    let room = world.room(1, "Night shift", Visibility::Private).await;
    let (place, store, tenant) = (&room.conversation_id, &world.store, &world.tenant);
    for id in ["bo", "cy"] {
        world.add(place, id, Role::Owner).await;
    }
    let low = world.invite_of("bo", &room, 1, Role::Member).await;
    let high = world.invite_of("bo", &room, 2, Role::Moderator).await;
    let of_ana = world.invite_of("ana", &room, 3, Role::Moderator).await;
    let of_cy = world.invite_of("cy", &room, 4, Role::Member).await;
    let demoted = world.audit(Act::MemberRoleChanged, "bo", later(1));
    let role = (Role::Moderator, &[Role::Member][..]);
    assert_eq!(store.change_role(tenant, place, &user("bo"), role, &demoted).await, Ok(true));
    assert_eq!(world.are_revoked(&room, [&low, &high, &of_ana]).await, [false, true, false]);
    let late = world.accept(&room, &high, "bo", later(2)).await;
    assert_eq!(over(&late, later(2)), Some(Kind::InviteRevoked));
    let removed = world.audit(Act::MemberRemoved, "bo", later(2));
    let entry = removed.entailing(Act::InviteRevoked, "bo");
    assert_eq!(store.remove_member(tenant, place, &user("bo"), Some(&removed), &entry).await, Ok(true));
    assert_eq!(world.are_revoked(&room, [&low, &of_ana, &of_cy]).await, [true, false, false]);
    let ban = NewSanction { user_id: user("cy"), until: None, reason: String::new() };
    let banned = world.audit(Act::MemberBanned, "cy", later(3));
    assert_eq!(store.ban(tenant, place, &ban, &banned).await, Ok(true));
    assert_eq!(world.are_revoked(&room, [&of_ana, &of_cy]).await, [false, true]);
    let filter = AuditFilter { action: Some("invite.revoked".to_owned()), ..AuditFilter::default() };
    let entries = store.list_audits(tenant, &filter, None, 10).await.expect("the list is read");
    let mut told: Vec<_> =
        entries.iter().map(|it| (it.target_id.as_str(), it.metadata["cause"].as_str().unwrap_or_default())).collect();
    told.sort_unstable();
    let mut expected = [
        (high.id.as_str(), "member.role_changed"),
        (low.id.as_str(), "member.removed"),
        (of_cy.id.as_str(), "member.banned"),
    ];
    expected.sort_unstable();
    assert_eq!(told, expected, "one entry for each invite");
}

pub(super) async fn a_room_that_becomes_private_keeps_the_invites_of_its_moderators(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    world.add(&room.conversation_id, "bo", Role::Member).await;
    world.add(&room.conversation_id, "cy", Role::Moderator).await;
    let of_member = world.invite_of("bo", &room, 1, Role::Member).await;
    let of_moderator = world.invite_of("cy", &room, 2, Role::Member).await;
    let of_actor = world.invite_of("ana", &room, 3, Role::Member).await;
    let rename = RoomChange { name: Some("Hall".to_owned()), ..RoomChange::default() };
    assert_eq!(world.update_room(&room.id, &rename, later(1)).await, Ok(true));
    assert_eq!(world.are_revoked(&room, [&of_member]).await, [false]);
    let hide = RoomChange { visibility: Some(Visibility::Private), ..RoomChange::default() };
    assert_eq!(world.update_room(&room.id, &hide, later(2)).await, Ok(true));
    assert_eq!(world.are_revoked(&room, [&of_member, &of_moderator, &of_actor]).await, [true, false, false]);
    assert_eq!(world.audited(Act::InviteRevoked).await, 1);
    let again = world.invite_of("bo", &room, 4, Role::Member).await;
    assert_eq!(world.update_room(&room.id, &hide, later(3)).await, Ok(true));
    assert_eq!(world.are_revoked(&room, [&again]).await, [false], "the room was private already");
}
