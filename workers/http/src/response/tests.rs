//! Tests of the middleware.

use crate::ports::Environment;
use crate::testing::{Token, World};
use campana_logging::LogLevel;
use serde_json::json;

#[test]
fn unknown_paths_and_methods_are_problems() {
    let world = World::new();
    world.get("/nothing").refused(404, "not-found");
    world.get("/api/chat/nothing").by("7").refused(404, "not-found");
    let reply = world.call("PATCH", "/api/chat/rooms").by("7").send();
    assert_eq!(reply.status, 405);
    assert_eq!(reply.body["type"], "https://campana.dev/problems/method-not-allowed");
    assert!(reply.header("allow").contains("GET"), "{:?}", reply.headers);
}

#[test]
fn an_unchanged_answer_is_a_304() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    let first = world.get(&room).by("7").send();
    let tag = first.header("etag");
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() == 34, "{tag}");
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let again = world.get(&room).by("7").header("if-none-match", &tag).send();
    assert_eq!(again.status, 304);
    assert_eq!(again.header("etag"), tag);
    assert_eq!(again.body, json!(null));
    world.put(&room, json!({"name": "Foyer"})).with(&Token::admin()).status(200);
    let changed = world.get(&room).by("7").header("if-none-match", &tag).send();
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
}

#[test]
fn only_successful_reads_have_tags() {
    let world = World::new();
    assert_eq!(world.get("/api/me").send().header("etag"), "");
    assert_eq!(world.post("/api/chat/rooms", json!({"name": "x"})).with(&Token::admin()).send().header("etag"), "");
    assert_eq!(world.get("/healthz").send().header("cache-control"), "no-store");
}

#[test]
fn an_answer_is_shared_with_allowed_origins_only() {
    let world = World::new();
    let from = |origin: &str| world.get("/api/me").by("7").header("origin", origin).send();
    let allowed = from("https://app.example");
    assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example");
    assert!(allowed.header("access-control-expose-headers").contains("etag"));
    assert!(allowed.header("vary").contains("origin"));
    let foreign = from("https://evil.example");
    assert_eq!(foreign.status, 200);
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    assert!(foreign.header("vary").contains("origin"));
    assert_eq!(world.get("/api/me").by("7").send().header("access-control-allow-origin"), "");
}

#[test]
fn a_page_can_read_that_its_token_has_expired() {
    let world = World::new();
    let expired = Token::of("7").expires_in(-1.0);
    let reply = world.get("/api/me").with(&expired).header("origin", "https://app.example").send();
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("access-control-allow-origin"), "https://app.example");
}

#[test]
fn preflights_of_any_origin_are_answered() {
    let world = World::new();
    let ask = world.call("OPTIONS", "/api/chat/rooms").header("origin", "https://any.example");
    let reply = ask.header("access-control-request-method", "POST").send();
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), "https://any.example");
    assert!(reply.header("access-control-allow-methods").contains("PATCH"));
    assert!(reply.header("access-control-allow-headers").contains("idempotency-key"));
}

#[test]
fn preflights_allow_conditional_requests_ranges_and_resumable_uploads() {
    let world = World::new();
    let ask = world.call("OPTIONS", "/api/chat/upload").header("origin", "https://any.example");
    let reply = ask.header("access-control-request-method", "PATCH").status_of(204);
    let allowed = reply.header("access-control-allow-headers");
    let allowed: Vec<_> = allowed.split(", ").collect();
    for name in ["if-match", "if-none-match", "range", "content-disposition", "x-http-method-override"] {
        assert!(allowed.contains(&name), "{name}");
    }
    for name in ["length", "offset", "metadata", "checksum", "expires", "concat", "defer-length"] {
        assert!(allowed.contains(&&*format!("upload-{name}")), "{name}");
    }
    assert!(allowed.contains(&"tus-resumable") && !allowed.contains(&"*"));
    assert!(reply.header("access-control-allow-methods").split(", ").any(|method| method == "HEAD"));
    assert_eq!(reply.header("access-control-allow-credentials"), "");
}

/// A page that may not read a 401 takes it for a wrong origin.
#[test]
fn a_refusal_that_names_no_app_is_readable_by_every_page() {
    let world = World::new();
    let (nobody, broken) = (Token::of("7").claim("tenant", json!("nobody")), "Bearer broken");
    let calls = [
        (world.get("/api/me"), 401),
        (world.get("/api/me").header("authorization", broken), 401),
        (world.get("/api/me").with(&nobody), 401),
        (world.post("/broadcasting/auth", json!({})), 401),
        (world.get("/nothing"), 404),
        (world.get("/api/nothing").by("7"), 404),
        (world.call("PUT", "/api/me").by("7"), 405),
        (world.get("/app/demo"), 426),
    ];
    for (call, status) in calls {
        let reply = call.header("origin", "https://any.example").status_of(status);
        assert_eq!(reply.header("access-control-allow-origin"), "*", "{status}");
        assert_eq!(reply.header("access-control-allow-credentials"), "");
        let exposed = reply.header("access-control-expose-headers");
        let exposed: Vec<_> = exposed.split(", ").collect();
        for name in
            ["etag", "retry-after", "ratelimit", "location", "content-range", "content-disposition", "x-request-id"]
        {
            assert!(exposed.contains(&name), "{name}");
        }
        for name in ["upload-offset", "upload-expires", "tus-resumable", "tus-max-size", "allow"] {
            assert!(exposed.contains(&name), "{name}");
        }
    }
}

#[test]
fn only_refusals_are_shared_with_pages_of_no_app() {
    let world = World::new();
    for path in ["/", "/bell.svg", "/up", "/healthz", "/api/demo/people"] {
        let reply = world.get(path).header("origin", "https://any.example").status_of(200);
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
    }
    let expired = Token::of("7").expires_in(-1.0);
    for call in [world.get("/api/me").with(&expired), world.get("/api/chat/rooms/nothing").by("7")] {
        let reply = call.header("origin", "https://evil.example").send();
        assert_eq!(
            reply.header("access-control-allow-origin"),
            "",
            "an app decides about the refusals of its own users"
        );
    }
}

#[test]
fn an_app_may_allow_every_origin() {
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET allowed_origins = ?2 WHERE tenant_id = ?1", r#"["*"]"#);
    let reply = world.get("/api/me").by("7").header("origin", "https://any.example").send();
    assert_eq!(reply.header("access-control-allow-origin"), "https://any.example");
}

#[test]
fn a_valid_request_id_is_kept() {
    let world = World::new();
    let id = |given: &str| world.get("/healthz").header("x-request-id", given).send().header("x-request-id");
    assert_eq!(id("abc-123"), "abc-123");
    assert_eq!(id("a b").len(), 24);
    assert_eq!(id(&"x".repeat(65)).len(), 24);
    assert_eq!(world.get("/healthz").send().header("x-content-type-options"), "nosniff");
}

#[test]
fn a_failure_is_logged_once_without_user_data() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    world.objects.set_down(true);
    let send = world.post(&format!("{conversation}/messages"), json!({"body": "a secret"}));
    let reply = send.by("7").header("x-request-id", "r1").send();
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("retry-after"), "1");
    let lines = world.log.all();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["request_id"], "r1");
    assert_eq!(lines[0]["path"], "/api/chat/conversations/{id}/messages");
    assert_eq!(lines[0]["problem"], "unavailable");
    assert!(!lines[0].to_string().contains("secret"));
}

/// [I11] The log line of a request has no body, query, token or unknown path.
#[test]
fn every_request_is_logged_in_one_line_without_private_data() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    let before = world.log.infos().len();
    let send = world.post(&format!("{room}/messages"), json!({"body": "a secret"})).header("x-request-id", "r1");
    send.by("7").status(201);
    world.get("/api/chat/users?q=secret").by("7").status(200);
    world.get("/api/chat/users?q=secret").with(&Token::of("7").secret("wrong")).refused(401, "unauthenticated");
    world.get("/secret").send();
    let lines = &world.log.infos()[before..];
    assert_eq!(
        lines[0],
        json!({"level": "info", "at": "http", "request_id": "r1", "method": "POST",
            "path": "/api/chat/rooms/{id}/messages", "status": 201, "ms": 0, "app": "demo"})
    );
    let logged: Vec<_> = lines.iter().map(|line| (line["path"].as_str(), line["app"].as_str())).collect();
    let users = Some("/api/chat/users");
    assert_eq!(logged[1..], [(users, Some("demo")), (users, None), (Some(""), None)], "a forged token sets no app");
    assert!(!json!(lines).to_string().contains("secret"));
    assert_eq!(world.log.all().len(), 0);
}

#[test]
fn a_quiet_log_contains_only_failures() {
    let world = World::with(Environment::Local, LogLevel::Warning);
    let (_, conversation) = world.room_of(&["7"]);
    world.objects.set_down(true);
    world.get(&format!("{conversation}/messages")).by("7").refused(503, "unavailable");
    assert_eq!((world.log.infos().len(), world.log.all().len()), (0, 1));
}

#[test]
fn the_objects_learn_the_requests_id() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let events = world.get(&format!("{conversation}/events")).header("x-request-id", "r7");
    events.by("7").status(200);
    let (connect, _) = world.objects.opened().pop().expect("a connection was opened");
    assert_eq!(connect.request_id.as_deref(), Some("r7"));
    let send = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).header("x-request-id", "r8");
    send.by("7").status(201);
    assert_eq!(world.objects.commands().last().and_then(|sent| sent.request_id.clone()).as_deref(), Some("r8"));
}
