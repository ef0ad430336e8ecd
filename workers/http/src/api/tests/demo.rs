//! Tests of the demo users.

use crate::testing::World;
use serde_json::json;

#[test]
fn demo_people_get_tokens_that_work() {
    let world = World::new();
    let people = world.get("/api/demo/people").status(200);
    assert_eq!(people.as_array().map(Vec::len), Some(7));
    for user in ["7", "ana", "Ana"] {
        let answer = world.post("/api/demo/token", json!({"user": user})).status(200);
        let token = answer["token"].as_str().expect("the token is present");
        let me = world.get("/api/me").header("authorization", &format!("Bearer {token}")).status(200);
        assert_eq!(me["name"], "Ana");
    }
    world.post("/api/demo/token", json!({"user": "99"})).refused(422, "invalid");
}

#[test]
fn demo_guards_may_see_alerts_and_nobody_else() {
    let world = World::new();
    let people = world.get("/api/demo/people").status(200);
    let guards: Vec<_> = people
        .as_array()
        .into_iter()
        .flatten()
        .filter(|person| person["permissions"] == json!(["view_panic_alerts"]))
        .map(|person| person["name"].clone())
        .collect();
    assert_eq!(guards, ["Grace", "Hugo"]);
    for (user, permissions) in [("grace", json!(["view_panic_alerts"])), ("ana", json!([]))] {
        let answer = world.post("/api/demo/token", json!({"user": user})).status(200);
        let token = answer["token"].as_str().expect("the token is present");
        let me = world.get("/api/me").header("authorization", &format!("Bearer {token}")).status(200);
        assert_eq!(me["permissions"], permissions);
    }
}
