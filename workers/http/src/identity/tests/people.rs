//! Tests of recording users.

use crate::testing::{Token, World};
use campana_storage::Fault;
use serde_json::json;

#[test]
fn a_user_is_recorded_on_first_sight_and_on_changes() {
    let world = World::new();
    let updated_at = |token: &Token| world.get("/api/me").with(token).status(200)["updated_at"].clone();
    assert_eq!(updated_at(&Token::of("7")), json!(null));
    assert_eq!(updated_at(&Token::of("7")), json!(null));
    world.clock.pass(5);
    let renamed = Token::of("7").claim("name", json!("Ana María"));
    assert_eq!(updated_at(&renamed), json!("2023-11-14T22:13:20.005Z"));
    let found = world.get("/api/chat/users?q=ana").by("8").status(200);
    assert_eq!(found["data"][0]["name"], "Ana María");
}

#[test]
fn an_outage_of_d1_refuses_no_user() {
    let world = World::new();
    world.meet(&["7"]);
    let (_, conversation) = world.room_of(&["7"]);
    world.clock.pass(600_000);
    world.database.fail_next(Fault::BeforePersisting);
    world.get(&conversation).by("7").refused(503, "unavailable");
    world.get(&conversation).with(&Token::of("7").claim("name", json!("Person Seven"))).status(200);
    world.database.fail_next(Fault::BeforePersisting);
    world.get(&conversation).by("7").status(200);
    world.clock.pass(20_000);
    world.database.fail_next(Fault::BeforePersisting);
    world.get(&conversation).by("7").status(200);
    assert_eq!(world.log.all().len(), 2, "the refusal and the failed write are logged");
    assert!(world.log.all().iter().all(|line| !line.to_string().contains("Person")));
}
