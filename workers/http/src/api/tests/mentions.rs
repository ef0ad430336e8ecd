//! Tests of mentions.

use crate::testing::{Token, World};
use serde_json::{Value, json};

fn say(world: &World, conversation: &str, user: &str, body: &str) -> Value {
    world.clock.pass(1_000);
    world.post(&format!("{conversation}/messages"), json!({"body": body})).by(user).status(201)
}

fn of_user(id: &str) -> Value {
    json!({"type": "user", "user_id": id})
}

fn counts(world: &World, conversation: &str, user: &str) -> (Value, Value) {
    world.objects.flush();
    let found = world.get(conversation).by(user).status(200);
    (found["unread_count"].clone(), found["mention_count"].clone())
}

#[test]
fn members_are_mentioned_by_id_and_by_name() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    world.get("/api/me").with(&Token::of("9").claim("name", json!("Zoe"))).status(200);
    let sent = say(&world, &conversation, "7", "@[8] and @user 8 and @[9] and @Zoe, `@[7]`");
    assert_eq!(sent["mentions"], json!([of_user("8")]), "non-members stay plain text");
    assert_eq!(sent["body"], "@[8] and @user 8 and @[9] and @Zoe, `@[7]`", "the text is stored as it was sent");
    for _ in 0..2 {
        let page = world.get(&format!("{conversation}/messages")).by("8").status(200);
        assert_eq!(page["data"][0]["mentions"], json!([of_user("8")]));
        world.objects.flush();
    }
    assert_eq!(counts(&world, &conversation, "8"), (json!(1), json!(1)));
    assert_eq!(counts(&world, &conversation, "7"), (json!(0), json!(0)));
}

#[test]
fn an_edit_and_a_deletion_change_the_mentions() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let sent = say(&world, &conversation, "7", "hi @[8]");
    let path = format!("/api/chat/messages/{}", sent["id"].as_str().expect("an id"));
    assert_eq!(counts(&world, &conversation, "8").1, json!(1));
    assert_eq!(world.put(&path, json!({"body": "hi"})).by("7").status(200)["mentions"], json!([]));
    assert_eq!(counts(&world, &conversation, "8"), (json!(1), json!(0)));
    assert_eq!(world.put(&path, json!({"body": "@[8]!"})).by("7").status(200)["mentions"], json!([of_user("8")]));
    assert_eq!(counts(&world, &conversation, "8").1, json!(1));
    let deleted = world.delete(&path).by("7").status(200);
    assert_eq!(deleted["mentions"], json!([]));
    assert_eq!(counts(&world, &conversation, "8"), (json!(0), json!(0)));
}

#[test]
fn moderators_mention_everybody_and_all_members_if_the_app_permits_it() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let all = json!([{"type": "here", "user_id": null}]);
    assert_eq!(say(&world, &conversation, "7", "@here look")["mentions"], json!([]));
    let chat = json!({"chat": {"room_mentions": "all"}});
    let settings = world.patch("/api/admin/settings", chat).with(&Token::admin()).status(200);
    assert_eq!(settings["limits"].get("all_mention_room"), None);
    assert_eq!(say(&world, &conversation, "7", "@here look")["mentions"], all);
    assert_eq!(counts(&world, &conversation, "8"), (json!(2), json!(1)));
    assert_eq!(counts(&world, &conversation, "7").1, json!(0), "the sender is not mentioned");
    world
        .patch("/api/admin/settings", json!({"chat": {"room_mentions": "x"}}))
        .with(&Token::admin())
        .refused(422, "invalid");
}

#[test]
fn a_blocked_persons_mentions_do_not_count() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    say(&world, &conversation, "7", "@[8]");
    world.put("/api/me/blocks/7", json!({})).by("8").status(201);
    assert_eq!(counts(&world, &conversation, "8"), (json!(1), json!(0)));
}
