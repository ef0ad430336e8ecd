//! Tests of authentication of connections, and of origins.

use crate::ports::Connection;
use crate::testing::{Call, Reply, Token, World};
use serde_json::json;

pub(super) fn open(world: &World, path: &str) -> Call {
    world.get(path).header("upgrade", "websocket").header("connection", "Upgrade")
}

pub(super) fn offering(call: Call, token: &str) -> Call {
    call.header("sec-websocket-protocol", &format!("campana.v1, bearer.{token}"))
}

pub(super) fn socket_path(world: &World) -> String {
    let (_, conversation) = world.room_of(&["7"]);
    format!("{conversation}/socket")
}

#[test]
fn a_socket_takes_a_token_as_subprotocol_header_or_ticket() {
    let world = World::new();
    let path = socket_path(&world);
    let token = Token::of("7").sign(world.clock.millis());
    assert_eq!(offering(open(&world, &path), &token).send().status, 200);
    open(&world, &format!("{path}?client_id=tab-1&epoch=e&seq=4")).by("7").status(200);
    let ticket = world.call("POST", "/api/me/ticket").by("7").status(201);
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    open(&world, &format!("{path}?ticket={ticket}")).status(200);
    open(&world, "/api/me/socket").by("7").status(200);
    let opened = world.objects.opened();
    let hows: Vec<_> = opened.iter().map(|(_, connection)| *connection).collect();
    let silent = Connection::Socket { offered: false };
    assert_eq!(hows, [Connection::Socket { offered: true }, silent, silent, silent]);
    assert!(opened.iter().all(|(connect, _)| connect.principal.user_id.as_str() == "7"));
    assert_eq!(opened[1].0.client_id.as_deref(), Some("tab-1"));
    assert_eq!(opened[1].0.resume.as_ref().map(|position| position.seq), Some(4));
    assert_eq!(opened[3].0.conversation_id, None);
}

#[test]
fn a_connection_is_opened_only_with_get() {
    let world = World::new();
    let socket = socket_path(&world);
    let stream = socket.replace("/socket", "/events");
    for path in [&socket, &stream, "/api/me/events"] {
        world.call("HEAD", path).by("7").status(405);
    }
}

#[test]
fn a_token_in_the_url_is_ignored() {
    let world = World::new();
    let path = socket_path(&world);
    let token = Token::of("7").sign(world.clock.millis());
    open(&world, &format!("{path}?token={token}")).refused(422, "invalid");
    open(&world, &path).header("sec-websocket-protocol", &format!("bearer.{token}")).refused(401, "unauthenticated");
}

pub(super) fn problem_type(reply: &Reply) -> &str {
    reply.body["told_on_the_socket"].as_str().unwrap_or_default()
}

#[test]
fn clients_of_the_subprotocol_are_refused_on_the_socket() {
    let world = World::new();
    let path = socket_path(&world);
    let expired = Token::of("7").expires_in(-1.0).sign(world.clock.millis());
    assert_eq!(problem_type(&offering(open(&world, &path), &expired).send()), "token-expired");
    assert_eq!(problem_type(&offering(open(&world, &path), "forged").send()), "unauthenticated");
    let good = Token::of("7").sign(world.clock.millis());
    let nowhere = "/api/chat/conversations/x/socket";
    assert_eq!(problem_type(&offering(open(&world, nowhere), &good).send()), "not-found");
    open(&world, &path).refused(401, "unauthenticated");
    world.get(&path).by("7").refused(400, "malformed");
    assert_eq!(world.objects.opened(), []);
}

#[test]
fn a_refused_connection_names_the_invalid_field() {
    let world = World::new();
    let conversation = socket_path(&world);
    let good = Token::of("7").sign(world.clock.millis());
    let long = "x".repeat(65);
    for (query, field) in [
        ("seq=-1".to_owned(), "seq"),
        ("seq=1e3".to_owned(), "seq"),
        ("seq=".to_owned(), "seq"),
        ("seq=9223372036854775808".to_owned(), "seq"),
        ("epoch=&seq=1".to_owned(), "epoch"),
        (format!("epoch={long}&seq=1"), "epoch"),
        ("client_id=".to_owned(), "client_id"),
        ("client_id=a%0Ab".to_owned(), "client_id"),
        ("surprise=1".to_owned(), "surprise"),
    ] {
        for path in [&*conversation, "/api/me/socket", "/api/security/alerts/socket"] {
            let reply = offering(open(&world, &format!("{path}?{query}")), &good).send();
            assert_eq!((problem_type(&reply), &reply.body["field"]), ("invalid", &json!(field)), "{path}?{query}");
        }
        let events = conversation.replace("/socket", "/events");
        let problem = world.get(&format!("{events}?{query}")).by("7").refused(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
    assert_eq!(world.objects.opened(), []);
}

#[test]
fn a_socket_opens_for_pages_of_allowed_origins_and_of_the_same_host_only() {
    let world = World::new();
    let path = socket_path(&world);
    let token = Token::of("7").sign(world.clock.millis());
    let from = |origin: &str| {
        let call = offering(open(&world, &path), &token).header("host", "chat.example:8787");
        call.header("origin", origin)
    };
    for origin in ["https://app.example", "HTTPS://APP.EXAMPLE", "http://chat.example:8787"] {
        from(origin).status(200);
    }
    for origin in ["https://evil.example", "https://app.example.evil", "http://chat.example", "null", ""] {
        from(origin).refused(403, "forbidden");
    }
}

#[test]
fn an_event_stream_resumes_after_last_event_id() {
    let world = World::new();
    let path = socket_path(&world).replace("/socket", "/events");
    for (last, epoch, seq) in [("e1:42", Some("e1"), 42), ("42", None, 42)] {
        world.get(&path).by("7").header("last-event-id", last).status(200);
        let (connect, connection) = world.objects.opened().pop().expect("a connection was opened");
        assert_eq!(connection, Connection::Events);
        let position = connect.resume.expect("a replay position");
        assert_eq!((position.epoch.as_deref(), position.seq), (epoch, seq));
    }
    let own = world.get("/api/me/events").by("7").header("last-event-id", "17");
    own.status(200);
    let (connect, connection) = world.objects.opened().pop().expect("a connection was opened");
    assert_eq!((connect.conversation_id, connection), (None, Connection::Events));
    let long = format!("{}:1", "x".repeat(65));
    for bad in ["x", "e1:", "-1", "e1:-1", ":1", "e1:1e3", &long] {
        let problem = world.get(&path).by("7").header("last-event-id", bad).refused(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "Last-Event-ID", "{bad}");
    }
}
