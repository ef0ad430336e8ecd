//! Tests of revoked identities.

use super::connecting::{open, socket_path};
use crate::run_schedule;
use crate::testing::{START_MS, Token, World};
use campana_core::accounts::revocation::{Revocation, Subject};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::revocations;
use campana_storage::Fault;
use pollster::block_on;
use serde_json::{Value, json};

/// TTL of the app in an isolate's cache, milliseconds.
const KNOWN_MS: i64 = 5_000;

/// A token that was issued so many milliseconds ago.
fn issued(user: &str, world: &World, ago_ms: i64) -> Token {
    #[expect(clippy::cast_precision_loss, reason = "a time in milliseconds is below 2^53")]
    let iat = (world.clock.millis() - ago_ms) as f64 / 1_000.0;
    Token::of(user).claim("iat", json!(iat))
}

fn sign_out(world: &World, user: &str) -> Value {
    world
        .post(&format!("/api/admin/users/{user}/sign-out"), json!({"reason": "lost phone"}))
        .with(&Token::admin())
        .status(200)
}

#[track_caller]
fn check(world: &World, token: &Token, is_valid: bool) {
    let call = world.get("/api/me").with(token);
    if is_valid {
        call.status(200);
    } else {
        call.refused(401, "unauthenticated");
    }
}

#[test]
fn a_signed_out_user_needs_a_newer_token() {
    let world = World::new();
    let (old, other) = (issued("7", &world, 0), issued("8", &world, 0));
    check(&world, &old, true);
    let answer = sign_out(&world, "7");
    assert_eq!(answer, json!({"user_id": "7", "revoked_before": Timestamp::from_millis(START_MS)}));
    check(&world, &old, false);
    check(&world, &Token::of("7"), false);
    check(&world, &other, true);
    check(&world, &Token::of("8"), true);
    world.clock.pass(1);
    check(&world, &issued("7", &world, 0), true);
    check(&world, &old, false);
}

#[test]
fn other_isolates_refuse_a_signed_out_user_within_five_seconds() {
    let world = World::new();
    let elsewhere = world.elsewhere();
    let old = issued("7", &world, 0);
    check(&elsewhere, &old, true);
    sign_out(&world, "7");
    world.clock.pass(KNOWN_MS);
    check(&elsewhere, &old, false);
}

#[test]
fn a_clock_that_is_ahead_makes_no_token_newer_than_it_is() {
    let world = World::new();
    let ahead = issued("7", &world, -30_000);
    let path = socket_path(&world);
    open(&world, &path).with(&ahead).status(200);
    let (connect, _) = world.objects.opened().pop().expect("a connection");
    assert_eq!(connect.principal.issued_at_ms, Some(START_MS), "a socket's identity is as old as its verification");
}

#[test]
fn a_ticket_from_before_the_sign_out_opens_nothing() {
    let world = World::new();
    let path = socket_path(&world);
    let issue = |token: &Token| {
        let ticket = world.call("POST", "/api/me/ticket").with(token).status(201);
        ticket["ticket"].as_str().expect("a ticket").to_owned()
    };
    let old = issue(&issued("7", &world, 0));
    sign_out(&world, "7");
    open(&world, &format!("{path}?ticket={old}")).refused(401, "unauthenticated");
    world.clock.pass(1);
    let fresh = issue(&issued("7", &world, 0));
    open(&world, &format!("{path}?ticket={fresh}")).status(200);
}

#[test]
fn only_an_administrator_of_the_tenant_signs_others_out() {
    let world = World::new();
    let path = "/api/admin/users/7/sign-out";
    world.post(path, json!({})).by("8").refused(403, "forbidden");
    let old = issued("7", &world, 0);
    world.post(path, json!({})).with(&Token::other_admin()).status(200);
    check(&world, &old, true);
    world.post(path, json!({"until": "x"})).with(&Token::admin()).refused(422, "invalid");
    world.post("/api/admin/users/a%2Fb/sign-out", json!({})).with(&Token::admin()).refused(404, "not-found");
    let revoked = world.objects.revoked();
    let tenants: Vec<_> = revoked.iter().map(|(tenant, _)| tenant.as_str()).collect();
    assert_eq!(tenants, ["other"]);
}

#[test]
fn everybody_signs_themselves_out_everywhere_and_the_log_says_who_did() {
    let world = World::new();
    let token = issued("7", &world, 0);
    world.call("POST", "/api/me/sign-out-everywhere").with(&token).status(200);
    check(&world, &token, false);
    world.clock.pass(1);
    sign_out(&world, "8");
    let audits = world.get("/api/admin/audits?action=user.signed_out").with(&Token::admin()).status(200);
    let entries: Vec<_> = audits["data"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| (entry["actor_id"].as_str(), entry["target_id"].as_str(), entry["reason"].as_str()))
        .collect();
    assert_eq!(entries, [(Some("1"), Some("8"), Some("lost phone")), (Some("7"), Some("7"), None)]);
}

#[test]
fn the_registry_gets_a_revocation_at_once_and_again_if_it_did_not_answer() {
    let world = World::new();
    sign_out(&world, "7");
    let got = || {
        let revoked = world.objects.revoked().into_iter();
        revoked.map(|(_, Revocation { subject, version, .. })| (subject, version)).collect::<Vec<_>>()
    };
    let user = || Subject::User(UserId::trusted("7"));
    assert_eq!(got(), [(user(), 1)]);
    world.objects.set_down(true);
    sign_out(&world, "7");
    world.objects.set_down(false);
    assert_eq!(got(), []);
    world.get("/api/me").by("8").status(200);
    assert_eq!(got(), [(user(), 2)], "the next function that reads the app hands it over");
    world.clock.pass(KNOWN_MS);
    world.get("/api/me").by("8").status(200);
    assert_eq!(got(), [], "it is handed over once");
}

#[test]
fn the_pager_ends_the_devices_of_a_signed_out_user_and_again_if_it_did_not_answer() {
    let world = World::new();
    let ended = || {
        let forgotten = world.desks.forgotten().into_iter();
        forgotten.map(|it| (it.tenant.to_string(), it.user.to_string())).collect::<Vec<_>>()
    };
    let of_7 = || ("demo".to_owned(), "7".to_owned());
    sign_out(&world, "7");
    assert_eq!(ended(), [of_7()]);
    assert_eq!(world.desks.forgotten()[0].before, Some(Timestamp::from_millis(START_MS)));
    world.desks.set_down(true);
    sign_out(&world, "7");
    world.desks.set_down(false);
    assert_eq!(ended(), [of_7()]);
    block_on(run_schedule(&world.app, "*/5 * * * *", world.app.now()));
    assert_eq!(ended(), [of_7(), of_7()]);
}

#[test]
fn a_schedule_hands_over_what_no_function_did() {
    let world = World::new();
    world.objects.set_down(true);
    sign_out(&world, "7");
    world.objects.set_down(false);
    block_on(run_schedule(&world.app, "*/5 * * * *", world.app.now()));
    assert_eq!(world.objects.revoked().len(), 1);
    block_on(run_schedule(&world.app, "*/5 * * * *", world.app.now()));
    assert!(world.objects.revoked().is_empty());
}

#[test]
fn the_refresh_of_an_app_hands_over_what_an_operator_wrote_to_the_record() {
    let world = World::new();
    let old = issued("7", &world, 0);
    check(&world, &old, true);
    let disable = "UPDATE apps SET disabled_at = CAST(?2 AS INTEGER) WHERE tenant_id = ?1";
    world.run(disable, ["demo".into(), START_MS.into()]);
    world.call("POST", "/app/demo/refresh").status(204);
    let revoked = world.objects.revoked();
    assert_eq!(revoked.iter().map(|(_, it)| &it.subject).collect::<Vec<_>>(), [&Subject::App]);
    world.get("/api/me").by("7").refused(403, "forbidden");
    world.call("POST", "/app/unknown/refresh").refused(404, "not-found");
    world.run("UPDATE apps SET disabled_at = NULL WHERE tenant_id = ?1 AND ?2 > 0", ["demo".into(), 1_i64.into()]);
    world.call("POST", "/app/demo/refresh").status(204);
    check(&world, &old, false);
    world.clock.pass(1);
    check(&world, &issued("7", &world, 0), true);
}

#[test]
fn an_old_identity_is_looked_up_once_when_the_app_has_many_revocations() {
    let world = World::new();
    let old = issued("7", &world, 0);
    sign_out(&world, "7");
    for n in 0..100 {
        sign_out(&world, &format!("u{n}"));
    }
    check(&world, &old, false);
    let day = 24 * 3_600_000;
    check(&world, &issued("7", &world, day), false);
    check(&world, &issued("8", &world, day), true);
    world.database.fail_at(revocations::OF_USER, Fault::BeforePersisting);
    // A look-up that fails would accept the token.
    check(&world, &issued("7", &world, day), false);
    sign_out(&world, "8");
    check(&world, &issued("8", &world, day), false);
}

#[test]
fn a_life_longer_than_the_app_allows_is_refused() {
    let world = World::new();
    let set = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";
    world.set_app("demo", set, r#"{"auth":{"max_token_hours":2}}"#);
    check(&world, &issued("7", &world, 0).expires_in(7_200.0), true);
    check(&world, &issued("7", &world, 0).expires_in(7_300.0), false);
    check(&world, &issued("7", &world, 3_600_000).expires_in(3_700.0), false);
    check(&world, &Token::of("7"), false);
    world.set_app("demo", set, "{}");
    check(&world, &Token::of("7").expires_in(1e6), true);
}
