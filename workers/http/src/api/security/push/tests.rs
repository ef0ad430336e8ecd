//! HTTP tests of push subscriptions, over a fake pager with scripted answers.

use crate::Environment;
use crate::testing::{Call, OTHER_SECRET, PUSH_KEY, START_MS, Token, World};
use campana_core::accounts::principal::VIEW_PANIC_ALERTS;
use campana_core::alerts::pager::{Device, PagerCommand, PagerReply, PushKeys, PushSubscription};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Value, json};

const PATH: &str = "/api/security/push/subscriptions";
const ENDPOINT: &str = "https://push.example/send/abc";

fn guard() -> Token {
    Token::of("g").claim("permissions", json!([VIEW_PANIC_ALERTS]))
}

fn subscription() -> Value {
    json!({
        "endpoint": ENDPOINT,
        "expirationTime": null,
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

fn device(group: &str) -> Device {
    let created_at = Timestamp::from_millis(START_MS);
    let (endpoint, user_id, group) = (ENDPOINT.to_owned(), UserId::trusted("g"), group.to_owned());
    Device { endpoint, user_id, group, created_at, expires_at: created_at.plus_millis(86_400_000) }
}

fn with(field: &str, value: Value) -> Value {
    let mut body = subscription();
    body[field] = value;
    body
}

fn subscribe(world: &World, body: Value) -> Call {
    world.post(PATH, body).with(&guard())
}

#[test]
fn a_guards_device_is_registered_with_its_group() {
    let world = World::new();
    for (body, group) in [(subscription(), "guards"), (with("group", json!("chiefs-2")), "chiefs-2")] {
        world.desks.pager_will_answer(Ok(PagerReply::Device { device: device(group) }));
        let made = world.post(PATH, body).with(&guard().claim("groups", json!(["chiefs-2", "No Group"]))).status(201);
        let expected = json!({
            "endpoint": ENDPOINT,
            "group": group,
            "created_at": "2023-11-14T22:13:20.000Z",
            "expires_at": "2023-11-15T22:13:20.000Z",
        });
        assert_eq!(made, expected);
        crate::schema::tests::check("PagedDevice", &made);
        let asked = world.desks.paged().pop().expect("the pager got a request");
        assert_eq!((asked.principal.user_id.as_str(), asked.push_days), ("g", 30));
        let keys: PushKeys = serde_json::from_value(subscription()["keys"].clone()).expect("valid keys");
        let subscription = PushSubscription { endpoint: ENDPOINT.to_owned(), keys };
        assert_eq!(asked.command, PagerCommand::Subscribe { subscription, group: group.to_owned() });
    }
}

#[test]
fn nobody_puts_themselves_into_a_group() {
    let world = World::new();
    let other = guard().claim("groups", json!(["night"]));
    for token in [guard(), other] {
        world.post(PATH, with("group", json!("supervisors"))).with(&token).refused(403, "forbidden");
    }
    assert!(world.desks.paged().is_empty());
    world.desks.pager_will_answer(Ok(PagerReply::Device { device: device("supervisors") }));
    let admin = guard().claim("roles", json!(["admin"]));
    world.post(PATH, with("group", json!("supervisors"))).with(&admin).status(201);
}

#[test]
fn only_guards_subscribe_and_everybody_may_list_and_unsubscribe() {
    let world = World::new();
    world.post(PATH, subscription()).by("7").refused(403, "forbidden");
    world.post(PATH, subscription()).with(&Token::of("1").claim("roles", json!(["admin"]))).refused(403, "forbidden");
    assert!(world.desks.paged().is_empty());
    let named = json!({"endpoint": ENDPOINT});
    world.delete(PATH).json(&named).by("7").status(204);
    assert_eq!(world.desks.paged()[0].command, PagerCommand::Unsubscribe { endpoint: ENDPOINT.to_owned() });
    world.desks.pager_will_answer(Ok(PagerReply::Devices { devices: vec![device("guards")] }));
    let own = world.get(PATH).by("7").status(200);
    assert_eq!((&own["data"][0]["endpoint"], &own["next_cursor"]), (&json!(ENDPOINT), &Value::Null));
    assert_eq!(own["data"][0].get("user_id"), None);
}

#[test]
fn invalid_subscriptions_are_refused_by_field() {
    let world = World::of(Environment::Production);
    let other = guard().claim("tenant", json!("other")).secret(OTHER_SECRET);
    for (body, field) in [
        (with("endpoint", json!("http://push.example/secret")), "endpoint"),
        (with("endpoint", json!("https://10.1.2.3/secret")), "endpoint"),
        (with("endpoint", json!("https://localhost:8080/secret")), "endpoint"),
        (with("keys", json!({"p256dh": "secret", "auth": "BTBZMqHH6r4Tts7J_aSIgg"})), "keys.p256dh"),
        (with("keys", json!({"p256dh": subscription()["keys"]["p256dh"], "auth": "secret"})), "keys.auth"),
        (with("keys", json!({"p256dh": "secret"})), "keys.auth"),
        (with("group", json!("Secret Guards")), "group"),
        (with("surprise", json!("secret")), "surprise"),
    ] {
        let refusal = world.post(PATH, body).with(&other).refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
        assert!(!refusal.to_string().contains("secret"), "{refusal}");
    }
    assert!(world.desks.paged().is_empty());
    let local = World::new();
    local.desks.pager_will_answer(Ok(PagerReply::Device { device: device("guards") }));
    subscribe(&local, with("endpoint", json!("http://127.0.0.1:9000/x"))).status(201);
}

#[test]
fn the_key_is_public_within_the_app_and_its_absence_is_a_503() {
    let world = World::new();
    assert_eq!(world.get("/api/security/push/key").by("7").status(200), json!({"key": PUSH_KEY}));
    world.get("/api/security/push/key").refused(401, "unauthenticated");
    let unsigned = World::without_push();
    let key = unsigned.get("/api/security/push/key").by("7").refused(503, "unavailable");
    assert!(key["detail"].as_str().is_some_and(|detail| detail.contains("VAPID_PRIVATE_KEY")), "{key}");
    subscribe(&unsigned, subscription()).refused(503, "unavailable");
    unsigned.delete(PATH).json(&json!({"endpoint": ENDPOINT})).by("7").status(204);
}

#[test]
fn refusals_of_the_pager_are_passed_on() {
    let world = World::new();
    world.desks.pager_will_answer(Err(Problem::new(Kind::Conflict, "5000 devices are paged already")));
    subscribe(&world, subscription()).refused(409, "conflict");
    world.desks.pager_will_answer(Err(Problem::unavailable("the object did not answer")));
    world.get(PATH).by("7").refused(503, "unavailable");
}
