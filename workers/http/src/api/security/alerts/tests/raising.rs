//! Tests of raising an alert.

use super::{PATH, ended, guard, other_guard, raised, raised_by, shown};
use crate::ports::Counted;
use crate::testing::{Call, DEMO_SECRET, Token, World};
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::{AlertId, NewAlert, Status};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_schema::users;
use campana_storage::Fault;
use serde_json::{Value, json};

const SETTINGS: &str = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";

/// User 7 raises an alert.
fn raise(world: &World, body: Value) -> Call {
    world.post(PATH, body).by("7")
}

fn asked_to_raise(world: &World) -> NewAlert {
    match world.asked() {
        DeskCommand::Raise { alert } => *alert,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alert_is_raised_at_the_tenants_desk() {
    let world = World::new();
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    let body = json!({
        "id": "a-1", "apartment": {"id": 12, "address": "Block A"}, "note": "help",
        "location": {"lat": 1.000_000_44, "lng": -2, "string": "Gate 3", "accuracy": 4.2},
    });
    let reply = raise(&world, body).send();
    assert_eq!((reply.status.as_u16(), reply.header("location").as_str()), (201, "/api/security/alerts/a-1"));
    assert_eq!(reply.body["alert_id"], "a-1");
    assert_eq!(reply.body["user"], json!({"id": 7, "name": "Person 7"}));
    assert_eq!(reply.body["apartment"], json!({"id": 12, "address": "Block A"}));
    assert_eq!((&reply.body["status"], &reply.body["time_ago"]), (&json!("triggered"), &json!("just now")));
    assert_eq!(reply.body.get("duress"), None, "the owner sees no duress field");

    let request = world.desks.requests().pop().expect("the desk got a request");
    assert_eq!((request.app_config.tenant.as_str(), request.principal.user_id.as_str()), ("demo", "7"));
    assert_eq!(request.request_id, Some(reply.header("x-request-id")));
    let alert = asked_to_raise(&world);
    assert_eq!((alert.id.as_str(), alert.note.as_deref(), alert.drill), ("a-1", Some("help"), false));
    let location = alert.location.expect("a location");
    assert_eq!((location.lat.parts(), location.accuracy), (10_000_000, Some(5)), "rounded to the app's precision");
}

#[test]
fn a_retry_or_a_further_press_is_no_new_alert() {
    let world = World::new();
    world.desks.will_answer(Ok(shown(raised("a-1"), false)));
    let reply = raise(&world, json!({"id": "a-1"})).send();
    assert_eq!((reply.status.as_u16(), reply.header("location").as_str()), (200, ""));
}

#[test]
fn a_retry_after_the_end_returns_the_closed_alert() {
    let world = World::new();
    world.recorded(&[ended(raised("a-1"), Status::Resolved, "g", 9)]);
    world.desks.will_answer(Ok(DeskReply::InRecord));
    let reply = raise(&world, json!({"id": "a-1"})).send();
    assert_eq!((reply.status.as_u16(), &reply.body["status"]), (200, &json!("resolved")));
}

#[test]
fn a_retry_under_an_id_of_somebody_else_returns_the_callers_own_alert() {
    let world = World::new();
    let own = AlertId::trusted("a-1").instead_for(&UserId::trusted("7"));
    let of_another = ended(raised_by("a-1", "8", 0), Status::Resolved, "g", 8);
    world.recorded(&[of_another, ended(raised_by(own.as_str(), "7", 1), Status::FalseAlarm, "g", 9)]);
    for token in [Token::of("7"), Token::of("7").claim("permissions", json!(["view_panic_alerts"]))] {
        world.desks.will_answer(Ok(DeskReply::InRecord));
        let alert = world.post(PATH, json!({"id": "a-1"})).with(&token).status(200);
        assert_eq!((&alert["id"], &alert["status"]), (&json!(own), &json!("false_alarm")));
    }
}

#[test]
fn the_body_is_optional_and_every_id_is_unique() {
    let world = World::new();
    for _ in 0..2 {
        world.desks.will_answer(Ok(shown(raised("a-1"), true)));
        world.call("POST", PATH).by("7").status(201);
    }
    let ids = world.desks.requests().into_iter().map(|request| match request.command {
        DeskCommand::Raise { alert } => alert.id,
        other => panic!("{other:?}"),
    });
    let ids: Vec<_> = ids.collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn invalid_values_never_refuse_an_alert() {
    let world = World::new();
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    let body = json!({"location": {"lat": 91, "lng": "x", "string": "Roof"}, "note": 7, "surprise": {}, "drill": 1});
    raise(&world, body).status(201);
    let alert = asked_to_raise(&world);
    assert_eq!((alert.location, alert.note.as_deref(), alert.drill), (None, Some("Roof"), false));
    assert_eq!(alert.left_out, ["location.lng", "note", "drill", "surprise", "location.lat"]);
}

#[test]
fn unreadable_bodies_are_refused() {
    let world = World::new();
    let call = world.call("POST", PATH).by("7");
    call.clone().raw("application/json", b"{").refused(400, "malformed");
    call.clone().raw("text/plain", b"help").refused(415, "unsupported-media-type");
    call.clone().json(&json!([])).refused(422, "invalid");
    let huge = json!({"note": "x".repeat(70_000)});
    call.clone().json(&huge).refused(413, "too-large");
    let refusal = call.json(&json!({"id": "my secret"})).refused(422, "invalid");
    assert_eq!(refusal["errors"][0]["field"], "id");
    assert!(!refusal.to_string().contains("secret"));
    assert!(world.desks.requests().is_empty());
}

#[test]
fn only_guards_and_administrators_raise_drills() {
    let world = World::new();
    let drill = || world.post(PATH, json!({"drill": true}));
    drill().by("7").refused(403, "forbidden");
    assert!(world.desks.requests().is_empty());
    for token in [guard(), Token::admin()] {
        world.desks.will_answer(Ok(shown(raised("a-1"), true)));
        drill().with(&token).status(201);
        assert!(asked_to_raise(&world).drill);
    }
}

#[test]
fn a_silent_desk_is_a_503() {
    let world = World::new();
    world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
    raise(&world, json!({})).refused(503, "unavailable");
}

/// A request to every urgent endpoint.
fn urgent(world: &World) -> Vec<Call> {
    let about = |act: &str, body: Value| world.post(&format!("{PATH}/a-1/{act}"), body);
    vec![
        world.post(PATH, json!({"id": "a-1"})),
        about("acknowledge", json!({})),
        about("respond", json!({})),
        about("resolve", json!({})),
        about("false-alarm", json!({"reason": "a cat"})),
        about("cancel", json!({})),
        about("location", json!({"lat": 1, "lng": 2})),
        about("receipts", json!({"state": "seen"})),
    ]
}

/// Makes every urgent request three times as a guard, with all other requests over the limit.
#[track_caller]
fn check_that_urgent_calls_pass(world: &World, quota: &str) {
    world.get("/api/me").with(&guard()).refused(429, "rate-limited");
    for call in urgent(world) {
        for _ in 0..3 {
            world.desks.will_answer(Ok(shown(raised("a-1"), false)));
            let reply = call.clone().with(&guard()).send();
            assert!(reply.status.is_success(), "{} {}", reply.status, reply.body);
            assert!(reply.header("ratelimit").starts_with(quota), "{:?}", reply.headers);
        }
    }
    world.get("/api/me").with(&guard()).refused(429, "rate-limited");
}

/// [I13] Request limits do not apply to raising an alert.
#[test]
fn request_limits_never_refuse_an_alert() {
    let world = World::new();
    let limits = json!({"limits": {"requests_per_minute": 1, "app_requests_per_minute": 1}});
    world.set_app("demo", SETTINGS, limits.to_string());
    world.get("/api/me").with(&guard()).status(200);
    check_that_urgent_calls_pass(&world, r#""person";r=0;"#);
    let world = World::new();
    world.set_app("demo", SETTINGS, r#"{"limits":{"app_requests_per_minute":1}}"#);
    world.get("/api/me").by("8").status(200);
    check_that_urgent_calls_pass(&world, r#""person";r=1200;"#);
}

#[test]
fn the_platforms_limiter_counts_urgent_requests_and_refuses_none() {
    for counted in [Counted::Person, Counted::App] {
        let world = World::new();
        world.limiter.allow(counted, 0);
        check_that_urgent_calls_pass(&world, r#""person";r=1"#);
        let seen = [(Counted::Person, "demo/g"), (Counted::App, "demo")].map(|(of, key)| world.limiter.seen(of, key));
        assert_eq!(seen, [2 + 3 * 8; 2]);
    }
}

#[test]
fn urgent_requests_count_towards_the_quota() {
    let world = World::new();
    world.set_app("demo", SETTINGS, r#"{"limits":{"requests_per_minute":10}}"#);
    let reply = raise(&world, json!({})).send();
    assert!(reply.header("ratelimit").starts_with(r#""person";r=9;"#), "{:?}", reply.headers);
}

#[test]
fn an_address_over_its_limit_may_raise_alerts_and_gets_the_real_problem() {
    let world = World::new();
    world.limiter.allow(Counted::Address, 1);
    let from = |call: Call| call.header("cf-connecting-ip", "192.0.2.7");
    let unknown = || Token::of("7").claim("tenant", json!("nobody"));
    from(world.get("/api/me")).with(&unknown()).refused(401, "unauthenticated");
    from(world.get("/api/me")).with(&unknown()).refused(429, "rate-limited");
    let alert = || from(world.post(PATH, json!({})));
    alert().with(&Token::of("7").expires_in(-1.0)).refused(401, "token-expired");
    alert().with(&unknown()).refused(401, "unauthenticated");
    alert().refused(401, "unauthenticated");
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    let reply = alert().by("7").send();
    assert_eq!(reply.status, 201);
    assert!(!reply.body.to_string().contains(DEMO_SECRET));
}

#[test]
fn an_outage_of_d1_refuses_no_alert() {
    let world = World::new();
    world.database.fail_next(Fault::BeforePersisting);
    raise(&world, json!({})).refused(503, "unavailable");
    assert!(world.desks.requests().is_empty(), "no authentication without the app");
    world.meet(&["8"]);
    // A new user is not recorded in D1 first.
    world.database.fail_at(users::RECORD, Fault::BeforePersisting);
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    raise(&world, json!({})).status(201);
    world.clock.pass(200_000);
    world.database.fail_next(Fault::BeforePersisting);
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    raise(&world, json!({})).status(201);
    assert_eq!(world.log.all().len(), 1, "only the refusal was logged");
}

#[test]
fn a_silent_d1_delays_no_alert_of_a_cached_app() {
    let world = World::new();
    world.meet(&["7"]);
    world.clock.pass(4 * 60_000);
    let before = world.clock.millis();
    world.database.fail_next(Fault::Silence);
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    raise(&world, json!({})).status(201);
    assert_eq!(world.clock.millis() - before, 200, "the wait is bounded");
    world.clock.pass(60_000);
    world.database.fail_next(Fault::BeforePersisting);
    raise(&world, json!({})).refused(503, "unavailable");
}

#[test]
fn a_disabled_app_has_no_alerts() {
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", 1_i64);
    raise(&world, json!({})).refused(403, "forbidden");
}

#[test]
fn tenants_have_desks_of_their_own() {
    let world = World::new();
    world.desks.will_answer(Ok(shown(raised("a-1"), true)));
    world.post(PATH, json!({"id": "a-1"})).with(&other_guard()).status(201);
    let request = world.desks.requests().pop().expect("the desk got a request");
    assert_eq!((request.app_config.tenant.as_str(), request.principal.tenant.as_str()), ("other", "other"));
}

#[test]
fn the_payloads_status_is_the_alerts() {
    let world = World::new();
    for status in Status::ALL {
        world.desks.will_answer(Ok(shown(campana_core::alerts::Alert { status, ..raised("a-1") }, false)));
        assert_eq!(raise(&world, json!({})).status(200)["status"], status.as_str());
    }
}
