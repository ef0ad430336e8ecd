//! Tests of what web apps learn about their app.

use crate::Environment;
use crate::ports::Counted;
use crate::testing::{DEMO_SECRET, Reply, Token, World};
use serde_json::{Value, json};

const DEMO: &str = "/api/config?app=demo";
const OTHER: &str = "/api/config?app=other";
const DISABLE: &str = "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1";
const SETTINGS: &str = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";

/// Everything about a refusal that a client sees, apart from the id of the request.
fn seen(reply: &Reply) -> (u16, Value, Vec<(String, String)>) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    (reply.status.as_u16(), reply.body.clone(), headers)
}

#[test]
fn the_answer_has_exactly_the_documented_fields() {
    let world = World::new();
    let expected = json!({
        "name": null,
        "key": "demo",
        "languages": ["en", "es"],
        "sign_in": null,
        "features": {
            "client_events": true,
            "demo_sign_in": true,
            "public_chat": true,
            "subscription_counts": false,
            "user_authentication": false,
            "web_push": true,
        },
    });
    assert_eq!(world.get(DEMO).status(200), expected);
    assert_eq!(world.get(DEMO).by("7").status(200), expected, "a token changes nothing");
}

#[test]
fn settings_and_the_deployment_decide() {
    let world = World::without_push();
    let web = json!({
        "name": "Torre Norte", "languages": ["es", "pt-BR"],
        "oidc_issuer": "https://id.example.com", "oidc_client_id": "campana-web",
    });
    let pusher = json!({
        "client_events": false, "public_chat": false, "subscription_counts": true, "signin_timeout_s": 30,
    });
    world.patch("/api/admin/settings", json!({"web": web, "pusher": pusher})).with(&Token::admin()).status(200);
    let expected = json!({
        "name": "Torre Norte",
        "key": "demo",
        "languages": ["es", "pt-BR"],
        "sign_in": {"oidc_issuer": "https://id.example.com", "oidc_client_id": "campana-web"},
        "features": {
            "client_events": false,
            "demo_sign_in": true,
            "public_chat": false,
            "subscription_counts": true,
            "user_authentication": true,
            "web_push": false,
        },
    });
    assert_eq!(world.get(DEMO).status(200), expected);
}

#[test]
fn sign_in_needs_issuer_and_client_id() {
    let world = World::new();
    for stored in [r#"{"web":{"oidc_issuer":"https://id.example"}}"#, r#"{"web":{"oidc_client_id":"web"}}"#] {
        world.set_app("demo", SETTINGS, stored);
        assert_eq!(world.get(DEMO).status(200)["sign_in"], json!(null), "{stored}");
    }
}

/// [I5] The key alone decides which app is shown.
#[test]
fn each_key_shows_its_own_app_only() {
    let world = World::new();
    let change = |token: &Token, name: &str| {
        let web = json!({"name": name, "oidc_issuer": format!("https://{name}.example"), "oidc_client_id": name});
        world.patch("/api/admin/settings", json!({"web": web})).with(token).status(200);
    };
    change(&Token::admin(), "north");
    change(&Token::other_admin(), "south");
    for (path, token, own, foreign) in
        [(DEMO, Token::other_admin(), "north", "south"), (OTHER, Token::admin(), "south", "north")]
    {
        for call in [world.get(path), world.get(path).with(&token)] {
            let reply = call.status_of(200);
            assert_eq!((&reply.body["name"], &reply.body["sign_in"]["oidc_client_id"]), (&json!(own), &json!(own)));
            assert!(!reply.text.contains(foreign), "{}", reply.text);
        }
    }
    assert_eq!(world.get(OTHER).status(200)["features"]["demo_sign_in"], false, "the demo has one tenant");
}

#[test]
fn an_app_that_accepts_nobody_looks_like_an_unknown_key() {
    let ask = |world: &World, path: &str| {
        let call = world.get(path).header("origin", "https://app.example");
        seen(&call.header("cf-connecting-ip", "192.0.2.7").send())
    };
    let world = World::new();
    let unknown = ask(&world, "/api/config?app=nobody");
    assert_eq!((unknown.0, &unknown.1["type"]), (404, &json!("https://campana.dev/problems/not-found")));
    world.set_app("demo", DISABLE, 1_i64);
    assert_eq!(ask(&world, DEMO), unknown);
    world.set_app("demo", DISABLE, None::<i64>);
    world.get(DEMO).status(200);
    let world = World::of(Environment::Production);
    world.set_app("other", "UPDATE apps SET secret = ?2 WHERE tenant_id = ?1", DEMO_SECRET);
    assert_eq!(ask(&world, OTHER), unknown);
    for odd in ["", "demo%00", "DEMO", "%20demo", &"x".repeat(1_000)] {
        world.get(&format!("/api/config?app={odd}")).refused(404, "not-found");
    }
}

#[test]
fn the_query_is_the_key_and_nothing_else() {
    let world = World::new();
    for (query, field) in
        [("", "app"), ("?key=demo", "key"), ("?app=demo&surprise=1", "surprise"), ("?app=a&app=b", "app")]
    {
        let refusal = world.get(&format!("/api/config{query}")).refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], field, "{query}");
    }
    world.get("/api/config?app=%ff").refused(400, "malformed");
    world.call("POST", DEMO).refused(405, "method-not-allowed");
}

#[test]
fn the_answer_has_an_entity_tag_and_is_shared_with_the_apps_origins() {
    let world = World::new();
    let ask = |origin: &str| world.get(DEMO).header("origin", origin).status_of(200);
    let reply = ask("https://app.example");
    assert_eq!(reply.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(reply.header("cache-control"), "private, no-cache");
    assert_eq!(ask("https://evil.example").header("access-control-allow-origin"), "");
    world.get(DEMO).header("if-none-match", &reply.header("etag")).status_of(304);
    let renamed = json!({"web": {"name": "Demo"}});
    world.patch("/api/admin/settings", renamed).with(&Token::admin()).status(200);
    world.get(DEMO).header("if-none-match", &reply.header("etag")).status_of(200);
}

#[test]
fn each_request_counts_once_towards_its_address() {
    let world = World::new();
    let ask = |path: &str| world.get(path).header("cf-connecting-ip", "192.0.2.7");
    world.limiter.allow(Counted::Address, 3);
    world.set_app("other", DISABLE, 1_i64);
    ask(DEMO).status(200);
    ask(OTHER).refused(404, "not-found");
    ask("/api/config?app=nobody").refused(404, "not-found");
    assert_eq!(world.limiter.seen(Counted::Address, "192.0.2.7"), 3);
    for path in [DEMO, OTHER, "/api/config?app=nobody"] {
        ask(path).refused(429, "rate-limited");
    }
    world.get(DEMO).header("cf-connecting-ip", "192.0.2.8").status(200);
}
