//! Mutes and bans.

use super::world::{NOW, World, later, user};
use crate::{Added, NewSanction, Room, SanctionKind};
use campana_core::accounts::audit::Act;
use campana_core::chat::policy::{Role, Visibility};
use campana_core::shared::timestamp::Timestamp;

fn sanction(id: &str, until: Option<Timestamp>) -> NewSanction {
    NewSanction { user_id: user(id), until, reason: "shouting".to_owned() }
}

impl World {
    async fn lift(&self, room: &Room, kind: SanctionKind, id: &str) -> bool {
        let act = if kind == SanctionKind::Mute { Act::MemberUnmuted } else { Act::MemberUnbanned };
        let audit = self.audit(act, id, later(5));
        let lifted = self.store.lift(&self.tenant, &room.conversation_id, kind, &user(id), &audit).await;
        lifted.expect("the query runs")
    }

    async fn ban(&self, room: &Room, id: &str, until: Option<Timestamp>) {
        let audit = self.audit(Act::MemberBanned, id, NOW);
        let banned = self.store.ban(&self.tenant, &room.conversation_id, &sanction(id, until), &audit).await;
        assert_eq!(banned, Ok(true));
    }
}

pub(super) async fn a_mute_stands_with_the_membership_and_outlives_it(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let (store, tenant, place, bo) = (&world.store, &world.tenant, &room.conversation_id, user("bo"));
    let mute = |until| {
        let audit = world.audit(Act::MemberMuted, "bo", NOW);
        let world = &world;
        async move { world.store.mute(&world.tenant, place, &sanction("bo", Some(until)), &audit).await }
    };
    assert_eq!(mute(later(5)).await, Ok(false), "only a member can be muted");
    world.add(place, "bo", Role::Member).await;
    assert_eq!(mute(later(5)).await, Ok(true));
    assert_eq!(mute(later(9)).await, Ok(true), "a later mute replaces the earlier one");
    assert_eq!(world.audited(Act::MemberMuted).await, 2, "a call without effect is not audited");
    let until =
        || async { store.membership(tenant, place, &bo).await.expect("the query runs").map(|it| it.muted_until) };
    assert_eq!(until().await, Some(Some(later(9))));
    let listed = store.list_members((tenant, place), None, later(8), None, 9).await.expect("the list is read");
    assert_eq!(listed.iter().map(|member| member.muted_until).collect::<Vec<_>>(), [None, Some(later(9))]);
    let listed = store.list_members((tenant, place), None, later(9), None, 9).await.expect("the list is read");
    assert!(listed.iter().all(|member| member.muted_until.is_none()), "an expired mute is not returned");
    store
        .remove_member(tenant, place, &bo, None, &world.audit(Act::InviteRevoked, "bo", NOW))
        .await
        .expect("the removal succeeds");
    let Some(Added::Now(back)) = world.add(place, "bo", Role::Member).await else { panic!("not added") };
    assert_eq!(back.muted_until, Some(later(9)));
    assert!(world.lift(&room, SanctionKind::Mute, "bo").await);
    assert!(!world.lift(&room, SanctionKind::Mute, "bo").await);
    assert_eq!(world.audited(Act::MemberUnmuted).await, 1);
    assert_eq!(until().await, Some(None));
}

pub(super) async fn a_ban_ends_the_membership_and_keeps_out_until_it_ends(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let (store, tenant, place) = (&world.store, &world.tenant, &room.conversation_id);
    world.add(place, "bo", Role::Member).await;
    world.ban(&room, "bo", Some(NOW.plus_millis(1))).await;
    assert_eq!(store.membership(tenant, place, &user("bo")).await, Ok(None));
    assert_eq!(world.seen_by("ana", place).await.member_count, 1);
    assert_eq!(world.add(place, "bo", Role::Member).await, Some(Added::Banned { until: Some(NOW.plus_millis(1)) }));
    assert_eq!(world.seen_by("ana", place).await.member_count, 1, "a refused member is not counted");
    world.ban(&room, "bo", Some(NOW)).await;
    assert!(matches!(world.add(place, "bo", Role::Member).await, Some(Added::Now(_))), "the ban has ended");
    assert_eq!(world.seen_by("ana", place).await.member_count, 2);
}

pub(super) async fn bans_are_listed_while_they_are_in_force(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let (store, tenant, place) = (&world.store, &world.tenant, &room.conversation_id);
    world.ban(&room, "bo", None).await;
    world.ban(&room, "cy", Some(later(5))).await;
    let list = |at| async move {
        let bans = store.list_bans(tenant, place, at, None, 9).await.expect("the list is read");
        bans.into_iter().map(|ban| ban.user_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(later(4)).await, ["bo", "cy"]);
    assert_eq!(list(later(5)).await, ["bo"]);
    let in_force = |id: &'static str, at| async move {
        let ban = store.ban_in_force(tenant, place, &user(id), at).await.expect("the ban is read");
        ban.map(|ban| ban.until)
    };
    assert_eq!((in_force("bo", NOW).await, in_force("cy", later(4)).await), (Some(None), Some(Some(later(5)))));
    assert_eq!((in_force("cy", later(5)).await, in_force("ana", NOW).await), (None, None));
    let bans = store.list_bans(tenant, place, NOW, Some(&user("bo")), 9).await.expect("the list is read");
    let cy = bans.first().expect("the ban is listed");
    assert_eq!((cy.name.as_str(), cy.until, cy.reason.as_str()), ("Cy", Some(later(5)), "shouting"));
    assert_eq!((cy.imposed_by.as_str(), cy.imposed_at), ("ana", NOW));
    assert!(world.lift(&room, SanctionKind::Ban, "bo").await);
    assert_eq!(world.audited(Act::MemberUnbanned).await, 1);
    assert_eq!(list(later(5)).await, [""; 0]);
}

pub(super) async fn another_tenant_sanctions_nobody_here(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let (store, them, place) = (&world.store, &world.stranger, &room.conversation_id);
    world.add(place, "bo", Role::Member).await;
    let audit = world.audit(Act::MemberMuted, "bo", NOW);
    assert_eq!(store.mute(them, place, &sanction("bo", Some(later(5))), &audit).await, Ok(false));
    let audit = world.audit(Act::MemberBanned, "bo", NOW);
    assert_eq!(store.ban(them, place, &sanction("bo", None), &audit).await, Ok(false));
    world.ban(&room, "cy", None).await;
    let audit = world.audit(Act::MemberUnbanned, "cy", NOW);
    assert_eq!(store.lift(them, place, SanctionKind::Ban, &user("cy"), &audit).await, Ok(false));
    assert_eq!(store.list_bans(them, place, NOW, None, 9).await, Ok(vec![]));
    let bo = store.membership(&world.tenant, place, &user("bo")).await.expect("the query runs");
    assert_eq!(bo.map(|it| it.muted_until), Some(None));
}
