//! Tests of threads, quotes and messages that are marked as unread.

use crate::testing::{OTHER_SECRET, Token, World};
use serde_json::{Value, json};

/// A room of users 7 and 8 with a message of user 7: its conversation, the id of the message.
fn scene(world: &World) -> (String, String) {
    let (_, conversation) = world.room_of(&["7", "8"]);
    let root = say(world, &conversation, "7", json!({"body": "who has the key?"}));
    (conversation, root["id"].as_str().expect("an id").to_owned())
}

fn say(world: &World, conversation: &str, user: &str, draft: Value) -> Value {
    world.clock.pass(1_000);
    world.post(&format!("{conversation}/messages"), draft).by(user).status(201)
}

fn bodies(page: &Value) -> Vec<&str> {
    page["data"].as_array().expect("a list").iter().map(|message| message["body"].as_str().unwrap_or("-")).collect()
}

fn history(world: &World, conversation: &str) -> Value {
    world.get(&format!("{conversation}/messages")).by("8").status(200)
}

fn threads(world: &World, user: &str) -> Vec<(String, i64, i64)> {
    let page = world.get("/api/chat/threads").by(user).status(200);
    let number = |value: &Value| value.as_i64().expect("a number");
    let line = |thread: &Value| {
        let id = thread["id"].as_str().expect("an id").to_owned();
        (id, number(&thread["reply_count"]), number(&thread["unread_count"]))
    };
    page["data"].as_array().expect("a list").iter().map(line).collect()
}

fn unread(world: &World, conversation: &str, user: &str) -> Value {
    world.objects.flush();
    world.get(conversation).by(user).status(200)["unread_count"].clone()
}

fn stranger() -> Token {
    Token::of("7").claim("tenant", json!("other")).secret(OTHER_SECRET)
}

#[test]
fn a_reply_is_in_its_thread_and_in_the_conversation_if_wanted() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    let hidden = say(&world, &conversation, "8", json!({"body": "I do", "parent_id": root}));
    assert_eq!((&hidden["thread_id"], &hidden["also_in_channel"]), (&json!(root), &json!(false)));
    let reply = json!({"body": "thanks", "parent_id": hidden["id"], "also_in_channel": true});
    let shown = say(&world, &conversation, "7", reply);
    assert_eq!((&shown["parent_id"], &shown["thread_id"]), (&hidden["id"], &json!(root)), "the same thread");
    for _ in 0..2 {
        let page = history(&world, &conversation);
        assert_eq!(bodies(&page), ["thanks", "who has the key?"]);
        let first = &page["data"][1];
        assert_eq!((&first["reply_count"], &first["last_reply_at"]), (&json!(2), &shown["created_at"]));
        world.objects.flush();
    }
    let list = format!("/api/chat/messages/{root}/replies");
    assert_eq!(bodies(&world.get(&list).by("8").status(200)), ["thanks", "I do"]);
    let page = world.get(&format!("{list}?limit=1")).by("8").status(200);
    assert_eq!(bodies(&page), ["thanks"]);
    let cursor = page["next_cursor"].as_str().expect("the list continues");
    let older = world.get(&format!("{list}?before={cursor}")).by("8").status(200);
    assert_eq!((bodies(&older), &older["next_cursor"]), (vec!["I do"], &json!(null)));
    let around = format!("{list}?around={}", hidden["id"].as_str().expect("an id"));
    assert_eq!(bodies(&world.get(&around).by("8").status(200)), ["thanks", "I do"]);
    world.get(&format!("{list}?around={root}")).by("8").refused(422, "bad-cursor");
    let of_reply = format!("/api/chat/messages/{}/replies", hidden["id"].as_str().expect("an id"));
    assert_eq!(bodies(&world.get(&of_reply).by("8").status(200)), ["thanks", "I do"], "a reply's thread");
}

#[test]
fn replies_in_their_thread_only_are_unread_there_only() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    assert_eq!(unread(&world, &conversation, "8"), 1);
    say(&world, &conversation, "8", json!({"body": "I do", "parent_id": root}));
    assert_eq!(unread(&world, &conversation, "8"), 1, "a reply marks only its thread as read");
    assert_eq!(unread(&world, &conversation, "7"), 0);
    assert_eq!(threads(&world, "7"), [(root.clone(), 1, 1)], "the author of the first message follows");
    assert_eq!(threads(&world, "8"), [(root.clone(), 1, 0)]);
    let found = world.get(&conversation).by("7").status(200);
    assert_eq!(found["last_message"]["body"], "who has the key?");
    let read = world.post(&format!("/api/chat/messages/{root}/replies/read"), json!({})).by("7").status(200);
    assert_eq!((&read["id"], &read["following"]), (&json!(root), &json!(true)));
    assert_eq!(threads(&world, "7"), [(root.clone(), 1, 0)]);
    say(&world, &conversation, "8", json!({"body": "come", "parent_id": root, "also_in_channel": true}));
    assert_eq!(unread(&world, &conversation, "8"), 0, "it is in the conversation too");
    assert_eq!(unread(&world, &conversation, "7"), 1);
    assert_eq!(threads(&world, "7"), [(root, 2, 1)]);
}

#[test]
fn deleted_replies_do_not_count() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    let ids = ["a", "b"].map(|body| {
        let reply = say(&world, &conversation, "8", json!({"body": body, "parent_id": root}));
        reply["id"].as_str().expect("an id").to_owned()
    });
    let counted = |expected: i64| {
        for _ in 0..2 {
            let page = history(&world, &conversation);
            let first = page["data"].as_array().expect("a list").last().expect("a message").clone();
            assert_eq!((&first["reply_count"], first["last_reply_at"].is_null()), (&json!(expected), expected == 0));
            world.objects.flush();
        }
    };
    counted(2);
    world.delete(&format!("/api/chat/messages/{}", ids[0])).by("8").status(200);
    counted(1);
    assert_eq!(threads(&world, "7"), [(root.clone(), 1, 1)]);
    world.delete(&format!("/api/chat/messages/{root}")).by("7").status(200);
    counted(1);
    let first = history(&world, &conversation)["data"][0].clone();
    assert_eq!((&first["body"], &first["reply_count"]), (&json!(null), &json!(1)), "its thread stays");
    assert_eq!(bodies(&world.get(&format!("/api/chat/messages/{root}/replies")).by("7").status(200)), ["b", "-"]);
    world.delete(&format!("/api/chat/messages/{}", ids[1])).by("8").status(200);
    counted(0);
    assert_eq!(threads(&world, "7"), []);
}

#[test]
fn replies_and_quotes_are_of_messages_of_the_conversation() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    let (_, elsewhere) = world.room_of(&["7", "8"]);
    let other = say(&world, &elsewhere, "7", json!({"body": "another place"}));
    let gone = say(&world, &conversation, "7", json!({"body": "gone"}));
    world.objects.flush();
    world.delete(&format!("/api/chat/messages/{}", gone["id"].as_str().expect("an id"))).by("7").status(200);
    let unknown = json!("0190a7c0-0000-7000-8000-00000000dead");
    for field in ["parent_id", "quote_id"] {
        for id in [&other["id"], &gone["id"], &unknown, &json!("x")] {
            let draft = json!({"body": "hm", field: id});
            let refused = world.post(&format!("{conversation}/messages"), draft).by("8").refused(422, "invalid");
            assert_eq!(refused["errors"][0]["field"], field);
            assert!(!refused.to_string().contains("another place"));
        }
    }
    world
        .post(&format!("{conversation}/messages"), json!({"body": "x", "parent_id": root}))
        .by("9")
        .refused(403, "forbidden");
    assert_eq!(bodies(&history(&world, &conversation)), ["-", "who has the key?"]);
}

#[test]
fn a_repeated_reply_is_answered_with_the_first() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    let draft = json!({"body": "me", "parent_id": root, "quote_id": root, "client_msg_id": "k1"});
    let first = say(&world, &conversation, "8", draft.clone());
    world.objects.flush();
    world.delete(&format!("/api/chat/messages/{root}")).by("7").status(200);
    let again = world.post(&format!("{conversation}/messages"), draft).by("8").status(200);
    assert_eq!(again["id"], first["id"]);
    let changed = json!({"body": "me", "parent_id": first["id"], "quote_id": root, "client_msg_id": "k1"});
    world.post(&format!("{conversation}/messages"), changed).by("8").refused(422, "key-reused");
}

#[test]
fn a_quote_shows_the_text_until_it_is_deleted() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    let quote = json!({"id": root, "sender_name": "User 7", "body": "who has the key?"});
    let sent = say(&world, &conversation, "8", json!({"body": "me", "quote_id": root}));
    assert_eq!((&sent["quote_id"], &sent["quote"]["body"]), (&json!(root), &quote["body"]));
    for _ in 0..2 {
        assert_eq!(history(&world, &conversation)["data"][0]["quote"]["body"], quote["body"]);
        assert_eq!(history(&world, &conversation)["data"][1]["quote"], json!(null));
        world.objects.flush();
    }
    let newest = world.get(&format!("{conversation}/messages?limit=1")).by("7").status(200);
    assert_eq!(newest["data"][0]["quote"]["id"], json!(root), "also if the quoted message is not on the page");
    assert_eq!(newest["data"][0]["quote"]["body"], quote["body"]);
    world.put(&format!("/api/chat/messages/{root}"), json!({"body": "who has it?"})).by("7").status(200);
    world.objects.flush();
    assert_eq!(history(&world, &conversation)["data"][0]["quote"]["body"], "who has it?");
    world.delete(&format!("/api/chat/messages/{root}")).by("7").status(200);
    for _ in 0..2 {
        let quote = history(&world, &conversation)["data"][0]["quote"].clone();
        assert_eq!((&quote["id"], &quote["body"]), (&json!(root), &json!(null)));
        world.objects.flush();
    }
}

#[test]
fn threads_are_followed_and_left_by_members_only() {
    let world = World::new();
    let (conversation, root) = scene(&world);
    say(&world, &conversation, "8", json!({"body": "me", "parent_id": root}));
    world.objects.flush();
    let follow = format!("/api/chat/messages/{root}/follow");
    assert_eq!(world.delete(&follow).by("7").status(200)["following"], false);
    assert_eq!(threads(&world, "7"), []);
    assert_eq!(world.put(&follow, json!({})).by("7").status(200)["following"], true);
    assert_eq!(threads(&world, "7"), [(root.clone(), 1, 1)]);
    let read = format!("/api/chat/messages/{root}/replies/read");
    world.post(&read, json!({"seq": -1})).by("7").refused(422, "invalid");
    let token = stranger();
    world.get(&format!("/api/chat/messages/{root}/replies")).with(&token).refused(404, "not-found");
    world.put(&follow, json!({})).with(&token).refused(404, "not-found");
    world.delete(&follow).with(&token).refused(404, "not-found");
    world.post(&read, json!({})).with(&token).refused(404, "not-found");
    world.get(&format!("/api/chat/messages/{root}/replies")).by("9").refused(403, "forbidden");
    world.put(&follow, json!({})).by("9").refused(403, "forbidden");
    world.post(&read, json!({})).by("9").refused(403, "forbidden");
    let place = world.get("/api/chat/rooms").by("8").status(200)["data"][0]["id"].as_str().expect("an id").to_owned();
    world.post(&format!("/api/chat/rooms/{place}/leave"), json!({})).by("8").status(204);
    assert_eq!(threads(&world, "8"), [], "a thread is listed only while one may read it");
}

#[test]
fn messages_can_be_marked_as_unread() {
    let world = World::new();
    let (conversation, _) = scene(&world);
    let second = say(&world, &conversation, "7", json!({"body": "second"}));
    let third = say(&world, &conversation, "8", json!({"body": "third"}));
    assert_eq!(unread(&world, &conversation, "8"), 0);
    let mark = format!("{conversation}/unread");
    let marked = world.post(&mark, json!({"seq": second["seq"]})).by("8").status(200);
    assert_eq!(marked["last_read_seq"].as_i64(), second["seq"].as_i64().map(|seq| seq - 1));
    for _ in 0..2 {
        assert_eq!(unread(&world, &conversation, "8"), 2, "the marker stays where it is");
    }
    say(&world, &conversation, "7", json!({"body": "fourth"}));
    assert_eq!(unread(&world, &conversation, "8"), 3);
    world.post(&format!("{conversation}/read"), json!({"seq": third["seq"]})).by("8").status(200);
    assert_eq!(unread(&world, &conversation, "8"), 1);
    say(&world, &conversation, "8", json!({"body": "fifth"}));
    assert_eq!(unread(&world, &conversation, "8"), 0, "sending reads again");
    for seq in [json!(0), json!(-1), json!(99), json!("x"), json!(null)] {
        world.post(&mark, json!({"seq": seq})).by("8").refused(422, "invalid");
    }
    world.post(&mark, json!({"seq": 1})).by("9").refused(403, "forbidden");
    world.post(&mark, json!({"seq": 1})).with(&stranger()).refused(404, "not-found");
}
