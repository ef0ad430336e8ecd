//! Tests of rate limits.

use super::connecting::{offering, open, problem_type, socket_path};
use crate::ports::Counted;
use crate::testing::{DEMO_SECRET, Reply, Token, World};
use serde_json::json;

const SETTINGS: &str = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";

fn limited(requests_per_minute: u32, app_requests_per_minute: u32) -> World {
    let world = World::new();
    let (person, app) = (requests_per_minute, app_requests_per_minute);
    let settings = json!({"limits": {"requests_per_minute": person, "app_requests_per_minute": app}});
    world.set_app("demo", SETTINGS, settings.to_string());
    world
}

fn me_of(world: &World, user: &str) -> Reply {
    world.get("/api/me").by(user).send()
}

#[test]
fn quota_headers_report_remaining_requests_and_reset_time() {
    let world = limited(3, 1_000);
    let first = me_of(&world, "7");
    assert_eq!(first.header("ratelimit-policy"), r#""person";q=3;w=60, "app";q=1000;w=60"#);
    assert_eq!(first.header("ratelimit"), r#""person";r=2;t=20, "app";r=999;t=1"#);
    assert_eq!(me_of(&world, "7").status, 200);
    assert_eq!(me_of(&world, "7").status, 200);
    let refused = me_of(&world, "7");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["type"], "https://campana.dev/problems/rate-limited");
    assert_eq!((refused.header("retry-after").as_str(), &refused.body["retry_after_ms"]), ("20", &json!(20_000)));
    assert_eq!(refused.header("ratelimit"), r#""person";r=0;t=60, "app";r=997;t=1"#);
    assert_eq!(me_of(&world, "8").status, 200, "other users are unaffected");
    assert_eq!(world.get("/api/me").with(&Token::other_admin()).send().status, 200);
    world.clock.pass(19_999);
    assert_eq!(me_of(&world, "7").status, 429);
    world.clock.pass(1);
    assert_eq!(me_of(&world, "7").status, 200);
    assert_eq!(me_of(&world, "7").status, 429);
}

#[test]
fn users_share_the_apps_limit_and_keep_their_own_quota() {
    let world = limited(2, 3);
    for user in ["7", "8", "9"] {
        assert_eq!(me_of(&world, user).status, 200);
    }
    let refused = me_of(&world, "7");
    assert_eq!((refused.status.as_u16(), refused.header("retry-after").as_str()), (429, "20"));
    assert!(refused.header("ratelimit").starts_with(r#""person";r=1;"#), "{:?}", refused.headers);
    assert_eq!(world.get("/api/me").with(&Token::other_admin()).send().status, 200, "other apps are unaffected");
    world.clock.pass(20_000);
    assert_eq!(me_of(&world, "7").status, 200);
}

#[test]
fn a_refused_request_has_no_effect() {
    let world = limited(1, 1_000);
    let create = || world.post("/api/chat/rooms", json!({"name": "Lobby"})).with(&Token::admin());
    create().status(201);
    create().refused(429, "rate-limited");
    world.clock.pass(60_000);
    let rooms = world.get("/api/chat/rooms").with(&Token::admin()).status(200);
    assert_eq!(rooms["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn connections_count_and_are_refused_the_way_the_client_listens() {
    let world = World::new();
    let path = socket_path(&world);
    world.set_app("demo", SETTINGS, r#"{"limits":{"requests_per_minute":3}}"#);
    let token = Token::of("7").sign(world.clock.millis());
    world.call("POST", "/api/me/ticket").by("7").status(201);
    offering(open(&world, &path), &token).status(200);
    world.get(&path.replace("/socket", "/events")).by("7").status(200);
    assert_eq!(problem_type(&offering(open(&world, &path), &token).send()), "rate-limited");
    open(&world, &path).by("7").refused(429, "rate-limited");
    world.get(&path.replace("/socket", "/events")).by("7").refused(429, "rate-limited");
    assert_eq!(world.objects.opened().len(), 2);
}

#[test]
fn the_platforms_limiter_caps_the_apps_own_limits() {
    let world = World::new();
    world.limiter.allow(Counted::Person, 2);
    for _ in 0..2 {
        assert_eq!(me_of(&world, "7").status, 200);
    }
    let refused = me_of(&world, "7");
    assert_eq!((refused.status.as_u16(), refused.header("retry-after").as_str()), (429, "60"));
    assert!(refused.header("ratelimit").starts_with(r#""person";r=1197;"#), "{:?}", refused.headers);
    assert_eq!(me_of(&world, "8").status, 200);
    assert_eq!((world.limiter.seen(Counted::Person, "demo/7"), world.limiter.seen(Counted::App, "demo")), (3, 4));
    world.limiter.allow(Counted::App, 4);
    world.get("/api/me").by("8").refused(429, "rate-limited");
    assert_eq!(world.get("/api/me").with(&Token::other_admin()).send().status, 200);
}

#[test]
fn a_failing_limiter_admits_requests_and_is_logged_once() {
    let world = World::new();
    world.limiter.allow(Counted::Person, 0);
    world.limiter.set_silent(true);
    for _ in 0..3 {
        assert_eq!(me_of(&world, "7").status, 200);
    }
    let lines = world.log.all();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["level"], &lines[0]["at"]), (&json!("warning"), &json!("identity.rates")));
}

#[test]
fn invalid_tokens_are_limited_by_address_and_valid_ones_are_not() {
    let world = World::new();
    world.limiter.allow(Counted::Address, 3);
    let path = socket_path(&world);
    let from = |address: &str| world.get("/api/me").header("cf-connecting-ip", address);
    from("192.0.2.7").refused(401, "unauthenticated");
    from("192.0.2.7").with(&Token::of("7").secret("wrong")).refused(401, "unauthenticated");
    from("192.0.2.7").with(&Token::of("7").expires_in(-1.0)).refused(401, "token-expired");
    let refused = from("192.0.2.7").refused(429, "rate-limited");
    assert!(!refused.to_string().contains(DEMO_SECRET));
    let socket = offering(open(&world, &path), "forged").header("cf-connecting-ip", "192.0.2.7");
    assert_eq!(problem_type(&socket.send()), "rate-limited");
    assert_eq!(from("192.0.2.7").by("7").send().status, 200, "an authenticated user behind the same address passes");
    from("192.0.2.8").refused(401, "unauthenticated");
    let anonymous = from("192.0.2.8").send();
    assert_eq!(anonymous.header("ratelimit"), "", "no quota headers without a caller");
    for _ in 0..5 {
        world.get("/api/me").refused(401, "unauthenticated");
    }
}

#[test]
fn an_address_over_its_limit_causes_no_queries_for_a_while() {
    let world = World::new();
    world.limiter.allow(Counted::Address, 1);
    let path = socket_path(&world);
    let ticket = || {
        let ticket = world.call("POST", "/api/me/ticket").by("7").status(201);
        format!("{path}?ticket={}", ticket["ticket"].as_str().expect("a ticket"))
    };
    let from = |path: &str| open(&world, path).header("cf-connecting-ip", "192.0.2.7");
    from(&format!("{path}?ticket=guess")).refused(401, "unauthenticated");
    from(&format!("{path}?ticket=guess")).refused(429, "rate-limited");
    let good = ticket();
    from(&good).refused(429, "rate-limited");
    assert_eq!(from(&path).by("7").send().status, 200, "a cached app authenticates without D1");
    let unknown = Token::of("7").claim("tenant", json!("nobody"));
    world.get("/api/me").header("cf-connecting-ip", "192.0.2.7").with(&unknown).refused(429, "rate-limited");
    assert_eq!(open(&world, &good).send().status, 200, "the ticket was not redeemed");
    world.clock.pass(10_000);
    assert_eq!(from(&ticket()).send().status, 200);
    from(&format!("{path}?ticket=guess")).refused(429, "rate-limited");
    world.clock.pass(9_999);
    assert_eq!(from(&path).by("7").send().status, 200, "a known app is refreshed");
}

#[test]
fn cors_exposes_the_quota_headers() {
    let world = World::new();
    let reply = world.get("/api/me").by("7").header("origin", "https://app.example").send();
    let exposed = reply.header("access-control-expose-headers");
    assert!(exposed.contains("ratelimit,") && exposed.contains("ratelimit-policy"), "{exposed}");
}
