//! Requests for conversations that do not exist never reach an object, because a request would create it.

use crate::testing::{Call, Reply, Token, World};
use campana_schema::conversations::KNOWN;
use campana_storage::Fault;
use serde_json::{Value, json};

const NOWHERE: &str = "0190a7c0-0000-7000-8000-000000000001";

/// Ids in the path and query of a request.
#[derive(Clone)]
struct Named {
    conversation: String,
    message: String,
}

/// A member's request, and whether it reaches the conversation's object.
struct Case {
    what: &'static str,
    call: fn(&World, &Named) -> Call,
    by_object: bool,
}

const fn by_object(what: &'static str, call: fn(&World, &Named) -> Call) -> Case {
    Case { what, call, by_object: true }
}

const fn by_record(what: &'static str, call: fn(&World, &Named) -> Call) -> Case {
    Case { what, call, by_object: false }
}

impl Named {
    /// A path below the conversation.
    fn path(&self, rest: &str) -> String {
        format!("/api/chat/conversations/{}{rest}", self.conversation)
    }

    /// A path of the message, with the conversation as a hint.
    fn hint(&self, act: &str) -> String {
        format!("/api/chat/messages/{}{act}?conversation_id={}", self.message, self.conversation)
    }

    fn invented(&self) -> Self {
        Self { conversation: NOWHERE.to_owned(), ..self.clone() }
    }
}

fn upgraded(call: Call) -> Call {
    call.header("upgrade", "websocket").header("connection", "Upgrade")
}

/// A request to every endpoint that names a conversation.
const CASES: [Case; 21] = [
    by_record("look", |world, it| world.get(&it.path(""))),
    by_record("preferences", |world, it| world.patch(&it.path("/preferences"), json!({"favorite": true}))),
    by_record("draft", |world, it| world.get(&it.path("/draft"))),
    by_record("save a draft", |world, it| world.put(&it.path("/draft"), json!({"body": "hi"}))),
    by_record("clear a draft", |world, it| world.delete(&it.path("/draft?rev=1"))),
    by_object("change", |world, it| world.patch(&it.path(""), json!({"metadata": {"name": "Trek"}}))),
    by_object("read up to the end", |world, it| world.post(&it.path("/read"), json!({}))),
    by_object("read up to a place", |world, it| world.post(&it.path("/read"), json!({"seq": 1}))),
    by_object("newest page", |world, it| world.get(&it.path("/messages"))),
    by_object("older page", |world, it| world.get(&it.path("/messages?before=9"))),
    by_object("newer page", |world, it| world.get(&it.path("/messages?after=0"))),
    by_object("page around a place", |world, it| world.get(&it.path("/messages?around=1"))),
    by_object("page around a message", |world, it| world.get(&it.path(&format!("/messages?around={}", it.message)))),
    by_object("send", |world, it| world.post(&it.path("/messages"), json!({"body": "hi"}))),
    by_object("schedule", |world, it| {
        world.post(&it.path("/scheduled"), json!({"body": "hi", "send_at": "2024-01-01T00:00:00Z"}))
    }),
    by_object("events", |world, it| world.get(&it.path("/events"))),
    by_object("bare socket", |world, it| upgraded(world.get(&it.path("/socket")))),
    by_object("socket", |world, it| {
        upgraded(world.get(&it.path("/socket"))).header("sec-websocket-protocol", "campana.v1")
    }),
    by_object("edit", |world, it| world.put(&it.hint(""), json!({"body": "ho"}))),
    by_object("delete", |world, it| world.delete(&it.hint(""))),
    by_record("read up to a message", |world, it| world.post(&it.hint("/read"), json!({}))),
];

/// A group of users 7 and 8 with a message of user 7, seen from an isolate with empty caches.
fn group() -> (World, Named) {
    let world = World::new();
    world.meet(&["7", "8"]);
    let group = world.post("/api/chat/conversations", json!({"type": "group", "user_ids": ["8"]})).by("7").status(201);
    let text = |value: &Value| value.as_str().expect("the id is present").to_owned();
    let conversation = text(&group["id"]);
    let path = format!("/api/chat/conversations/{conversation}/messages");
    let message = text(&world.post(&path, json!({"body": "hi"})).by("7").status(201)["id"]);
    world.objects.flush();
    (world.elsewhere(), Named { conversation, message })
}

/// Number of requests to objects.
fn asked(world: &World) -> usize {
    world.objects.commands().len() + world.objects.opened().len()
}

/// Whether the client gets a 404, in HTTP or on the accepted socket.
fn is_not_found(reply: &Reply) -> bool {
    let in_http = reply.status == 404 && reply.body["type"] == "https://campana.dev/problems/not-found";
    in_http || reply.body["told_on_the_socket"] == "not-found"
}

#[test]
fn the_object_of_a_missing_conversation_is_never_addressed() {
    for Case { what, call, .. } in &CASES {
        let (world, named) = group();
        let before = asked(&world);
        for token in [Token::of("7"), Token::of("new"), Token::admin()] {
            let reply = call(&world, &named.invented()).with(&token).send();
            assert!(is_not_found(&reply), "{what}: {} {}", reply.status, reply.text);
        }
        assert_eq!(asked(&world), before, "{what}");
    }
}

#[test]
fn sockets_are_refused_on_a_socket_with_the_offered_subprotocol() {
    for Case { what, call, .. } in &CASES {
        let (world, named) = group();
        let reply = call(&world, &named.invented()).by("7").send();
        assert_eq!(reply.body["told_on_the_socket"] == "not-found", what.ends_with("socket"), "{what}: {}", reply.text);
        let spoken = if *what == "socket" { "campana.v1" } else { "" };
        assert_eq!(reply.header("sec-websocket-protocol"), spoken, "{what}");
    }
}

#[test]
fn another_tenants_conversation_looks_missing() {
    for Case { what, call, .. } in &CASES {
        let (world, named) = group();
        let before = asked(&world);
        // The isolate has now cached the conversation for its own tenant.
        world.get(&named.path("/messages")).by("7").status(200);
        let reply = call(&world, &named).with(&Token::other_admin()).send();
        assert!(is_not_found(&reply), "{what}: {} {}", reply.status, reply.text);
        assert_eq!(asked(&world), before + 1, "{what}");
    }
}

#[test]
fn a_conversation_of_another_isolate_is_looked_up_once() {
    for Case { what, call, by_object } in &CASES {
        let (world, named) = group();
        let before = asked(&world);
        let reply = call(&world, &named).by("7").send();
        assert!(reply.status.is_success(), "{what}: {} {}", reply.status, reply.text);
        assert_eq!(asked(&world) > before, *by_object || *what == "read up to a message", "{what}");
        world.database.fail_at(KNOWN, Fault::BeforePersisting);
        call(&world, &named).by("7").send();
        world.get(&named.path("/messages")).by("7").status(200);
        assert_eq!(
            world.log.all().len(),
            usize::from(!by_object && *what != "read up to a message"),
            "{what}: no further query"
        );
    }
}

#[test]
fn an_outage_of_d1_stops_no_conversation() {
    for Case { what, call, .. } in CASES.iter().filter(|case| case.by_object) {
        for (fault, waited) in [(Fault::BeforePersisting, 0), (Fault::Silence, 2_000)] {
            let (world, named) = group();
            let (before, then) = (asked(&world), world.clock.millis());
            world.database.fail_at(KNOWN, fault);
            let reply = call(&world, &named).by("7").send();
            assert!(reply.status.is_success(), "{what}: {} {}", reply.status, reply.text);
            // A deletion also waits for its flush.
            let slack = if *what == "delete" { 100 } else { 1 };
            assert!((waited..waited + slack).contains(&(world.clock.millis() - then)), "{what}");
            assert!(asked(&world) > before, "{what}");
            let lines = world.log.all();
            assert!(lines.len() == 1 && lines[0]["at"] == "objects.record", "{what}: {lines:?}");
            let after = asked(&world);
            world.database.fail_at(KNOWN, Fault::BeforePersisting);
            call(&world, &named.invented()).by("7").send();
            assert!(asked(&world) > after, "{what}: the object is asked while D1 is down");
        }
    }
}

#[test]
fn missing_conversations_are_not_cached() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let here = world.elsewhere();
    let group =
        || world.post("/api/chat/conversations", json!({"type": "group", "user_ids": ["8"]})).by("7").status(201);
    let first = group()["id"].as_str().expect("the id is present").to_owned();
    world.run("DELETE FROM members WHERE conversation_id = ?1", [first.as_str().into()]);
    let path = format!("/api/chat/conversations/{NOWHERE}/messages");
    let before = asked(&here);
    here.get(&path).by("7").refused(404, "not-found");
    assert_eq!(asked(&here), before);
    world.run("UPDATE conversations SET id = ?2 WHERE id = ?1", [first.as_str().into(), NOWHERE.into()]);
    here.get(&path).by("7").refused(404, "not-found");
    assert_eq!(asked(&here), before + 1, "the object of the new conversation refuses");
}

#[test]
fn deleted_conversations_are_left_to_their_object() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    world.delete(&room).with(&Token::admin()).status(204);
    let here = world.elsewhere();
    let before = asked(&here);
    here.get(&format!("{conversation}/messages")).by("7").refused(404, "not-found");
    here.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").refused(404, "not-found");
    assert_eq!(asked(&here), before + 2);
}

#[test]
fn conversations_just_read_or_created_are_not_looked_up() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    world.meet(&["8"]);
    let link = world.post(&format!("{room}/invites"), json!({})).with(&Token::admin()).status(201);
    let invite = format!("/api/chat/invites/{}/accept", link["token"].as_str().expect("the token is present"));
    let sent = world.post(&format!("{room}/messages"), json!({"body": "hi"})).by("7").status(201);
    let message = format!("/api/chat/messages/{}", sent["id"].as_str().expect("the id is present"));
    world.objects.flush();
    for what in ["room", "invite", "message", "general", "private", "typing"] {
        let here = world.elsewhere();
        // A look-up in D1 would fail and be logged.
        here.database.fail_at(KNOWN, Fault::BeforePersisting);
        let call = match what {
            "room" => here.get(&format!("{room}/messages")),
            "invite" => here.post(&invite, json!({})),
            "message" => here.put(&message, json!({"body": "ho"})),
            "general" => here.get("/api/chat/messages"),
            "private" => here.post("/api/chat/messages/private", json!({"recipient_id": "8", "message": "hi"})),
            _ => here.post("/api/chat/typing", json!({"typing": true})),
        };
        let reply = call.by("7").send();
        assert!(reply.status.is_success(), "{what}: {} {}", reply.status, reply.text);
        assert_eq!(here.log.all(), Vec::<Value>::new(), "{what}");
    }
}

#[test]
fn a_missing_room_leads_to_no_object() {
    let world = World::new();
    world.meet(&["7"]);
    let room = format!("/api/chat/rooms/{NOWHERE}");
    let until = json!({"until": "2023-11-15T00:00:00Z"});
    for call in [
        world.get(&room),
        world.put(&room, json!({"name": "Mine now"})),
        world.delete(&room),
        world.post(&format!("{room}/join"), json!({})),
        world.post(&format!("{room}/leave"), json!({})),
        world.get(&format!("{room}/members")),
        world.post(&format!("{room}/members"), json!({"user_id": "7"})),
        world.put(&format!("{room}/members/7"), json!({"role": "moderator"})),
        world.delete(&format!("{room}/members/7")),
        world.post(&format!("{room}/members/7/mute"), until),
        world.delete(&format!("{room}/members/7/mute")),
        world.post(&format!("{room}/members/7/ban"), json!({})),
        world.delete(&format!("{room}/members/7/ban")),
        world.get(&format!("{room}/bans")),
        world.get(&format!("{room}/invites")),
        world.post(&format!("{room}/invites"), json!({})),
        world.delete(&format!("{room}/invites/{NOWHERE}")),
        world.get(&format!("{room}/messages")),
        world.post(&format!("{room}/messages"), json!({"body": "hi"})),
        world.post(&format!("/api/chat/invites/{NOWHERE}/accept"), json!({})),
        world.post("/api/chat/invites/no-token/decline", json!({})),
        world.put(&format!("/api/chat/messages/{NOWHERE}"), json!({"body": "ho"})),
        world.delete(&format!("/api/chat/messages/{NOWHERE}")),
        world.post(&format!("/api/chat/messages/{NOWHERE}/read"), json!({})),
    ] {
        call.with(&Token::admin()).refused(404, "not-found");
    }
    assert_eq!(asked(&world), 0);
}
