//! HTTP tests of mutes, bans and the audit log.

use crate::testing::{Token, World};
use serde_json::{Value, json};

const SOON: &str = "2023-11-14T23:13:20.000Z";

#[test]
fn muted_users_get_the_end_of_the_mute_on_every_write() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    world.objects.flush();
    let message = format!("/api/chat/messages/{}", sent["id"].as_str().expect("the id is present"));
    let mute = format!("{room}/members/7/mute");
    let muted = world.post(&mute, json!({"until": SOON, "reason": "shouting"})).with(&Token::admin()).status(200);
    assert_eq!((&muted["user_id"], &muted["muted_until"]), (&json!("7"), &json!(SOON)));
    for call in [
        world.post(&format!("{room}/messages"), json!({"body": "hi"})),
        world.post(&format!("{conversation}/messages"), json!({"body": "hi"})),
        world.put(&message, json!({"body": "changed"})),
        world.post(&format!("{room}/invites"), json!({})),
    ] {
        assert_eq!(call.by("7").refused(403, "muted")["until"], SOON);
    }
    world.get(&format!("{conversation}/messages")).by("7").status(200);
    let listed = world.get(&format!("{room}/members")).by("7").status(200);
    assert_eq!(listed["data"][1]["muted_until"], SOON);
    world.delete(&mute).with(&Token::admin()).status(204);
    world.post(&format!("{room}/messages"), json!({"body": "hi"})).by("7").status(201);
    world.post(&mute, json!({"until": SOON})).with(&Token::admin()).status(200);
    world.clock.pass(3_600_000);
    world.post(&format!("{room}/messages"), json!({"body": "hi"})).by("7").status(201);
}

#[test]
fn banned_users_are_excluded_until_the_ban_ends_or_is_lifted() {
    let world = World::new();
    world.meet(&["8"]);
    let (room, _) = world.room_of(&["7"]);
    let link = world.post(&format!("{room}/invites"), json!({})).with(&Token::admin()).status(201);
    let accept = format!("/api/chat/invites/{}/accept", link["token"].as_str().expect("the token is present"));
    let ban = |user: &str| format!("{room}/members/{user}/ban");
    let banned = world.post(&ban("7"), json!({"until": SOON, "reason": "again"})).with(&Token::admin()).status(200);
    assert_eq!((&banned["until"], &banned["reason"]), (&json!(SOON), &json!("again")));
    world.call("POST", &ban("8")).with(&Token::admin()).status(200);
    for path in [format!("{room}/join"), accept] {
        assert_eq!(world.post(&path, json!({})).by("7").refused(403, "banned")["until"], SOON);
        assert_eq!(world.post(&path, json!({})).by("8").refused(403, "banned").get("until"), None);
    }
    world.post(&format!("{room}/messages"), json!({"body": "hi"})).by("7").refused(403, "forbidden");
    let bans = world.get(&format!("{room}/bans")).with(&Token::admin()).status(200);
    let who: Vec<_> = bans["data"].as_array().expect("a JSON array").iter().map(|ban| &ban["user_id"]).collect();
    assert_eq!(who, ["7", "8"]);
    world.delete(&ban("8")).with(&Token::admin()).status(204);
    world.post(&format!("{room}/join"), json!({})).by("8").status(200);
    world.clock.pass(3_600_000);
    world.post(&format!("{room}/join"), json!({})).by("7").status(200);
}

#[test]
fn only_moderators_mute_ban_and_see_bans_and_invites() {
    let world = World::new();
    world.meet(&["9"]);
    let (room, _) = world.room_of(&["7", "8"]);
    for (method, path, body) in [
        ("POST", format!("{room}/members/8/mute"), json!({"until": SOON})),
        ("DELETE", format!("{room}/members/8/mute"), Value::Null),
        ("POST", format!("{room}/members/8/ban"), json!({})),
        ("DELETE", format!("{room}/members/8/ban"), Value::Null),
        ("GET", format!("{room}/bans"), Value::Null),
        ("GET", format!("{room}/invites"), Value::Null),
        ("GET", "/api/admin/audits".to_owned(), Value::Null),
    ] {
        for user in ["7", "9"] {
            let call = world.call(method, &path);
            let call = if body.is_null() { call } else { call.json(&body) };
            call.by(user).refused(403, "forbidden");
        }
    }
}

#[test]
fn invalid_mutes_and_bans_are_refused() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    let long = "x".repeat(501);
    for (body, field) in [
        (json!({}), "until"),
        (json!({"until": null}), "until"),
        (json!({"until": "2023-11-14T22:13:20Z"}), "until"),
        (json!({"until": "2034-01-01T00:00:00Z"}), "until"),
        (json!({"until": SOON, "reason": long}), "reason"),
        (json!({"until": SOON, "why": "x"}), "why"),
    ] {
        let call = world.post(&format!("{room}/members/7/mute"), body).with(&Token::admin());
        assert_eq!(call.refused(422, "invalid")["errors"][0]["field"], field);
    }
    let ban = world.post(&format!("{room}/members/7/ban"), json!({"until": "2023-11-14T22:13:20Z"}));
    ban.with(&Token::admin()).refused(422, "invalid");
    world
        .post(&format!("{room}/members/nobody/mute"), json!({"until": SOON}))
        .with(&Token::admin())
        .refused(404, "not-found");
}

#[test]
fn audits_are_filtered_paged_and_exported() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    for _ in 0..3 {
        world.clock.pass(1_000);
        world.post(&format!("{room}/members/7/mute"), json!({"until": SOON})).with(&Token::admin()).status(200);
    }
    let get = |query: &str| world.get(&format!("/api/admin/audits?{query}")).with(&Token::admin());
    let first = get("action=member.muted&limit=2").status(200);
    let next = first["next_cursor"].as_str().expect("the list continues");
    let rest = get(&format!("action=member.muted&limit=2&cursor={next}")).status(200);
    assert_eq!((first["data"].as_array().map(Vec::len), rest["data"].as_array().map(Vec::len)), (Some(2), Some(1)));
    let entry = &rest["data"][0];
    assert_eq!(
        (&entry["actor_id"], &entry["target_type"], &entry["target_id"]),
        (&json!("1"), &json!("user"), &json!("7"))
    );
    let since = get("target_id=7&since=2023-11-14T22:13:22Z&until=2023-11-14T22:13:22Z").status(200);
    assert_eq!(since["data"].as_array().map(Vec::len), Some(1));
    for bad in ["action=dance", "since=yesterday", "actor_id=", "limit=0", "cursor=x", "sort=up"] {
        assert_eq!(get(bad).send().status, 422, "{bad}");
    }
    let export = get("").header("accept", "application/jsonl").send();
    assert_eq!((export.status.as_u16(), export.header("content-type").as_str()), (200, "application/jsonl"));
    let lines: Vec<Value> = export.text.lines().map(|line| serde_json::from_str(line).expect("valid JSON")).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3]["action"], "room.created");
}

#[test]
fn slow_mode_spaces_a_members_messages_and_says_how_long_to_wait() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    let send = |user: &'static str, key: &str| {
        world.post(&format!("{conversation}/messages"), json!({"body": "hi", "client_msg_id": key})).by(user)
    };
    let posting = |body: Value| world.put(&room, body);
    posting(json!({"slow_mode_s": 60})).by("7").refused(403, "forbidden");
    for refused in [json!({"slow_mode_s": 21_601}), json!({"slow_mode_s": -1}), json!({"post": "nobody"})] {
        posting(refused).with(&Token::admin()).refused(422, "invalid");
    }
    let slow = posting(json!({"slow_mode_s": 60})).with(&Token::admin()).status(200);
    assert_eq!((&slow["slow_mode_s"], &slow["post"]), (&json!(60), &json!("all")));
    send("7", "a").status(201);
    assert_eq!(send("7", "b").status_of(429).header("retry-after"), "60");
    assert_eq!(send("7", "b").refused(429, "slow-mode")["retry_after_ms"], 60_000);
    send("7", "a").status(200);
    world.post(&format!("{room}/messages"), json!({"body": "hi"})).by("7").refused(429, "slow-mode");
    send("8", "c").status(201);
    world.clock.pass(60_000);
    send("7", "b").status(201);
    world.put(&format!("{room}/members/7"), json!({"role": "moderator"})).with(&Token::admin()).status(200);
    send("7", "d").status(201);
    let off = posting(json!({"slow_mode_s": 0})).by("7").status(200);
    assert_eq!(off["slow_mode_s"], 0);
    send("8", "d").status(201);
}

#[test]
fn members_only_read_an_announcement_room() {
    let world = World::new();
    let new = json!({"name": "Notices", "post": "moderators", "slow_mode_s": 5, "members": [{"user_id": "7"}]});
    world.meet(&["7"]);
    let room = world.room(new);
    assert_eq!((&room["post"], &room["slow_mode_s"]), (&json!("moderators"), &json!(5)));
    let path = format!("/api/chat/rooms/{}", room["id"].as_str().expect("the id is present"));
    let sent = world.post(&format!("{path}/messages"), json!({"body": "hi"})).with(&Token::admin()).status(201);
    world.post(&format!("{path}/messages"), json!({"body": "hi"})).by("7").refused(403, "announcement-only");
    let page = world.get(&format!("{path}/messages")).by("7").status(200);
    assert_eq!(page["data"][0]["id"], sent["id"]);
    world.put(&path, json!({"post": "all"})).by("7").refused(403, "forbidden");
    world.put(&path, json!({"name": "Ours", "post": "all"})).by("7").refused(403, "forbidden");
    world.put(&format!("{path}/members/7"), json!({"role": "moderator"})).with(&Token::admin()).status(200);
    world.put(&path, json!({"name": "Ours", "post": "all"})).by("7").refused(403, "forbidden");
    assert_eq!(world.get(&path).by("7").status(200)["post"], "moderators", "all or nothing");
    world.put(&path, json!({"post": "all"})).by("7").status(200);
    let audits = world.get("/api/admin/audits?action=room.updated").with(&Token::admin()).status(200);
    assert_eq!(audits["data"][0]["metadata"]["post"], json!({"from": "moderators", "to": "all"}));
}
