//! The published format of webhooks.

use super::*;
use crate::pusher::signature::sign;
use crate::pusher::webhook_event::WebhookEvent;
use serde_json::json;

#[track_caller]
fn check(what: EventKind, expected: &Value) {
    let event = happened(5, "presence-x", what);
    assert_eq!(event.published(), *expected);
    let text = serde_json::to_string(&event).expect("JSON");
    assert_eq!(serde_json::from_str::<ChannelEvent>(&text).expect("valid JSON"), event);
    assert_eq!(json!(event.kind()), expected["name"]);
}

#[test]
fn events_have_their_published_fields() {
    let user_id = UserId::trusted("7");
    check(EventKind::ChannelOccupied, &json!({"name": "channel_occupied", "channel": "presence-x"}));
    check(EventKind::ChannelVacated, &json!({"name": "channel_vacated", "channel": "presence-x"}));
    let added = json!({"name": "member_added", "channel": "presence-x", "user_id": "7"});
    check(EventKind::MemberAdded { user_id: user_id.clone() }, &added);
    let removed = json!({"name": "member_removed", "channel": "presence-x", "user_id": "7"});
    check(EventKind::MemberRemoved { user_id: user_id.clone() }, &removed);
    check(EventKind::CacheMiss, &json!({"name": "cache_miss", "channel": "presence-x"}));
    let count = json!({"name": "subscription_count", "channel": "presence-x", "subscription_count": 3});
    check(EventKind::SubscriptionCount { subscription_count: 3 }, &count);
    let socket = SocketId::parse("1.2").expect("a socket id");
    let mut event = json!({
        "name": "client_event", "channel": "presence-x", "event": "client-y", "data": r#"{"n":1}"#, "socket_id": "1.2",
    });
    check(EventKind::client_event("client-y", r#"{"n":1}"#, socket.clone(), None), &event);
    event["user_id"] = "7".into();
    check(EventKind::client_event("client-y", r#"{"n":1}"#, socket, Some(user_id)), &event);
}

#[test]
fn a_json_string_is_sent_as_its_content() {
    let data = |data: &str| match EventKind::client_event("client-y", data, SocketId::new([0; 8]), None) {
        EventKind::ClientEvent { data, .. } => data,
        other => panic!("{other:?}"),
    };
    assert_eq!(data(r#""{\"n\":1}""#), r#"{"n":1}"#);
    assert_eq!(data("[1]"), "[1]");
}

#[test]
fn a_body_has_its_time_and_its_events() {
    let mut world = World::new(vec![endpoint(URL, &WebhookEvent::ALL)]);
    world.now = 1_327_078_148_132;
    world
        .accept([happened(world.now, "x", EventKind::ChannelOccupied), happened(world.now, "y", EventKind::CacheMiss)]);
    let delivery = world.deliveries().remove(0);
    let events = r#"[{"channel":"x","name":"channel_occupied"},{"channel":"y","name":"cache_miss"}]"#;
    assert_eq!(delivery.body, format!(r#"{{"time_ms":1327078148132,"events":{events}}}"#));
    assert_eq!(sign("secret", &delivery.body).len(), 64, "the body is signed");
}

#[test]
fn a_departure_matters_to_endpoints_that_want_the_return() {
    use WebhookEvent::{ChannelVacated, ClientEvent, MemberAdded};
    let user_id = UserId::trusted("7");
    let matters = |what: EventKind, asked: &[WebhookEvent]| happened(0, "presence-x", what).matters_to(asked);
    assert!(matters(EventKind::ChannelOccupied, &[ChannelVacated]));
    assert!(matters(EventKind::MemberRemoved { user_id: user_id.clone() }, &[MemberAdded]));
    assert!(!matters(EventKind::MemberRemoved { user_id }, &[ChannelVacated, ClientEvent]));
    assert!(!matters(EventKind::CacheMiss, &[]));
}
