//! What the fields and parameters of requests take. The document says the same: [`admits`] compares it with each
//! refusal, and every request that succeeds is compared by its call.

use super::{BATCH, EVENTS, event, refused, with};
use crate::openapi::conformance::{UNKNOWN, admits};
use crate::testing::World;
use serde_json::{Value, json};

/// Values of each JSON type.
fn values() -> [Value; 7] {
    [json!(5), json!(1.5), json!(true), json!({}), json!([]), json!([1]), json!("a")]
}

fn batch_of(event: &Value) -> Value {
    json!({"batch": [{"name": "e", "data": "x", "channel": "news"}, event]})
}

#[test]
fn a_value_of_a_wrong_type_is_refused_by_the_name_of_its_field() {
    let world = World::new();
    let check = |path: &str, body: &Value, says: &str| {
        assert!(!admits("POST", path, Some(body)), "{body}");
        refused(&world, world.backend_posts(path, body.clone()), 400, says);
    };
    for value in values().into_iter().filter(|value| !value.is_string()) {
        for name in ["name", "data", "channel", "socket_id", "info"] {
            let says = format!("{name} is not a string");
            check(EVENTS, &with(event(), name, value.clone()), &says);
            let single = json!({"name": "e", "data": "x", "channel": "news"});
            check(EVENTS, &with(single.clone(), name, value.clone()), &says);
            check(BATCH, &batch_of(&with(single, name, value.clone())), &says);
        }
        if !value.is_object() {
            check(BATCH, &batch_of(&value), "not an object");
        }
    }
    for value in values().into_iter().filter(|value| *value != json!([])) {
        let single = json!({"name": "e", "data": "x", "channel": "news"});
        for body in [event(), single] {
            check(EVENTS, &with(body, "channels", value.clone()), "channels is not a list of strings");
        }
        if value != json!([1]) {
            check(BATCH, &json!({"batch": value}), "batch is not a list");
        }
    }
    for value in [json!(null), json!(["news", null]), json!(["news", ["mews"]])] {
        check(EVENTS, &with(event(), "channels", value), "channels is ");
    }
    check(BATCH, &json!({"batch": [null]}), "not an object");
    check(BATCH, &json!({"batch": null}), "batch is not a list");
}

#[test]
fn a_null_counts_as_left_out() {
    let world = World::new();
    let single = json!({"name": "e", "data": "x", "channel": "news", "channels": null});
    for body in [event(), single.clone()] {
        let body = with(with(body, "socket_id", json!(null)), "info", json!(null));
        assert_eq!(world.backend_posts(EVENTS, body).status(200), json!({}));
    }
    world.backend_posts(EVENTS, with(event(), "channel", json!(null))).status(200);
    let in_batch = with(with(single.clone(), "socket_id", json!(null)), "info", json!(null));
    assert_eq!(world.backend_posts(BATCH, batch_of(&in_batch)).status(200), json!({}));
    for (name, says) in [("name", "name is missing"), ("data", "data is missing"), ("channel", "is missing")] {
        let body = with(single.clone(), name, json!(null));
        for (path, body) in [(EVENTS, body.clone()), (BATCH, batch_of(&body))] {
            assert!(!admits("POST", path, Some(&body)), "{body}");
            refused(&world, world.backend_posts(path, body), 400, says);
        }
    }
}

#[test]
fn unknown_fields_and_parameters_are_ignored() {
    let world = World::new();
    for value in values() {
        world.backend_posts(EVENTS, with(event(), UNKNOWN, value.clone())).status(200);
        let single = json!({"name": "e", "data": "x", "channel": "news"});
        // An event of a batch has a single channel.
        let unknown = with(with(single, UNKNOWN, value.clone()), "channels", value.clone());
        world.backend_posts(BATCH, with(batch_of(&unknown), UNKNOWN, value)).status(200);
    }
    for path in ["channels", "channels/news", "channels/presence-a/users"] {
        world.backend_gets(&format!("/apps/demo/{path}?{UNKNOWN}=1")).status(200);
    }
}

#[test]
fn channels_take_precedence_over_a_valid_channel() {
    let world = World::new();
    world.backend_posts(EVENTS, with(event(), "channel", json!("mews"))).status(200);
    let [published] = &world.channels.published()[..] else { panic!("one call") };
    let channels: Vec<_> = published.events.iter().map(|event| event.channel.as_str()).collect();
    assert_eq!(channels, ["news"]);
    let single = json!({"name": "e", "data": "x", "channel": "news"});
    for (body, says) in [
        (with(event(), "channel", json!("a b")), "A channel's name"),
        (with(event(), "channel", json!("")), "A channel's name"),
        (with(single, "channels", json!([])), "channels is empty"),
    ] {
        assert!(!admits("POST", EVENTS, Some(&body)), "{body}");
        refused(&world, world.backend_posts(EVENTS, body), 400, says);
    }
}

#[test]
fn an_invalid_event_is_refused() {
    let world = World::new();
    let many: Vec<String> = (0..101).map(|number| format!("c{number}")).collect();
    for (name, value, status, says) in [
        ("name", json!(null), 400, "name is missing"),
        ("name", json!(""), 400, "name has"),
        ("name", json!("x".repeat(201)), 400, "name has"),
        ("name", json!(7), 400, "name is not a string"),
        ("data", json!(null), 400, "data is missing"),
        ("data", json!({"a": 1}), 400, "data is not a string"),
        ("data", json!("x".repeat(10_241)), 413, "content of this event"),
        ("channels", json!(null), 400, "channels is missing"),
        ("channels", json!([]), 400, "channels is empty"),
        ("channels", json!("news"), 400, "not a list"),
        ("channels", json!([1]), 400, "not a list"),
        ("channels", json!(["a b"]), 400, "A channel's name"),
        ("channels", json!(["#news"]), 400, "A channel's name"),
        ("channels", json!(many), 400, "at most 100"),
        ("socket_id", json!("x"), 400, "socket_id"),
        ("socket_id", json!(1.2), 400, "socket_id"),
        ("info", json!("everything"), 400, "info takes"),
    ] {
        let one = with(event(), name, value.clone());
        // The document has the largest payload that an app can allow.
        assert_eq!(admits("POST", EVENTS, Some(&one)), status == 413, "{one}");
        refused(&world, world.backend_posts(EVENTS, one), status, says);
        if name != "channels" {
            let good = json!({"name": "e", "data": "x", "channel": "news"});
            let batch = json!({"batch": [good, with(good.clone(), name, value)]});
            refused(&world, world.backend_posts(BATCH, batch), status, says);
        }
    }
    let largest = with(event(), "data", json!("\"".repeat(10_240)));
    world.backend_posts(EVENTS, largest).status(200);
    let channels: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
    world.backend_posts(EVENTS, with(event(), "channels", json!(channels))).status(200);
}

#[test]
fn names_of_attributes_are_separated_by_commas() {
    let world = World::new();
    let list = "/apps/demo/channels";
    let presence = "/apps/demo/channels/presence-cache-a";
    for info in ["", " ", ",", "subscription_count", " subscription_count ,, subscription_count,"] {
        for path in [list, presence] {
            let address = format!("{path}?info={info}");
            assert!(admits("GET", &address.replace(' ', "%20"), None), "{address}");
            world.backend_gets(&address).status(200);
        }
        world.backend_posts(EVENTS, with(event(), "info", json!(info))).status(200);
    }
    world.backend_gets(&format!("{presence}?info=cache, user_count")).status(200);
    for info in
        ["unknown", "subscription_count;cache", "subscription_count,unknown", "user_countcache", "Cache", "null"]
    {
        for path in [list, presence] {
            let address = format!("{path}?info={info}");
            assert!(!admits("GET", &address, None), "{address}");
            refused(&world, world.backend_gets(&address), 400, "info takes");
        }
        refused(&world, world.backend_posts(EVENTS, with(event(), "info", json!(info))), 400, "info takes");
    }
    assert!(!admits("GET", &format!("{list}?info=cache"), None));
    refused(&world, world.backend_gets(&format!("{list}?info=%09subscription_count")), 400, "info takes");
}

#[test]
fn a_prefix_is_any_text() {
    let world = World::new();
    for prefix in ["", "a b", "%00", "null", "{}", &"x".repeat(300)] {
        let address = format!("/apps/demo/channels?filter_by_prefix={prefix}");
        assert_eq!(world.backend_gets(&address).status(200), json!({"channels": {}}), "{prefix:?}");
    }
}
