//! Users and user search.

use super::world::{NOW, World, later, user};
use crate::{Statement, StorageError};
use campana_core::shared::ids::TenantId;

async fn found(world: &World, q: &str) -> Vec<String> {
    let users = world.store.search_users(&world.tenant, q, None, NOW, 50).await.expect("the search succeeds");
    users.into_iter().map(|found| found.item.name).collect()
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

pub(super) async fn search_finds_beginnings_of_words_without_case_and_accents(world: World) {
    for (id, name) in [("1", "José"), ("2", "JOSEPH"), ("3", "Ángel"), ("4", "Ωmega"), ("5", "😀 smile")] {
        world.record(&world.tenant, id, name).await;
    }
    for (id, name) in [("6", "Zé André"), ("7", "Ze\u{301} Lima"), ("8", "Łukasz İnan"), ("9", "Jean-Luc Weiß")] {
        world.record(&world.tenant, id, name).await;
    }
    assert_eq!(found(&world, "jos").await, ["José", "JOSEPH"]);
    assert_eq!(found(&world, "ÁN").await, ["Ana", "Zé André", "Ángel"]);
    assert_eq!(found(&world, "ω").await, ["Ωmega"]);
    assert_eq!(found(&world, "😀").await, ["😀 smile"]);
    assert_eq!(found(&world, "smi").await, ["😀 smile"]);
    assert_eq!(found(&world, "ze").await, ["Zé André", "Ze\u{301} Lima"]);
    assert_eq!(found(&world, "andr").await, ["Zé André"]);
    assert_eq!(found(&world, "weiss").await, ["Jean-Luc Weiß"]);
    assert_eq!(found(&world, "luk ina").await, ["Łukasz İnan"]);
    assert_eq!(found(&world, "luc").await, ["Jean-Luc Weiß"]);
    assert_eq!(found(&world, "osé").await, Vec::<String>::new());
    assert_eq!(found(&world, "").await.len(), 12);
}

pub(super) async fn every_word_of_a_search_is_sought_in_any_order(world: World) {
    for (id, name) in [("1", "Zoe Ann Miller"), ("2", "Zoe Berg"), ("3", "Miller Zoe")] {
        world.record(&world.tenant, id, name).await;
    }
    assert_eq!(found(&world, "zoe mil").await, ["Miller Zoe", "Zoe Ann Miller"]);
    assert_eq!(found(&world, "MIL zo").await, ["Zoe Ann Miller", "Miller Zoe"]);
    assert_eq!(found(&world, "zoe ann mill").await, ["Zoe Ann Miller"]);
    assert_eq!(found(&world, "zoe carl").await, Vec::<String>::new());
}

pub(super) async fn another_name_is_found_and_the_old_one_no_longer(world: World) {
    world.record(&world.tenant, "1", "Old Name").await;
    world.record(&world.tenant, "1", "New Name").await;
    assert_eq!(found(&world, "old").await, Vec::<String>::new());
    assert_eq!(found(&world, "new").await, ["New Name"]);
    assert_eq!(found(&world, "na").await, ["New Name"]);
}

pub(super) async fn names_that_an_earlier_version_folded_are_folded_again(world: World) {
    for id in ["1", "2", "3"] {
        world.record(&world.tenant, id, "Zé André").await;
    }
    let as_before = [
        "UPDATE users SET search_name = 'zé andré', fold_version = 0 WHERE tenant_id = ?1 AND length(id) = 1",
        "DELETE FROM user_words WHERE tenant_id = ?1 AND length(user_id) = 1",
        "INSERT INTO user_words (tenant_id, word, user_id)
            SELECT tenant_id, search_name, id FROM users WHERE tenant_id = ?1 AND length(id) = 1",
    ];
    for sql in as_before {
        world.sql(Statement::unnamed(sql, [(&world.tenant).into()])).await;
    }
    assert_eq!(found(&world, "andr").await, Vec::<String>::new());
    world.record(&world.tenant, "3", "Zé André").await;
    assert_eq!(found(&world, "andr").await.len(), 1, "a user who comes is folded at once");
    // Other cases may share the database.
    while world.store.refold_users(1).await.expect("a step runs") > 0 {}
    assert_eq!(found(&world, "andr").await.len(), 3);
    assert_eq!(found(&world, "zé").await.len(), 3);
    let words = "SELECT word FROM user_words WHERE tenant_id = ?1 AND user_id = '1' ORDER BY word";
    let words = world.sql(Statement::unnamed(words, [(&world.tenant).into()])).await;
    assert_eq!(words.iter().map(|row| row["word"].clone()).collect::<Vec<_>>(), ["andre", "ze andre"]);
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
        // Both words fit, and each is found once.
        world.record(&world.tenant, id, "Sam Sander").await;
    }
    let mut ids = Vec::new();
    let mut after = None;
    while ids.len() < 10 {
        let cursor = after.as_ref().map(|(name, id): &(String, _)| (name.as_str(), id));
        let page = world.store.search_users(&world.tenant, "sa", cursor, NOW, 2).await.expect("the search succeeds");
        let Some(last) = page.last() else { break };
        after = Some((last.place.clone(), last.item.id.clone()));
        ids.extend(page.into_iter().map(|found| found.item.id.to_string()));
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
