//! Tests of scheduled messages.

use super::bodies;
use crate::testing::{Call, Token, World};
use campana_core::chat::scheduled::sent_key;
use campana_core::files::UNUSED_KEPT_MS;
use campana_core::shared::ids::ScheduledId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Value, json};

const LIST: &str = "/api/me/scheduled";
const UNKNOWN: &str = "0190a7c0-0000-7000-8000-000000000099";
const MINUTE_MS: i64 = 60_000;

impl World {
    /// A time in so many milliseconds.
    fn time_in(&self, millis: i64) -> String {
        Timestamp::from_millis(self.clock.millis() + millis).to_rfc3339()
    }

    fn send_later(&self, conversation: &str, body: &str, in_ms: i64) -> Call {
        let body = json!({"body": body, "client_msg_id": body, "send_at": self.time_in(in_ms)});
        self.post(&format!("{conversation}/scheduled"), body)
    }

    /// Lets so much time pass, with what the objects do in it.
    fn later(&self, millis: i64) {
        self.objects.run_until(Timestamp::from_millis(self.clock.millis() + millis));
    }

    fn scheduled(&self, by: &str, query: &str) -> Vec<Value> {
        let page = self.get(&format!("{LIST}{query}")).by(by).status(200);
        page["data"].as_array().expect("a list").clone()
    }
}

fn path(message: &Value) -> String {
    format!("{LIST}/{}", message["id"].as_str().expect("an id"))
}

#[test]
fn a_message_is_scheduled_listed_and_sent() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let scheduled = world.send_later(&conversation, "later", MINUTE_MS).by("7").status(201);
    assert_eq!((&scheduled["status"], &scheduled["body"]), (&json!("pending"), &json!("later")));
    assert_eq!((&scheduled["type"], &scheduled["message_id"]), (&json!("text"), &json!(null)));
    assert_eq!(world.get(&path(&scheduled)).by("7").status(200), scheduled);
    assert_eq!(world.scheduled("7", ""), std::slice::from_ref(&scheduled));
    let before = world.get(&format!("{conversation}/messages")).by("8").status(200);
    assert!(bodies(&before).is_empty());
    world.later(2 * MINUTE_MS);
    world.objects.flush();
    let after = world.get(&format!("{conversation}/messages")).by("8").status(200);
    assert_eq!(bodies(&after), ["later"]);
    let message = &after["data"][0];
    let id = ScheduledId::trusted(scheduled["id"].as_str().expect("an id"));
    assert_eq!((&message["sender_id"], &message["client_msg_id"]), (&json!("7"), &json!(sent_key(&id))));
    let sent = world.get(&path(&scheduled)).by("7").status(200);
    assert_eq!((&sent["status"], &sent["body"], &sent["message_id"]), (&json!("sent"), &json!(null), &message["id"]));
    assert!(world.scheduled("7", "").is_empty());
    assert_eq!(world.scheduled("7", "?status=sent"), [sent]);
    world.delete(&path(&scheduled)).by("7").refused(409, "conflict");
}

#[test]
fn every_conversation_sends_its_own() {
    let world = World::new();
    let conversations = [0, 1, 2].map(|_| world.room_of(&["7"]).1);
    for round in 0..2 {
        for (conversation, offset) in conversations.iter().zip(0..) {
            let body = format!("round {round}");
            world.send_later(conversation, &body, MINUTE_MS + offset * 100).by("7").status(201);
        }
        world.later(2 * MINUTE_MS);
        world.objects.flush();
    }
    for conversation in &conversations {
        let page = world.get(&format!("{conversation}/messages")).by("7").status(200);
        assert_eq!(bodies(&page), ["round 1", "round 0"]);
    }
    assert_eq!(world.scheduled("7", "?status=sent").len(), 6);
}

#[test]
fn a_repeat_returns_the_first_result_and_its_key_schedules_nothing_else() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let url = format!("{conversation}/scheduled");
    let body = json!({"body": "later", "send_at": world.time_in(MINUTE_MS)});
    let first = world.post(&url, body.clone()).header("idempotency-key", "k").by("7").status(201);
    assert_eq!(world.post(&url, body.clone()).header("idempotency-key", "k").by("7").status(200), first);
    let mut other = body;
    other["body"] = json!("other");
    world.post(&url, other.clone()).header("idempotency-key", "k").by("7").refused(422, "key-reused");
    world.post(&url, other).by("7").status(201);
    assert_eq!(world.scheduled("7", "").len(), 2);
}

#[test]
fn scheduled_messages_have_valid_fields() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let url = format!("{conversation}/scheduled");
    let at = world.time_in(MINUTE_MS);
    for (body, field) in [
        (json!({"body": "x", "send_at": world.time_in(0)}), "send_at"),
        (json!({"body": "x", "send_at": world.time_in(-1)}), "send_at"),
        (json!({"body": "x", "send_at": "2999-01-01T00:00:00Z"}), "send_at"),
        (json!({"body": "x", "send_at": "soon"}), "send_at"),
        (json!({"body": "x"}), "send_at"),
        (json!({"body": " ", "send_at": at}), "body"),
        (json!({"body": "x", "send_at": at, "type": "system"}), "type"),
        (json!({"body": "x", "send_at": at, "parent_id": "x"}), "parent_id"),
        (json!({"body": "x", "send_at": at, "client_msg_id": ""}), "client_msg_id"),
        (json!({"body": "x", "send_at": at, "origin_client_id": ""}), "origin_client_id"),
        (json!({"body": "x", "send_at": at, "draft_rev": 0}), "draft_rev"),
        (json!({"body": "x", "send_at": at, "later": true}), "later"),
    ] {
        let refused = world.post(&url, body).by("7").refused(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    assert!(world.scheduled("7", "").is_empty());
    world.get(&format!("{LIST}?status=lost")).by("7").refused(422, "invalid");
    world.get(&format!("{LIST}?conversation_id=x")).by("7").refused(422, "invalid");
    world.get(&format!("{LIST}?cursor=x")).by("7").refused(422, "bad-cursor");
}

#[test]
fn only_those_who_may_write_schedule() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    world.send_later(&conversation, "a stranger", MINUTE_MS).by("8").refused(403, "forbidden");
    world
        .send_later(&format!("/api/chat/conversations/{UNKNOWN}"), "nowhere", MINUTE_MS)
        .by("7")
        .refused(404, "not-found");
    let elsewhere = Token::other_admin().claim("sub", json!("7"));
    world.send_later(&conversation, "another tenant", MINUTE_MS).with(&elsewhere).refused(404, "not-found");
    let until = world.time_in(5 * MINUTE_MS);
    world.post(&format!("{room}/members/7/mute"), json!({"until": until})).with(&Token::admin()).status(200);
    world.send_later(&conversation, "within", MINUTE_MS).by("7").refused(403, "muted");
    world.send_later(&conversation, "beyond", 6 * MINUTE_MS).by("7").status(201);
}

#[test]
fn a_scheduled_message_is_its_authors_alone() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let scheduled = world.send_later(&conversation, "later", MINUTE_MS).by("7").status(201);
    let elsewhere = Token::other_admin().claim("sub", json!("7"));
    for stranger in [&Token::of("8"), &elsewhere, &Token::admin()] {
        world.get(&path(&scheduled)).with(stranger).refused(404, "not-found");
        world.delete(&path(&scheduled)).with(stranger).refused(404, "not-found");
        let page = world.get(LIST).with(stranger).status(200);
        assert_eq!(page["data"], json!([]));
    }
    world.get(&format!("{LIST}/x")).by("7").refused(404, "not-found");
    world.later(2 * MINUTE_MS);
    assert_eq!(world.scheduled("7", "?status=sent").len(), 1, "it was sent nevertheless");
}

#[test]
fn a_cancelled_message_is_not_sent() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let scheduled = world.send_later(&conversation, "later", MINUTE_MS).by("7").status(201);
    for _ in 0..2 {
        world.delete(&path(&scheduled)).by("7").status(204);
    }
    assert!(world.scheduled("7", "").is_empty());
    let cancelled = world.get(&path(&scheduled)).by("7").status(200);
    assert_eq!((&cancelled["status"], &cancelled["body"]), (&json!("cancelled"), &json!(null)));
    world.later(2 * MINUTE_MS);
    world.objects.flush();
    assert!(bodies(&world.get(&format!("{conversation}/messages")).by("7").status(200)).is_empty());
}

#[test]
fn what_failed_keeps_its_text_until_its_author_removes_it() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    let scheduled = world.send_later(&conversation, "later", MINUTE_MS).by("7").status(201);
    let removed = world.send_later(&conversation, "of a former member", MINUTE_MS).by("8").status(201);
    world.put(&room, json!({"post": "moderators"})).with(&Token::admin()).status(200);
    world.delete(&format!("{room}/members/8")).with(&Token::admin()).status(204);
    world.later(2 * MINUTE_MS);
    let failed = world.get(&path(&scheduled)).by("7").status(200);
    assert_eq!(
        (&failed["status"], &failed["problem"], &failed["body"]),
        (&json!("failed"), &json!("announcement-only"), &json!("later"))
    );
    assert_eq!(world.get(&path(&removed)).by("8").status(200)["problem"], "forbidden");
    world.delete(&room).with(&Token::admin()).status(204);
    world.delete(&path(&scheduled)).by("7").status(204);
    assert_eq!(world.get(&path(&scheduled)).by("7").status(200)["body"], json!(null));
    assert!(world.scheduled("7", "?status=failed").is_empty());
}

#[test]
fn the_list_is_paged_by_time_and_narrowed_to_a_conversation() {
    let world = World::new();
    let (_, one) = world.room_of(&["7"]);
    let (_, two) = world.room_of(&["7"]);
    for (conversation, body, minutes) in [(&one, "third", 3), (&two, "first", 1), (&one, "second", 2)] {
        world.send_later(conversation, body, minutes * MINUTE_MS).by("7").status(201);
    }
    let said = |messages: &[Value]| -> Vec<Value> { messages.iter().map(|message| message["body"].clone()).collect() };
    assert_eq!(said(&world.scheduled("7", "")), ["first", "second", "third"]);
    let id = two.rsplit('/').next().expect("an id");
    assert_eq!(said(&world.scheduled("7", &format!("?conversation_id={id}"))), ["first"]);
    let page = world.get(&format!("{LIST}?limit=2")).by("7").status(200);
    let cursor = page["next_cursor"].as_str().expect("there is more");
    assert_eq!(said(&world.scheduled("7", &format!("?limit=2&cursor={cursor}"))), ["third"]);
}

#[test]
fn the_draft_that_was_scheduled_is_cleared() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    world.put(&format!("{conversation}/draft"), json!({"body": "later", "rev": 3})).by("7").status(200);
    let body = json!({"body": "later", "send_at": world.time_in(MINUTE_MS), "draft_rev": 3});
    world.post(&format!("{conversation}/scheduled"), body).by("7").status(201);
    assert_eq!(world.get(&format!("{conversation}/draft")).by("7").status(200)["body"], json!(null));
}

#[test]
fn objects_that_do_not_answer_schedule_and_cancel_nothing() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let scheduled = world.send_later(&conversation, "later", MINUTE_MS).by("7").status(201);
    world.objects.set_down(true);
    world.send_later(&conversation, "another", MINUTE_MS).by("7").refused(503, "unavailable");
    world.delete(&path(&scheduled)).by("7").refused(503, "unavailable");
    assert_eq!(world.scheduled("7", "").len(), 1);
}

/// Uploads a file as a user; returns its id.
fn upload(world: &World, user: &str) -> String {
    let file = world.call("POST", "/api/chat/upload").raw("text/plain", b"foo").by(user).status(201);
    file["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_message_with_files_waits_with_them_and_is_sent_with_them() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let file = upload(&world, "7");
    let path = format!("/api/chat/files/{file}");
    let body = json!({"attachments": [file], "send_at": world.time_in(3 * 24 * 60 * MINUTE_MS), "client_msg_id": "k"});
    let url = format!("{conversation}/scheduled");
    let scheduled = world.post(&url, body.clone()).by("7").status(201);
    assert_eq!((&scheduled["body"], &scheduled["attachments"][0]["id"]), (&json!(""), &json!(file)));
    assert_eq!(scheduled["attachments"][0]["status"], "ready");
    assert_eq!(world.post(&url, body.clone()).by("7").status(200), scheduled);
    let mut other = body;
    other["attachments"] = json!([upload(&world, "7")]);
    world.post(&url, other).by("7").refused(422, "key-reused");
    assert_eq!(world.scheduled("7", "")[0]["attachments"], scheduled["attachments"]);
    world.get(&path).by("8").refused(404, "not-found");
    world.clock.pass(2 * UNUSED_KEPT_MS);
    world.purge_files();
    assert_eq!(world.file_store.keys().len(), 1, "the other file was not scheduled");
    world.later(2 * UNUSED_KEPT_MS);
    world.objects.flush();
    let page = world.get(&format!("{conversation}/messages")).by("8").status(200);
    assert_eq!((&page["data"][0]["type"], &page["data"][0]["attachments"][0]["id"]), (&json!("file"), &json!(file)));
    assert_eq!(world.get(&path).by("8").status_of(200).text, "foo");
    assert_eq!(world.scheduled("7", "?status=sent")[0]["attachments"], json!([]));
    world.clock.pass(2 * UNUSED_KEPT_MS);
    world.purge_files();
    world.get(&path).by("8").status_of(200);
}

#[test]
fn only_ones_own_files_are_scheduled_and_a_cancelled_message_releases_them() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let url = format!("{conversation}/scheduled");
    let (mine, theirs) = (upload(&world, "7"), upload(&world, "8"));
    let at = world.time_in(10 * UNUSED_KEPT_MS);
    let many: Vec<&str> = std::iter::repeat_n(mine.as_str(), 11).collect();
    for attachments in [json!([theirs]), json!([UNKNOWN]), json!(["x"]), json!([mine, mine]), json!(many), json!([])] {
        let body = json!({"attachments": attachments, "send_at": at});
        world.post(&url, body).by("7").refused(422, "invalid");
    }
    let body = json!({"attachments": [mine], "send_at": at});
    world.post(&url, body.clone()).by("9").refused(403, "forbidden");
    let scheduled = world.post(&url, body).by("7").status(201);
    world.clock.pass(UNUSED_KEPT_MS);
    world.delete(&path(&scheduled)).by("7").status(204);
    let read = || world.get(&format!("/api/chat/files/{mine}")).by("7");
    world.clock.pass(UNUSED_KEPT_MS - 1);
    world.purge_files();
    read().status_of(200);
    world.clock.pass(1);
    world.purge_files();
    read().refused(404, "not-found");
}

#[test]
fn a_message_whose_file_was_refused_since_fails() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let file = upload(&world, "7");
    let body = json!({"body": "see", "attachments": [file], "send_at": world.time_in(MINUTE_MS)});
    let scheduled = world.post(&format!("{conversation}/scheduled"), body).by("7").status(201);
    world.run("UPDATE files SET status = 'refused' WHERE id = ?1", [file.as_str().into()]);
    world.later(2 * MINUTE_MS);
    world.objects.flush();
    let failed = world.get(&path(&scheduled)).by("7").status(200);
    assert_eq!((&failed["status"], &failed["problem"]), (&json!("failed"), &json!("invalid")));
    let page = world.get(&format!("{conversation}/messages")).by("8").status(200);
    assert!(bodies(&page).is_empty());
}
