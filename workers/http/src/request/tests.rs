//! Tests of invalid input at every endpoint that takes input.

use crate::testing::{Call, Signing, Token, World};
use campana_schema::{conversations, rooms};
use campana_storage::Fault;
use serde_json::json;

/// A request to every endpoint with a body, with a body of valid shape.
fn endpoints(world: &World) -> Vec<(Call, serde_json::Value)> {
    let (room, conversation) = world.room_of(&["1", "7"]);
    let message = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    world.objects.flush();
    let message = format!("/api/chat/messages/{}", message["id"].as_str().expect("the id is present"));
    vec![
        (world.call("POST", "/api/chat/rooms"), json!({"name": "Room"})),
        (world.call("PUT", &room), json!({"name": "Room"})),
        (world.call("POST", &format!("{room}/members")), json!({"user_id": "7"})),
        (world.call("PUT", &format!("{room}/members/7")), json!({"role": "member"})),
        (world.call("POST", &format!("{room}/members/7/mute")), json!({"until": "2023-11-15T00:00:00Z"})),
        (world.call("POST", &format!("{room}/invites")), json!({"max_uses": 1})),
        (world.call("POST", &format!("{room}/messages")), json!({"body": "hi"})),
        (world.call("POST", &format!("{conversation}/messages")), json!({"body": "hi"})),
        (world.call("POST", "/api/chat/conversations"), json!({"type": "dm", "user_id": "7"})),
        (world.call("PATCH", &conversation), json!({"metadata": {}})),
        (world.call("POST", "/api/chat/messages"), json!({"message": "hi"})),
        (world.call("POST", "/api/chat/messages/private"), json!({"recipient_id": "7", "message": "hi"})),
        (world.call("PUT", &message), json!({"body": "hi"})),
        (world.call("POST", "/api/chat/typing"), json!({"typing": true})),
        (world.call("PATCH", "/api/admin/settings"), json!({"limits": {"body_chars": 5}})),
        (world.call("POST", "/api/demo/token"), json!({"user": "7"})),
        (world.call("POST", "/api/security/alerts/a-1/false-alarm"), json!({"reason": "a cat"})),
        (world.call("POST", "/api/security/alerts/a-1/location"), json!({"lat": 1, "lng": 2})),
        (world.call("POST", "/api/security/alerts/a-1/receipts"), json!({"state": "seen"})),
        (world.call("PUT", "/api/me/alert-pins"), json!({"cancel_pin": "1234"})),
        (
            world.call("POST", "/api/security/push/subscriptions"),
            json!({"endpoint": "https://push.example/", "keys": {"p256dh": "B", "auth": "A"}}),
        ),
        (world.call("DELETE", "/api/security/push/subscriptions"), json!({"endpoint": "https://push.example/"})),
        (world.call("POST", "/api/admin/alert-webhooks"), json!({"url": "https://example.org/"})),
    ]
}

/// More than 1,000 levels in a few kilobytes: `serde_json` unfolds strings under its private raw-value key.
fn folded() -> String {
    let fold = |inner: String, _| {
        format!("{}{}{}", "[".repeat(120), json!({"$serde_json::private::RawValue": inner}), "]".repeat(120))
    };
    (0..12).fold("1".to_owned(), fold)
}

#[test]
fn nested_json_in_strings_is_never_unfolded() {
    let (world, admin, folded) = (World::new(), Token::admin(), folded());
    for (call, _) in endpoints(&world) {
        let body = format!(r#"{{"metadata":{{"a":{folded}}}}}"#);
        let refusal = call.with(&admin).raw("application/json", body.as_bytes()).refused(422, "invalid");
        assert_eq!(refusal["detail"], "body: has a key that no object may have");
    }
    let channel = format!(r#"{{"socket_id":"1.2","channel_name":"private-x","a":{folded}}}"#);
    world
        .call("POST", "/broadcasting/auth")
        .with(&admin)
        .raw("application/json", channel.as_bytes())
        .refused(400, "malformed");
    let event = format!(r#"{{"name":"e","channel":"c","data":"d","a":{folded}}}"#);
    assert_eq!(world.signed_post("/apps/demo/events", event.as_bytes(), &Signing::good()).send().status, 400);
}

#[test]
fn an_unreadable_body_is_refused_everywhere() {
    let world = World::new();
    let admin = Token::admin();
    for (call, good) in endpoints(&world) {
        let call = call.with(&admin);
        let json = "application/json";
        for broken in [&b"{"[..], b"", b"nonsense", b"{\"a\":1,}", b"{}x", b"\xff\xfe", b"{\"name\":\"\xc3\x28\"}"] {
            call.clone().raw(json, broken).refused(400, "malformed");
        }
        let deep = "[".repeat(10_000);
        call.clone().raw(json, deep.as_bytes()).refused(422, "invalid");
        let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(64 * 1024));
        call.clone().raw(json, huge.as_bytes()).refused(413, "too-large");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"] {
            call.clone().raw(kind, good.to_string().as_bytes()).refused(415, "unsupported-media-type");
        }
        // Every field of an invite is optional.
        let needs_something = good.get("max_uses").is_none();
        let empty = needs_something.then(|| json!({}));
        for wrong in [json!([]), json!("x"), json!(7), json!(null)].into_iter().chain(empty) {
            let answer = call.clone().json(&wrong).send();
            assert_eq!(answer.status, 422, "{wrong}: {}", answer.body);
        }
        let mut unknown = good.clone();
        unknown["surprise"] = json!(1);
        let refusal = call.clone().json(&unknown).refused(422, "invalid");
        assert!(refusal["errors"][0]["field"].as_str().is_some_and(|f| f.ends_with("surprise")), "{refusal}");
        for name in good.as_object().expect("an object").keys() {
            let mut wrong = good.clone();
            wrong[name] = json!(["my secret"]);
            let refusal = call.clone().json(&wrong).refused(422, "invalid");
            assert!(!refusal.to_string().contains("secret"), "{refusal}");
        }
    }
}

#[test]
fn a_charset_or_json_suffix_is_accepted() {
    let world = World::new();
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"] {
        world.call("POST", "/api/chat/typing").raw(kind, br#"{"typing":true}"#).by("7").status(204);
    }
}

#[track_caller]
fn names_the_field(path: &str, body: serde_json::Value, field: &str) {
    let world = World::new();
    world.meet(&["7"]);
    let refusal = world.post(path, body).with(&Token::admin()).refused(422, "invalid");
    assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
}

#[test]
fn a_refusal_names_the_field() {
    let rooms = "/api/chat/rooms";
    names_the_field(rooms, json!({}), "name");
    names_the_field(rooms, json!({"name": 7}), "name");
    names_the_field(rooms, json!({"name": " "}), "name");
    names_the_field(rooms, json!({"name": "a\nb"}), "name");
    names_the_field(rooms, json!({"name": "x".repeat(101)}), "name");
    names_the_field(rooms, json!({"name": "x", "description": "x".repeat(1_001)}), "description");
    names_the_field(rooms, json!({"name": "x", "visibility": "secret"}), "visibility");
    names_the_field(rooms, json!({"name": "x", "members": [{"user_id": "nobody"}]}), "members");
    names_the_field(rooms, json!({"name": "x", "members": [{"user_id": "7", "role": "king"}]}), "members[0].role");
    names_the_field(rooms, json!({"name": "x", "members": [{"user_id": "7"}, {"user_id": "7"}]}), "members");
    let conversations = "/api/chat/conversations";
    names_the_field(conversations, json!({"type": "dm", "user_id": "nobody"}), "user_id");
    names_the_field(conversations, json!({"type": "group", "user_ids": []}), "user_ids");
    names_the_field(conversations, json!({"type": "group", "user_ids": ["7", "nobody"]}), "user_ids");
    let large = json!({"type": "group", "user_ids": ["7"], "metadata": {"x": "x".repeat(5_000)}});
    names_the_field(conversations, large, "metadata");
    let private = "/api/chat/messages/private";
    names_the_field(private, json!({"recipient_id": "nobody", "message": "hi"}), "recipient_id");
    names_the_field(private, json!({"recipient_id": "7", "message": " "}), "message");
    names_the_field(private, json!({"recipient_id": "7", "message": "x".repeat(1_001)}), "message");
    let general = "/api/chat/messages";
    names_the_field(general, json!({"message": ""}), "body");
    names_the_field(general, json!({"message": "x".repeat(4_001)}), "body");
    names_the_field(general, json!({"message": "x", "client_msg_id": ""}), "client_msg_id");
    names_the_field(general, json!({"message": "x", "client_msg_id": "x".repeat(65)}), "client_msg_id");
    names_the_field(general, json!({"message": "x", "origin_client_id": "x".repeat(65)}), "origin_client_id");
    names_the_field(general, json!({"message": "x", "type": "system"}), "type");
    names_the_field(general, json!({"message": "x", "parent_id": "x"}), "parent_id");
}

#[test]
fn lists_refuse_bad_limits_cursors_and_parameters() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    let lists = [
        "/api/chat/rooms".to_owned(),
        format!("{room}/members"),
        "/api/chat/conversations".to_owned(),
        "/api/chat/users".to_owned(),
        "/api/chat/users/online".to_owned(),
    ];
    for list in &lists {
        for bad in ["!", "YQ", "MR9yb29tcw", "%00"] {
            world.get(&format!("{list}?cursor={bad}")).by("7").refused(422, "bad-cursor");
        }
    }
    let histories = [format!("{conversation}/messages"), format!("{room}/messages"), "/api/chat/messages".to_owned()];
    for list in lists.iter().chain(&histories) {
        for bad in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "surprise=1", "limit=1&limit=2"] {
            let refusal = world.get(&format!("{list}?{bad}")).by("7").refused(422, "invalid");
            assert_eq!(refusal["errors"][0]["field"], bad.split('=').next().expect("a name"), "{refusal}");
        }
        world.get(&format!("{list}?limit=100")).by("7").status(200);
    }
    for list in &histories {
        for bad in ["before=x", "after=-1", "around=x", "before=1.5", "before=", "before=9999999999999999999"] {
            world.get(&format!("{list}?{bad}")).by("7").refused(422, "bad-cursor");
        }
        world.get(&format!("{list}?before=1&after=1")).by("7").refused(422, "invalid");
    }
}

#[test]
fn malformed_ids_are_not_found() {
    let world = World::new();
    for path in ["rooms/x", "rooms/%ff", "rooms/x/members", "conversations/7", "conversations/x/messages"] {
        world.get(&format!("/api/chat/{path}")).by("7").refused(404, "not-found");
    }
    world.delete("/api/chat/messages/x").by("7").refused(404, "not-found");
}

/// The administrator creates a room with an idempotency key.
fn create_room(world: &World, key: &str, name: &str) -> Call {
    let call = world.post("/api/chat/rooms", json!({"name": name})).with(&Token::admin());
    call.header("idempotency-key", key)
}

#[test]
fn the_same_key_gives_the_first_result() {
    let world = World::new();
    let create = |key: &str, name: &str| create_room(&world, key, name).send();
    let first = create("k1", "Lobby");
    assert_eq!(first.status, 201);
    let again = create("k1", "Lobby");
    assert_eq!(again.status, 201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = create("k1", "Foyer");
    assert_eq!(other.status, 422);
    assert_eq!(other.body["type"], "https://campana.dev/problems/key-reused");
    assert_ne!(create("k2", "Lobby").body["id"], first.body["id"]);
    let rooms = world.get("/api/chat/rooms").with(&Token::admin()).status(200);
    assert_eq!(rooms["data"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_key_belongs_to_a_user_and_a_path() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let dm = |by: &str, with: &str| {
        let call = world.post("/api/chat/conversations", json!({"type": "group", "user_ids": [with]})).by(by);
        call.header("idempotency-key", "k").status(201)["id"].clone()
    };
    assert_ne!(dm("7", "8"), dm("8", "7"));
    let other_path = world.post("/api/chat/rooms", json!({"name": "x"})).with(&Token::admin());
    other_path.header("idempotency-key", "k").status(201);
}

#[test]
fn a_refused_request_may_be_retried_with_its_key() {
    let world = World::new();
    let create = |name: &str| create_room(&world, "k", name);
    create(" ").refused(422, "invalid");
    create("Lobby").status(201);
    create_room(&world, &"x".repeat(256), "x").refused(422, "invalid");
}

#[test]
fn a_key_replaces_a_missing_client_msg_id() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let path = format!("{conversation}/messages");
    for key in ["short".to_owned(), "long".repeat(50)] {
        let send = |body: &str| world.post(&path, json!({"body": body})).by("7").header("idempotency-key", &key);
        let first = send("hi").status(201);
        assert_eq!(send("hi").status(200)["id"], first["id"]);
        send("ho").refused(422, "key-reused");
    }
    let unnamed = || world.post(&path, json!({"body": "hi"})).by("7").status(201);
    assert_ne!(unnamed()["id"], unnamed()["id"]);
}

#[test]
fn a_running_request_blocks_its_key_for_a_minute() {
    let world = World::new();
    let create = || create_room(&world, "k", "Lobby");
    let first = create().status(201);
    world.run("UPDATE idempotency_keys SET status = NULL, response = NULL WHERE key = ?1", ["k".into()]);
    let reply = create().send();
    assert_eq!(reply.body["type"], "https://campana.dev/problems/request-in-progress");
    assert_eq!((reply.status.as_u16(), reply.header("retry-after").as_str()), (409, "1"));
    world.clock.pass(61_000);
    assert_eq!(create().status(201)["id"], first["id"], "the first attempt's result is found");
    let rooms = world.get("/api/chat/rooms").with(&Token::admin()).status(200);
    assert_eq!(rooms["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_request_that_failed_after_its_effect_is_not_repeated() {
    let world = World::new();
    world.meet(&["7", "8"]);
    for (path, body, who, statement) in [
        ("/api/chat/rooms", json!({"name": "Lobby"}), Token::admin(), rooms::CREATE),
        ("/api/chat/conversations", json!({"type": "group", "user_ids": ["8"]}), Token::of("7"), conversations::CREATE),
    ] {
        let create = || world.post(path, body.clone()).with(&who).header("idempotency-key", "k");
        world.database.fail_at(statement, Fault::AfterPersisting);
        create().refused(503, "unavailable");
        let made = create().status(201);
        assert_eq!(create().status(201)["id"], made["id"]);
        let all = world.get(path).with(&who).status(200);
        let same = |one: &serde_json::Value| one["id"] == made["id"];
        assert_eq!(all["data"].as_array().map(|all| (all.len(), all.iter().all(same))), Some((1, true)), "{path}");
    }
}
