//! Tests of the explanation why a user receives events or does not.

use crate::testing::{Token, World};
use campana_core::accounts::quota::Kind;
use campana_core::live::{ConnectionKind, Holder, Keyed, LiveConnection, key};
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Value, json};

/// A socket of user 7 that opened now, with these channels.
fn connection(world: &World, channels: &[&str]) -> Keyed {
    let opened_at = Timestamp::from_millis(world.clock.millis());
    let connection = LiveConnection {
        kind: ConnectionKind::Pusher,
        user_id: Some(UserId::trusted("7")),
        name: None,
        since: Some(opened_at),
        heard_at: Some(opened_at),
        expires_at: None,
        client_id: None,
        conversation_id: None,
        channels: channels.iter().map(|channel| ChannelName::trusted(*channel)).collect(),
        channel_count: 1,
        unsent_bytes: 0,
    };
    Keyed { key: key(opened_at.millis(), "1"), connection }
}

fn gateway() -> Holder {
    Holder { source: "gateway.weur/0".to_owned(), kind: Kind::Gateway }
}

fn explain(world: &World, query: &str) -> Value {
    world.get(&format!("/api/admin/explain?{query}")).with(&Token::admin()).status(200)
}

/// A public room with user 7, its path and its conversation's id. Its object has no connections.
fn room(world: &World) -> (String, String) {
    world.meet(&["7"]);
    let (path, conversation) = world.room_of(&["7"]);
    let id = conversation.rsplit('/').next().expect("the path ends with the id").to_owned();
    world.live.add("demo", Holder { source: id.clone(), kind: Kind::Room }, Vec::new());
    (path, id)
}

#[test]
fn only_administrators_ask_and_only_about_their_tenant() {
    let world = World::new();
    let (_, conversation) = room(&world);
    let path = format!("/api/admin/explain?user_id=7&conversation_id={conversation}");
    world.get(&path).refused(401, "unauthenticated");
    world.get(&path).by("7").refused(403, "forbidden");
    world.get(&path).with(&Token::other_admin()).refused(404, "not-found");
    for query in ["user_id=7", "channel=news", "user_id=7&channel=a%20b", "user_id=7&channel=a&conversation_id=b"] {
        world.get(&format!("/api/admin/explain?{query}")).with(&Token::admin()).status_of(422);
    }
}

#[test]
fn the_first_failing_check_is_the_reason() {
    let world = World::new();
    let (path, conversation) = room(&world);
    let query = format!("user_id=7&conversation_id={conversation}");
    let reason = || explain(&world, &query)["reason"].clone();
    assert_eq!(reason(), "not_connected");
    world.live.add("demo", gateway(), vec![connection(&world, &["news"])]);
    assert_eq!(reason(), "not_subscribed");
    let channel = format!("private-conversation.{conversation}");
    world.live.add("demo", gateway(), vec![connection(&world, &[&channel])]);
    let fine = explain(&world, &query);
    assert_eq!((&fine["reason"], &fine["head"]), (&json!(null), &json!(42)));
    assert_eq!(fine["connections"][0]["is_subscribed"], true);
    let names: Vec<&str> =
        fine["checks"].as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["app", "identity", "sanction", "access", "connected", "subscribed", "delivered"]);
    world.live.refuse(Problem::not_found());
    assert_eq!(reason(), "not_a_member");
    world.post(&format!("{path}/members/7/ban"), json!({"reason": "spam"})).with(&Token::admin()).status(200);
    assert_eq!(reason(), "banned");
    world.clock.pass(1_000);
    world.post("/api/admin/users/7/sign-out", json!({})).with(&Token::admin()).status(200);
    assert_eq!(reason(), "signed_out");
}

#[test]
fn channels_of_the_application_are_decided_by_the_token() {
    let world = World::new();
    let access = |query: &str| explain(&world, query)["checks"][3].clone();
    assert_eq!(access("user_id=7&channel=news")["ok"], true);
    assert_eq!(access("user_id=7&channel=private-user.7")["ok"], true);
    assert_eq!(access("user_id=7&channel=private-user.8")["code"], "not_allowed");
    let unknown = access("user_id=7&channel=private-orders");
    assert_eq!((&unknown["ok"], &unknown["code"]), (&json!(null), &json!("unknown")));
    world.live.add("demo", gateway(), vec![connection(&world, &["private-orders"])]);
    assert_eq!(access("user_id=7&channel=private-orders")["ok"], true);
}

#[test]
fn a_silent_object_is_named() {
    let world = World::new();
    world.live.add("demo", gateway(), vec![connection(&world, &["news"])]);
    world.live.silence("gateway.weur/0");
    let explained = explain(&world, "user_id=7&channel=news");
    assert_eq!(explained["unanswered"], json!(["gateway.weur/0"]));
}
