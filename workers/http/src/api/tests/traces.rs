//! Tests of traces.

use crate::testing::{Token, World};
use serde_json::{Value, json};

const TRACES: &str = "/api/admin/traces";

fn start(world: &World, body: Value) -> Value {
    world.post(TRACES, body).with(&Token::admin()).status(201)
}

fn path_of(trace: &Value) -> String {
    format!("{TRACES}/{}", trace["id"].as_str().expect("an id"))
}

#[test]
fn only_administrators_trace_and_only_their_tenant() {
    let world = World::new();
    let body = json!({"user_id": "7", "channel": "private-orders"});
    world.post(TRACES, body.clone()).refused(401, "unauthenticated");
    world.post(TRACES, body.clone()).by("7").refused(403, "forbidden");
    let path = path_of(&start(&world, body));
    world.get(&path).refused(401, "unauthenticated");
    world.get(&path).by("7").refused(403, "forbidden");
    world.get(&path).with(&Token::other_admin()).refused(404, "not-found");
    world.get(&path).with(&Token::admin()).status_of(200);
}

#[test]
fn a_trace_is_read_by_its_id_and_audited() {
    let world = World::new();
    let began = start(&world, json!({"user_id": "7", "channel": "private-orders", "minutes": 15}));
    let read = world.get(&path_of(&began)).with(&Token::admin()).status(200);
    assert_eq!(read, began);
    assert_eq!((&read["user_id"], &read["channel"]), (&json!("7"), &json!("private-orders")));
    assert_eq!((&read["conversation_id"], &read["ends_at"]), (&json!(null), &json!("1970-01-01T00:15:00.000Z")));
    assert_eq!(read["steps"], json!([{"at": "1970-01-01T00:00:00.000Z", "step": "published", "transport": "native"}]));
    let audits = world.get("/api/admin/audits").with(&Token::admin()).status(200);
    let entry = &audits["data"][0];
    assert_eq!((&entry["action"], &entry["target_id"]), (&json!("trace.started"), &json!("7")), "{entry}");
}

#[test]
fn a_conversation_is_traced_as_a_whole() {
    let world = World::new();
    world.meet(&["7"]);
    let (_, conversation) = world.room_of(&["7"]);
    let id = conversation.rsplit('/').next().expect("the path ends with the id");
    let began = start(&world, json!({"user_id": "7", "conversation_id": id}));
    assert_eq!((&began["conversation_id"], &began["channel"]), (&json!(id), &json!(null)));
    world.get(&path_of(&began)).with(&Token::admin()).status_of(200);
    let unknown = json!({"user_id": "7", "conversation_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02"});
    world.post(TRACES, unknown).with(&Token::admin()).refused(404, "not-found");
    let of_another = json!({"user_id": "7", "conversation_id": id});
    world.post(TRACES, of_another).with(&Token::other_admin()).refused(404, "not-found");
}

#[test]
fn bad_requests_are_refused() {
    let world = World::new();
    for body in [
        json!({"channel": "news"}),
        json!({"user_id": "7"}),
        json!({"user_id": "", "channel": "news"}),
        json!({"user_id": "7", "channel": "a b"}),
        json!({"user_id": "7", "channel": "news", "conversation_id": "c"}),
        json!({"user_id": "7", "channel": "news", "minutes": 0}),
        json!({"user_id": "7", "channel": "news", "minutes": 16}),
        json!({"user_id": "7", "channel": "news", "minutes": "5"}),
        json!({"user_id": "7", "channel": "news", "hours": 1}),
    ] {
        world.post(TRACES, body.clone()).with(&Token::admin()).status_of(422);
    }
    for id in ["x", "Z2F0ZXdheS53ZXVyLzAfMDEyM2FiY2Q", "Y2hhbm5lbC5uZXdzH25vbmU"] {
        world.get(&format!("{TRACES}/{id}")).with(&Token::admin()).refused(404, "not-found");
    }
}
