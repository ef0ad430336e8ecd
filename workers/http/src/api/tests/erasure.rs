//! Tests of the erasure of a user: what is left of them, who learns of it, and who may request it.

use crate::run_schedule;
use crate::testing::{Token, World};
use campana_core::chat::erasure::SETTLING_MS;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::erasures;
use campana_storage::{Database, Fault, Row, Statement};
use pollster::block_on;
use serde_json::{Value, json};
use tracing::dispatcher::with_default;

const PATH: &str = "/api/admin/users/7";
/// A word that only user 7 writes.
const WORD: &str = "xylophone";
const SCHEDULE: &str = "*/5 * * * *";

impl World {
    fn erase(&self) -> Value {
        let reply = self.delete(PATH).with(&Token::admin()).send();
        assert!(matches!(reply.status.as_u16(), 200 | 202), "{}", reply.text);
        serde_json::from_str(&reply.text).expect("JSON")
    }

    /// Runs the schedule as often as it takes.
    fn go_on(&self, times: usize) {
        for _ in 0..times {
            self.clock.pass(5 * 60_000);
            let run = run_schedule(&self.app, SCHEDULE, Timestamp::from_millis(0));
            with_default(&self.dispatch, || block_on(run));
        }
    }

    fn rows_of(&self, sql: &'static str) -> Vec<Row> {
        block_on(self.database.query(Statement::unnamed(sql, []))).expect("the statement runs")
    }

    /// Rows of all tables that contain a text, as (table, row).
    fn rows_with(&self, text: &str) -> Vec<(String, String)> {
        let tables = self.rows_of("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
        let mut found = Vec::new();
        for table in tables {
            let name = table["name"].as_str().expect("a name").to_owned();
            let sql: &'static str = Box::leak(format!("SELECT * FROM {name}").into_boxed_str());
            let rows = self.rows_of(sql).into_iter().map(|row| format!("{row:?}"));
            found.extend(rows.filter(|row| row.contains(text)).map(|row| (name.clone(), row)));
        }
        found
    }

    fn send(&self, conversation: &str, user: &str, body: Value) -> String {
        let sent = self.post(&format!("{conversation}/messages"), body).by(user).status(201);
        sent["id"].as_str().expect("an id").to_owned()
    }
}

/// User 7 with something in every place.
fn person(world: &World) -> (String, String) {
    let (_, conversation) = world.room_of(&["7", "8", "9"]);
    let dm = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "8"})).by("7").status(201);
    let dm = format!("/api/chat/conversations/{}", dm["id"].as_str().expect("an id"));
    let group = json!({"type": "group", "user_ids": ["8", "9"], "metadata": {"name": "Team"}});
    let group = world.post("/api/chat/conversations", group).by("7").status(201);
    let group = format!("/api/chat/conversations/{}", group["id"].as_str().expect("an id"));
    let disposition = format!("attachment; filename=\"{WORD}.txt\"");
    let upload = world.call("POST", "/api/chat/upload").raw("application/octet-stream", b"foo");
    let file = upload.header("content-disposition", &disposition).by("7").status(201);
    let first = world.send(&conversation, "7", json!({"body": format!("{WORD} @[8]"), "attachments": [file["id"]]}));
    world.objects.flush();
    world
        .put(&format!("/api/chat/messages/{first}"), json!({"body": format!("{WORD} again @[8]")}))
        .by("7")
        .status(200);
    let root = world.send(&conversation, "8", json!({"body": "a root"}));
    for (user, body) in [("7", WORD), ("9", "another reply")] {
        world.send(&conversation, user, json!({"body": body, "parent_id": root}));
    }
    world.objects.flush();
    world.send(&conversation, "8", json!({"body": "quoting", "quote_id": first}));
    world.call("PUT", &format!("/api/chat/messages/{root}/reactions/👍")).by("7").status(200);
    world.send(&dm, "7", json!({"body": WORD, "client_msg_id": format!("{WORD} 1")}));
    world.send(&group, "8", json!({"body": "in the group"}));
    world.objects.flush();
    world.put(&format!("{conversation}/draft"), json!({"body": WORD, "rev": 1})).by("7").status(200);
    let at = Timestamp::from_millis(world.clock.millis() + 3_600_000).to_rfc3339();
    world.post(&format!("{conversation}/scheduled"), json!({"body": WORD, "send_at": at})).by("7").status(201);
    world.call("PUT", &format!("/api/me/saved/{root}")).by("7").status(200);
    world.call("PUT", "/api/me/blocks/9").by("7").status(201);
    let report = json!({"reason": "spam", "note": WORD});
    world.post(&format!("/api/chat/messages/{root}/report"), report).by("7").status(201);
    world.objects.flush();
    (conversation, dm)
}

#[test]
fn nothing_of_an_erased_person_is_left_in_the_record() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    person(&world);
    assert!(world.rows_with(WORD).len() >= 8, "{:#?}", world.rows_with(WORD));
    let before = world.rows_of("SELECT conversation_id, seq, id, sender_id, created_at FROM messages ORDER BY 1, 2");
    let state = world.erase();
    assert_eq!(
        (&state["status"], &state["user_id"]),
        (&json!("pending"), &json!("7")),
        "old identities may still write"
    );
    world.go_on(3);
    let state = world.erase();
    assert_eq!((&state["status"], &state["messages"], &state["files"]), (&json!("ended"), &json!(3), &json!(1)));
    for text in [WORD, "Person 7"] {
        assert_eq!(world.rows_with(text), [], "{text}");
    }
    assert!(world.file_store.keys().is_empty(), "the bytes are deleted");
    let after = world.rows_of("SELECT conversation_id, seq, id, sender_id, created_at FROM messages ORDER BY 1, 2");
    assert!(before.iter().all(|row| after.contains(row)), "ids and order stay");
    for table in ["drafts", "saved_messages", "presence", "scheduled_messages", "files", "user_words"] {
        let rows = world.rows_with("\"7\"");
        assert!(rows.iter().all(|(name, _)| name != table), "{table}: {rows:#?}");
    }
    let user = world.get("/api/chat/users/7").by("8").status(200);
    assert_eq!((&user["name"], &user["avatar"]), (&json!("7"), &Value::Null));
    let found = world.get("/api/chat/users?q=person").by("8").status(200);
    assert!(found["data"].as_array().expect("a list").iter().all(|user| user["id"] != "7"));
}

#[test]
fn members_learn_of_an_erasure_and_counts_stay_exact() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let (conversation, _) = person(&world);
    let unread = |user: &str| {
        let inbox = world.get("/api/chat/conversations").by(user).status(200);
        let inbox = inbox["data"].as_array().expect("a list").clone();
        let id = conversation.rsplit('/').next().expect("an id");
        let it = inbox.iter().find(|it| it["id"] == id).expect("it is listed").clone();
        (it["unread_count"].as_i64(), it["mention_count"].as_i64())
    };
    world.post(&format!("{conversation}/unread"), json!({"seq": 1})).by("8").status(200);
    world.objects.flush();
    let (count, mentions) = unread("8");
    world.erase();
    world.objects.flush();
    let (counted, mentioned) = unread("8");
    assert_eq!((count.map(|n| n - 1), mentions.map(|n| n - 1)), (counted, mentioned), "one message in the channel");
    let page = world.get(&format!("{conversation}/messages")).by("8").status(200);
    let page = page["data"].as_array().expect("a list").clone();
    let erased: Vec<_> = page.iter().filter(|message| message["sender_id"] == "7").collect();
    assert!(!erased.is_empty());
    for message in erased {
        assert_eq!((&message["sender_name"], &message["body"]), (&json!("7"), &Value::Null));
        assert!(message["deleted_at"].is_string() && message["attachments"] == json!([]), "{message}");
    }
    let root = page.iter().find(|message| message["body"] == "a root").expect("it is there");
    assert_eq!(root["reply_count"], 1, "{root}");
    assert_eq!(root["reactions"][0]["count"], 1, "the reaction stays");
    let who = format!("/api/chat/messages/{}/reactions", root["id"].as_str().expect("an id"));
    let who = world.get(&who).by("8").status(200);
    assert_eq!((&who["data"][0]["user_id"], &who["data"][0]["name"]), (&json!("7"), &json!("7")));
    let quoting = page.iter().find(|message| message["body"] == "quoting").expect("it is there");
    assert_eq!((&quoting["quote"]["body"], &quoting["quote"]["sender_name"]), (&Value::Null, &json!("7")));
    let members = world.get(&format!("{conversation}/members")).by("8").status(200);
    assert!(members["data"].as_array().expect("a list").iter().all(|member| member["user_id"] != "7"));
}

#[test]
fn a_group_and_a_room_keep_an_owner() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    person(&world);
    world.erase();
    let owners = world.rows_of(
        "SELECT m.user_id FROM members AS m JOIN conversations AS c ON c.id = m.conversation_id \
         WHERE c.type = 'group' AND m.role = 'owner'",
    );
    assert_eq!(owners[0]["user_id"], json!("8"));
}

#[test]
fn identities_from_before_are_refused_and_a_new_one_is_empty() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let (conversation, dm) = person(&world);
    let old = Token::of("7").sign(world.clock.millis());
    world.erase();
    world.call("GET", "/api/me").header("authorization", &format!("Bearer {old}")).refused(401, "unauthenticated");
    world.clock.pass(SETTLING_MS + 1_000);
    let new = Token::of("7").claim("iat", json!(world.clock.millis() / 1_000));
    let me = world.get("/api/me").with(&new).status(200);
    assert_eq!(me["name"], "Person 7", "the new identity has a name");
    assert_eq!(world.get("/api/chat/conversations").with(&new).status(200)["data"], json!([]));
    world.get(&format!("{dm}/messages")).with(&new).refused(404, "not-found");
    for path in ["/api/notifications", "/api/me/saved", "/api/me/blocks", "/api/me/drafts"] {
        assert_eq!(world.get(path).with(&new).status(200)["data"], json!([]), "{path}");
    }
    world
        .post(&format!("{conversation}/messages"), json!({"body": "not a member"}))
        .with(&new)
        .refused(403, "forbidden");
    world.go_on(3);
    assert_eq!(
        world.get("/api/me").with(&new).status(200)["name"],
        "Person 7",
        "the second pass leaves the new identity"
    );
    let found = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "7"})).by("8").status(200);
    assert!(dm.ends_with(found["id"].as_str().expect("an id")), "two people have one direct conversation");
    let mine = world.get("/api/chat/conversations").with(&new).status(200);
    assert_eq!((mine["data"].as_array().map(Vec::len), &mine["data"][0]["unread_count"]), (Some(1), &json!(0)));
    world.post(&format!("{dm}/messages"), json!({"body": "back"})).with(&new).status(201);
    world.objects.flush();
    // The new identity is erased by a new request, and only by one.
    assert_eq!(world.erase()["status"], "pending");
    world.go_on(3);
    assert_eq!(world.erase()["status"], "ended");
    assert_eq!(world.rows_with("back").iter().filter(|(name, _)| name == "messages").count(), 0);
}

#[test]
fn blocks_of_an_erased_person_end_and_those_of_others_stay() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let begin = |by: &'static str, other: &str| {
        let dm = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": other})).by(by).status(201);
        format!("/api/chat/conversations/{}/messages", dm["id"].as_str().expect("an id"))
    };
    let (with_8, with_9) = (begin("7", "8"), begin("7", "9"));
    world.call("PUT", "/api/me/blocks/8").by("7").status(201);
    world.call("PUT", "/api/me/blocks/7").by("9").status(201);
    world.post(&with_8, json!({"body": "hi"})).by("8").refused(403, "blocked");
    world.erase();
    world.go_on(3);
    assert_eq!(world.erase()["status"], "ended");
    world.post(&with_8, json!({"body": "hi"})).by("8").status(201);
    world.post(&with_9, json!({"body": "hi"})).by("9").refused(403, "blocked");
}

#[test]
fn a_repeated_call_answers_the_state_and_is_audited_once() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let first = world.erase();
    let again = world.erase();
    assert_eq!(first["requested_at"], again["requested_at"]);
    assert_eq!((&first["status"], &again["status"]), (&json!("pending"), &json!("pending")));
    world.clock.pass(10_000);
    assert_eq!(world.erase()["status"], "ended", "it went on without the schedule");
    world.delete(PATH).with(&Token::admin()).status(200);
    let audits = world.get("/api/admin/audits?action=user.erased").with(&Token::admin()).status(200);
    let audits = audits["data"].as_array().expect("a list").clone();
    assert_eq!(audits.len(), 1, "{audits:?}");
    assert_eq!(
        (&audits[0]["actor_id"], &audits[0]["target_id"], &audits[0]["target_type"]),
        (&json!("1"), &json!("7"), &json!("user"))
    );
}

#[test]
fn only_administrators_of_the_tenant_erase() {
    let world = World::new();
    world.meet(&["7", "8"]);
    world.delete(PATH).by("8").refused(403, "forbidden");
    world.delete(PATH).by("7").refused(403, "forbidden");
    world.delete(PATH).refused(401, "unauthenticated");
    world.delete(PATH).with(&Token::other_admin()).refused(404, "not-found");
    world.delete("/api/admin/users/nobody").with(&Token::admin()).refused(404, "not-found");
    assert_eq!(world.get("/api/chat/users/7").by("8").status(200)["name"], "Person 7");
}

#[test]
fn an_erasure_goes_on_after_failures_of_the_record_and_of_objects() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    person(&world);
    world.database.fail_at(erasures::REACTIONS, Fault::BeforePersisting);
    world.database.fail_at(erasures::DRAFTS, Fault::AfterPersisting);
    world.objects.set_down(true);
    world.erase();
    world.objects.set_down(false);
    assert!(!world.rows_with(WORD).is_empty(), "the conversations did not answer");
    world.go_on(6);
    assert_eq!(world.erase()["status"], "ended");
    for text in [WORD, "Person 7"] {
        assert_eq!(world.rows_with(text), [], "{text}");
    }
}

#[test]
fn messages_of_deleted_rooms_are_erased() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let (room, conversation) = world.room_of(&["7", "8"]);
    world.send(&conversation, "7", json!({"body": WORD}));
    world.objects.flush();
    world.delete(&room).with(&Token::admin()).status(204);
    world.erase();
    world.go_on(3);
    assert_eq!(world.rows_with(WORD), []);
    assert_eq!(world.rows_with("Person 7"), []);
}

#[test]
fn many_messages_are_erased_step_by_step() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let (_, conversation) = world.room_of(&["7", "8"]);
    for n in 0..250 {
        if n % 20 == 0 {
            world.clock.pass(30_000);
        }
        world.send(&conversation, "7", json!({"body": format!("{WORD} {n}")}));
    }
    world.objects.flush();
    world.erase();
    world.go_on(3);
    let state = world.erase();
    assert_eq!((&state["status"], &state["messages"]), (&json!("ended"), &json!(250)));
    assert_eq!(world.rows_with(WORD), []);
}

/// An alert as the desk writes it, of user 7.
fn alert(world: &World, id: &str, closed: bool) {
    const ADD: &str = "INSERT INTO alerts (tenant_id, id, seq, user_id, status, drill, created_at, updated_at, closed_at, has_trail, body) \
         VALUES ('demo', ?1, 1, '7', CASE WHEN ?2 THEN 'resolved' ELSE 'triggered' END, 0, 1, 1, CASE WHEN ?2 THEN 2 END, 1, ?3)";
    const ENTRY: &str = "INSERT INTO alert_entries (tenant_id, alert_id, number, at, what, body) VALUES ('demo', ?1, 1, 1, 'triggered', ?2)";
    const PLACE: &str =
        "INSERT INTO alert_sightings (tenant_id, alert_id, number, at, lat, lng) VALUES ('demo', ?1, 1, 1, 1, 1)";
    let body = json!({
        "id": id, "user": {"id": "7", "name": "Person 7"}, "apartment": {"id": null, "address": WORD},
        "location": {"string": WORD}, "note": WORD, "reason": WORD, "closed_by": {"id": "8", "name": "Person 8"},
    });
    world.run(ADD, [id.into(), i64::from(closed).into(), body.to_string().into()]);
    let entry =
        json!({"number": 1, "by": {"id": "7", "name": "Person 7"}, "what": "triggered", "data": {"note": WORD}});
    world.run(ENTRY, [id.into(), entry.to_string().into()]);
    world.run(PLACE, [id.into()]);
}

#[test]
fn an_open_alert_stays_as_it_is_until_it_ends() {
    let world = World::new();
    world.meet(&["7", "8"]);
    alert(&world, "a1", true);
    alert(&world, "a2", false);
    world.erase();
    world.go_on(2);
    let of = |id: &str| world.rows_with(WORD).into_iter().filter(|(_, row)| row.contains(id)).count();
    assert_eq!((of("a1"), of("a2")), (0, 2), "{:#?}", world.rows_with(WORD));
    assert_eq!(world.rows_of("SELECT alert_id FROM alert_sightings")[0]["alert_id"], json!("a2"));
    let state = world.erase();
    assert_eq!((&state["status"], &state["waits_for_alert"]), (&json!("pending"), &json!(true)));
    world.run("UPDATE alerts SET status = 'resolved', closed_at = 5 WHERE id = ?1", ["a2".into()]);
    world.go_on(3);
    assert_eq!(world.erase()["status"], "ended");
    assert_eq!(world.rows_with(WORD), []);
    assert_eq!(world.rows_with("Person 7"), []);
    assert_eq!(world.rows_of("SELECT count(*) AS n FROM alert_sightings")[0]["n"], json!(0));
    let changed = "UPDATE alert_entries SET what = 'x' WHERE alert_id = 'a1'";
    assert!(
        block_on(world.database.query(Statement::unnamed(changed, []))).is_err(),
        "timelines are unchangeable again"
    );
    assert!(world.desks.released().iter().all(|asked| asked.user_id.as_str() == "7"));
}

#[test]
fn an_erasure_waits_for_alerts_that_the_desk_keeps() {
    let world = World::new();
    world.meet(&["7", "8"]);
    world.desks.set_keeps_alerts(true);
    world.erase();
    world.go_on(2);
    assert_eq!(world.erase()["waits_for_alert"], true);
    world.desks.set_keeps_alerts(false);
    world.go_on(3);
    assert_eq!(world.erase()["status"], "ended");
}
