//! Tests of the work that requests cause before they are authenticated.

use super::connecting::{open, socket_path};
use crate::testing::{Call, OTHER_SECRET, Signing, Token, World};
use campana_core::alerts::command::DeskReply;
use campana_schema::counters;
use serde_json::json;

const ADDRESS: (&str, &str) = ("cf-connecting-ip", "192.0.2.7");
const ALERTS: &str = "/api/security/alerts";
const EVENTS: &str = "/apps/demo/events";

fn of_tenant(call: Call, tenant: &str) -> Call {
    call.with(&Token::of("7").claim("tenant", json!(tenant))).header(ADDRESS.0, ADDRESS.1)
}

/// Number of queries that `count` calls cause. The counts of failures, which the edge writes in the background, are no
/// queries.
fn queries(world: &World, count: usize, call: impl Fn(usize) -> Call) -> usize {
    let queries = || world.database.calls() - world.database.calls_with(counters::ADD_ALL);
    let before = queries();
    for at in 0..count {
        let status = call(at).send().status.as_u16();
        assert!([101, 401, 404, 429].contains(&status), "{status}");
    }
    queries() - before
}

#[test]
fn an_address_causes_few_queries_with_invented_names() {
    let world = World::new();
    let socket = |call: Call| call.header("upgrade", "websocket").header(ADDRESS.0, ADDRESS.1);
    let kinds: [&dyn Fn(usize) -> Call; 5] = [
        &|at| of_tenant(world.get("/api/me"), &format!("invented-{at}")),
        &|at| world.get(&format!("/api/config?app=invented-{at}")).header(ADDRESS.0, ADDRESS.1),
        &|at| socket(world.get(&format!("/app/invented-{at}?protocol=7"))),
        &|at| world.backend_gets(&format!("/apps/invented-{at}/channels")).header(ADDRESS.0, ADDRESS.1),
        &|at| socket(world.get(&format!("/api/me/socket?ticket={at:032}"))),
    ];
    for kind in kinds {
        world.clock.pass(60_000);
        assert_eq!(queries(&world, 500, kind), 200);
    }
    of_tenant(world.get("/api/me"), "invented").refused(429, "rate-limited");
    world.get("/api/me").with(&Token::other_admin()).status(200);
}

#[test]
fn look_ups_that_find_something_do_not_count() {
    let world = World::new();
    let path = socket_path(&world);
    for _ in 0..300 {
        let ticket = world.call("POST", "/api/me/ticket").by("7").status(201);
        let path = format!("{path}?ticket={}", ticket["ticket"].as_str().expect("a ticket"));
        open(&world, &path).header(ADDRESS.0, ADDRESS.1).status(200);
    }
}

#[test]
fn an_invented_name_is_looked_up_once_in_ten_seconds() {
    let world = World::new();
    let kinds: [&dyn Fn(usize) -> Call; 5] = [
        &|_| world.get("/api/me").with(&Token::of("7").claim("tenant", json!("nobody"))),
        &|_| world.post(ALERTS, json!({})).with(&Token::of("7").claim("tenant", json!("no-one"))),
        &|_| world.get("/app/nobody?protocol=7").header("upgrade", "websocket"),
        &|_| world.get("/api/config?app=no-key"),
        &|_| world.backend_gets("/apps/nobody/channels"),
    ];
    for kind in kinds {
        assert_eq!(queries(&world, 10, kind), 1);
        world.clock.pass(9_999);
        assert_eq!(queries(&world, 1, kind), 0);
        world.clock.pass(1);
        assert_eq!(queries(&world, 1, kind), 1);
    }
}

#[test]
fn names_that_cannot_exist_are_not_looked_up() {
    let world = World::new();
    let long = "x".repeat(129);
    let upgrade = |call: Call| call.header("upgrade", "websocket");
    let kinds: [&dyn Fn(usize) -> Call; 5] = [
        &|_| upgrade(world.get(&format!("/app/{long}?protocol=7"))),
        &|_| world.get(&format!("/api/config?app={long}")),
        &|_| world.backend_gets(&format!("/apps/{long}/channels")),
        &|_| upgrade(world.get("/api/me/socket?ticket=short")),
        &|at| upgrade(world.get(&format!("/api/me/socket?ticket={at:031}!"))),
    ];
    for kind in kinds {
        assert_eq!(queries(&world, 10, kind), 0);
    }
}

/// What others do behind the same address must not silence a call for help.
#[test]
fn an_alert_is_raised_from_an_address_that_has_used_up_its_look_ups() {
    let world = World::new();
    let raise = |tenant: &str| of_tenant(world.post(ALERTS, json!({})), tenant);
    assert_eq!(queries(&world, 500, |at| raise(&format!("invented-{at}"))), 201, "the list of tenants is read once");
    world.desks.will_answer(Ok(DeskReply::Done));
    let call = world.post(ALERTS, json!({})).header(ADDRESS.0, ADDRESS.1);
    let reply = call.with(&Token::of("7").claim("tenant", json!("other")).secret(OTHER_SECRET)).send();
    assert_ne!(reply.status, 401, "{}", reply.text);
    assert_ne!(reply.status, 429, "{}", reply.text);
    world.clock.pass(10_000);
    assert_eq!(
        queries(&world, 100, |at| raise(&format!("others-{at}"))),
        34,
        "33 look-ups in 10 s, and the list again"
    );
}

#[test]
fn a_health_check_asks_the_database_once_a_second() {
    let world = World::new();
    let before = world.database.calls();
    for _ in 0..100 {
        world.get("/healthz").status(200);
    }
    assert_eq!(world.database.calls() - before, 1);
    world.clock.pass(1_000);
    world.database.fail_next(campana_storage::Fault::BeforePersisting);
    world.get("/healthz").refused(503, "unavailable");
    world.get("/healthz").refused(503, "unavailable");
    world.clock.pass(1_000);
    world.get("/healthz").status(200);
    let before = world.database.calls();
    world.get("/up").status(200);
    assert_eq!(world.database.calls(), before);
}

#[test]
fn the_body_of_a_backend_is_read_after_its_signature() {
    let world = World::new();
    let body = vec![b'x'; 16 * 1024];
    let good = Signing::good;
    for signing in [
        good().secret("guess"),
        good().with("auth_key", "other"),
        good().with("auth_version", "2.0"),
        good().skewed(601),
        good().with("auth_signature", "00"),
        good().without("auth_key"),
        good().without("auth_timestamp"),
        good().without("auth_version"),
    ] {
        let (reply, read) = world.signed_post(EVENTS, &body, &signing).send_chunks(64);
        assert_eq!((reply.status.as_u16(), read), (401, 0), "{}", reply.text);
    }
    let (reply, read) = world.signed_post("/apps/nobody/events", &body, &good()).send_chunks(64);
    assert_eq!((reply.status.as_u16(), read), (404, 0));
    let (reply, read) = world.signed_post(EVENTS, &body, &good().without("body_md5")).send_chunks(64);
    assert_eq!((reply.status.as_u16(), read), (401, 1), "a body without a digest is refused at its first chunk");
    let (reply, read) = world.signed_post(EVENTS, &body, &good()).send_chunks(1_000);
    assert_eq!((reply.status.as_u16(), read), (413, 129), "a body over 2 MiB is stopped while it streams");
    let declared = world.signed_post(EVENTS, &body, &good()).header("content-length", "2097153");
    assert_eq!(declared.send_chunks(64).1, 0);
}

#[test]
fn a_body_is_read_after_its_token_and_up_to_its_limit() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let messages = format!("{conversation}/messages");
    for path in [messages.as_str(), "/api/chat/rooms", ALERTS, "/broadcasting/auth", "/api/chat/conversations"] {
        let (reply, read) = world.post(path, json!({})).send_chunks(64);
        assert!([401, 404].contains(&reply.status.as_u16()), "{path}: {}", reply.text);
        assert_eq!(read, 0, "{path}");
    }
    for path in [messages.as_str(), "/api/chat/rooms", ALERTS, "/broadcasting/auth"] {
        let (reply, read) = world.post(path, json!({})).by("7").send_chunks(64);
        assert_eq!((reply.status.as_u16(), read), (413, 5), "{path}: a body over 64 KiB is stopped while it streams");
        let declared = world.post(path, json!({})).by("7").header("content-length", "65537");
        let (reply, read) = declared.send_chunks(64);
        assert_eq!((reply.status.as_u16(), read), (413, 0), "{path}");
    }
}
