//! HTTP tests of an app's keys.

use crate::testing::{START_MS, Token, World};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::apps;
use campana_storage::{Database, Fault, Statement};
use pollster::block_on;
use serde_json::{Value, json};

const PATH: &str = "/api/admin/keys";
const ROTATE: &str = "/api/admin/keys/rotate";

fn stored_secret(world: &World) -> String {
    let sql = "SELECT secret FROM apps WHERE tenant_id = 'other'";
    let rows = block_on(world.database.query(Statement::unnamed(sql, []))).expect("the app exists");
    rows[0]["secret"].as_str().expect("a text").to_owned()
}

fn rotations(world: &World) -> usize {
    let audits = world.get("/api/admin/audits?action=app.secret_rotated").with(&Token::other_admin()).status(200);
    audits["data"].as_array().expect("a JSON array").len()
}

#[test]
fn a_rotation_shows_the_new_secret_once_and_keeps_the_old_one_for_a_while() {
    let world = World::new();
    let before = stored_secret(&world);
    let call = world.post(ROTATE, json!({})).with(&Token::other_admin()).header("idempotency-key", "once");
    let first = call.clone().send();
    assert_eq!((first.status.as_u16(), first.header("cache-control").as_str()), (201, "no-store"));
    let secret = first.body["secret"].as_str().expect("a secret");
    assert_eq!((secret.len(), secret), (64, stored_secret(&world).as_str()));
    assert_ne!(secret, before);
    let again = call.status(201);
    assert_eq!((&again["secret"], &again["generation"]), (&Value::Null, &json!(2)));
    assert_eq!(stored_secret(&world), secret, "a repeated call rotates nothing");
    assert_eq!(rotations(&world), 1);

    let keys = world.get(PATH).with(&Token::other_admin()).status(200);
    assert!(!keys.to_string().contains(secret) && !keys.to_string().contains(&before), "{keys}");
    let states = |keys: &Value| [0, 1].map(|at| keys["secrets"][at]["state"].clone());
    assert_eq!(states(&keys), ["current", "overlapping"]);
    assert_eq!(keys["secrets"][0]["key_id"], first.body["key_id"]);
    let day = Timestamp::from_millis(START_MS).plus_millis(24 * 3_600_000);
    assert_eq!(keys["secrets"][1]["valid_until"], json!(day));
    world.post(ROTATE, json!({})).with(&Token::other_admin()).refused(409, "conflict");
}

#[test]
fn a_rotation_whose_answer_was_lost_is_not_repeated() {
    let world = World::new();
    world.database.fail_at(apps::ROTATE_SECRET, Fault::AfterPersisting);
    let call = world.post(ROTATE, json!({})).with(&Token::other_admin()).header("idempotency-key", "once");
    call.clone().refused(503, "unavailable");
    let made = stored_secret(&world);
    assert_eq!(call.status(201)["secret"], made.as_str(), "its own rotation");
    assert_eq!((stored_secret(&world), rotations(&world)), (made, 1));
    let other = world.post(ROTATE, json!({})).with(&Token::other_admin()).header("idempotency-key", "two");
    other.refused(409, "conflict");
}

#[test]
fn the_old_secret_can_end_at_once() {
    let world = World::new();
    let rotated = world.post(ROTATE, json!({"keep_old_hours": 0})).with(&Token::other_admin()).status(201);
    assert_eq!(rotated["previous_valid_until"], Value::Null);
    world.clock.pass(10_000);
    world.get(PATH).with(&Token::other_admin()).send();
    world.get(PATH).with(&Token::other_admin()).refused(401, "unauthenticated");
}

#[test]
fn keys_are_for_administrators() {
    let world = World::new();
    for call in [world.get(PATH), world.post(ROTATE, json!({}))] {
        call.clone().by("7").refused(403, "forbidden");
        call.refused(401, "unauthenticated");
    }
    let too_long = world.post(ROTATE, json!({"keep_old_hours": 721})).with(&Token::other_admin());
    assert_eq!(too_long.refused(422, "invalid")["errors"][0]["field"], "keep_old_hours");
    assert_eq!(rotations(&world), 0);
}
