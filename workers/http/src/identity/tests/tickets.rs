//! Tests of tickets.

use super::connecting::{open, socket_path};
use crate::testing::{Token, World};

#[test]
fn a_ticket_is_valid_once_for_thirty_seconds_and_only_for_connections() {
    let world = World::new();
    let path = socket_path(&world);
    let issue = || {
        let ticket = world.call("POST", "/api/me/ticket").by("7").status(201);
        ticket["ticket"].as_str().expect("a ticket").to_owned()
    };
    let used = issue();
    open(&world, &format!("{path}?ticket={used}")).status(200);
    open(&world, &format!("{path}?ticket={used}")).refused(401, "unauthenticated");
    let old = issue();
    world.clock.pass(30_000);
    open(&world, &format!("{path}?ticket={old}")).refused(401, "unauthenticated");
    open(&world, &format!("{path}?ticket={}", "x".repeat(100))).refused(401, "unauthenticated");
    world.get(&format!("/api/me?ticket={}", issue())).refused(401, "unauthenticated");
    let stream = path.replace("/socket", "/events");
    world.get(&format!("{stream}?ticket={}", issue())).status(200);
}

#[test]
fn a_ticket_does_not_outlive_its_token() {
    let world = World::new();
    let path = socket_path(&world);
    let ticket = world.call("POST", "/api/me/ticket").with(&Token::of("7").expires_in(10.0)).status(201);
    world.clock.pass(10_000);
    open(&world, &format!("{path}?ticket={}", ticket["ticket"].as_str().expect("a ticket")))
        .refused(401, "token-expired");
}
