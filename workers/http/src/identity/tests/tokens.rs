//! Tests of token validation.

use super::{accepted, me, refused};
use crate::testing::{DEMO_SECRET, OTHER_SECRET, Token, World};
use serde_json::json;

#[test]
fn a_valid_token_identifies_its_user() {
    let token = Token::admin()
        .claim("avatar", json!("https://a.example/1.png"))
        .claim("permissions", json!(["view_panic_alerts"]));
    let me = accepted(&token);
    assert_eq!(me["id"], "1");
    assert_eq!(me["name"], "Person 1");
    assert_eq!(me["avatar"], "https://a.example/1.png");
    assert_eq!(me["tenant"], "demo");
    assert_eq!(me["roles"], json!(["admin"]));
    assert_eq!(me["permissions"], json!(["view_panic_alerts"]));
}

#[test]
fn a_numeric_sub_is_the_same_user_as_its_text() {
    assert_eq!(accepted(&Token::of("").claim("sub", json!(7)))["id"], "7");
}

#[test]
fn a_missing_name_defaults_to_the_id() {
    assert_eq!(accepted(&Token::of("7").without("name"))["name"], "7");
    assert_eq!(accepted(&Token::of("7").claim("name", json!(" \n ")))["name"], "7");
    assert_eq!(accepted(&Token::of("7").claim("name", json!("\u{200b}\u{2800}")))["name"], "7");
    assert_eq!(accepted(&Token::of("7").claim("name", json!("\u{202e}A\u{200b}na")))["name"], "Ana");
}

#[test]
fn an_avatar_that_is_no_web_address_is_left_out() {
    assert_eq!(accepted(&Token::of("7").claim("avatar", json!("javascript:alert(1)")))["avatar"], json!(null));
}

#[test]
fn missing_or_invalid_claims_are_refused() {
    for name in ["sub", "tenant"] {
        refused(&Token::of("7").without(name));
    }
    for (name, value) in [
        ("sub", json!("")),
        ("sub", json!(null)),
        ("sub", json!("a/b")),
        ("sub", json!("x".repeat(129))),
        ("sub", json!(1.5)),
        ("tenant", json!("")),
        ("tenant", json!("nobody")),
        ("tenant", json!(["demo"])),
        ("exp", json!(null)),
        ("exp", json!("tomorrow")),
        ("exp", json!(1e300)),
        ("iat", json!(1e300)),
        ("roles", json!("admin")),
    ] {
        refused(&Token::of("7").claim(name, value));
    }
}

#[test]
fn another_secret_is_refused() {
    refused(&Token::of("7").secret("guess"));
    refused(&Token::of("7").secret(OTHER_SECRET));
    refused(&Token::of("7").claim("tenant", json!("other")).secret(DEMO_SECRET));
}

#[test]
fn an_expired_token_has_its_own_problem() {
    let world = World::new();
    for seconds in [0.0, -0.001, -3_600.0] {
        world.get("/api/me").with(&Token::of("7").expires_in(seconds)).refused(401, "token-expired");
    }
    world.get("/api/me").with(&Token::of("7").expires_in(0.001)).status(200);
    let forged = Token::of("7").expires_in(-1.0).secret("guess");
    world.get("/api/me").with(&forged).refused(401, "unauthenticated");
}

#[test]
fn the_applications_clock_may_be_a_minute_ahead() {
    let world = World::new();
    let now = world.clock.millis() / 1_000;
    for claim in ["nbf", "iat"] {
        accepted(&Token::of("7").claim(claim, json!(now + 60)));
        refused(&Token::of("7").claim(claim, json!(now + 61)));
    }
}

#[test]
fn alg_none_and_unknown_algorithms_are_refused() {
    let world = World::new();
    let now = world.clock.millis();
    for alg in ["none", "None", "NONE", "", "HS384", "hs256", "RS512", "EdDSA"] {
        for signature in [Vec::new(), vec![0; 32]] {
            let token = Token::of("7").sign_as(now, &json!({"alg": alg}), |_| signature.clone());
            me(&world, &token).refused(401, "unauthenticated");
        }
    }
}

#[test]
fn malformed_tokens_are_refused() {
    let world = World::new();
    let good = Token::of("7").sign(world.clock.millis());
    let parts: Vec<_> = good.split('.').collect();
    let header = parts[0];
    let bad = [
        "",
        "x",
        "..",
        "a.b.c",
        &good[..good.len() - 1],
        &format!("{good}.x"),
        &format!("{good}="),
        &format!("{header}.{}", parts[1]),
        &format!("{header}..{}", parts[2]),
        &"x".repeat(10_000),
    ];
    for token in bad {
        me(&world, token).refused(401, "unauthenticated");
    }
    for header in ["Basic YTpi", "Bearer", &good] {
        world.get("/api/me").header("authorization", header).refused(401, "unauthenticated");
    }
    let reply = world.get("/api/me").send();
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("www-authenticate"), "Bearer");
}

#[test]
fn a_critical_extension_is_refused() {
    let world = World::new();
    let token =
        Token::of("7").sign_as(world.clock.millis(), &json!({"alg": "HS256", "crit": ["b64"]}), |_| vec![0; 32]);
    me(&world, &token).refused(401, "unauthenticated");
}

#[test]
fn a_token_needs_the_issuer_and_the_audience_that_the_app_requires() {
    let settings = json!({"auth": {"issuer": "https://id.example", "audience": "chat"}});
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings.to_string());
    let token = |iss: serde_json::Value, aud: serde_json::Value| Token::of("7").claim("iss", iss).claim("aud", aud);
    for aud in [json!("chat"), json!(["web", "chat"])] {
        world.get("/api/me").with(&token(json!("https://id.example"), aud)).status(200);
    }
    let none = json!(null);
    for (iss, aud) in [
        (none.clone(), none.clone()),
        (json!("https://id.example"), none),
        (json!("https://id.example"), json!(["web"])),
        (json!("https://id.example"), json!([])),
        (json!("https://id.example/"), json!("chat")),
        (json!(["https://id.example"]), json!("chat")),
    ] {
        world.get("/api/me").with(&token(iss, aud)).refused(401, "unauthenticated");
    }
    world.get("/api/me").by("7").refused(401, "unauthenticated");
    let other = Token::of("7").claim("tenant", json!("other")).secret(OTHER_SECRET);
    world.get("/api/me").with(&other).status(200);
}

#[test]
fn issuer_and_audience_of_any_type_are_ignored_unless_the_app_requires_them() {
    for value in [json!("x"), json!(["x"]), json!(7), json!({}), json!(null)] {
        accepted(&Token::of("7").claim("iss", value.clone()).claim("aud", value));
    }
}

/// A wrong signature is reported as such, so that nobody learns from a refusal what an app requires.
#[test]
fn a_forged_token_does_not_learn_the_required_issuer() {
    let world = World::new();
    let settings = json!({"auth": {"issuer": "https://id.example"}});
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings.to_string());
    let problem = world.get("/api/me").with(&Token::of("7").secret("guess")).refused(401, "unauthenticated");
    assert_eq!(problem["detail"], "the signature does not fit");
}
