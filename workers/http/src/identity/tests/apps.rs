//! Tests of app settings that affect authentication.

use crate::Environment;
use crate::testing::{DEMO_SECRET, Token, World};

#[test]
fn production_refuses_the_demo_secret_of_any_app() {
    let world = World::of(Environment::Production);
    world.get("/api/me").by("7").refused(401, "unauthenticated");
    world.get("/api/me").with(&Token::other_admin()).status(200);
    world.set_app("other", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", DEMO_SECRET);
    world.get("/api/me").with(&Token::other_admin().secret(DEMO_SECRET)).refused(401, "unauthenticated");
    world.get("/api/demo/people").refused(404, "not-found");
}

#[test]
fn a_disabled_app_refuses_everybody_within_ten_seconds() {
    let world = World::new();
    world.get("/api/me").by("7").status(200);
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", 1_i64);
    world.get("/api/me").by("7").refused(403, "forbidden");
}

#[test]
fn both_secrets_are_valid_during_a_rotation() {
    const ROTATE: &str = "UPDATE apps SET previous_secret = secret, secret = ?2, \
                          previous_secret_until = CAST(?3 AS INTEGER) WHERE tenant_id = ?1";
    let world = World::new();
    let until = world.clock.millis() + 60_000;
    world.run(ROTATE, ["demo".into(), "fresh".into(), until.into()]);
    let (old, new) = (|| world.get("/api/me").by("7"), || world.get("/api/me").with(&Token::of("7").secret("fresh")));
    old().status(200);
    new().status(200);
    world.get("/api/me").with(&Token::of("7").secret("another")).refused(401, "unauthenticated");
    world.clock.pass(60_000);
    old().refused(401, "unauthenticated");
    new().status(200);
}

#[test]
fn production_refuses_the_demo_secret_as_previous_secret() {
    let world = World::of(Environment::Production);
    let rotated = "UPDATE apps SET previous_secret = ?2, previous_secret_until = 4000000000000 WHERE tenant_id = ?1";
    world.set_app("other", rotated, DEMO_SECRET);
    world.get("/api/me").with(&Token::other_admin()).status(200);
    world.get("/api/me").with(&Token::other_admin().secret(DEMO_SECRET)).refused(401, "unauthenticated");
}

#[test]
fn an_app_without_a_secret_accepts_no_hs256_token() {
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", "");
    world.get("/api/me").by("7").refused(401, "unauthenticated");
}
