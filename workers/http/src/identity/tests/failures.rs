//! Tests of the counts of failed authentications.

use super::connecting::{open, socket_path};
use super::me;
use crate::Environment;
use crate::ports::Counted;
use crate::testing::tokens::es256;
use crate::testing::{Call, DEMO_SECRET, Signing, Token, World};
use campana_core::accounts::auth_failure::AuthFailure;
use campana_storage::Fault;
use serde_json::{Value, json};

/// Counts of one reason: of the demo app, and without an app.
fn counted(world: &World, reason: &str) -> (Value, Value) {
    // Without a time of issue, the token would be older than a revocation.
    let admin = Token::admin().claim("iat", json!(world.clock.millis() / 1_000));
    let stats = world.get("/api/admin/stats").with(&admin).status(200);
    (stats["auth_failures"][reason].clone(), stats["auth_failures_without_app"][reason].clone())
}

/// Sends the request to a fresh edge, and checks that it is counted once, under this reason only.
#[track_caller]
fn check(reason: &str, has_app: bool, request: impl Fn(&World) -> Call) {
    let world = World::new();
    request(&world).send();
    for known in AuthFailure::ALL {
        let expected = match (known.as_str() == reason, has_app) {
            (true, true) => (json!(1), json!(0)),
            (true, false) => (json!(0), json!(1)),
            (false, _) => (json!(0), json!(0)),
        };
        assert_eq!(counted(&world, known.as_str()), expected, "{reason}: {}", known.as_str());
    }
}

#[test]
fn each_failed_authentication_is_counted_under_its_reason() {
    check("missing_token", false, |world| world.get("/api/me"));
    check("malformed_token", false, |world| me(world, "x.y.z"));
    check("malformed_token", false, |world| world.get("/api/me").header("authorization", "Basic YTpi"));
    check("unknown_app", false, |world| world.get("/api/me").with(&Token::of("7").claim("tenant", json!("nobody"))));
    check("unknown_app", false, |world| world.backend_gets("/apps/nobody/channels"));
    check("bad_signature", true, |world| world.get("/api/me").with(&Token::of("7").secret("guess")));
    check("unknown_key", true, |world| {
        me(world, &Token::of("7").sign_as(world.clock.millis(), &json!({"alg": "ES256"}), es256(1)))
    });
    check("expired", true, |world| world.get("/api/me").with(&Token::of("7").expires_in(-1.0)));
    check("not_yet_valid", true, |world| {
        world.get("/api/me").with(&Token::of("7").claim("nbf", json!(world.clock.millis() / 1_000 + 61)))
    });
    check("bad_ticket", false, |world| open(world, &format!("{}?ticket=x", socket_path(world))));
    let backend = |signing: Signing| move |world: &World| world.signed_get("/apps/demo/channels", &signing);
    check("bad_request_signature", true, backend(Signing::good().secret("guess")));
    check("stale_timestamp", true, backend(Signing::good().skewed(-601)));
}

#[test]
fn a_successful_request_and_a_refused_action_are_not_counted() {
    let world = World::new();
    world.get("/api/me").by("7").status(200);
    world.get("/api/admin/stats").by("7").refused(403, "forbidden");
    world.get("/api/nothing").refused(404, "not-found");
    for reason in AuthFailure::ALL {
        assert_eq!(counted(&world, reason.as_str()), (json!(0), json!(0)));
    }
}

#[test]
fn requests_of_a_disabled_app_and_with_the_demo_secret_in_production_are_counted() {
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", 1_i64);
    world.get("/api/me").by("7").refused(403, "forbidden");
    world.backend_gets("/apps/demo/channels").send();
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", None::<i64>);
    assert_eq!(counted(&world, "disabled_app").0, 2);
    let world = World::of(Environment::Production);
    world.set_app("other", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", DEMO_SECRET);
    world.get("/api/me").with(&Token::other_admin().secret(DEMO_SECRET)).refused(401, "unauthenticated");
    world.set_app("other", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", crate::testing::OTHER_SECRET);
    let stats = world.get("/api/admin/stats").with(&Token::other_admin()).status(200);
    assert_eq!(stats["auth_failures"]["demo_secret"], 1);
}

#[test]
fn addresses_that_fail_too_often_are_counted() {
    let world = World::new();
    world.limiter.allow(Counted::Address, 0);
    let stranger = || world.get("/api/me").header("cf-connecting-ip", "192.0.2.7");
    stranger().with(&Token::of("7").secret("guess")).refused(429, "rate-limited");
    stranger().with(&Token::of("7").claim("tenant", json!("nobody"))).refused(429, "rate-limited");
    assert_eq!(counted(&world, "bad_signature").0, 1, "the reason is the first one");
    assert_eq!(counted(&world, "rate_limited").1, 1, "refused without a query");
}

#[test]
fn counts_that_d1_does_not_take_are_written_later() {
    let world = World::new();
    world.get("/api/me").by("7").status(200);
    world.database.fail_next(Fault::BeforePersisting);
    world.get("/api/me").with(&Token::of("7").secret("guess")).refused(401, "unauthenticated");
    world.get("/api/me").with(&Token::of("7").secret("guess")).refused(401, "unauthenticated");
    assert_eq!(counted(&world, "bad_signature").0, 2);
    assert_eq!(counted(&world.elsewhere(), "bad_signature").0, 2, "they are in D1, not in one isolate");
}
