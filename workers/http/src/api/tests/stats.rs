//! Tests of an app's metrics.

use crate::testing::{Token, World};
use campana_core::accounts::quota::{Busy, Stats};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::presence;
use campana_storage::Fault;
use pollster::block_on;
use serde_json::json;

const PATHS: [&str; 3] = ["/api/admin/stats", "/metrics", "/metrics/reverb"];

/// A world whose demo app has connections.
fn world() -> World {
    let world = World::new();
    world.meet(&["7", "8"]);
    let (now, store) = (Timestamp::from_millis(world.clock.millis()), world.objects.store());
    let (tenant, users) = (TenantId::trusted("demo"), ["7", "8"].map(UserId::trusted));
    let renewed = store.renew_presence(&tenant, &users, "conversation:c", now, now.plus_millis(60_000));
    block_on(renewed).expect("presence is renewed");
    let busiest = vec![Busy { conversation_id: ConversationId::trusted("c"), connections: 3, people: 2 }];
    let stats = Stats {
        connections: 4,
        pusher_connections: 1,
        conversations_live: 2,
        rooms_live: 1,
        channels_live: 1,
        messages_total: 90,
        messages_per_second: 1.5,
        busiest,
    };
    world.objects.set_stats("demo", stats);
    world
}

#[test]
fn only_administrators_see_the_metrics() {
    let world = world();
    for path in PATHS {
        world.get(path).refused(401, "unauthenticated");
        world.get(path).with(&Token::admin().secret("another")).refused(401, "unauthenticated");
        world.get(path).by("7").refused(403, "forbidden");
        let reply = world.get(path).with(&Token::admin()).send();
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    }
}

#[test]
fn metrics_combine_the_registry_and_d1() {
    let world = world();
    world.memory.set(131_072);
    let mut stats = world.get("/api/admin/stats").with(&Token::admin()).status(200);
    for failures in ["auth_failures", "auth_failures_without_app"] {
        let counts = stats.as_object_mut().and_then(|stats| stats.remove(failures));
        assert_eq!(counts.map(|counts| counts["bad_signature"].clone()), Some(json!(0)), "{failures}");
    }
    let expected = json!({
        "app_id": "demo", "connections": 4, "pusher_connections": 1, "max_connections": null, "people_online": 2, "quarantined_entries": 0, "incomplete_publishes": 0,
        "conversations_live": 2, "rooms_live": 1, "channels_live": 1, "messages_total": 90, "messages_per_second": 1.5,
        "memory_bytes": 131_072, "busiest": [{"conversation_id": "c", "connections": 3, "people": 2}],
        "alerts": null,
        "at": "2023-11-14T22:13:20.000Z",
    });
    assert_eq!(stats, expected);
    let reverb = world.get("/metrics/reverb").with(&Token::admin()).status(200);
    let expected = json!({
        "app_id": "demo", "connections": 4, "max_connections": null, "memory": 131_072, "messages": 90,
        "messages_per_second": 1.5, "channels": 3, "rooms": 1, "users": 2,
    });
    assert_eq!(reverb, expected);
}

#[test]
fn unknown_memory_is_null() {
    let stats = world().get("/api/admin/stats").with(&Token::admin()).status(200);
    assert_eq!(stats["memory_bytes"], json!(null));
}

#[test]
fn another_tenant_sees_its_own_numbers() {
    let world = world();
    let stats = world.get("/api/admin/stats").with(&Token::other_admin()).status(200);
    let seen = ["connections", "people_online", "messages_total"].map(|name| stats[name].clone());
    assert_eq!(seen, [json!(0), json!(0), json!(0)]);
    assert_eq!(stats["app_id"], "other");
}

#[test]
fn the_content_type_names_the_format_version() {
    let reply = world().get("/metrics").with(&Token::admin()).send();
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

#[test]
fn a_silent_registry_is_a_503() {
    let world = world();
    world.objects.set_down(true);
    for path in PATHS {
        world.get(path).with(&Token::admin()).refused(503, "unavailable");
    }
}

#[test]
fn without_d1_the_other_metrics_are_returned() {
    let world = world();
    world.get("/api/admin/stats").with(&Token::admin()).status(200);
    for _ in PATHS {
        world.database.fail_at(presence::PEOPLE_ONLINE, Fault::BeforePersisting);
    }
    let stats = world.get("/api/admin/stats").with(&Token::admin()).status(200);
    assert_eq!((&stats["people_online"], &stats["connections"]), (&json!(null), &json!(4)));
    let reverb = world.get("/metrics/reverb").with(&Token::admin()).status(200);
    assert_eq!(reverb["users"], json!(null));
    world.get("/metrics").with(&Token::admin()).status(200);
    assert_eq!(world.log.all().len(), 3);
}
