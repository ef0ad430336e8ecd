//! Tests of what only the caller sees: preferences of conversations, drafts, saved messages.

use super::bodies;
use crate::testing::{Token, World};
use campana_core::chat::own_channel::OwnEvent;
use campana_schema::drafts::CLEAR;
use campana_storage::Fault;
use serde_json::{Value, json};

const UNKNOWN: &str = "0190a7c0-0000-7000-8000-000000000099";

/// Name, id of what changed, and changed fields of the events that users' own channels got.
fn told(world: &World) -> Vec<(String, String, Value)> {
    let read = |own: OwnEvent| {
        assert_eq!((own.tenant.as_str(), own.user.as_str()), ("demo", "7"), "it is for the caller alone");
        (own.event.event.as_str().to_owned(), own.event.id.expect("an id"), own.event.partial)
    };
    world.objects.notified().into_iter().map(read).collect()
}

fn id_of(path: &str) -> String {
    path.rsplit('/').next().expect("a segment").to_owned()
}

/// Sends a message as user 7; returns its id.
fn say(world: &World, conversation: &str, body: &Value) -> String {
    let sent = world.post(&format!("{conversation}/messages"), body.clone()).by("7").status(201);
    world.objects.flush();
    sent["id"].as_str().expect("an id").to_owned()
}

#[test]
fn preferences_change_by_field_and_are_shown_to_their_member_alone() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let path = format!("{conversation}/preferences");
    let defaults = json!({"notifications_muted_until": null, "notify": "all", "favorite": false, "archived": false});
    assert_eq!(world.get(&conversation).by("7").status(200)["preferences"], defaults);
    let until = "2024-01-01T00:00:00.000Z";
    let body = json!({"favorite": true, "notifications_muted_until": until, "notify": "mentions"});
    world.patch(&path, body).by("7").status(200);
    let changed = world.patch(&path, json!({"archived": true, "notifications_muted_until": null})).by("7").status(200);
    let expected = json!({"notifications_muted_until": null, "notify": "mentions", "favorite": true, "archived": true});
    assert_eq!(changed, expected);
    assert_eq!(world.get(&conversation).by("7").status(200)["preferences"], expected);
    assert_eq!(world.get(&conversation).by("8").status(200)["preferences"], defaults);
    let events = told(&world);
    assert_eq!(events.len(), 2);
    assert_eq!(events[1], ("preferences.updated".to_owned(), id_of(&conversation), expected));
    world.patch(&path, json!({"archived": true})).by("7").status(200);
    assert_eq!(told(&world), [], "nothing changed");
}

#[test]
fn preferences_are_for_members_and_have_valid_values() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let path = format!("{conversation}/preferences");
    let change = |body: Value| world.patch(&path, body);
    change(json!({"favorite": true})).by("8").refused(403, "forbidden");
    for (body, field) in [
        (json!({"notifications_muted_until": "2020-01-01T00:00:00Z"}), "notifications_muted_until"),
        (json!({"notifications_muted_until": "2999-01-01T00:00:00Z"}), "notifications_muted_until"),
        (json!({"notify": "some"}), "notify"),
        (json!({"pinned": true}), "pinned"),
        (json!({"origin_client_id": ""}), "origin_client_id"),
    ] {
        assert_eq!(change(body).by("7").refused(422, "invalid")["errors"][0]["field"], field);
    }
    assert_eq!(told(&world), []);
}

#[test]
fn a_message_of_another_person_unarchives() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let archive = |by: &str| world.patch(&format!("{conversation}/preferences"), json!({"archived": true})).by(by);
    archive("7").status(200);
    archive("8").status(200);
    world.clock.pass(1_000);
    say(&world, &conversation, &json!({"body": "hi"}));
    let is_archived = |by: &str| world.get(&conversation).by(by).status(200)["preferences"]["archived"] == json!(true);
    assert_eq!((is_archived("7"), is_archived("8")), (true, false));
    let listed = |query: &str| {
        let page = world.get(&format!("/api/chat/conversations?{query}")).by("7").status(200);
        page["data"].as_array().expect("a list").iter().any(|item| item["id"] == *id_of(&conversation))
    };
    assert!(
        listed("archived=true") && !listed("archived=false") && !listed("favorite=true") && listed("favorite=false")
    );
    world.get("/api/chat/conversations?archived=maybe").by("7").refused(422, "invalid");
}

#[test]
fn a_draft_is_the_same_on_every_device_and_has_a_place() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let parent = say(&world, &conversation, &json!({"body": "a thread"}));
    let path = format!("{conversation}/draft");
    let none = world.get(&path).by("7").status(200);
    let id = id_of(&conversation);
    assert_eq!(none, json!({"conversation_id": id, "parent_id": null, "body": null, "rev": 0, "updated_at": null}));
    let saved = world.put(&path, json!({"body": " see you "})).by("7").status(200);
    assert_eq!((&saved["body"], &saved["rev"]), (&json!("see you"), &json!(1)));
    world.put(&path, json!({"body": "in the thread", "parent_id": parent, "rev": 4})).by("7").status(200);
    assert_eq!(world.get(&path).by("7").status(200), saved);
    let thread = world.get(&format!("{path}?parent_id={parent}")).by("7").status(200);
    assert_eq!((&thread["body"], &thread["rev"]), (&json!("in the thread"), &json!(4)));
    assert_eq!(world.get(&path).by("8").status(200)["body"], json!(null), "it is of one person");
    world.clock.pass(1_000);
    world.put(&path, json!({"body": ""})).by("7").status(200);
    world.delete(&format!("{path}?parent_id={parent}")).by("7").status(204);
    world.delete(&format!("{path}?parent_id={parent}")).by("7").status(204);
    let events = told(&world);
    let names: Vec<_> = events.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["draft.updated"; 4], "a repeat changes nothing");
    let partials = events.iter().map(|(.., it)| (it["parent_id"].clone(), it["body"].clone(), it["rev"].clone()));
    let expected = [
        (json!(null), json!("see you"), json!(1)),
        (json!(parent), json!("in the thread"), json!(4)),
        (json!(null), json!(null), json!(2)),
        (json!(parent), json!(null), json!(5)),
    ];
    assert_eq!(partials.collect::<Vec<_>>(), expected);
}

#[test]
fn what_was_sent_does_not_return_as_a_draft() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let path = format!("{conversation}/draft");
    world.put(&path, json!({"body": "hel", "rev": 1})).by("7").status(200);
    say(&world, &conversation, &json!({"body": "another text", "client_msg_id": "m1"}));
    assert_eq!(world.get(&path).by("7").status(200)["body"], "hel", "the client did not say so");
    // The save of state 2 is on its way.
    say(&world, &conversation, &json!({"body": "hello", "client_msg_id": "m2", "draft_rev": 2}));
    world.put(&path, json!({"body": "hell", "rev": 2})).by("7").refused(409, "conflict");
    assert_eq!(world.get(&path).by("7").status(200)["body"], json!(null));
    let last = told(&world).pop().expect("an event");
    assert_eq!((last.0.as_str(), &last.2["body"], &last.2["rev"]), ("draft.updated", &json!(null), &json!(2)));
    world.put(&path, json!({"body": "next", "rev": 3})).by("7").status(200);
    let body = json!({"body": "hello", "client_msg_id": "m2", "draft_rev": 2});
    world.post(&format!("{conversation}/messages"), body).by("7").status(200);
    assert_eq!(world.get(&path).by("7").status(200)["body"], "next", "a repeat does not clear a newer draft");
    let refused = json!({"body": "hello", "draft_rev": 0});
    world.post(&format!("{conversation}/messages"), refused).by("7").refused(422, "invalid");
}

#[test]
fn a_message_is_sent_even_if_its_draft_cannot_be_cleared() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    world.put(&format!("{conversation}/draft"), json!({"body": "hel", "rev": 1})).by("7").status(200);
    world.database.fail_at(CLEAR, Fault::BeforePersisting);
    let body = json!({"body": "hello", "draft_rev": 1});
    world.post(&format!("{conversation}/messages"), body).by("7").status(201);
}

#[test]
fn drafts_are_for_members_and_have_valid_values() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let (_, other) = world.room_of(&["7", "8"]);
    let foreign = say(&world, &other, &json!({"body": "elsewhere"}));
    let path = format!("{conversation}/draft");
    world.get(&path).by("8").refused(403, "forbidden");
    world.put(&path, json!({"body": "x"})).by("8").refused(403, "forbidden");
    world.delete(&path).by("8").refused(403, "forbidden");
    let long = "x".repeat(4_001);
    for (body, field) in [
        (json!({}), "body"),
        (json!({"body": long}), "body"),
        (json!({"body": "a\u{0}b"}), "body"),
        (json!({"body": "x", "rev": 0}), "rev"),
        (json!({"body": "x", "rev": 9_007_199_254_740_991_i64}), "rev"),
        (json!({"body": "x", "parent_id": "thread"}), "parent_id"),
        (json!({"body": "x", "parent_id": UNKNOWN}), "parent_id"),
        (json!({"body": "x", "parent_id": foreign}), "parent_id"),
    ] {
        let problem = world.put(&path, body).by("7").refused(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field);
    }
    world.delete(&format!("{path}?rev=2&parent_id={foreign}")).by("7").refused(422, "invalid");
    assert_eq!(told(&world), []);
}

#[test]
fn drafts_are_listed_last_saved_first() {
    let world = World::new();
    let mut conversations = Vec::new();
    for _ in 0..3 {
        let (_, conversation) = world.room_of(&["7"]);
        world.put(&format!("{conversation}/draft"), json!({"body": id_of(&conversation)})).by("7").status(200);
        world.clock.pass(1_000);
        conversations.insert(0, id_of(&conversation));
    }
    let first = world.get("/api/me/drafts?limit=2").by("7").status(200);
    let cursor = first["next_cursor"].as_str().expect("the list continues");
    let second = world.get(&format!("/api/me/drafts?limit=2&cursor={cursor}")).by("7").status(200);
    assert_eq!([bodies(&first), bodies(&second)].concat(), conversations);
    assert_eq!(second["next_cursor"], json!(null));
    assert_eq!(world.get("/api/me/drafts").by("8").status(200)["data"], json!([]));
    world.get("/api/me/saved").by("7").status(200);
    world.get(&format!("/api/me/saved?cursor={cursor}")).by("7").refused(422, "bad-cursor");
}

#[test]
fn saved_messages_are_listed_while_they_may_be_read() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    let ids: Vec<String> =
        ["1", "2", "3"].iter().map(|body| say(&world, &conversation, &json!({"body": body}))).collect();
    for id in [&ids[1], &ids[0], &ids[2], &ids[1]] {
        let saved = world.put(&format!("/api/me/saved/{id}"), json!({})).by("7").status(200);
        assert_eq!(saved["message"]["id"], **id);
        world.clock.pass(1_000);
    }
    let listed = || {
        let page = world.get("/api/me/saved").by("7").status(200);
        let items = page["data"].as_array().expect("a list").clone();
        items.iter().map(|item| item["message"]["body"].as_str().expect("a body").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["3", "1", "2"]);
    let names: Vec<_> =
        told(&world).into_iter().map(|(name, id, partial)| (name, id, partial["saved_at"].is_string())).collect();
    let expected = [&ids[1], &ids[0], &ids[2]].map(|id| ("saved.updated".to_owned(), id.clone(), true));
    assert_eq!(names, expected, "once for each");
    world.delete(&format!("/api/chat/messages/{}", ids[0])).by("7").status(200);
    assert_eq!(listed(), ["3", "2"], "the deletion holds when its call returns");
    world.put(&format!("/api/me/saved/{}", ids[0]), json!({})).by("7").refused(404, "not-found");
    world.delete(&format!("/api/me/saved/{}", ids[2])).by("7").status(204);
    world.delete(&format!("/api/me/saved/{}", ids[2])).by("7").status(204);
    assert_eq!(listed(), ["2"]);
    assert_eq!(told(&world), [("saved.updated".to_owned(), ids[2].clone(), json!({"saved_at": null}))]);
    world.delete(&format!("{room}/members/7")).with(&Token::admin()).status(204);
    assert_eq!(listed(), Vec::<String>::new());
    world.put(&format!("/api/me/saved/{}", ids[1]), json!({})).by("7").refused(403, "forbidden");
    world.put(&format!("/api/me/saved/{UNKNOWN}"), json!({})).by("7").refused(404, "not-found");
}

#[test]
fn a_change_holds_even_if_the_other_devices_cannot_be_told() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    world.objects.set_down(true);
    world.patch(&format!("{conversation}/preferences"), json!({"favorite": true})).by("7").status(200);
    world.put(&format!("{conversation}/draft"), json!({"body": "x"})).by("7").status(200);
    assert_eq!(world.get(&conversation).by("7").status(200)["preferences"]["favorite"], true);
}
