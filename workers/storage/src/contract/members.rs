//! Memberships, and the count of them.

use super::world::{NOW, World, later, user};
use crate::StorageError;
use campana_core::ids::ConversationId;
use campana_core::policy::Role;

async fn counted(world: &World, conversation: &ConversationId) -> i64 {
    world.seen_by("ana", conversation).await.member_count
}

pub(super) async fn adding_twice_counts_once_and_changes_nothing(world: World) {
    let group = world.group(1, &[]).await;
    let (store, tenant, bo) = (&world.store, &world.tenant, user("bo"));
    let first = store.add_member(tenant, &group.id, &bo, Role::Moderator, 5, later(1)).await;
    let first = first.expect("he is added").expect("the group is there");
    assert!(first.created);
    assert_eq!((first.membership.role, first.membership.last_read_seq), (Role::Moderator, 5));
    let second = store.add_member(tenant, &group.id, &bo, Role::Owner, 9, later(2)).await;
    let second = second.expect("he is there").expect("the group is there");
    assert!(!second.created);
    assert_eq!(second.membership, first.membership);
    assert_eq!(counted(&world, &group.id).await, 2);
    assert_eq!(store.membership(tenant, &group.id, &bo).await, Ok(Some(first.membership)));
}

pub(super) async fn removing_twice_counts_once(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let (store, tenant, bo) = (&world.store, &world.tenant, user("bo"));
    assert_eq!(store.remove_member(tenant, &group.id, &bo).await, Ok(true));
    assert_eq!(store.remove_member(tenant, &group.id, &bo).await, Ok(false));
    assert_eq!(counted(&world, &group.id).await, 2);
    assert_eq!(store.membership(tenant, &group.id, &bo).await, Ok(None));
    let left = store.list_members(tenant, &group.id, None, 50).await.expect("they are listed");
    assert_eq!(left.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["Ana", "Cy"]);
    let back = store.add_member(tenant, &group.id, &bo, Role::Member, 0, later(1)).await;
    assert!(back.expect("he is added").expect("the group is there").created);
    assert_eq!(counted(&world, &group.id).await, 3);
}

pub(super) async fn the_unknown_cannot_be_added_and_are_not_counted(world: World) {
    let group = world.group(1, &[]).await;
    world.record(&world.stranger, "theirs", "Only there").await;
    for id in ["nobody", "theirs"] {
        let added = world.store.add_member(&world.tenant, &group.id, &user(id), Role::Member, 0, NOW).await;
        assert_eq!(added, Err(StorageError::Constraint), "{id}");
    }
    assert_eq!(counted(&world, &group.id).await, 1);
    let nowhere = world.conversation_id(9);
    let added = world.store.add_member(&world.tenant, &nowhere, &user("bo"), Role::Member, 0, NOW).await;
    assert_eq!(added, Ok(None));
}

pub(super) async fn roles_change_and_owners_are_counted(world: World) {
    let group = world.group(1, &["bo"]).await;
    let (store, tenant, bo) = (&world.store, &world.tenant, user("bo"));
    assert_eq!(store.owner_count(tenant, &group.id).await, Ok(1));
    assert_eq!(store.change_role(tenant, &group.id, &bo, Role::Owner, later(1)).await, Ok(true));
    assert_eq!(store.owner_count(tenant, &group.id).await, Ok(2));
    assert_eq!(world.seen_by("bo", &group.id).await.role, Some(Role::Owner));
    assert_eq!(store.change_role(tenant, &group.id, &user("cy"), Role::Owner, later(1)).await, Ok(false));
    assert_eq!(store.owner_count(&world.stranger, &group.id).await, Ok(0));
}

pub(super) async fn members_page_by_id(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let first = store.list_members(tenant, &group.id, None, 2).await.expect("they are listed");
    assert_eq!(first.len(), 2);
    assert_eq!((first[0].name.as_str(), first[0].role, first[0].joined_at), ("Ana", Role::Owner, NOW));
    let rest = store.list_members(tenant, &group.id, Some(&first[1].user_id), 2).await.expect("they are listed");
    let names: Vec<_> = first.iter().chain(&rest).map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["Ana", "Bo", "Cy"]);
}

pub(super) async fn another_tenants_memberships_are_out_of_reach(world: World) {
    let group = world.group(1, &["bo"]).await;
    let (store, them, bo) = (&world.store, &world.stranger, user("bo"));
    assert_eq!(store.membership(them, &group.id, &bo).await, Ok(None));
    assert_eq!(store.list_members(them, &group.id, None, 50).await, Ok(vec![]));
    assert_eq!(store.add_member(them, &group.id, &user("cy"), Role::Owner, 0, NOW).await, Ok(None));
    assert_eq!(store.remove_member(them, &group.id, &bo).await, Ok(false));
    assert_eq!(store.change_role(them, &group.id, &bo, Role::Owner, NOW).await, Ok(false));
    assert_eq!(counted(&world, &group.id).await, 2);
    let kept = store.membership(&world.tenant, &group.id, &bo).await.expect("it is asked");
    assert_eq!(kept.expect("he stays").role, Role::Member);
}
