//! Limits that an app sets itself, and requests that concern all its gateways.

use super::{BATCH, EVENTS, event, refused, with};
use crate::openapi::conformance::admits;
use crate::testing::{Signing, World};
use campana_core::pusher::link::GatewayName;
use campana_core::shared::ids::TenantId;
use pollster::block_on;
use serde_json::{Value, json};

#[test]
fn an_app_sets_its_own_limits_of_names_channels_and_batches() {
    let world = World::new();
    let settings =
        r#"{"pusher":{"channel_name_chars":180,"event_name_chars":50,"channels_per_publish":2,"batch_events":12}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    let named = |length: usize| with(event(), "channels", json!(["c".repeat(length)]));
    world.backend_posts(EVENTS, named(180)).status(200);
    refused(&world, world.backend_posts(EVENTS, named(181)), 400, "1 to 180 characters");
    refused(
        &world,
        world.signed_get(&format!("/apps/demo/channels/{}", "c".repeat(181)), &Signing::good()),
        400,
        "180",
    );
    refused(&world, world.backend_posts(EVENTS, with(event(), "name", json!("x".repeat(51)))), 400, "1 to 50");
    refused(&world, world.backend_posts(EVENTS, with(event(), "channels", json!(["a", "b", "c"]))), 400, "at most 2");
    let batch = |count: usize| json!({"batch": vec![json!({"name": "e", "data": "x", "channel": "news"}); count]});
    world.backend_posts(BATCH, batch(12)).status(200);
    refused(&world, world.backend_posts(BATCH, batch(13)), 400, "at most 12 events");
}

/// The document cannot have an app's own limits, but the largest that an app can set.
#[test]
fn the_document_has_the_largest_limits_that_an_app_can_set() {
    let world = World::new();
    let settings = r#"{"pusher":{"payload_bytes":65536,"channel_name_chars":200,"event_name_chars":200,"channels_per_publish":100,"batch_events":100}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    let channels = |count: usize| json!((0..count).map(|number| format!("c{number}")).collect::<Vec<_>>());
    let events = |name: &str, value: Value| (EVENTS, with(event(), name, value));
    let batch =
        |count: usize| (BATCH, json!({"batch": vec![json!({"name": "e", "data": "x", "channel": "news"}); count]}));
    let socket = |length: usize| json!(format!("1.{}", "1".repeat(length - 2)));
    for (largest, larger, status, says) in [
        (events("data", json!("x".repeat(65_536))), events("data", json!("x".repeat(65_537))), 413, "content of this"),
        (events("name", json!("é".repeat(200))), events("name", json!("é".repeat(201))), 400, "name has"),
        (events("channel", json!("x".repeat(200))), events("channel", json!("x".repeat(201))), 400, "A channel's name"),
        (events("channels", channels(100)), events("channels", channels(101)), 400, "at most 100"),
        (events("socket_id", socket(41)), events("socket_id", socket(42)), 400, "socket_id"),
        (batch(100), batch(101), 400, "at most 100"),
    ] {
        let (path, body) = largest;
        world.backend_posts(path, body).status(200);
        let (path, body) = larger;
        assert!(!admits("POST", path, Some(&body)), "{body}");
        refused(&world, world.backend_posts(path, body), status, says);
    }
}

#[test]
fn termination_reaches_every_gateway_of_the_app() {
    let world = World::new();
    let gateways = [GatewayName::new("eu", 0), GatewayName::new("na", 3)];
    for gateway in &gateways {
        let tenant = TenantId::trusted("demo");
        let recorded = world.app.store().record_gateway(&tenant, gateway, world.app.now());
        block_on(recorded).expect("the gateway is recorded");
    }
    world.signed_post("/apps/demo/users/7/terminate_connections", b"{}", &Signing::good()).status(200);
    let [close] = &world.channels.closed()[..] else { panic!("one request") };
    assert_eq!((close.user.as_str(), &close.gateways[..]), ("7", &gateways[..]));
}
