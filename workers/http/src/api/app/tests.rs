//! Tests of opening Pusher sockets.

use super::choosing::MAX_TRIES;
use crate::Environment;
use crate::ports::Counted;
use crate::testing::{Call, Reply, World};
use campana_core::shared::ids::TenantId;
use std::collections::BTreeSet;

const GOOD: &str = "/app/demo?protocol=7&client=js&version=8.6.0&flash=false";

fn open(world: &World, path: &str) -> Call {
    world.get(path).header("upgrade", "websocket").header("connection", "Upgrade")
}

fn refusal(reply: &Reply) -> u16 {
    let refusal = reply.header("x-refused");
    refusal.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or_default()
}

#[track_caller]
fn refused(call: Call, code: u16) {
    let reply = call.send();
    assert_eq!((reply.status.as_u16(), refusal(&reply)), (101, code), "{}", reply.header("x-refused"));
}

#[track_caller]
fn opened(world: &World, call: Call) -> String {
    let before = world.channels.attached().len();
    let reply = call.send();
    assert_eq!((reply.status.as_u16(), refusal(&reply)), (101, 0));
    let attached = world.channels.attached();
    assert_eq!(attached.len(), before + 1);
    attached.last().expect("a connection was opened").gateway.as_str().to_owned()
}

#[test]
fn a_socket_opens_at_a_gateway_of_its_region() {
    let world = World::new();
    assert_eq!(opened(&world, open(&world, GOOD)), "xx/0");
    assert_eq!(opened(&world, open(&world, GOOD).header("x-campana-region", "eu")), "eu/0");
    for odd in ["EU", "europe", "", "e/", "e1"] {
        assert_eq!(opened(&world, open(&world, GOOD).header("x-campana-region", odd)), "xx/0", "{odd}");
    }
    let attach = &world.channels.attached()[0];
    assert_eq!(attach.app_config.tenant, TenantId::trusted("demo"));
    assert!(attach.request_id.is_some());
}

#[test]
fn a_request_without_upgrade_is_a_426() {
    let world = World::new();
    let reply = world.get(GOOD).send();
    assert_eq!(reply.header("upgrade"), "websocket");
    world.get(GOOD).refused(426, "upgrade-required");
    world.get("/app/nobody?protocol=7").refused(426, "upgrade-required");
    for nowhere in ["/app", "/app/", "/app/demo/more?protocol=7"] {
        open(&world, nowhere).refused(404, "not-found");
    }
    assert_eq!(world.channels.attached().len(), 0);
}

#[test]
fn unsupported_protocol_versions_are_refused() {
    let world = World::new();
    for good in ["5", "6", "7"] {
        opened(&world, open(&world, &format!("/app/demo?protocol={good}")));
    }
    for (query, code) in [
        ("", 4008),
        ("?protocol=", 4008),
        ("?client=js", 4008),
        ("?protocol=seven", 4006),
        ("?protocol=7.0", 4006),
        ("?protocol=-7", 4006),
        ("?protocol=%2B7", 4006),
        ("?protocol=4", 4007),
        ("?protocol=8", 4007),
        ("?protocol=99999999999999999999", 4007),
    ] {
        refused(open(&world, &format!("/app/demo{query}")), code);
    }
}

#[test]
fn unknown_and_disabled_apps_are_refused() {
    let world = World::new();
    for unknown in ["nobody", "%ff", "a%2Fb", &"x".repeat(4_000)] {
        refused(open(&world, &format!("/app/{unknown}?protocol=7")), 4001);
    }
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", 1_i64);
    refused(open(&world, GOOD), 4003);
    world.set_app("other", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", "");
    refused(open(&world, "/app/other?protocol=7"), 4003);
    let production = World::of(Environment::Production);
    refused(open(&production, GOOD), 4003);
    opened(&production, open(&production, "/app/other?protocol=7"));
}

#[test]
fn an_app_with_a_new_key_is_found_only_by_that_key() {
    let world = World::new();
    opened(&world, open(&world, GOOD));
    world.set_app("demo", "UPDATE apps SET key = ?2 WHERE tenant_id = ?1", "fresh");
    opened(&world, open(&world, "/app/fresh?protocol=7"));
    refused(open(&world, GOOD), 4001);
}

#[test]
fn a_page_needs_an_allowed_origin_or_this_host() {
    let world = World::new();
    let from = |origin: &str| open(&world, GOOD).header("host", "chat.example").header("origin", origin);
    for origin in ["https://app.example", "https://chat.example"] {
        opened(&world, from(origin));
    }
    for origin in ["https://evil.example", "null", ""] {
        refused(from(origin), 4009);
    }
}

#[test]
fn full_gateways_are_skipped_and_remembered_for_a_minute() {
    let world = World::new();
    let at = |call: Call| {
        let reply = call.send();
        (refusal(&reply), world.channels.attached().last().expect("a request was recorded").gateway.as_str().to_owned())
    };
    world.channels.set_full(2);
    let (code, gateway) = at(open(&world, GOOD));
    assert_eq!(code, 0);
    assert!(["xx/2", "xx/3"].contains(&gateway.as_str()), "{gateway}");
    let seen = |calls: usize| -> Vec<String> { (0..calls).map(|_| at(open(&world, GOOD)).1).collect() };
    assert!(seen(20).iter().any(|gateway| gateway != "xx/0"), "four gateways are in use");
    world.clock.pass(60_000);
    assert!(seen(20).iter().all(|gateway| gateway == "xx/0"), "back to the app's setting");
}

#[test]
fn when_all_are_full_the_client_is_asked_to_retry_after_few_tries() {
    let world = World::new();
    world.channels.set_full(1_000);
    refused(open(&world, GOOD), 4100);
    assert_eq!(world.channels.attached().len(), MAX_TRIES);
    world.channels.set_full(0);
    world.channels.set_down(true);
    refused(open(&world, GOOD), 4100);
}

#[test]
fn sockets_of_an_app_have_a_budget_apart_from_its_users_requests() {
    let world = World::new();
    let settings = r#"{"limits":{"app_requests_per_minute":100}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    for _ in 0..100 {
        opened(&world, open(&world, GOOD));
    }
    refused(open(&world, GOOD), 4100);
    opened(&world, open(&world, "/app/other?protocol=7"));
    world.get("/api/me").by("7").status(200);
    world.clock.pass(60_000);
    opened(&world, open(&world, GOOD));
}

#[test]
fn an_address_opens_so_many_sockets_a_minute() {
    let world = World::new();
    let settings = r#"{"pusher":{"connects_per_address":10}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    let from = |address: &str| open(&world, GOOD).header("cf-connecting-ip", address);
    for number in 0..10 {
        opened(&world, from(&format!("2001:db8::{number}")));
    }
    refused(from("2001:db8::ffff"), 4100);
    opened(&world, from("192.0.2.7"));
    let addresses: BTreeSet<_> = world.channels.attached().iter().map(|attach| attach.address).collect();
    assert_eq!(addresses.len(), 2, "gateways learn the network, as a hash");
    world.limiter.allow(Counted::Opening, 1);
    refused(from("192.0.2.7"), 4100);
}

#[test]
fn guessed_keys_are_rate_limited() {
    let world = World::new();
    let guess = |key: &str| open(&world, &format!("/app/{key}?protocol=7")).header("cf-connecting-ip", "192.0.2.7");
    world.limiter.allow(Counted::Address, 1);
    refused(guess("one"), 4001);
    guess("two").refused(429, "rate-limited");
    guess("three").refused(429, "rate-limited");
    assert_eq!(world.limiter.seen(Counted::Address, "192.0.2.7"), 2, "the third request caused no look-up");
    world.clock.pass(10_000);
    world.limiter.allow(Counted::Address, 100);
    refused(guess("four"), 4001);
}
