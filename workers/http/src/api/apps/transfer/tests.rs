//! Tests of imports and exports with a conversation's object.

use crate::testing::{OTHER_SECRET, Signing, Token, World};
use serde_json::{Value, json};

const IMPORT: &str = "/apps/demo/import";
const OPEN: &str = "/apps/demo/import/open";
const EXPORT: &str = "/apps/demo/export";
const AT: &str = "2026-01-31T09:05:00.120Z";
const CONVERSATION: &str = "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01";

/// Imports lines; returns the answer.
fn import(world: &World, lines: &[Value]) -> Value {
    let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    world.backend_posts(IMPORT, json!({"import": "one", "lines": texts})).status(200)
}

fn open(world: &World) {
    let opened = world.backend_posts(OPEN, json!({"import": "one"})).status(200);
    assert_eq!(opened["has_more"], false);
}

/// All lines of an export.
fn export(world: &World, query: &str) -> Vec<String> {
    let (mut lines, mut path) = (Vec::new(), format!("{EXPORT}?{query}"));
    loop {
        let page = world.backend_gets(&path).status(200);
        let texts = page["lines"].as_array().expect("a list");
        lines.extend(texts.iter().map(|line| line.as_str().expect("a text").to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("{EXPORT}?{query}&cursor={next}"),
            None => return lines,
        }
    }
}

fn refusals(answer: &Value) -> Vec<(i64, &str)> {
    let refused = answer["refused"].as_array().expect("a list").iter();
    refused.map(|one| (one["line"].as_i64().expect("a number"), one["reason"].as_str().expect("a text"))).collect()
}

fn people() -> [Value; 2] {
    [json!({"kind": "user", "id": "7", "name": "Ana"}), json!({"kind": "user", "id": 8, "name": "Bo"})]
}

fn chat_room() -> Value {
    json!({"kind": "chat_room", "id": CONVERSATION, "participant_a": 7, "participant_b": 8, "created_at": AT})
}

fn message(id: &str, sender: &str, content: &str) -> Value {
    json!({
        "kind": "message", "id": id, "chat_room_id": CONVERSATION, "sender_id": sender, "content": content,
        "created_at": AT,
    })
}

fn dump() -> Vec<Value> {
    let mut lines = Vec::from(people());
    lines.push(chat_room());
    lines.extend([
        json!({"kind": "member", "conversation_id": CONVERSATION, "user_id": "8", "last_read_seq": 1}),
        message("m1", "7", "one"),
        message("m2", "8", "two"),
        message("m3", "7", "three"),
        json!({"kind": "reaction", "conversation_id": CONVERSATION, "message_id": "m1", "user_id": "8", "emoji": "👍", "created_at": AT}),
    ]);
    lines
}

#[test]
fn a_conversation_goes_on_where_its_import_ends() {
    let world = World::new();
    world.meet(&["7", "8"]);
    assert_eq!(import(&world, &dump()), json!({"written": 6, "unchanged": 2, "refused": []}));
    let path = format!("/api/chat/conversations/{CONVERSATION}");
    // Hidden until the import ends.
    world.get(&path).by("7").refused(404, "not-found");
    world.post(&format!("{path}/messages"), json!({"body": "x"})).by("7").refused(404, "not-found");
    open(&world);
    let page = world.get(&format!("{path}/messages")).by("7").status(200);
    let bodies: Vec<_> = page["data"].as_array().expect("a list").iter().map(|m| m["body"].clone()).collect();
    assert_eq!(bodies, ["three", "two", "one"]);
    assert_eq!(page["data"][2]["reactions"][0]["count"], 1);
    let shown = world.get(&path).by("8").status(200);
    assert_eq!((&shown["unread_count"], &shown["last_message"]["body"]), (&json!(2), &json!("three")));
    assert_eq!(world.get(&path).by("7").status(200)["unread_count"], 0);
    let sent = world.post(&format!("{path}/messages"), json!({"body": "four"})).by("7").status(201);
    assert_eq!(sent["seq"], 4);
    world.objects.flush();
    let shown = world.get(&path).by("8").status(200);
    assert_eq!((&shown["unread_count"], &shown["last_message"]["body"]), (&json!(3), &json!("four")));
}

#[test]
fn lines_may_be_sent_again_and_in_parts() {
    let whole = World::new();
    import(&whole, &dump());
    open(&whole);
    let parts = World::new();
    let lines = dump();
    for end in 1..=lines.len() {
        import(&parts, &lines[..end]);
    }
    open(&parts);
    let again = import(&parts, &lines);
    assert_eq!(again, json!({"written": 0, "unchanged": 8, "refused": []}));
    let without_times =
        |lines: Vec<String>| lines.into_iter().filter(|line| !line.contains("\"user\"")).collect::<Vec<_>>();
    assert_eq!(without_times(export(&parts, "")), without_times(export(&whole, "")));
}

#[test]
fn a_dump_that_is_imported_and_exported_again_is_the_same() {
    let first = World::new();
    import(&first, &dump());
    open(&first);
    let dumped = export(&first, "");
    assert!(dumped.iter().any(|line| line.contains("\"imported_id\":\"m1\"")), "{dumped:#?}");
    let second = World::new();
    let texts = second.backend_posts(IMPORT, json!({"import": "two", "lines": dumped})).status(200);
    assert_eq!(texts["refused"], json!([]));
    second.backend_posts(OPEN, json!({"import": "two"})).status(200);
    assert_eq!(export(&second, ""), dumped);
}

#[test]
fn refused_lines_are_named_with_the_reason() {
    let world = World::new();
    let mut lines = Vec::from(people());
    lines.extend([
        json!({"kind": "member", "conversation_id": CONVERSATION, "user_id": "8"}),
        chat_room(),
        json!({"kind": "message", "id": "m1", "conversation_id": CONVERSATION, "sender_id": "9", "body": "x", "created_at": AT}),
        json!({"kind": "file", "id": "f"}),
        json!({"kind": "message", "id": "m1", "colour": "red"}),
        json!([1]),
    ]);
    let answer = import(&world, &lines);
    let numbers: Vec<_> = refusals(&answer).iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, [3, 5, 6, 7, 8], "{answer}");
    assert_eq!(refusals(&answer)[2].1, "files are not imported yet");
    open(&world);
    let late = import(&world, &[message("m9", "7", "late")]);
    assert!(refusals(&late)[0].1.contains("in use"), "{late}");
}

#[test]
fn a_second_room_of_a_pair_about_something_else_is_a_group() {
    let world = World::new();
    let room = |id: &str, report: Value| {
        json!({
            "kind": "chat_room", "id": id, "participant_a": "7", "participant_b": "8", "report_id": report,
            "created_at": AT,
        })
    };
    let [ana, bo] = people();
    let lines = [ana, bo, room("1", json!(null)), room("2", json!("r")), room("3", json!(null))];
    let answer = import(&world, &lines);
    assert_eq!(refusals(&answer).len(), 1, "{answer}");
    assert_eq!(refusals(&answer)[0].0, 5);
    open(&world);
    let types: Vec<String> = export(&world, "")
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|line| line["kind"] == "conversation")
        .map(|line| format!("{} {}", line["type"].as_str().expect("a type"), line["metadata"]["imported_id"]))
        .collect();
    let mut sorted = types;
    sorted.sort();
    assert_eq!(sorted, ["dm \"1\"", "group \"2\""]);
}

#[test]
fn only_the_apps_own_backend_imports_and_exports() {
    let world = World::new();
    import(&world, &dump());
    open(&world);
    let forged = Signing::good().secret(OTHER_SECRET);
    assert_eq!(world.signed_get(EXPORT, &forged).send().status.as_u16(), 401);
    assert_eq!(world.get(EXPORT).with(&Token::admin()).send().status.as_u16(), 401);
    for path in [IMPORT, OPEN] {
        let body = json!({"import": "one", "lines": ["{}"]}).to_string();
        assert_eq!(world.signed_post(path, body.as_bytes(), &forged).send().status.as_u16(), 401);
        assert_eq!(world.call("POST", path).with(&Token::admin()).send().status.as_u16(), 401);
    }
}

#[test]
fn an_export_is_of_all_of_a_conversation_or_of_a_person() {
    let world = World::new();
    import(&world, &dump());
    open(&world);
    let kinds = |lines: Vec<String>| {
        let kind = |line: &String| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["kind"].as_str().expect("a kind").to_owned()
        };
        lines.iter().map(kind).collect::<Vec<_>>()
    };
    let all = ["user", "user", "conversation", "member", "member", "message", "message", "message", "reaction"];
    assert_eq!(kinds(export(&world, "")), all);
    assert_eq!(kinds(export(&world, &format!("conversation_id={CONVERSATION}"))), all);
    assert_eq!(kinds(export(&world, "user_id=8")), ["user", "conversation", "member", "message", "reaction"]);
    let nobody = export(&world, "user_id=nobody");
    assert!(nobody.is_empty(), "{nobody:?}");
}

#[test]
fn a_person_exports_only_what_is_their_own_and_not_too_often() {
    let world = World::new();
    import(&world, &dump());
    open(&world);
    let call = || world.get("/api/me/export").by("8");
    let reply = call().status_of(200);
    assert_eq!(reply.header("content-type"), "application/jsonl");
    let mut expected = export(&world, "user_id=8");
    let mut lines: Vec<String> = reply.text.lines().map(str::to_owned).collect();
    assert!(lines.iter().filter(|line| line.contains("\"message\"")).all(|line| line.contains("\"sender_id\":\"8\"")));
    // The token of the test has another name than the dump.
    (expected, lines) = (expected.split_off(1), lines.split_off(1));
    assert_eq!(lines, expected);
    call().status_of(200);
    call().refused(429, "rate-limited");
    world.get("/api/me/export").refused(401, "unauthenticated");
    world.get("/api/me/export").by("9").status_of(200);
}

#[test]
fn each_import_and_each_export_has_its_entries_in_the_audit_log() {
    let world = World::new();
    let audits = |action: &str| {
        let page = world.get(&format!("/api/admin/audits?action={action}")).with(&Token::admin()).status(200);
        page["data"].as_array().expect("a list").clone()
    };
    for runs in 1..=2 {
        for line in dump() {
            import(&world, &[line]);
        }
        open(&world);
        assert_eq!((audits("import.begun").len(), audits("import.opened").len()), (runs, runs), "one for a run");
    }
    let opened = audits("import.opened").pop().expect("the first");
    assert_eq!(
        (&opened["actor_id"], &opened["target_id"], &opened["target_type"]),
        (&json!("campana-backend"), &json!("one"), &json!("import"))
    );
    assert_eq!(
        (&opened["metadata"]["conversations"], opened["metadata"]["messages"].as_i64().is_some_and(|n| n > 0)),
        (&json!(1), true)
    );
    export(&world, "");
    export(&world, "user_id=7");
    let begun = audits("export.begun");
    assert_eq!(begun.len(), 2, "one for an export, whatever its pages");
    assert_eq!((&begun[0]["metadata"], &begun[1]["metadata"]), (&json!({"user_id": "7"}), &json!({})));
    world.get("/api/me/export").by("7").send();
    let own = audits("user.exported");
    assert_eq!((own.len(), &own[0]["actor_id"], &own[0]["target_id"]), (1, &json!("7"), &json!("7")));
    for entry in [audits("import.begun"), begun, own].concat() {
        assert!(!entry.to_string().contains("Ana"), "no content: {entry}");
    }
}
