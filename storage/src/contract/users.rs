//! Users and user search.

use super::world::{NOW, World, later, user};
use crate::StorageError;
use campana_core::shared::ids::TenantId;

async fn found(world: &World, q: &str) -> Vec<String> {
    let users = world.store.search_users(&world.tenant, q, None, NOW, 50).await.expect("the search succeeds");
    users.into_iter().map(|user| user.name).collect()
}

pub(super) async fn a_person_is_recorded_once_and_refreshed_when_something_changes(world: World) {
    let mut ana = world.principal(&world.tenant, "ana", "Ana");
    world.store.record_user(&ana, later(1)).await.expect("the user is recorded");
    let same =
        world.store.user(&world.tenant, &user("ana"), NOW).await.expect("the query runs").expect("the user exists");
    assert_eq!((same.created_at, same.updated_at), (NOW, None));

    ana.avatar = Some("https://a.example/ana.png".to_owned());
    world.store.record_user(&ana, later(2)).await.expect("the user is recorded");
    "Ana María".clone_into(&mut ana.name);
    world.store.record_user(&ana, later(3)).await.expect("the user is recorded");
    let new =
        world.store.user(&world.tenant, &user("ana"), NOW).await.expect("the query runs").expect("the user exists");
    assert_eq!((new.created_at, new.updated_at), (NOW, Some(later(3))));
    assert_eq!((new.name.as_str(), &new.avatar), ("Ana María", &ana.avatar));
    assert_eq!(found(&world, "ana m").await, ["Ana María"]);
    assert!(!new.is_online);
    assert_eq!(new.last_seen_at, None);
}

pub(super) async fn an_unknown_tenant_has_no_people(world: World) {
    let nobody = world.principal(&TenantId::trusted("nobody"), "ana", "Ana");
    assert_eq!(world.store.record_user(&nobody, NOW).await, Err(StorageError::Constraint));
}

pub(super) async fn search_finds_prefixes_in_any_case_and_script(world: World) {
    for (id, name) in [("1", "José"), ("2", "JOSEPH"), ("3", "Ángel"), ("4", "Ωmega"), ("5", "😀 smile")] {
        world.record(&world.tenant, id, name).await;
    }
    assert_eq!(found(&world, "jos").await, ["JOSEPH", "José"]);
    assert_eq!(found(&world, "ÁN").await, ["Ángel"]);
    assert_eq!(found(&world, "ω").await, ["Ωmega"]);
    assert_eq!(found(&world, "😀").await, ["😀 smile"]);
    assert_eq!(found(&world, "osé").await, Vec::<String>::new());
    assert_eq!(found(&world, "").await.len(), 8);
}

pub(super) async fn search_takes_every_character_literally(world: World) {
    let names = ["100% Zoe", "1000", "O'Neil", "a_b", "axb", "\"q\"", "back\\slash"];
    for (number, name) in names.iter().enumerate() {
        world.record(&world.tenant, &number.to_string(), name).await;
    }
    assert_eq!(found(&world, "100%").await, ["100% Zoe"]);
    assert_eq!(found(&world, "o'").await, ["O'Neil"]);
    assert_eq!(found(&world, "a_").await, ["a_b"]);
    assert_eq!(found(&world, "\"").await, ["\"q\""]);
    assert_eq!(found(&world, "back\\").await, ["back\\slash"]);
    assert_eq!(found(&world, "%").await, Vec::<String>::new());
    assert_eq!(found(&world, &"long ".repeat(100)).await, Vec::<String>::new());
}

pub(super) async fn search_pages_through_equal_names(world: World) {
    for id in ["1", "2", "3", "4", "5"] {
        world.record(&world.tenant, id, "Sam").await;
    }
    let mut ids = Vec::new();
    let mut after = None;
    while ids.len() < 10 {
        let cursor = after.as_ref().map(|(name, id): &(String, _)| (name.as_str(), id));
        let page = world.store.search_users(&world.tenant, "sa", cursor, NOW, 2).await.expect("the search succeeds");
        let Some(last) = page.last() else { break };
        after = Some((last.name.clone(), last.id.clone()));
        ids.extend(page.into_iter().map(|user| user.id.to_string()));
    }
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
}

pub(super) async fn several_are_named_at_once(world: World) {
    world.record(&world.stranger, "only", "Only there").await;
    let asked = ["ana", "bo", "only", "nobody"].map(user);
    let names = world.store.user_names(&world.tenant, &asked.iter().collect()).await.expect("the query runs");
    let expected = [("ana", "Ana"), ("bo", "Bo")].map(|(id, name)| (user(id), name.to_owned()));
    assert_eq!(names, expected.into());
    assert_eq!(world.store.user_names(&world.tenant, &[].into()).await, Ok([].into()));
}

pub(super) async fn a_hundred_are_looked_up_at_once(world: World) {
    world.record(&world.stranger, "only", "Only there").await;
    let mut asked: Vec<_> = (0..97).map(|number| user(&format!("invented \"{number}\""))).collect();
    asked.extend(["bo", "only", "ana"].map(user));
    let known = world.store.known_users(&world.tenant, &asked).await;
    assert_eq!(known, Ok(["ana", "bo"].map(user).into()));
    assert_eq!(world.store.known_users(&world.tenant, &[]).await, Ok([].into()));
}

pub(super) async fn another_tenants_people_are_not_seen(world: World) {
    world.record(&world.stranger, "ana", "Someone else").await;
    world.record(&world.stranger, "only", "Only there").await;
    let ana =
        world.store.user(&world.tenant, &user("ana"), NOW).await.expect("the query runs").expect("the user exists");
    assert_eq!(ana.name, "Ana");
    assert_eq!(world.store.user(&world.tenant, &user("only"), NOW).await, Ok(None));
    assert_eq!(found(&world, "").await, ["Ana", "Bo", "Cy"]);
}
