//! Tests of rooms and their members.

use crate::testing::{Token, World};
use serde_json::{Value, json};

#[test]
fn a_private_room_does_not_exist_for_others() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let room = world.room(json!({"name": "Night shift", "visibility": "private", "members": [{"user_id": "7"}]}));
    let path = format!("/api/chat/rooms/{}", room["id"].as_str().expect("the id is present"));
    assert_eq!(world.get(&path).by("7").status(200)["role"], "member");
    for call in [
        world.get(&path),
        world.get(&format!("{path}/members")),
        world.get(&format!("{path}/messages")),
        world.get(&format!("{path}/messages?before=5")),
        world.post(&format!("{path}/join"), json!({})),
        world.post(&format!("{path}/messages"), json!({"body": "hi"})),
    ] {
        call.by("8").refused(404, "not-found");
    }
    let listed = world.get("/api/chat/rooms").by("8").status(200);
    assert_eq!(listed["data"], json!([]));
}

#[test]
fn only_administrators_create_change_and_delete_rooms() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    world.post("/api/chat/rooms", json!({"name": "x"})).by("7").refused(403, "forbidden");
    world.put(&room, json!({"name": "x"})).by("7").refused(403, "forbidden");
    world.delete(&room).by("7").refused(403, "forbidden");
    let renamed = world.put(&room, json!({"name": "Foyer"})).with(&Token::admin()).status(200);
    assert_eq!(renamed["name"], "Foyer");
    world.delete(&room).with(&Token::admin()).status(204);
    world.get(&room).by("7").refused(404, "not-found");
    world.get(&format!("{room}/messages")).by("7").refused(404, "not-found");
}

#[test]
fn members_are_added_listed_and_removed() {
    let world = World::new();
    world.meet(&["8"]);
    let (room, _) = world.room_of(&["7"]);
    let members = format!("{room}/members");
    let added = world.post(&members, json!({"user_id": "8", "role": "moderator"})).with(&Token::admin()).status(201);
    assert_eq!((added["name"].clone(), added["role"].clone()), (json!("Person 8"), json!("moderator")));
    world.post(&members, json!({"user_id": "8"})).with(&Token::admin()).status(200);
    world.post(&members, json!({"user_id": "nobody"})).with(&Token::admin()).refused(422, "invalid");
    let page = world.get(&format!("{members}?limit=2")).by("7").status(200);
    let next = page["next_cursor"].as_str().expect("the list continues");
    let rest = world.get(&format!("{members}?limit=2&cursor={next}")).by("7").status(200);
    let ids = |page: &Value| {
        page["data"].as_array().expect("a JSON array").iter().map(|m| m["user_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!([ids(&page), ids(&rest)].concat(), ["1", "7", "8"]);
    assert_eq!(rest["next_cursor"], json!(null));
    let promoted = world.put(&format!("{members}/7"), json!({"role": "moderator"})).with(&Token::admin()).status(200);
    assert_eq!(promoted["role"], "moderator");
    world.delete(&format!("{members}/8")).with(&Token::admin()).status(204);
    world.get(&format!("{room}/messages")).by("8").refused(403, "forbidden");
    world.post(&format!("{room}/leave"), json!({})).by("7").status(204);
}

#[test]
fn rooms_and_inbox_are_paged() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.room(json!({"name": name}));
        world.clock.pass(1);
    }
    for list in ["/api/chat/rooms", "/api/chat/conversations"] {
        let mut seen = Vec::new();
        let mut path = format!("{list}?limit=2");
        loop {
            let page = world.get(&path).with(&Token::admin()).status(200);
            seen.extend(page["data"].as_array().expect("a JSON array").iter().map(|item| item["id"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("{list}?limit=2&cursor={next}");
        }
        assert_eq!(seen.len(), 3, "{list}");
    }
    let found = world.get("/api/chat/rooms?q=B&visibility=public").by("7").status(200);
    assert_eq!(found["data"][0]["name"], "b");
}
