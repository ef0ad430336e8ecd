//! Requests as receivers see them.

use super::*;
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

fn delivery(id: &str, body: &str) -> Delivery {
    let (endpoint, url) = (String::new(), String::new());
    Delivery { endpoint, url, id: id.to_owned(), body: body.to_owned(), events: 1, attempt: 1 }
}

#[test]
fn the_signature_equals_the_published_example() {
    // From the examples of the Standard Webhooks specification.
    let secret = Secret::trusted("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let now = Timestamp::from_millis(1_614_265_330_999);
    let endpoint = AlertEndpoint::new("e".to_owned(), String::new(), Vec::new(), secret, now);
    let headers = endpoint.headers(&delivery("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#), now);
    let expected = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.into(), value.to_owned())));
}

#[test]
fn both_secrets_sign_during_a_rotation() {
    let mut world = World::with(&["a"]);
    let before = world.rows.endpoints["a"].secret.clone();
    let now = world.now();
    let rotated = world.turn(|queue| queue.rotate("a", Secret::new([8; 32]), now)).0;
    let endpoint = rotated.expect("the endpoint exists");
    let alone = |secret: &Secret, now: Timestamp| {
        let only = AlertEndpoint::new("a".to_owned(), String::new(), Vec::new(), secret.clone(), now);
        only.headers(&delivery("m", "{}"), now)[2].1.clone()
    };
    let end = world.now().plus_millis(SECRET_OVERLAP_MS);
    for (now, is_old_good) in [(world.now(), true), (end.plus_millis(-1), true), (end, false)] {
        let signatures = endpoint.headers(&delivery("m", "{}"), now)[2].1.clone();
        let mut expected = vec![alone(&endpoint.secret, now)];
        expected.extend(is_old_good.then(|| alone(&before, now)));
        assert_eq!(signatures.split(' ').collect::<Vec<_>>(), expected);
    }
    assert_eq!(world.rows.endpoints["a"], endpoint, "the change is stored");
}

#[test]
fn a_secret_is_32_bytes_in_base64_and_is_not_printed() {
    let secret = Secret::new([9; 32]);
    let bytes = secret.as_str().strip_prefix("whsec_").and_then(|text| Base64::decode_vec(text).ok());
    assert_eq!(bytes, Some(vec![9; 32]));
    assert_eq!(format!("{secret:?}"), "Secret");
    let world = World::with(&["a"]);
    let endpoint = &world.rows.endpoints["a"];
    assert!(!serde_json::to_string(&endpoint.shown()).expect("JSON").contains("whsec_"));
    assert_eq!(endpoint.shown_with_secret().secret.as_deref(), Some(endpoint.secret.as_str()));
}

#[test]
fn an_event_has_the_guards_payload_and_the_entry() {
    let event = event_of("42", 3, What::Resolved { reason: Some("cat".to_owned()), note: None });
    let body: Value = serde_json::from_str(&event.body).expect("JSON");
    assert_eq!(body["type"], "alert.resolved");
    assert_eq!(body["timestamp"], "2023-11-14T22:13:20.000Z");
    assert_eq!(body["data"]["alert"]["alert_id"], 42);
    assert_eq!(body["data"]["alert"]["duress"], false);
    assert_eq!(body["data"]["alert"]["location"]["lat"], 40.4);
    let entry = &body["data"]["entry"];
    assert_eq!((&entry["number"], &entry["what"]), (&json!(3), &json!("resolved")));
    assert_eq!((&entry["data"]["reason"], &entry["by"]["name"]), (&json!("cat"), &json!("Luis")));
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(3));
}

#[test]
fn an_event_id_is_stable_and_unique() {
    let name = |alert: &str, number| event_of(alert, number, raised()).id;
    assert_eq!(name("a", 1), name("a", 1));
    assert_eq!((name("a", 1).len(), name("a", 1).contains('.')), (36, false));
    let other_tenant = Event::of(&notification_of("a", 1, raised()), &TenantId::trusted("other")).expect("an event");
    let mut again = notification_of("a", 1, raised());
    again.alert.created_at = RAISED_AT.plus_millis(1);
    let again = Event::of(&again, &TenantId::trusted("demo")).expect("an event");
    let names = [name("a", 1), name("a", 2), name("b", 1), other_tenant.id, again.id];
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), names.len());
}

#[test]
fn an_escalation_is_sent_only_if_the_policy_includes_webhooks() {
    let tenant = TenantId::trusted("demo");
    for (page, is_told) in
        [(Some(Page { webhooks: true, ..Page::guards() }), true), (Some(Page::guards()), false), (None, false)]
    {
        let what = What::Escalated { level: 1, page: page.clone().unwrap_or_default() };
        assert_eq!(Event::of(&notification(what, page), &tenant).is_some(), is_told);
    }
    for what in [raised(), What::Lapsed, What::Duress { reason: None }] {
        assert!(Event::of(&notification(what, Some(Page::guards())), &tenant).is_some());
    }
}

#[test]
fn only_known_types_are_accepted() {
    let read = |events: &[&str]| read_events(events.iter().map(|event| (*event).to_owned()).collect());
    assert_eq!(read(&[]), Ok(Vec::new()));
    let twice = read(&["alert.triggered", "alert.duress", "alert.triggered"]);
    assert_eq!(twice, Ok(vec!["alert.triggered".to_owned(), "alert.duress".to_owned()]));
    for unknown in ["triggered", "alert.", "alert.secret", "ALERT.TRIGGERED"] {
        let problem = read(&[unknown]).expect_err("an unknown type");
        assert_eq!(problem.errors[0].field, "events");
        assert!(!problem.detail.contains("secret"));
    }
    for what in [raised(), escalated(), What::WrongPin, What::FalseAlarm { reason: String::new(), note: None }] {
        assert!(What::NAMES.contains(&what.name()));
    }
}
