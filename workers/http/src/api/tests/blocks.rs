//! Tests of blocks over HTTP.

use crate::testing::World;
use serde_json::{Value, json};

const BLOCKS: &str = "/api/me/blocks";

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("the id is present").to_owned()
}

#[test]
fn a_block_is_idempotent_listed_to_its_owner_only_and_ends() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    for status in [201, 200] {
        let block = world.call("PUT", "/api/me/blocks/8").by("7").status(status);
        assert_eq!((&block["user_id"], &block["name"]), (&json!("8"), &json!("Person 8")));
    }
    world.call("PUT", "/api/me/blocks/9").by("7").status(201);
    world.call("PUT", "/api/me/blocks/7").by("7").refused(422, "invalid");
    world.call("PUT", "/api/me/blocks/nobody").by("7").refused(404, "not-found");
    world.call("PUT", "/api/me/blocks/8").refused(401, "unauthenticated");
    let page = world.get("/api/me/blocks?limit=1").by("7").status(200);
    let next = page["next_cursor"].as_str().expect("the list continues");
    let rest = world.get(&format!("/api/me/blocks?limit=1&cursor={next}")).by("7").status(200);
    let user = |page: &Value| page["data"][0]["user_id"].clone();
    assert_eq!((user(&page), user(&rest), &rest["next_cursor"]), (json!("8"), json!("9"), &json!(null)));
    assert_eq!(world.get(BLOCKS).by("8").status(200)["data"], json!([]), "the blocked person is not told");
    for _ in 0..2 {
        world.delete("/api/me/blocks/8").by("7").status(204);
    }
    assert_eq!(world.get(BLOCKS).by("7").status(200)["data"][0]["user_id"], "9");
}

#[test]
fn a_block_ends_every_way_to_write_to_each_other_and_no_other() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let begin = |by: &'static str, body: Value| world.post("/api/chat/conversations", body).by(by);
    let dm = id(&begin("7", json!({"type": "dm", "user_id": "8"})).status(201));
    let messages = format!("/api/chat/conversations/{dm}/messages");
    let said = world.post(&messages, json!({"body": "hi"})).by("8").status(201);
    world.objects.flush();
    world.call("PUT", "/api/me/blocks/8").by("7").status(201);
    world.call("PUT", "/api/me/blocks/9").by("7").status(201);
    for (by, other) in [("7", "8"), ("8", "7")] {
        world.post(&messages, json!({"body": "hi"})).by(by).refused(403, "blocked");
        let private = json!({"recipient_id": other, "message": "hi"});
        world.post("/api/chat/messages/private", private).by(by).refused(403, "blocked");
        begin(by, json!({"type": "group", "user_ids": [other]})).refused(403, "blocked");
        assert_eq!(id(&begin(by, json!({"type": "dm", "user_id": other})).status(200)), dm, "it stays readable");
        world.get(&messages).by(by).status(200);
    }
    world.put(&format!("/api/chat/messages/{}", id(&said)), json!({"body": "x"})).by("8").refused(403, "blocked");
    for (by, other) in [("7", "9"), ("9", "7")] {
        begin(by, json!({"type": "dm", "user_id": other})).refused(403, "blocked");
        let private = json!({"recipient_id": other, "message": "hi"});
        world.post("/api/chat/messages/private", private).by(by).refused(403, "blocked");
    }
    begin("8", json!({"type": "group", "user_ids": ["9"]})).status(201);
    world.delete("/api/me/blocks/8").by("7").status(204);
    world.post(&messages, json!({"body": "hi"})).by("8").status(201);
    world.delete(&format!("/api/chat/messages/{}", id(&said))).by("8").status(200);
}

#[test]
fn messages_of_blocked_people_are_marked_for_the_blocker_alone() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let messages = format!("{conversation}/messages");
    let said = world.post(&messages, json!({"body": "hi"})).by("8").status(201);
    assert_eq!(said.get("from_blocked"), None);
    world.call("PUT", "/api/me/blocks/8").by("7").status(201);
    world.post(&messages, json!({"body": "in a room"})).by("8").status(201);
    let mark = |by: &str| world.get(&messages).by(by).status(200)["data"][0].get("from_blocked").cloned();
    for _ in 0..2 {
        assert_eq!((mark("7"), mark("8"), mark("1")), (Some(json!(true)), None, None));
        world.objects.flush();
    }
    let inbox = |by: &str| world.get("/api/chat/conversations").by(by).status(200)["data"][0]["last_message"].clone();
    assert_eq!(inbox("7")["from_blocked"], true);
    assert_eq!(inbox("8").get("from_blocked"), None);
}

/// The object was not told: the record must not have the block then, or the person would believe in it.
#[test]
fn a_block_is_not_made_while_the_conversation_does_not_answer() {
    let world = World::new();
    world.meet(&["7", "8"]);
    world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "8"})).by("7").status(201);
    world.objects.set_down(true);
    world.call("PUT", "/api/me/blocks/8").by("7").refused(503, "unavailable");
    world.objects.set_down(false);
    assert_eq!(world.get(BLOCKS).by("7").status(200)["data"], json!([]));
}
