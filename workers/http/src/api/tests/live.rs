//! Tests of connections and channels, as administrators see them.

use crate::testing::{Token, World};
use campana_core::accounts::quota::Kind;
use campana_core::live::{ConnectionKind, Holder, HoldersOf, Keyed, LiveConnection, LiveQuestion, key};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{ChannelState, Counted, GatewayName, Occupied};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};

const GATEWAYS: u32 = 25;

fn connection(number: u32, user: Option<&str>) -> Keyed {
    let opened_at = Timestamp::from_millis(1_700_000_000_000 + i64::from(number));
    let connection = LiveConnection {
        kind: ConnectionKind::Pusher,
        user_id: user.map(UserId::trusted),
        name: user.map(|user| format!("User {user}")),
        since: Some(opened_at),
        heard_at: Some(opened_at),
        expires_at: None,
        client_id: Some(format!("{number}.1")),
        conversation_id: None,
        channels: vec![ChannelName::trusted("news")],
        channel_count: 1,
        unsent_bytes: 0,
    };
    Keyed { key: key(opened_at.millis(), "1"), connection }
}

fn gateway(number: u32) -> Holder {
    Holder { source: format!("gateway.weur/{number:02}"), kind: Kind::Gateway }
}

/// A world whose demo app has gateways with three sockets each: user 7's, user 8's and an anonymous one.
fn world() -> World {
    let world = World::new();
    for number in 0..GATEWAYS {
        let sockets = [Some("7"), Some("8"), None];
        let sockets = sockets.iter().zip(1..).map(|(user, at)| connection(number * 10 + at, *user)).collect();
        world.live.add("demo", gateway(number), sockets);
    }
    world
}

fn get(world: &World, path: &str) -> Value {
    world.get(path).with(&Token::admin()).status(200)
}

/// All pages of connections.
fn all(world: &World, query: &str) -> (Vec<Value>, usize) {
    let (mut connections, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = get(world, &format!("/api/admin/connections?{query}{cursor}"));
        connections.extend(page["data"].as_array().expect("a list").clone());
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (connections, pages),
        }
    }
}

#[test]
fn only_administrators_use_these_endpoints() {
    let world = world();
    let id = get(&world, "/api/admin/connections")["data"][0]["id"].as_str().expect("an id").to_owned();
    let closing = format!("/api/admin/connections/{id}");
    let event = json!({"name": "test", "data": {}});
    let calls = || {
        [
            world.get("/api/admin/connections"),
            world.delete(&closing),
            world.get("/api/admin/channels"),
            world.get("/api/admin/channels/news"),
            world.post("/api/admin/channels/news/events", event.clone()),
        ]
    };
    for call in calls() {
        call.refused(401, "unauthenticated");
    }
    for call in calls() {
        call.with(&Token::admin().secret("another")).refused(401, "unauthenticated");
    }
    for call in calls() {
        call.by("7").refused(403, "forbidden");
    }
    assert!(world.channels.published().is_empty());
    assert_eq!(all(&world, "limit=100").0.len(), 75, "none is closed");
}

#[test]
fn connections_of_all_objects_are_listed_page_by_page() {
    let world = world();
    let (connections, pages) = all(&world, "limit=7");
    assert_eq!((connections.len(), pages), (75, 11));
    let mut ids: Vec<&str> = connections.iter().filter_map(|it| it["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 75, "each is listed once");
    let first = connections.first().expect("there are connections");
    let shown = ["object", "kind", "user_id", "name", "since", "client_id"].map(|name| first[name].clone());
    let expected = [
        json!("gateway.weur/00"),
        json!("pusher"),
        json!("7"),
        json!("User 7"),
        json!("2023-11-14T22:13:20.001Z"),
        json!("1.1"),
    ];
    assert_eq!(shown, expected);
    let listed = world.live.listed();
    assert!(listed.iter().all(|asked| asked.limit == 21 && asked.of == HoldersOf::App));
}

#[test]
fn the_user_and_the_channel_decide_which_objects_are_asked() {
    let world = world();
    world.live.add(
        "demo",
        Holder { source: "user.9".to_owned(), kind: Kind::Channel },
        vec![connection(900, Some("9"))],
    );
    let (connections, _) = all(&world, "user_id=9");
    assert_eq!(connections.len(), 1);
    let asked: Vec<String> = world.live.questions().into_iter().map(|(source, _)| source).collect();
    assert_eq!(asked, ["user.9"], "no gateway is asked");
    let (connections, _) = all(&world, "channel=private-user.9&limit=100");
    assert_eq!(connections.len(), 76, "the user's own channel and the gateways");
    all(&world, "channel=news");
    let questions = world.live.questions();
    let (source, question) = questions.last().expect("there was a question");
    let LiveQuestion::List(asked) = question else { panic!("a question of another kind") };
    assert_eq!(asked.channel, Some(ChannelName::trusted("news")));
    assert!(source.starts_with("gateway."));
}

#[test]
fn an_object_that_does_not_answer_is_named() {
    let world = world();
    world.live.silence("gateway.weur/03");
    let page = get(&world, "/api/admin/connections?limit=100");
    assert_eq!(page["unanswered"], json!(["gateway.weur/03"]));
    assert_eq!(page["data"].as_array().map(Vec::len), Some(57), "19 of 20 objects");
    world.live.silence("registry");
    world.get("/api/admin/connections").with(&Token::admin()).refused(503, "unavailable");
}

#[test]
fn a_closed_connection_is_audited_and_gone() {
    let world = world();
    let first = get(&world, "/api/admin/connections")["data"][0].clone();
    let path = format!("/api/admin/connections/{}", first["id"].as_str().expect("an id"));
    world.delete(&path).with(&Token::admin()).status_of(204);
    world.delete(&path).with(&Token::admin()).refused(404, "not-found");
    assert_eq!(all(&world, "limit=100").0.len(), 74);
    let entries = get(&world, "/api/admin/audits?action=connection.closed");
    assert_eq!(entries["data"].as_array().map(Vec::len), Some(1), "a failed attempt has no entry");
    let entry = &entries["data"][0];
    assert_eq!(entry["target_type"], "connection");
    assert_eq!(entry["target_id"], "1700000000001.1");
    assert_eq!(entry["metadata"], json!({"kind": "pusher", "object": "gateway.weur/00", "user_id": "7"}));
}

#[test]
fn another_tenants_connection_does_not_exist() {
    let world = world();
    let id = get(&world, "/api/admin/connections")["data"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/admin/connections/{id}");
    world.delete(&path).with(&Token::other_admin()).refused(404, "not-found");
    for bad in ["/api/admin/connections/x", "/api/admin/connections/YQ"] {
        world.delete(bad).with(&Token::admin()).refused(404, "not-found");
    }
    let page = world.get("/api/admin/connections").with(&Token::other_admin()).status(200);
    assert_eq!(page, json!({"data": [], "next_cursor": null, "unanswered": []}));
    assert_eq!(all(&world, "limit=100").0.len(), 75);
}

#[test]
fn invalid_filters_are_refused() {
    let world = world();
    for query in ["user_id=a/b", "channel=a%20b", "limit=0", "cursor=x", "other=1", "channel="] {
        world.get(&format!("/api/admin/connections?{query}")).with(&Token::admin()).status_of(422);
    }
    world.get("/api/admin/channels/a%20b").with(&Token::admin()).refused(404, "not-found");
}

fn occupied(channels: &[(&str, u32)]) -> Occupied {
    let counted = |(channel, sockets): &(&str, u32)| Counted {
        channel: ChannelName::trusted(*channel),
        sockets: *sockets,
        people: Vec::new(),
    };
    Occupied { channels: channels.iter().map(counted).collect() }
}

#[test]
fn occupied_channels_are_listed_by_name() {
    let world = World::new();
    let (tenant, now) = (TenantId::trusted("demo"), Timestamp::from_millis(world.clock.millis()));
    for (number, channels) in [(0, [("news", 2), ("presence-lobby", 1)]), (1, [("news", 3), ("private-a", 1)])] {
        let gateway = GatewayName::new("weur", number);
        block_on(world.objects.store().record_gateway(&tenant, &gateway, now)).expect("the gateway is recorded");
        world.channels.set_occupied(&gateway, occupied(&channels));
    }
    let page = get(&world, "/api/admin/channels?limit=2");
    assert_eq!(
        page["data"],
        json!([
            {"name": "news", "subscribers": 5, "people": null},
            {"name": "presence-lobby", "subscribers": 1, "people": 0},
        ])
    );
    let cursor = page["next_cursor"].as_str().expect("the list continues").to_owned();
    let page = get(&world, &format!("/api/admin/channels?limit=2&cursor={cursor}"));
    assert_eq!(page["data"], json!([{"name": "private-a", "subscribers": 1, "people": null}]));
    assert_eq!(page["next_cursor"], json!(null));
    let page = get(&world, "/api/admin/channels?prefix=presence-");
    assert_eq!(page["data"].as_array().map(Vec::len), Some(1));
    world.channels.set_down(true);
    let page = get(&world, "/api/admin/channels");
    assert_eq!(page["unanswered"], json!(["weur/0", "weur/1"]));
}

#[test]
fn a_channel_shows_its_conversation_members_and_position() {
    let world = World::new();
    world.meet(&["7"]);
    let room = world.room(json!({"name": "Lobby", "visibility": "public"}));
    let conversation = room["conversation_id"].as_str().expect("an id");
    let holder = Holder { source: conversation.to_owned(), kind: Kind::Room };
    world.live.add("demo", holder, vec![connection(1, Some("7"))]);
    let name = format!("presence-room.{}", room["id"].as_str().expect("an id"));
    let members = vec!["\"7\"".to_owned(), "8".to_owned()];
    let state = ChannelState { subscription_count: 3, user_count: 2, members, ..ChannelState::default() };
    world.channels.set_state(&name, state);
    let shown = get(&world, &format!("/api/admin/channels/{name}"));
    let expected = json!({
        "name": name, "kind": "presence", "is_cache": false, "object": "conversation",
        "conversation_id": conversation, "subscribers": 3, "native_connections": 1, "member_count": 2,
        "members": ["7", "8"], "epoch": "e", "head": 42,
    });
    assert_eq!(shown, expected);
    let shown = world.get(&format!("/api/admin/channels/{name}")).with(&Token::other_admin()).status(200);
    let seen = ["object", "conversation_id", "head"].map(|field| shown[field].clone());
    assert_eq!(seen, [json!("channel"), json!(null), json!(null)], "another tenant has no such conversation");
}

#[test]
fn a_test_event_is_published_within_the_backends_limits() {
    let world = World::new();
    world.channels.set_state("news", ChannelState { subscription_count: 4, ..ChannelState::default() });
    let send = |event: Value| world.post("/api/admin/channels/news/events", event).with(&Token::admin());
    let answer = send(json!({"name": "test", "data": {"text": "private text"}})).status(200);
    assert_eq!(answer, json!({"subscribers": 4, "members": 0}));
    let published = world.channels.published();
    let events = &published.first().expect("it is published").events;
    assert_eq!((events[0].event.as_str(), events[0].data.as_str()), ("test", "{\"text\":\"private text\"}"));
    let entry = get(&world, "/api/admin/audits?action=channel.event_sent")["data"][0].clone();
    assert_eq!((&entry["target_id"], &entry["metadata"]), (&json!("news"), &json!({"event": "test", "bytes": 23})));
    send(json!({"name": "", "data": "x"})).status_of(422);
    send(json!({"name": "n".repeat(201), "data": "x"})).status_of(422);
    send(json!({"name": "test"})).status_of(422);
    send(json!({"name": "test", "data": "x".repeat(10_241)})).refused(413, "too-large");
    assert_eq!(world.channels.published().len(), 1);
}
