//! Tests of system messages over HTTP, and of the markers in lists of members.

use crate::testing::{Token, World};
use serde_json::{Value, json};

/// A private room of users 7, a moderator, and 8.
struct Scene {
    world: World,
    room: String,
    conversation: String,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.meet(&["7", "8", "9"]);
        let room = world.room(json!({"name": "Desk", "visibility": "private"}));
        let text = |field: &str| room[field].as_str().expect("an id").to_owned();
        let path = format!("/api/chat/rooms/{}", text("id"));
        let conversation = format!("/api/chat/conversations/{}", text("conversation_id"));
        let scene = Self { world, room: path, conversation };
        scene.add("7", "moderator");
        scene.add("8", "member");
        scene
    }

    fn add(&self, user: &str, role: &str) {
        let member = json!({"user_id": user, "role": role});
        self.world.post(&format!("{}/members", self.room), member).with(&Token::admin()).status(201);
    }

    fn say(&self, user: &str, body: &str) -> Value {
        self.world.clock.pass(1_000);
        self.world.post(&format!("{}/messages", self.conversation), json!({"body": body})).by(user).status(201)
    }

    fn page(&self) -> Vec<Value> {
        let page = self.world.get(&format!("{}/messages", self.conversation)).by("8").status(200);
        page["data"].as_array().expect("a list").clone()
    }

    /// Metadata of the system messages on the page, newest first.
    fn reported(&self) -> Vec<Value> {
        let page = self.page();
        page.iter().filter(|it| it["type"] == "system").map(|it| it["metadata"].clone()).collect()
    }

    fn seen(&self, user: &str) -> Value {
        self.world.objects.flush();
        self.world.get(&self.conversation).by(user).status(200)
    }

    fn members(&self, by: &str) -> Vec<Value> {
        self.world.objects.flush();
        let page = self.world.get(&format!("{}/members", self.room)).by(by).status(200);
        page["data"].as_array().expect("a list").clone()
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

#[test]
fn changes_of_a_private_room_are_in_its_history_before_and_after_a_flush() {
    let scene = Scene::new();
    let world = &scene.world;
    world.patch("/api/admin/settings", json!({"chat": {"system_messages": null}})).with(&Token::admin()).status(200);
    // Nobody wrote a system message, so it is not from a person whom the reader has blocked.
    world.call("PUT", "/api/me/blocks/1").by("8").status(201);
    let said = scene.say("8", "hello");
    world.objects.flush();
    world.put(&format!("/api/chat/messages/{}/pin", id(&said)), json!({})).by("7").status(200);
    scene.add("9", "member");
    world.post(&format!("{}/leave", scene.room), json!({})).by("9").status(204);
    let admin = Token::admin();
    world.put(&scene.room, json!({"name": "Front desk"})).with(&admin).status(200);
    world.put(&scene.room, json!({"name": "Front desk", "description": "by the door"})).with(&admin).status(200);
    let actor = |metadata: &Value| metadata["actor_id"].clone();
    for _ in 0..2 {
        let reported = scene.reported();
        let admin_id = actor(&reported[0]);
        let by = |kind: &str, actor: &Value, field: &str, value: &str| json!({"kind": kind, "actor_id": actor, field: value});
        assert_eq!(
            reported,
            [
                by("renamed", &admin_id, "name", "Front desk"),
                by("left", &json!("9"), "user_id", "9"),
                by("joined", &admin_id, "user_id", "9"),
                by("pinned", &json!("7"), "message_id", &id(&said)),
                by("joined", &admin_id, "user_id", "8"),
                by("joined", &admin_id, "user_id", "7"),
            ]
        );
        let first = &scene.page()[0];
        assert_eq!(
            [&first["body"], &first["sender_id"], &first["client_msg_id"], &first["from_blocked"]],
            [&json!(""), &admin_id, &json!(null), &json!(null)]
        );
        world.objects.flush();
    }
}

#[test]
fn they_are_neither_unread_nor_the_last_message() {
    let scene = Scene::new();
    let said = scene.say("8", "hello");
    scene.add("9", "member");
    let seen = scene.seen("7");
    assert_eq!((&seen["unread_count"], &seen["mention_count"]), (&json!(1), &json!(0)));
    assert_eq!((&seen["last_message"]["id"], &seen["last_message_at"]), (&said["id"], &said["created_at"]));
    let inbox = scene.world.get("/api/chat/conversations").by("9").status(200);
    let listed = &inbox["data"][0];
    assert_eq!((&listed["unread_count"], &listed["last_message"]["id"]), (&json!(0), &said["id"]));
}

#[test]
fn the_apps_setting_turns_them_off() {
    let scene = Scene::new();
    let off = json!({"chat": {"system_messages": false}});
    let settings = scene.world.patch("/api/admin/settings", off).with(&Token::admin()).status(200);
    assert_eq!(
        (&settings["chat"]["system_messages"], settings["limits"].get("system_messages")),
        (&json!(false), None)
    );
    let before = scene.reported();
    scene.add("9", "member");
    assert_eq!(scene.reported(), before);
    let wrong = json!({"chat": {"system_messages": "no"}});
    scene.world.patch("/api/admin/settings", wrong).with(&Token::admin()).refused(422, "invalid");
}

#[test]
fn first_members_public_rooms_and_direct_conversations_have_none() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let begin = |body: Value| world.post("/api/chat/conversations", body).by("7").send().body;
    for conversation in [
        id(&begin(json!({"type": "group", "user_ids": ["8", "9"]}))),
        id(&begin(json!({"type": "dm", "user_id": "8"}))),
        world.room_of(&["7", "8"]).1.rsplit('/').next().expect("an id").to_owned(),
    ] {
        let messages = format!("/api/chat/conversations/{conversation}/messages");
        world.post(&messages, json!({"body": "hi"})).by("7").status(201);
        let page = world.get(&messages).by("8").status(200);
        assert_eq!(page["data"].as_array().map(Vec::len), Some(1), "{conversation}");
    }
}

#[test]
fn nobody_sends_edits_reports_answers_or_reacts_to_one_and_moderators_delete_it() {
    let scene = Scene::new();
    let world = &scene.world;
    world.put(&format!("{}/members/8", scene.room), json!({"role": "member"})).with(&Token::admin()).status(200);
    world.objects.flush();
    let message = scene.page().remove(0);
    let (path, id) = (format!("/api/chat/messages/{}", id(&message)), id(&message));
    let send = |draft: Value| world.post(&format!("{}/messages", scene.conversation), draft).by("8");
    assert_eq!(send(json!({"body": "x", "type": "system"})).refused(422, "invalid")["errors"][0]["field"], "type");
    for field in ["parent_id", "quote_id"] {
        assert_eq!(send(json!({"body": "x", field: id})).refused(422, "invalid")["errors"][0]["field"], field);
    }
    // The administrator who made the change is its sender, and 7 moderates the room.
    world.put(&path, json!({"body": "x"})).by("7").refused(403, "forbidden");
    world.put(&path, json!({"body": "x"})).with(&Token::admin()).refused(403, "forbidden");
    world.put(&format!("{path}/reactions/%F0%9F%91%8D"), json!({})).by("8").refused(409, "conflict");
    world.put(&format!("{path}/pin"), json!({})).by("7").refused(409, "conflict");
    world.delete(&path).by("8").refused(403, "forbidden");
    world.post(&format!("{path}/report"), json!({"reason": "spam"})).by("8").refused(409, "conflict");
    world.delete(&path).by("7").status(200);
    let gone = scene.page().remove(0);
    assert_eq!((&gone["id"], &gone["body"], &gone["metadata"]), (&json!(id), &json!(null), &json!(null)));
}

#[test]
fn members_have_the_message_up_to_which_they_have_read_and_the_time() {
    let scene = Scene::new();
    let [first, second] = ["one", "two"].map(|body| scene.say("7", body));
    scene.world.clock.pass(1_000);
    let at = scene.world.app.now().to_rfc3339();
    let seq = first["seq"].clone();
    scene.world.post(&format!("{}/read", scene.conversation), json!({"seq": seq})).by("8").status(200);
    scene.world.clock.pass(5_000);
    scene.add("9", "member");
    let marker = |member: &Value| {
        let field = |name: &str| member[name].clone();
        [field("user_id"), field("last_read_seq"), field("last_read_message_id"), field("last_read_at")]
    };
    let of = |by: &str, user: &str| {
        let members = scene.members(by);
        marker(members.iter().find(|member| member["user_id"] == user).expect("a member"))
    };
    let read = [json!("8"), first["seq"].clone(), first["id"].clone(), json!(at)];
    assert_eq!(of("7", "8"), read);
    let wrote = [json!("7"), second["seq"].clone(), second["id"].clone(), second["created_at"].clone()];
    assert_eq!(of("7", "7"), wrote, "who sends a message has read up to it");
    let [_, joined_at, message, moved_at] = of("7", "9");
    assert!(joined_at.as_i64() >= second["seq"].as_i64());
    assert_eq!((message, moved_at), (second["id"].clone(), json!(null)));
    let found = scene.world.get(&format!("{}/members?q=8", scene.room)).by("7").status(200);
    assert_eq!(marker(&found["data"][0]), read);
    scene.world.patch("/api/me", json!({"receipts": "private"})).by("8").status(200);
    let hidden = |user: &str| [json!(user), json!(null), json!(null), json!(null)];
    assert_eq!((of("7", "8"), of("8", "7"), of("8", "8")), (hidden("8"), hidden("7"), read));
}
