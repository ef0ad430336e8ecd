//! Tests of reactions and pins.

use crate::testing::{OTHER_SECRET, Token, World};
use serde_json::{Value, json};

const THUMB: &str = "%F0%9F%91%8D";

/// A message of user 7 in a room of users 7 and 8: its path and its conversation's.
fn message(world: &World) -> (String, String) {
    let (_, conversation) = world.room_of(&["7", "8"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    assert_eq!((&sent["reactions"], &sent["pinned_at"]), (&json!([]), &json!(null)));
    let id = sent["id"].as_str().expect("the id is present");
    let path = format!("/api/chat/messages/{id}");
    world.objects.flush();
    (path, conversation)
}

fn newest(world: &World, conversation: &str, user: &str) -> Value {
    world.get(&format!("{conversation}/messages?limit=1")).by(user).status(200)["data"][0].clone()
}

fn stranger() -> Token {
    Token::of("7").claim("tenant", json!("other")).secret(OTHER_SECRET)
}

#[test]
fn reactions_are_shown_before_and_after_a_flush() {
    let world = World::new();
    let (path, conversation) = message(&world);
    let thumb = format!("{path}/reactions/{THUMB}");
    let one = |me| json!([{"emoji": "👍", "count": 1, "me": me}]);
    for _ in 0..2 {
        assert_eq!(world.put(&thumb, json!({})).by("8").status(200)["reactions"], one(true));
    }
    for _ in 0..2 {
        assert_eq!(newest(&world, &conversation, "8")["reactions"], one(true));
        assert_eq!(newest(&world, &conversation, "7")["reactions"], one(false));
        world.objects.flush();
    }
    let edited = world.put(&path, json!({"body": "ho"})).by("7").status(200);
    assert_eq!(edited["reactions"], one(false), "an edit keeps them");
    let both = world.put(&thumb, json!({})).by("7").status(200);
    assert_eq!(both["reactions"], json!([{"emoji": "👍", "count": 2, "me": true}]));
    for _ in 0..2 {
        assert_eq!(world.delete(&thumb).by("8").status(200)["reactions"], one(false));
    }
    assert_eq!(newest(&world, &conversation, "8")["reactions"], one(false));
    world.delete(&path).by("7").status(200);
    assert_eq!(newest(&world, &conversation, "7")["reactions"], json!([]));
    world.put(&thumb, json!({})).by("8").refused(404, "not-found");
}

#[test]
fn who_reacted_is_listed_in_order() {
    let world = World::new();
    let (path, _) = message(&world);
    world.put(&format!("{path}/reactions/{THUMB}"), json!({})).by("8").status(200);
    world.put(&format!("{path}/reactions/%E2%9D%A4"), json!({})).by("7").status(200);
    world.put(&format!("{path}/reactions/{THUMB}"), json!({})).by("7").status(200);
    let list = format!("{path}/reactions");
    let first = world.get(&format!("{list}?limit=2")).by("7").status(200);
    let pair = |one: &Value| (one["user_id"].clone(), one["emoji"].clone());
    let listed = |page: &Value| page["data"].as_array().expect("a list").iter().map(pair).collect::<Vec<_>>();
    assert_eq!(listed(&first), [(json!("8"), json!("👍")), (json!("7"), json!("\u{2764}\u{fe0f}"))]);
    let cursor = first["next_cursor"].as_str().expect("the list continues");
    assert_eq!(listed(&world.get(&format!("{list}?cursor={cursor}")).by("8").status(200)), [(json!("7"), json!("👍"))]);
    assert_eq!(listed(&world.get(&format!("{list}?emoji=%E2%9D%A4")).by("8").status(200)).len(), 1);
    world.get(&format!("{list}?emoji=x")).by("8").refused(422, "invalid");
    world.get(&list).by("9").refused(403, "forbidden");
    world.get(&list).with(&stranger()).refused(404, "not-found");
}

#[test]
fn only_emoji_that_the_app_knows_are_reactions() {
    let world = World::new();
    let (path, _) = message(&world);
    let react = |emoji: &str| world.put(&format!("{path}/reactions/{emoji}"), json!({})).by("8");
    for unknown in ["x", "%F0%9F%91%8D%F0%9F%91%8D", ":parrot:", "%20"] {
        react(unknown).refused(422, "invalid");
    }
    let chat = json!({"chat": {"custom_emoji": ["parrot"]}});
    let settings = world.patch("/api/admin/settings", chat).with(&Token::admin()).status(200);
    assert_eq!((&settings["chat"]["custom_emoji"], settings["limits"].get("custom_emoji")), (&json!(["parrot"]), None));
    assert_eq!(react(":parrot:").status(200)["reactions"][0]["emoji"], ":parrot:");
    for emoji in ["%F0%9F%98%80", "%F0%9F%8E%89"] {
        react(emoji).status(200);
    }
    react(THUMB).refused(409, "conflict");
}

#[test]
fn reactions_are_for_members_who_may_write() {
    let world = World::new();
    let (path, _) = message(&world);
    let thumb = format!("{path}/reactions/{THUMB}");
    world.put(&thumb, json!({})).by("9").refused(403, "forbidden");
    world.put(&thumb, json!({})).with(&stranger()).refused(404, "not-found");
    world.delete(&thumb).with(&stranger()).refused(404, "not-found");
}

#[test]
fn pins_are_for_moderators_and_listed_newest_first() {
    let world = World::new();
    let (path, conversation) = message(&world);
    let second = world.post(&format!("{conversation}/messages"), json!({"body": "second"})).by("8").status(201);
    let second = format!("/api/chat/messages/{}", second["id"].as_str().expect("the id is present"));
    world.objects.flush();
    let admin = Token::admin();
    world.put(&format!("{path}/pin"), json!({})).by("8").refused(403, "forbidden");
    world.put(&format!("{path}/pin"), json!({})).with(&stranger()).refused(404, "not-found");
    let pins = format!("{conversation}/pins");
    assert_eq!(world.get(&pins).by("8").status(200)["data"], json!([]));
    for one in [&path, &second] {
        world.clock.pass(1_000);
        for _ in 0..2 {
            let pinned = world.put(&format!("{one}/pin"), json!({})).with(&admin).status(200);
            assert!(pinned["pinned_at"].is_string(), "{pinned}");
        }
    }
    assert!(newest(&world, &conversation, "8")["pinned_at"].is_string());
    let ids =
        |page: &Value| page["data"].as_array().expect("a list").iter().map(|it| it["body"].clone()).collect::<Vec<_>>();
    let page = world.get(&format!("{pins}?limit=1")).by("8").status(200);
    assert_eq!(ids(&page), ["second"]);
    let cursor = page["next_cursor"].as_str().expect("the list continues");
    assert_eq!(ids(&world.get(&format!("{pins}?cursor={cursor}")).by("8").status(200)), ["hi"]);
    world.get(&pins).by("9").refused(403, "forbidden");
    world.get(&pins).with(&stranger()).refused(404, "not-found");
    world.delete(&second).by("8").status(200);
    assert_eq!(ids(&world.get(&pins).by("7").status(200)), ["hi"], "a deleted message is not pinned");
    world.delete(&format!("{path}/pin")).by("8").refused(403, "forbidden");
    for _ in 0..2 {
        let unpinned = world.delete(&format!("{path}/pin")).with(&admin).status(200);
        assert_eq!((&unpinned["pinned_at"], &unpinned["pinned_by"]), (&json!(null), &json!(null)));
    }
    assert_eq!(world.get(&pins).by("7").status(200)["data"], json!([]));
}
