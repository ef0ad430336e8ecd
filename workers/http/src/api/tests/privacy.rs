//! Tests of what people show of themselves: presence, and receipts.

use crate::testing::{Token, World};
use campana_core::shared::ids::{TenantId, UserId};
use campana_storage::OWN_CHANNEL;
use pollster::block_on;
use serde_json::{Value, json};

impl World {
    /// Puts users online at their own channels.
    fn online(&self, users: &[&str]) {
        let (tenant, users) =
            (TenantId::trusted("demo"), users.iter().map(|id| UserId::trusted(*id)).collect::<Vec<_>>());
        let (now, until) = (self.app.now(), self.app.now().plus_millis(600_000));
        block_on(self.app.store().renew_presence(&tenant, &users, OWN_CHANNEL, now, until)).expect("they are online");
    }

    fn update_me(&self, by: &str, change: Value) -> Value {
        self.patch("/api/me", change).by(by).status(200)
    }
}

fn ids(page: &Value, field: &str) -> Vec<Value> {
    page["data"].as_array().expect("a list").iter().map(|item| item[field].clone()).collect()
}

#[test]
fn settings_are_shown_to_their_owner_and_change_one_by_one() {
    let world = World::new();
    let shown = |me: &Value| (me["presence"].clone(), me["receipts"].clone());
    let me = world.get("/api/me").by("7").status(200);
    assert_eq!(shown(&me), (json!("visible"), json!("public")));
    let hidden = world.update_me("7", json!({"presence": "hidden"}));
    assert_eq!(shown(&hidden), (json!("hidden"), json!("public")));
    let private = world.update_me("7", json!({"receipts": "private"}));
    assert_eq!(shown(&private), (json!("hidden"), json!("private")));
    assert_eq!(world.get("/api/me").by("7").status(200), private);
    assert_eq!(world.update_me("7", json!({})), private);
    assert_eq!(shown(&world.get("/api/me").by("8").status(200)), (json!("visible"), json!("public")));
    let elsewhere = Token::other_admin().claim("sub", json!("7"));
    let other = world.get("/api/me").with(&elsewhere).status(200);
    assert_eq!(shown(&other), (json!("visible"), json!("public")));
    for (body, field) in [(json!({"presence": "away"}), "presence"), (json!({"name": "Ana"}), "name")] {
        assert_eq!(world.patch("/api/me", body).by("7").refused(422, "invalid")["errors"][0]["field"], field);
    }
    world.patch("/api/me", json!({"presence": "hidden"})).refused(401, "unauthenticated");
}

#[test]
fn a_profile_shows_presence_unless_it_is_hidden() {
    let world = World::new();
    world.meet(&["7", "8"]);
    world.online(&["7", "8"]);
    let profile = |by: &str| world.get("/api/chat/users/7").by(by).status(200);
    let visible = profile("8");
    assert_eq!(
        (&visible["id"], &visible["name"], &visible["is_online"]),
        (&json!("7"), &json!("Person 7"), &json!(true))
    );
    assert!(visible["last_seen_at"].is_string());
    let online = || ids(&world.get("/api/chat/users/online").by("8").status(200), "user_id");
    assert_eq!(online(), ["7", "8"]);
    world.update_me("7", json!({"presence": "hidden"}));
    for by in ["7", "8"] {
        let hidden = profile(by);
        assert_eq!((&hidden["is_online"], &hidden["last_seen_at"]), (&json!(false), &json!(null)), "{by}");
    }
    assert_eq!(online(), ["8"]);
    let found = world.get("/api/chat/users?q=person").by("8").status(200);
    assert_eq!(ids(&found, "is_online"), [json!(false), json!(true)]);
    world.update_me("7", json!({"presence": "visible"}));
    assert_eq!(profile("8"), visible);
    world.get("/api/chat/users/9").by("7").refused(404, "not-found");
    world.get("/api/chat/users/7").with(&Token::other_admin()).refused(404, "not-found");
    world.get("/api/chat/users/7").refused(401, "unauthenticated");
}

#[test]
fn readers_are_members_who_have_read_a_message() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8", "9"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    let id = sent["id"].as_str().expect("an id");
    let conversation_id = conversation.rsplit('/').next().expect("an id");
    let url = format!("/api/chat/messages/{id}/readers");
    let readers = |by: &str| ids(&world.get(&url).by(by).status(200), "user_id");
    world.objects.flush();
    assert_eq!(readers("7"), [Value::Null; 0]);
    for reader in ["8", "9"] {
        world.post(&format!("{conversation}/read"), json!({})).by(reader).status(200);
    }
    assert_eq!(readers("7"), ["8", "9"], "without the author");
    let page = world.get(&format!("{url}?limit=1&conversation_id={conversation_id}")).by("7").status(200);
    let next = page["next_cursor"].as_str().expect("there is more");
    assert_eq!(ids(&world.get(&format!("{url}?limit=1&cursor={next}")).by("7").status(200), "user_id"), ["9"]);
    world.get(&url).by("10").refused(403, "forbidden");
    world.get(&url).with(&Token::other_admin()).refused(404, "not-found");
    world.get("/api/chat/messages/x/readers").by("7").refused(404, "not-found");
    world.delete(&format!("/api/chat/messages/{id}")).by("7").status(200);
    world.get(&url).by("8").refused(404, "not-found");
}

#[test]
fn who_keeps_receipts_private_shows_none_and_sees_none() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8", "9"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    let url = format!("/api/chat/messages/{}/readers", sent["id"].as_str().expect("an id"));
    world.objects.flush();
    for reader in ["8", "9"] {
        world.post(&format!("{conversation}/read"), json!({})).by(reader).status(200);
    }
    let seq = sent["seq"].clone();
    let markers = |by: &str| ids(&world.get(&format!("{room}/members")).by(by).status(200), "last_read_seq");
    assert_eq!(markers("7")[1..], [seq.clone(), seq.clone(), seq.clone()], "the administrator has read nothing");
    world.update_me("8", json!({"receipts": "private"}));
    assert_eq!(ids(&world.get(&url).by("7").status(200), "user_id"), ["9"]);
    world.get(&url).by("8").refused(403, "forbidden");
    assert_eq!(markers("7")[1..], [seq.clone(), json!(null), seq.clone()]);
    assert_eq!(markers("8")[1..], [json!(null), seq.clone(), json!(null)], "their own is shown to them");
    let found = world.get(&format!("{room}/members?q=person")).by("7").status(200);
    let of_eight = found["data"].as_array().expect("a list").iter().find(|it| it["user_id"] == "8");
    assert_eq!(of_eight.expect("they are a member")["last_read_seq"], json!(null));
    world.update_me("8", json!({"receipts": "public"}));
    assert_eq!(markers("8")[1..], [seq.clone(), seq.clone(), seq]);
}
