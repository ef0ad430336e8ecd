//! Tests of messages and their pages.

use super::bodies;
use crate::testing::{OTHER_SECRET, Token, World};
use campana_core::shared::ids::MessageId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;

#[test]
fn the_newest_page_is_complete_before_and_after_a_flush() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let path = format!("{conversation}/messages");
    for body in ["1", "2", "3"] {
        world.post(&path, json!({"body": body})).by("7").status(201);
    }
    world.objects.flush();
    for body in ["4", "5"] {
        world.post(&path, json!({"body": body})).by("7").status(201);
    }
    let page = world.get(&format!("{path}?limit=3")).by("7").status(200);
    assert_eq!(bodies(&page), ["5", "4", "3"]);
    assert_eq!(page["head"], page["data"][0]["seq"]);
    assert!(page["epoch"].as_str().is_some_and(|epoch| !epoch.is_empty()));
    world.objects.flush();
    let older = world
        .get(&format!("{path}?before={}", page["next_cursor"].as_str().expect("the list continues")))
        .by("7")
        .status(200);
    assert_eq!(bodies(&older), ["2", "1"]);
    assert_eq!(older["next_cursor"], json!(null));
    assert_eq!(older.get("head"), None);
    let newer = world.get(&format!("{path}?after={}&limit=2", older["data"][1]["seq"])).by("7").status(200);
    assert_eq!(bodies(&newer), ["3", "2"]);
    let prev = newer["prev_cursor"].as_str().expect("a cursor");
    assert_eq!(bodies(&world.get(&format!("{path}?after={prev}")).by("7").status(200)), ["5", "4"]);
    let around = world.get(&format!("{path}?around={}&limit=2", page["data"][2]["seq"])).by("7").status(200);
    assert!(bodies(&around).contains(&"3".to_owned()), "{around}");
    let id = page["data"][2]["id"].as_str().expect("the id is present");
    let around = world.get(&format!("{path}?around={id}&limit=3")).by("7").status(200);
    assert!(bodies(&around).contains(&"3".to_owned()), "{around}");
}

#[test]
fn history_is_for_members_and_needs_the_object() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    for path in [format!("{room}/messages"), format!("{conversation}/messages?before=9")] {
        world.get(&path).by("8").refused(403, "forbidden");
    }
    world.objects.set_down(true);
    world.get(&format!("{conversation}/messages")).by("7").refused(503, "unavailable");
    world.get(&format!("{conversation}/messages?before=9")).by("7").refused(503, "unavailable");
}

#[test]
fn a_message_is_changed_and_deleted_by_its_id() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "helo"})).by("7").status(201);
    let path = format!("/api/chat/messages/{}", sent["id"].as_str().expect("the id is present"));
    let hint = format!("{path}?conversation_id={}", sent["conversation_id"].as_str().expect("the id is present"));
    assert_eq!(world.put(&hint, json!({"body": "hello"})).by("7").status(200)["body"], "hello");
    world.objects.flush();
    assert_eq!(world.put(&path, json!({"body": "hello!"})).by("7").status(200)["body"], "hello!");
    world.put(&path, json!({"body": "mine"})).by("8").refused(403, "forbidden");
    world.delete(&path).by("8").refused(403, "forbidden");
    let read = world.post(&format!("{path}/read"), json!({})).by("8").status(200);
    assert_eq!(read["last_read_seq"], sent["seq"]);
    let deleted = world.delete(&path).with(&Token::admin()).status(200);
    assert_eq!(deleted["body"], json!(null));
    world.delete(&path).by("7").refused(404, "not-found");
}

#[test]
fn a_young_message_is_retried_until_its_flush_is_overdue() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let send = || {
        let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
        format!("/api/chat/messages/{}", sent["id"].as_str().expect("the id is present"))
    };
    let young = send();
    let objects = world.objects.clone();
    world.clock.on_wait(move || objects.flush());
    world.put(&young, json!({"body": "ho"})).by("7").status(200);
    let lost = send();
    let before = world.clock.millis();
    world.put(&lost, json!({"body": "ho"})).by("7").refused(404, "not-found");
    assert_eq!(world.clock.millis() - before, 6_000, "an object under load flushes every 5 s");
    let old = send();
    world.clock.pass(10_000);
    let before = world.clock.millis();
    world.put(&old, json!({"body": "ho"})).by("7").refused(404, "not-found");
    assert_eq!(world.clock.millis(), before);
}

#[test]
fn messages_of_other_tenants_are_not_retried() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    let path = format!("/api/chat/messages/{}", sent["id"].as_str().expect("the id is present"));
    let stranger = Token::of("7").claim("tenant", json!("other")).secret(OTHER_SECRET);
    let objects = world.objects.clone();
    world.clock.on_wait(move || objects.flush());
    let before = world.clock.millis();
    world.put(&path, json!({"body": "ho"})).with(&stranger).refused(404, "not-found");
    assert_eq!(world.clock.millis() - before, 200, "retried only until D1 has the message");
    world.put(&path, json!({"body": "ho"})).with(&stranger).refused(404, "not-found");
    world.delete(&path).with(&stranger).refused(404, "not-found");
    assert_eq!(world.clock.millis() - before, 200);
}

#[test]
fn a_page_around_an_unflushed_message_is_immediate() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    let before = world.clock.millis();
    let id = sent["id"].as_str().expect("the id is present");
    let page = world.get(&format!("{conversation}/messages?around={id}")).by("7").status(200);
    assert_eq!((bodies(&page), world.clock.millis() - before), (vec!["hi".to_owned()], 0));
}

#[test]
fn message_ids_from_the_future_are_not_retried() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let now = world.clock.millis();
    for ahead in [5_001, 60_000, 10_i64.pow(14)] {
        let id = MessageId::new(Timestamp::from_millis(now + ahead), [7; 10]);
        let path = format!("/api/chat/messages/{id}");
        world.put(&path, json!({"body": "ho"})).by("7").refused(404, "not-found");
        world.delete(&path).by("7").refused(404, "not-found");
        world.post(&format!("{path}/read"), json!({})).by("7").refused(404, "not-found");
        world.get(&format!("{conversation}/messages?around={id}")).by("7").refused(422, "bad-cursor");
    }
    assert_eq!(world.clock.millis(), now);
    let skewed = MessageId::new(Timestamp::from_millis(now + 5_000), [7; 10]);
    world.put(&format!("/api/chat/messages/{skewed}"), json!({"body": "ho"})).by("7").refused(404, "not-found");
    assert_eq!(world.clock.millis() - now, 6_000, "an id slightly in the future is retried");
}

#[test]
fn an_edit_names_the_version_that_it_changes() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "one"})).by("7").send();
    assert_eq!(sent.header("etag"), "\"1\"");
    let id = sent.body["id"].as_str().expect("the id is present").to_owned();
    let path = format!("/api/chat/messages/{id}");
    world.objects.flush();
    let edit = |body: &str| world.put(&path, json!({"body": body})).by("7");
    let edited = edit("two").header("if-match", "\"1\"").send();
    assert_eq!((edited.header("etag").as_str(), &edited.body["version"]), ("\"2\"", &json!(2)));
    for stale in ["\"1\"", "W/\"2\"", "\"x\""] {
        edit("lost").header("if-match", stale).refused(412, "precondition-failed");
    }
    assert_eq!(edit("three").header("if-match", "\"7\", \"2\"").status(200)["version"], 3);
    assert_eq!(edit("four").header("if-match", "*").status(200)["version"], 4);
    assert_eq!(edit("five").status(200)["version"], 5);
}

#[test]
fn earlier_bodies_are_for_the_author_and_moderators_until_the_deletion() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "one"})).by("7").status(201);
    let path = format!("/api/chat/messages/{}", sent["id"].as_str().expect("the id is present"));
    world.objects.flush();
    let history = format!("{path}/history");
    assert_eq!(world.get(&history).by("7").status(200)["data"], json!([]));
    for body in ["two", "three", "four"] {
        world.put(&path, json!({"body": body})).by("7").status(200);
    }
    let first = world.get(&format!("{history}?limit=2")).by("7").status(200);
    assert_eq!((&first["data"][0]["body"], &first["data"][1]["body"]), (&json!("three"), &json!("two")));
    let next = format!("{history}?cursor={}", first["next_cursor"].as_str().expect("the list continues"));
    let rest = world.get(&next).with(&Token::admin()).status(200);
    assert_eq!(rest["data"], json!([{"version": 1, "body": "one", "written_at": sent["created_at"]}]));
    world.get(&history).by("8").refused(403, "forbidden");
    world.get(&history).by("9").refused(403, "forbidden");
    let stranger = Token::of("7").claim("tenant", json!("other")).secret(OTHER_SECRET);
    world.get(&history).with(&stranger).refused(404, "not-found");
    world.delete(&path).by("7").status(200);
    world.get(&history).by("7").refused(404, "not-found");
}
