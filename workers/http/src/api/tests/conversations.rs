//! Tests of direct conversations and groups.

use crate::testing::{Token, World};
use serde_json::json;

#[test]
fn two_people_always_get_the_same_direct_conversation() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let dm =
        |by: &str, with: &str| world.post("/api/chat/conversations", json!({"type": "dm", "user_id": with})).by(by);
    let first = dm("7", "8").status(201);
    assert_eq!(first["type"], "dm");
    assert_eq!(dm("8", "7").status(200)["id"], first["id"]);
    assert_ne!(dm("7", "9").status(201)["id"], first["id"]);
    dm("7", "7").refused(400, "not-to-yourself");
    let path = format!("/api/chat/conversations/{}", first["id"].as_str().expect("the id is present"));
    world.get(&path).by("9").refused(404, "not-found");
    world.get(&path).with(&Token::admin()).refused(404, "not-found");
    world.call("PATCH", &path).json(&json!({"metadata": {}})).by("7").refused(403, "forbidden");
}

#[test]
fn a_group_has_its_members_and_its_metadata() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let body = json!({"type": "group", "user_ids": ["8", "8", "7"], "metadata": {"name": "Trip"}, "report_id": "r-1"});
    let group = world.post("/api/chat/conversations", body).by("7").status(201);
    assert_eq!(group["member_count"], 2);
    assert_eq!(group["report_id"], "r-1");
    let path = format!("/api/chat/conversations/{}", group["id"].as_str().expect("the id is present"));
    let changed = world.call("PATCH", &path).json(&json!({"metadata": {"name": "Trek"}})).by("8").status(200);
    assert_eq!(changed["metadata"], json!({"name": "Trek"}));
    world.get(&path).by("9").refused(404, "not-found");
    let inbox = world.get("/api/chat/conversations").by("8").status(200);
    assert_eq!(inbox["data"][0]["id"], group["id"]);
}

#[test]
fn reading_moves_the_marker() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    let read = world.call("POST", &format!("{conversation}/read")).by("8").status(200);
    assert_eq!(read["last_read_seq"], sent["seq"]);
}
