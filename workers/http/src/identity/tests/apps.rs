//! What an app's settings do to its people.

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
fn a_disabled_app_lets_nobody_in_within_ten_seconds() {
    let world = World::new();
    world.get("/api/me").by("7").status(200);
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", 1_i64);
    world.get("/api/me").by("7").refused(403, "forbidden");
}

#[test]
fn an_app_without_a_secret_takes_no_signed_token() {
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", "");
    world.get("/api/me").by("7").refused(401, "unauthenticated");
}
