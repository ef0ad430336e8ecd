//! Tests of the HTTP API for backends.

mod inputs;
mod limits;

use crate::Environment;
use crate::ports::Counted;
use crate::testing::{Call, DEMO_SECRET, OTHER_SECRET, Signing, World};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{ChannelState, Counted as Listening, GatewayName, Listener, Occupied, Target};
use campana_core::shared::ids::{TenantId, UserId};
use pollster::block_on;
use serde_json::{Value, json};

const EVENTS: &str = "/apps/demo/events";
const BATCH: &str = "/apps/demo/batch_events";

fn event() -> Value {
    json!({"name": "order.placed", "channels": ["news"], "data": "{\"id\":1}"})
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// Expects a plain-text refusal and that nothing was published.
#[track_caller]
fn refused(world: &World, call: Call, status: u16, says: &str) {
    let before = world.channels.published().len();
    let reply = call.send();
    assert_eq!(reply.status.as_u16(), status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    assert!(reply.text.contains(says), "{:?} does not say {says:?}", reply.text);
    assert_eq!(world.channels.published().len(), before);
}

fn listening(channel: &str, sockets: u32, people: &[&str]) -> Listening {
    let listener =
        |user: &str| Listener { user: UserId::trusted(user), is_number: false, info: None, expires_at_ms: None };
    let people = people.iter().map(|user| (listener(user), 1)).collect();
    Listening { channel: ChannelName::trusted(channel), sockets, people }
}

fn state(subscription_count: u64, user_count: u64) -> ChannelState {
    ChannelState { subscription_count, user_count, ..ChannelState::default() }
}

#[test]
fn an_event_goes_to_its_channels_once_each() {
    let world = World::new();
    let body = json!({"name": "e", "data": "x", "channels": ["a", "b", "a", "#server-to-user-7"], "socket_id": "1.2"});
    assert_eq!(world.backend_posts(EVENTS, body).status(200), json!({}));
    let published = world.channels.published();
    let mut seen: Vec<_> =
        published.iter().map(|one| (one.target.clone(), one.events[0].channel.to_string())).collect();
    seen.sort();
    let channel = |name: &str| (Target::Channel(ChannelName::trusted(name)), name.to_owned());
    let person = (Target::Person(UserId::trusted("7")), "#server-to-user-7".to_owned());
    assert_eq!(seen, [person, channel("a"), channel("b")]);
    let first = &published[0].events[0];
    assert_eq!((first.event.as_str(), first.data.as_str()), ("e", "x"));
    assert!(published.iter().all(|one| one.events[0].except.as_ref().is_some_and(|socket| socket.as_str() == "1.2")));
    world.backend_posts(EVENTS, json!({"name": "e", "data": "", "channel": "a"})).status(200);
}

#[test]
fn channels_of_one_conversation_are_one_call_to_it() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    let (room, conversation) = (
        room.rsplit('/').next().expect("the id is present"),
        conversation.rsplit('/').next().expect("the id is present"),
    );
    let names = [format!("presence-room.{room}"), format!("private-conversation.{conversation}"), "news".to_owned()];
    let body = with(event(), "channels", json!(names));
    world.backend_posts(EVENTS, body.clone()).status(200);
    let mut counts: Vec<_> = world.channels.published().iter().map(|one| one.events.len()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
    world.database.fail_next(campana_storage::Fault::BeforePersisting);
    world.backend_posts(EVENTS, body).status(200);
}

#[test]
fn a_missing_conversation_is_not_cached() {
    let world = World::new();
    world.meet(&["3"]);
    let body = with(event(), "channels", json!(["private-chat.3.7"]));
    let target = || {
        world.backend_posts(EVENTS, body.clone()).status(200);
        world.channels.published().last().expect("an event was published").target.clone()
    };
    assert!(matches!(target(), Target::Channel(_)), "user 7 is unknown");
    world.meet(&["7"]);
    assert!(matches!(target(), Target::Channel(_)), "a publish creates no conversation");
    world.backend_gets("/apps/demo/channels/private-chat.3.7").status(200);
    assert!(matches!(world.channels.asked().last().expect("a request was recorded").target, Target::Channel(_)));
    world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "7"})).by("3").status(201);
    assert!(matches!(target(), Target::Conversation(_)));
}

#[test]
fn channel_states_are_returned_on_request() {
    let world = World::new();
    world.channels.set_state("presence-a", state(5, 3));
    let body = json!({"name": "e", "data": "x", "channels": ["presence-a", "presence-b"], "info": "user_count,subscription_count"});
    let expected = json!({"channels": {
        "presence-a": {"user_count": 3, "subscription_count": 5},
        "presence-b": {"user_count": 0, "subscription_count": 0},
    }});
    assert_eq!(world.backend_posts(EVENTS, body).status(200), expected);
    let batch = json!({"batch": [
        {"name": "e", "data": "x", "channel": "presence-a", "info": "user_count"},
        {"name": "e", "data": "x", "channel": "news"},
        {"name": "e", "data": "x", "channel": "news", "info": "user_count,subscription_count,cache"},
    ]});
    let answer = json!({"batch": [{"user_count": 3}, {}, {"subscription_count": 0}]});
    assert_eq!(world.backend_posts(BATCH, batch).status(200), answer);
    let lacking = json!({"name": "e", "data": "x", "channels": ["news", "presence-a"], "info": "user_count"});
    let answer = json!({"channels": {"news": {}, "presence-a": {"user_count": 3}}});
    assert_eq!(world.backend_posts(EVENTS, lacking).status(200), answer, "published, without what a channel lacks");
    let silent = json!({"batch": [{"name": "e", "data": "x", "channel": "news"}]});
    assert_eq!(world.backend_posts(BATCH, silent).status(200), json!({}));
}

#[test]
fn a_batch_has_one_to_ten_events() {
    let world = World::new();
    let batch = |count: usize| json!({"batch": vec![json!({"name": "e", "data": "x", "channel": "news"}); count]});
    world.backend_posts(BATCH, batch(10)).status(200);
    assert_eq!(world.channels.published()[0].events.len(), 10, "one call for the whole batch");
    refused(&world, world.backend_posts(BATCH, batch(11)), 400, "Batch too large");
    refused(&world, world.backend_posts(BATCH, batch(0)), 400, "batch is empty");
    for bad in [json!({}), json!({"batch": 1}), json!({"batch": [1]}), json!({"batch": [{"name": "e", "data": "x"}]})] {
        refused(&world, world.backend_posts(BATCH, bad), 400, "");
    }
    let large = json!({"name": "e", "data": "\"".repeat(60_000), "channel": "news"});
    let settings = r#"{"pusher":{"payload_bytes":65536}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    world.backend_posts(BATCH, json!({"batch": vec![large; 10]})).status(200);
    refused(&world, world.signed_post(BATCH, &vec![b'x'; 2 * 1024 * 1024 + 1], &Signing::good()), 413, "bytes");
    for bad in [&b"{"[..], b"[]", b"7", b"\xff"] {
        refused(&world, world.signed_post(EVENTS, bad, &Signing::good()), 400, "JSON object");
    }
}

#[test]
fn a_partial_publish_is_a_503() {
    let world = World::new();
    world.channels.set_down(true);
    let reply = world.backend_posts(EVENTS, event()).send();
    assert_eq!((reply.status.as_u16(), reply.header("retry-after").as_str()), (503, "1"));
    assert!(reply.text.contains("some of them may have"), "{}", reply.text);
    assert_eq!(world.log.all().len(), 1);
}

/// A request to every endpoint, signed with `signing`.
fn endpoints(world: &World, signing: &Signing) -> Vec<Call> {
    let batch = json!({"batch": [{"name": "e", "data": "x", "channel": "news"}]}).to_string();
    vec![
        world.signed_post(EVENTS, event().to_string().as_bytes(), signing),
        world.signed_post(BATCH, batch.as_bytes(), signing),
        world.signed_post("/apps/demo/notifications", br#"{"user_ids":["7"],"title":"Paid"}"#, signing),
        world.signed_get("/apps/demo/channels", signing),
        world.signed_get("/apps/demo/channels/news", signing),
        world.signed_get("/apps/demo/channels/presence-x/users", signing),
        world.signed_post("/apps/demo/users/7/terminate_connections", b"{}", signing),
    ]
}

#[track_caller]
fn all_refused(world: &World, signing: &Signing, says: &str) {
    for call in endpoints(world, signing) {
        refused(world, call, 401, says);
    }
    assert_eq!((world.channels.asked().len(), world.channels.closed().len()), (0, 0));
}

#[test]
fn every_endpoint_requires_a_signature() {
    let world = World::new();
    let good = Signing::good;
    for call in endpoints(&world, &good()) {
        call.status(200);
    }
    let world = World::new();
    all_refused(&world, &good().secret("guess"), "auth_signature is not");
    all_refused(&world, &good().secret(OTHER_SECRET).with("auth_key", "other"), "not the key of this app");
    all_refused(&world, &good().with("auth_signature", "00"), "auth_signature is not");
    all_refused(&world, &good().with("auth_version", "2.0"), "auth_version");
    all_refused(&world, &good().with("auth_timestamp", "soon"), "auth_timestamp");
    for name in ["auth_key", "auth_timestamp", "auth_version"] {
        all_refused(&world, &good().without(name), &format!("{name} is missing"));
    }
    for signing in [good().with("body_md5", "d41d8cd98f00b204e9800998ecf8427e"), good().without("body_md5")] {
        let call = world.signed_post(EVENTS, event().to_string().as_bytes(), &signing);
        refused(&world, call, 401, "body_md5 is not");
    }
    refused(&world, world.get("/apps/demo/channels"), 401, "auth_key is missing");
}

#[test]
fn a_signature_is_valid_within_ten_minutes_of_its_time() {
    let world = World::new();
    for skew in [-600, 600] {
        world.signed_get("/apps/demo/channels", &Signing::good().skewed(skew)).status(200);
    }
    for skew in [-601, 601, i64::MAX / 2_000_000_000] {
        let call = world.signed_get("/apps/demo/channels", &Signing::good().skewed(skew));
        refused(&world, call, 401, "auth_timestamp is more than 600 s away");
    }
}

#[test]
fn a_signature_is_valid_for_one_request() {
    let world = World::new();
    let (path, body) = ("/apps/demo/channels?filter_by_prefix=a", event().to_string());
    let signed = world.signed_get(path, &Signing::good());
    for (from, to) in [("=a&", "=b&"), ("/channels", "/channels/news"), ("filter_by_prefix", "info")] {
        refused(&world, signed.clone().at(|path| path.replacen(from, to, 1)), 401, "");
    }
    let two = world.signed_get("/apps/demo/channels?filter_by_prefix=presence-&info=user_count", &Signing::good());
    refused(&world, two.clone().at(|path| path.replacen("&info=", "%26info%3D", 1)), 401, "");
    two.status(200);
    let call = world.signed_post(EVENTS, body.as_bytes(), &Signing::good());
    let another = body.replace("news", "mews");
    refused(&world, call.clone().body(another.as_bytes()), 401, "body_md5");
    call.status(200);
    // Parameter names are case-insensitive, and a path may be signed before it is encoded.
    let call = world.signed_get("/apps/demo/channels", &Signing::good());
    call.at(|path| path.replace("auth_key", "Auth_Key")).status(200);
    let person = "/apps/demo/users/a b/terminate_connections";
    let decoded = world.signed_post(person, b"{}", &Signing::good()).at(|path| path.replace("a b", "a%20b"));
    decoded.status(200);
    world.signed_post("/apps/demo/users/a%20b/terminate_connections", b"{}", &Signing::good()).status(200);
    let closed: Vec<_> = world.channels.closed().iter().map(|close| close.user.to_string()).collect();
    assert_eq!(closed, ["a b", "a b"]);
}

#[test]
fn both_secrets_are_valid_during_a_rotation() {
    let world = World::new();
    let rotate = "UPDATE apps SET previous_secret = secret, secret = ?2, previous_secret_until = 1700000060000 \
                  WHERE tenant_id = ?1";
    world.set_app("demo", rotate, "fresh");
    let channels = |secret: &str| world.signed_get("/apps/demo/channels", &Signing::good().secret(secret));
    channels("fresh").status(200);
    channels(DEMO_SECRET).status(200);
    world.clock.pass(50_000);
    refused(&world, channels(DEMO_SECRET), 401, "auth_signature");
    channels("fresh").status(200);
}

#[test]
fn unknown_and_disabled_apps_are_refused() {
    let world = World::new();
    let unknown = Signing::good();
    for path in ["/apps/nobody/channels", "/apps/%ff/channels"] {
        refused(&world, world.signed_get(path, &unknown), 404, "No app");
    }
    refused(&world, world.signed_get("/apps/other/channels", &unknown), 401, "not the key");
    world.set_app("demo", "UPDATE apps SET disabled_at = ?2 WHERE tenant_id = ?1", 1_i64);
    refused(&world, world.backend_gets("/apps/demo/channels"), 403, "disabled");
    refused(&world, world.signed_get("/apps/demo/channels", &Signing::good().secret("guess")), 401, "auth_signature");
    let production = World::of(Environment::Production);
    refused(&production, production.backend_gets("/apps/demo/channels"), 401, "auth_signature");
    let down = World::new();
    down.database.fail_next(campana_storage::Fault::BeforePersisting);
    refused(&down, down.backend_gets("/apps/demo/channels"), 503, "did not answer");
}

#[test]
fn requests_count_by_app_and_failures_by_address() {
    let world = World::new();
    let settings = r#"{"limits":{"app_requests_per_minute":2}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    for _ in 0..2 {
        world.backend_gets("/apps/demo/channels").status(200);
    }
    let reply = world.backend_gets("/apps/demo/channels").send();
    assert_eq!((reply.status.as_u16(), reply.header("retry-after").as_str()), (429, "30"));
    world.limiter.allow(Counted::Address, 1);
    let guess = || {
        let call = world.signed_get("/apps/demo/channels", &Signing::good().secret("guess"));
        call.header("cf-connecting-ip", "192.0.2.7").send().status.as_u16()
    };
    assert_eq!([guess(), guess()], [401, 429]);
}

#[test]
fn channels_of_all_gateways_are_merged() {
    let world = World::new();
    let tenant = TenantId::trusted("demo");
    assert_eq!(world.backend_gets("/apps/demo/channels").status(200), json!({"channels": {}}));
    let gateways = [GatewayName::new("eu", 0), GatewayName::new("sa", 1)];
    for gateway in &gateways {
        block_on(world.objects.store().record_gateway(&tenant, gateway, world.app.now())).expect("kept");
    }
    let [eu, sa] = &gateways;
    let occupied = |channels: Vec<Listening>| Occupied { channels };
    world.channels.set_occupied(eu, occupied(vec![listening("news", 2, &[]), listening("presence-a", 2, &["1", "2"])]));
    world.channels.set_occupied(sa, occupied(vec![listening("news", 3, &[]), listening("presence-a", 1, &["2"])]));
    let get = |query: &str| world.backend_gets(&format!("/apps/demo/channels{query}"));
    assert_eq!(get("").status(200), json!({"channels": {"news": {}, "presence-a": {}}}));
    let counted = json!({"channels": {"news": {"subscription_count": 5}, "presence-a": {"subscription_count": 3}}});
    assert_eq!(get("?info=subscription_count").status(200), counted);
    let people = json!({"channels": {"presence-a": {"user_count": 2}}});
    assert_eq!(get("?filter_by_prefix=presence-&info=user_count").status(200), people);
    for (query, says) in [
        ("?info=user_count", "presence-"),
        ("?info=user_count&filter_by_prefix=pres", "presence-"),
        ("?info=cache", "one by one"),
        ("?info=x", "info takes"),
    ] {
        refused(&world, get(query), 400, says);
    }
    world.channels.set_down(true);
    refused(&world, get(""), 503, "");
}

#[test]
fn a_channels_state_is_returned() {
    let world = World::new();
    world.channels.set_state("presence-a", ChannelState { members: vec!["7".into(), "\"ana\"".into()], ..state(3, 2) });
    world.channels.set_state("cache-a", ChannelState { cache: Some(("x".into(), 60)), ..state(1, 0) });
    let get = |path: &str| world.backend_gets(&format!("/apps/demo/channels/{path}"));
    assert_eq!(get("news").status(200), json!({"occupied": false}));
    let full = json!({"occupied": true, "user_count": 2, "subscription_count": 3});
    assert_eq!(get("presence-a?info=user_count,subscription_count").status(200), full);
    let kept = json!({"occupied": true, "cache": {"data": "x", "ttl": 60}});
    assert_eq!(get("cache-a?info=cache").status(200), kept);
    assert_eq!(get("cache-b?info=cache").status(200), json!({"occupied": false, "cache": null}));
    assert_eq!(get("presence-a/users").status(200), json!({"users": [{"id": 7}, {"id": "ana"}]}));
    refused(&world, get("news?info=user_count"), 400, "Only presence");
    refused(&world, get("news?info=cache"), 400, "Only cache");
    refused(&world, get("news/users"), 400, "Only presence");
    refused(&world, get("a%20b"), 400, "A channel's name");
    let members: Vec<_> = world.channels.asked().iter().map(|ask| ask.members).collect();
    assert_eq!(members.iter().filter(|asked| **asked).count(), 1, "members are requested only for names");
}

#[test]
fn refusals_never_quote_the_request() {
    let world = World::new();
    let body = with(with(event(), "channels", json!(["my secret"])), "socket_id", json!("my secret"));
    for call in [
        world.backend_posts(EVENTS, body),
        world.backend_gets("/apps/demo/channels/my%20secret"),
        world.backend_gets("/apps/demo/channels?info=secret"),
        world.signed_get("/apps/secret/channels", &Signing::good()),
    ] {
        let reply = call.send();
        assert!(reply.status.is_client_error() && !reply.text.contains("secret"), "{}", reply.text);
    }
}
