//! Tests of authentication.

mod apps;
mod before_authentication;
mod connecting;
mod failures;
mod keys;
mod people;
mod rates;
mod revocations;
mod tickets;
mod tokens;

use crate::testing::{Call, DEMO_SECRET, Token, World};

pub(super) fn me(world: &World, token: &str) -> Call {
    world.get("/api/me").header("authorization", &format!("Bearer {token}"))
}

#[track_caller]
pub(super) fn refused(token: &Token) {
    let world = World::new();
    let detail = me(&world, &token.sign(world.clock.millis())).refused(401, "unauthenticated");
    assert!(!detail.to_string().contains(DEMO_SECRET));
}

#[track_caller]
pub(super) fn accepted(token: &Token) -> serde_json::Value {
    World::new().get("/api/me").with(token).status(200)
}
