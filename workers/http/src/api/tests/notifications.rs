//! Tests of notifications over HTTP: the list of their person, and calls of backends.

use crate::testing::{OTHER_SECRET, PUSH_KEY, Signing, Token, World};
use serde_json::{Value, json};

const LIST: &str = "/api/notifications";
const BACKEND: &str = "/apps/demo/notifications";

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("the id is present").to_owned()
}

fn listed(world: &World, by: &str) -> Vec<Value> {
    world.get(LIST).by(by).status(200)["data"].as_array().expect("a JSON array").clone()
}

fn unread(world: &World, by: &str) -> i64 {
    let count = world.get("/api/notifications/count").by(by).status(200)["unread"].as_i64().expect("a number");
    let page = world.get("/api/notifications?unread=true").by(by).status(200);
    assert_eq!(page["data"].as_array().map(Vec::len), usize::try_from(count).ok(), "the count is that of the list");
    count
}

/// Users and events that own channels got from functions.
fn told(world: &World) -> Vec<(String, String, Value)> {
    let told = world.objects.told().into_iter().map(|own| {
        assert_eq!(own.tenant.as_str(), "demo");
        (own.user.to_string(), own.event.event.as_str().to_owned(), own.event.partial)
    });
    told.collect()
}

/// A direct conversation in which 7 has written these to 8, who is away.
fn written(world: &World, bodies: &[&str]) -> (String, Vec<String>) {
    world.meet(&["7", "8", "9"]);
    let dm = id(&world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "8"})).by("7").status(201));
    let path = format!("/api/chat/conversations/{dm}");
    let messages = bodies.iter().map(|body| {
        world.clock.pass(1_000);
        id(&world.post(&format!("{path}/messages"), json!({"body": body})).by("7").status(201))
    });
    let messages = messages.collect();
    world.objects.flush();
    (path, messages)
}

#[test]
fn a_direct_message_is_on_the_list_of_its_recipient_as_it_is_now() {
    let world = World::new();
    let (_, messages) = written(&world, &["hello", "again"]);
    let all = listed(&world, "8");
    assert_eq!((all.len(), all[0]["kind"].as_str(), unread(&world, "8")), (2, Some("direct_message"), 2));
    assert_eq!(all[0]["message"]["body"], "again", "newest first");
    assert_eq!(all[0]["actor"], json!({"user_id": "7", "name": "Person 7"}));
    assert!(listed(&world, "7").is_empty() && listed(&world, "9").is_empty());
    world.put(&format!("/api/chat/messages/{}", messages[0]), json!({"body": "hello there"})).by("7").status(200);
    world.objects.flush();
    assert_eq!(listed(&world, "8")[1]["message"]["body"], "hello there");
    world.delete(&format!("/api/chat/messages/{}", messages[1])).by("7").status(200);
    world.objects.flush();
    assert_eq!((listed(&world, "8").len(), unread(&world, "8")), (1, 1));
    assert_eq!(world.get(LIST).with(&Token::other_admin()).status(200)["data"], json!([]));
}

#[test]
fn notifications_are_read_one_by_one_up_to_one_or_with_their_conversation() {
    let world = World::new();
    let (path, _) = written(&world, &["1", "2", "3", "4"]);
    let ids: Vec<String> = listed(&world, "8").iter().map(id).collect();
    let read = |one: &str| world.post(&format!("{LIST}/{one}/read"), json!({}));
    read(&ids[1]).by("7").refused(404, "not-found");
    read(&ids[1]).with(&Token::other_admin()).refused(404, "not-found");
    read("x").by("8").refused(404, "not-found");
    read(&ids[1]).refused(401, "unauthenticated");
    for _ in 0..2 {
        read(&ids[1]).by("8").status(204);
    }
    let events = told(&world);
    assert_eq!(events.len(), 1, "a repeat tells nothing");
    assert_eq!((events[0].0.as_str(), events[0].1.as_str()), ("8", "notification.read"));
    assert_eq!(events[0].2["ids"], json!([ids[1]]));
    assert_eq!(unread(&world, "8"), 3);
    let up_to = |one: &str| world.post("/api/notifications/read", json!({"up_to": one}));
    up_to(&ids[0]).by("7").status(204);
    up_to(&ids[0]).refused(401, "unauthenticated");
    assert_eq!(unread(&world, "8"), 3, "another person reads their own");
    up_to(&ids[2]).by("8").status(204);
    assert_eq!(unread(&world, "8"), 1);
    assert_eq!(told(&world)[0].2["up_to"], json!(ids[2]));
    assert_eq!(up_to("x").by("8").refused(422, "invalid")["errors"][0]["field"], "up_to");
    world.post(&format!("{path}/read"), json!({})).by("8").status(200);
    world.objects.flush();
    assert_eq!(unread(&world, "8"), 0);
    assert!(listed(&world, "8").iter().all(|one| !one["read_at"].is_null()));
}

#[test]
fn the_list_is_paged() {
    let world = World::new();
    written(&world, &["1", "2", "3"]);
    let page = world.get("/api/notifications?limit=2&unread=true").by("8").status(200);
    assert_eq!(page["data"].as_array().map(Vec::len), Some(2));
    let next = page["next_cursor"].as_str().expect("the list continues");
    let rest = world.get(&format!("/api/notifications?limit=2&cursor={next}")).by("8").status(200);
    assert_eq!((&rest["data"][0]["message"]["body"], &rest["next_cursor"]), (&json!("1"), &json!(null)));
    for bad in ["cursor=x", "unread=maybe", "limit=0", "limit=101", "kind=app"] {
        world.get(&format!("{LIST}?{bad}")).by("8").status(422);
    }
    world.get(LIST).refused(401, "unauthenticated");
    world.get("/api/notifications/count").refused(401, "unauthenticated");
}

#[test]
fn whoever_leaves_sees_no_notification_of_the_conversation() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    world.put(&format!("{room}/members/8"), json!({"role": "moderator"})).with(&Token::admin()).status(200);
    let said = id(&world.post(&format!("{conversation}/messages"), json!({"body": "buy this"})).by("7").status(201));
    world.objects.flush();
    world.meet(&["9"]);
    world.post(&format!("{room}/join"), json!({})).by("9").status(200);
    let report = json!({"reason": "spam"});
    world.post(&format!("/api/chat/messages/{said}/report"), report).by("9").status(201);
    let events = told(&world);
    let told_8 = events.iter().find(|(user, ..)| user == "8").expect("the moderator is told");
    assert_eq!((told_8.1.as_str(), &told_8.2["kind"]), ("notification.created", &json!("report")));
    assert!(!events.iter().any(|(user, ..)| user == "7" || user == "9"), "neither who wrote it nor who reports it");
    assert_eq!(listed(&world, "8")[0]["message"]["body"], "buy this");
    world.post(&format!("{room}/leave"), json!({})).by("8").status(204);
    assert!(listed(&world, "8").is_empty());
    assert_eq!(unread(&world, "8"), 0);
}

#[test]
fn members_whom_a_message_mentions_are_notified_also_by_an_edit() {
    let world = World::new();
    world.meet(&["9"]);
    let (_, conversation) = world.room_of(&["7", "8", "6"]);
    let said =
        world.post(&format!("{conversation}/messages"), json!({"body": "@[8] and @[9], hello"})).by("7").status(201);
    world.objects.flush();
    let all = listed(&world, "8");
    assert_eq!((all.len(), all[0]["kind"].as_str(), &all[0]["message"]["id"]), (1, Some("mention"), &said["id"]));
    assert!(listed(&world, "7").is_empty() && listed(&world, "6").is_empty() && listed(&world, "9").is_empty());
    world.clock.pass(1_000);
    let edited = json!({"body": "@[8] and @[6], hello"});
    world.put(&format!("/api/chat/messages/{}", id(&said)), edited).by("7").status(200);
    world.objects.flush();
    assert_eq!((listed(&world, "6").len(), listed(&world, "8").len()), (1, 1));
}

#[test]
fn an_invite_is_on_the_list_until_it_is_answered() {
    let world = World::new();
    world.meet(&["8"]);
    let (room, _) = world.room_of(&["7"]);
    let made = world.post(&format!("{room}/invites"), json!({"user_id": "8"})).with(&Token::admin()).status(201);
    let all = listed(&world, "8");
    assert_eq!((all[0]["kind"].as_str(), all[0]["title"].as_str()), (Some("invite"), Some("Lobby")));
    assert_eq!(all[0]["data"]["invite_id"], made["id"]);
    let token = made["token"].as_str().expect("the token is present");
    world.post(&format!("/api/chat/invites/{token}/decline"), json!({})).by("8").status(204);
    assert!(listed(&world, "8").is_empty());
}

const PREFERENCES: &str = "/api/me/notification-preferences";

#[test]
fn preferences_of_notifications_are_all_of_it_and_decide_what_is_listed() {
    let world = World::new();
    world.meet(&["8"]);
    let defaults = world.get(PREFERENCES).by("8").status(200);
    assert_eq!(defaults["kinds"]["mention"], json!({"inbox": true, "push": true}));
    assert_eq!((&defaults["kinds"]["reaction"]["inbox"], &defaults["do_not_disturb"]), (&json!(false), &json!(null)));
    let hours = json!({"from": "22:00", "to": "07:00", "time_zone": "europe/madrid"});
    let wanted = json!({"kinds": {"app": {"inbox": false}, "reaction": {"inbox": true}}, "do_not_disturb": hours});
    let saved = world.put(PREFERENCES, wanted).by("8").status(200);
    assert_eq!((&saved["kinds"]["app"]["inbox"], &saved["kinds"]["reply"]["inbox"]), (&json!(false), &json!(true)));
    assert_eq!(saved["do_not_disturb"]["time_zone"], "Europe/Madrid");
    assert_eq!(world.get(PREFERENCES).by("8").status(200), saved);
    assert_eq!(world.get(PREFERENCES).by("9").status(200), defaults, "they belong to one person");
    assert_eq!(world.backend_posts(BACKEND, with("user_ids", json!(["8"]))).status(200)["notified"], 0);
    assert_eq!(world.put(PREFERENCES, json!({})).by("8").status(200), defaults, "what is absent has its default");
    world.get(PREFERENCES).refused(401, "unauthenticated");
    world.put(PREFERENCES, json!({})).refused(401, "unauthenticated");
}

#[test]
fn invalid_preferences_of_notifications_are_refused_by_field() {
    let world = World::new();
    let hours = |name: &str, value: Value| {
        let mut hours = json!({"from": "22:00", "to": "07:00", "time_zone": "UTC"});
        hours[name] = value;
        json!({"do_not_disturb": hours})
    };
    for (body, field) in [
        (hours("time_zone", json!("Europe/Atlantis")), "do_not_disturb.time_zone"),
        (hours("time_zone", json!("x".repeat(10_000))), "do_not_disturb.time_zone"),
        (hours("from", json!("7:00")), "do_not_disturb.from"),
        (hours("to", json!("24:00")), "do_not_disturb.to"),
        (hours("days", json!(["monday"])), "do_not_disturb.days[0]"),
        (hours("zone", json!("UTC")), "do_not_disturb.zone"),
        (json!({"do_not_disturb": {"from": "22:00", "to": "07:00"}}), "do_not_disturb.time_zone"),
        (json!({"kinds": {"order.paid": {"inbox": true}}}), "kinds.order.paid"),
        (json!({"kinds": {"mention": {"email": true}}}), "kinds.mention.email"),
        (json!({"kinds": {"mention": {"inbox": 1}}}), "kinds.mention.inbox"),
    ] {
        let refusal = world.put(PREFERENCES, body).by("8").refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
    }
}

fn news() -> Value {
    json!({"user_ids": ["8", 9, "nobody"], "kind": "order.paid", "key": "12", "title": "Paid", "url": "/orders/12"})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = news();
    body[name] = value;
    body
}

#[test]
fn a_backend_notifies_users_once_for_each_key() {
    let world = World::new();
    world.meet(&["8", "9"]);
    let answer = json!({"notified": 2, "unknown_user_ids": ["nobody"]});
    assert_eq!(world.backend_posts(BACKEND, news()).status(200), answer);
    let users: Vec<_> =
        told(&world).into_iter().map(|(user, event, partial)| (user, event, partial["title"].clone())).collect();
    let expected = ["8", "9"].map(|user| (user.to_owned(), "notification.created".to_owned(), json!("Paid")));
    assert_eq!(users, expected);
    let again = world.backend_posts(BACKEND, news()).status(200);
    assert_eq!((&again["notified"], told(&world).len()), (&json!(0), 0), "the same again");
    let one = &listed(&world, "8")[0];
    assert_eq!((&one["kind"], &one["url"], &one["actor"]), (&json!("order.paid"), &json!("/orders/12"), &json!(null)));
    world.post(&format!("{LIST}/{}/read", id(one)), json!({})).by("8").status(204);
    let changed = with("data", json!({"total": 9}));
    assert_eq!(world.backend_posts(BACKEND, changed).status(200)["notified"], 2);
    assert_eq!((listed(&world, "8").len(), unread(&world, "8")), (1, 1), "changed, and unread again");
    for _ in 0..2 {
        world.clock.pass(1_000);
        let unnamed = json!({"user_ids": ["8"], "title": "Hello"});
        assert_eq!(world.backend_posts(BACKEND, unnamed).status(200)["notified"], 1, "without a key each is new");
    }
    assert_eq!(listed(&world, "8")[0]["kind"], "app");
    assert_eq!(world.get(LIST).with(&Token::other_admin()).status(200)["data"], json!([]));
    world.objects.set_down(true);
    world.backend_posts(BACKEND, with("key", json!("13"))).status(200);
    world.objects.set_down(false);
    assert_eq!(listed(&world, "8").len(), 4, "who cannot be told finds it on the list");
}

#[test]
fn only_the_apps_own_backend_notifies_its_users() {
    let world = World::new();
    world.meet(&["8", "9"]);
    let body = news().to_string();
    let post = |signing: &Signing| world.signed_post(BACKEND, body.as_bytes(), signing).send();
    for signing in [
        Signing::good().secret(OTHER_SECRET),
        Signing::good().with("auth_signature", "00"),
        Signing::good().without("body_md5"),
        Signing::good().with("auth_key", "other"),
        Signing::good().skewed(700),
    ] {
        let reply = post(&signing);
        assert_eq!(
            (reply.status.as_u16(), reply.header("content-type")),
            (401, "text/plain; charset=utf-8".to_owned())
        );
    }
    world.post(BACKEND, news()).with(&Token::admin()).status(401);
    let other = world.signed_post("/apps/other/notifications", body.as_bytes(), &Signing::good()).send();
    assert_eq!(other.status.as_u16(), 401, "another app's users");
    let changed = body.replace("Paid", "Owed");
    let forged =
        world.signed_post(BACKEND, body.as_bytes(), &Signing::good()).raw("application/json", changed.as_bytes());
    assert_eq!(forged.send().status.as_u16(), 401, "the signature covers the body");
    assert!(listed(&world, "8").is_empty());
    assert_eq!(told(&world), []);
}

#[test]
fn a_backends_notification_has_valid_fields() {
    let world = World::new();
    world.meet(&["8"]);
    let ids = |count: usize| json!((0..count).map(|number| number.to_string()).collect::<Vec<_>>());
    let deep = (0..40).fold(json!({}), |inner, _| json!({"in": inner}));
    for (name, value, says) in [
        ("user_ids", json!([]), "1 to 100 ids"),
        ("user_ids", ids(101), "1 to 100 ids"),
        ("user_ids", json!("8"), "1 to 100 ids"),
        ("user_ids", json!(["a/b"]), "not the id of a user"),
        ("user_ids", json!([1.5]), "not the id of a user"),
        ("kind", json!("mention"), "none of the kinds"),
        ("kind", json!("Order"), "kind has 1 to 64"),
        ("kind", json!("k".repeat(65)), "kind has 1 to 64"),
        ("kind", json!(7), "kind is not a string"),
        ("key", json!(""), "key does not have 1 to 200"),
        ("key", json!("k".repeat(201)), "key does not have 1 to 200"),
        ("title", json!(null), "title is missing"),
        ("title", json!(" "), "title does not have 1 to 200"),
        ("title", json!("t".repeat(201)), "title does not have 1 to 200"),
        ("title", json!("a\u{0}b"), "title has a control character"),
        ("body", json!("b".repeat(2_001)), "body does not have 1 to 2000"),
        ("url", json!("javascript:alert(1)"), "url is neither"),
        ("url", json!("//evil.example"), "url is neither"),
        ("url", json!("https://a b"), "url is neither"),
        ("url", json!(format!("/{}", "u".repeat(2_000))), "url does not have 1 to 2000"),
        ("data", json!([1]), "data is not an object"),
        ("data", json!({"x": "x".repeat(20_000)}), "bytes"),
        ("data", deep, "levels"),
    ] {
        let reply = world.backend_posts(BACKEND, with(name, value)).send();
        assert_eq!(reply.status.as_u16(), 400, "{name}: {}", reply.text);
        assert!(reply.text.contains(says), "{:?} does not say {says:?}", reply.text);
    }
    world.backend_posts(BACKEND, with("user_ids", ids(100))).status(200);
    world.backend_posts(BACKEND, with("body", json!(null))).status(200);
    world.backend_posts(BACKEND, with("extra", json!(1))).status(200);
    world.backend_posts(BACKEND, with("url", json!("https://shop.example/orders/12?a=b#c"))).status(200);
    assert_eq!(unread(&world, "8"), 1, "one key");
}

const DEVICES: &str = "/api/me/push/subscriptions";

fn device(number: u32) -> Value {
    json!({
        "endpoint": format!("https://push.example/send/{number}"),
        "expirationTime": null,
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

/// Users and texts of the messages for their devices.
fn pushed(world: &World) -> Vec<(String, Value)> {
    let read = |text: &str| serde_json::from_str(text).expect("JSON");
    world.objects.pushed().into_iter().map(|message| (message.user.to_string(), read(&message.text))).collect()
}

#[test]
fn a_notification_is_pushed_to_the_devices_of_its_person_unless_they_do_not_want_it() {
    let world = World::new();
    world.meet(&["8", "9"]);
    let made = world.post(DEVICES, device(1)).by("8").status(201);
    assert_eq!(world.get(DEVICES).by("8").status(200)["data"], json!([made]));
    assert_eq!(world.get(DEVICES).by("9").status(200)["data"], json!([]));
    world.backend_posts(BACKEND, news()).status(200);
    let messages = pushed(&world);
    assert_eq!(messages.len(), 1, "9 has no device");
    assert_eq!(
        (messages[0].0.as_str(), &messages[0].1["title"], &messages[0].1["url"]),
        ("8", &json!("Paid"), &json!("/orders/12"))
    );
    world.put(PREFERENCES, json!({"kinds": {"app": {"push": false}}})).by("8").status(200);
    world.backend_posts(BACKEND, with("key", json!("13"))).status(200);
    assert_eq!(pushed(&world), []);
    // The world begins at 22:13 in UTC.
    let hours = json!({"from": "22:00", "to": "07:00", "time_zone": "UTC"});
    world.put(PREFERENCES, json!({"do_not_disturb": hours})).by("8").status(200);
    world.backend_posts(BACKEND, with("key", json!("14"))).status(200);
    assert_eq!(pushed(&world), []);
    assert_eq!(world.post("/api/me/push/test", json!({})).by("8").status(200), json!({"devices": 1}));
    assert_eq!(pushed(&world)[0].1["type"], "test", "a test is sent at any hour");
    assert_eq!(world.post("/api/me/push/test", json!({})).by("9").status(200), json!({"devices": 0}));
    world.delete(DEVICES).json(&json!({"endpoint": made["endpoint"]})).by("9").status(204);
    assert_eq!(world.get(DEVICES).by("8").status(200)["data"], json!([made]), "another user's device stays");
    world.delete(DEVICES).json(&json!({"endpoint": made["endpoint"]})).by("8").status(204);
    assert_eq!(world.get(DEVICES).by("8").status(200)["data"], json!([]));
}

#[test]
fn a_device_passes_on_with_its_secret_and_ends_when_its_user_is_signed_out() {
    let world = World::new();
    world.meet(&["8", "9"]);
    world.post(DEVICES, device(1)).by("8").status(201);
    let mut guessed = device(1);
    guessed["keys"]["auth"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    world.post(DEVICES, guessed).by("9").refused(409, "conflict");
    world.post(DEVICES, device(1)).by("9").status(201);
    assert_eq!(world.get(DEVICES).by("8").status(200)["data"], json!([]));
    world.post("/api/me/sign-out-everywhere", json!({})).by("9").status(200);
    world.clock.pass(1_000);
    world.backend_posts(BACKEND, news()).status(200);
    assert_eq!(pushed(&world), []);
}

#[test]
fn invalid_devices_are_refused_and_a_deployment_without_a_key_has_no_pushes() {
    let world = World::of(crate::Environment::Production);
    let other = Token::other_admin();
    let changed = |name: &str, value: Value| {
        let mut body = device(1);
        body[name] = value;
        body
    };
    for (body, field) in [
        (changed("endpoint", json!("http://push.example/secret")), "endpoint"),
        (changed("endpoint", json!("https://10.1.2.3/secret")), "endpoint"),
        (changed("keys", json!({"p256dh": "secret", "auth": "BTBZMqHH6r4Tts7J_aSIgg"})), "keys.p256dh"),
        (changed("keys", json!({"p256dh": device(1)["keys"]["p256dh"], "auth": "secret"})), "keys.auth"),
        (changed("group", json!("guards")), "group"),
    ] {
        let refusal = world.post(DEVICES, body).with(&other).refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
        assert!(!refusal.to_string().contains("secret"), "{refusal}");
    }
    let unsigned = World::without_push();
    unsigned.get("/api/me/push/key").by("8").refused(503, "unavailable");
    unsigned.post(DEVICES, device(1)).by("8").refused(503, "unavailable");
    unsigned.post("/api/me/push/test", json!({})).by("8").refused(503, "unavailable");
    unsigned.delete(DEVICES).json(&json!({"endpoint": "x"})).by("8").status(204);
    assert_eq!(World::new().get("/api/me/push/key").by("8").status(200), json!({"key": PUSH_KEY}));
    for call in [
        world.get("/api/me/push/key"),
        world.get(DEVICES),
        world.post(DEVICES, device(1)),
        world.post("/api/me/push/test", json!({})),
    ] {
        call.refused(401, "unauthenticated");
    }
}
