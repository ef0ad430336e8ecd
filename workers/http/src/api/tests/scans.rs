//! Tests of scans of files: who reads them before the verdict, what the verdict changes, and how it comes.

use crate::testing::{Call, DEMO_SECRET, OTHER_SECRET, Signing, Token, World};
use campana_core::files::UNUSED_KEPT_MS;
use campana_core::files::scan::{LEASE_MS, LONGEST_RETRY_MS, READING_MS};
use campana_schema::{file_scans, files as queries};
use campana_storage::Fault;
use pollster::block_on;
use serde_json::{Value, json};
use tracing::dispatcher::with_default;

const CLEAN: Option<(u16, &str)> = Some((200, r#"{"verdict":"clean"}"#));
const INFECTED: Option<(u16, &str)> = Some((200, r#"{"verdict":"infected","reason":"Eicar"}"#));
/// A GIF of 3 x 2 pixels.
const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x00\x00\x00;";

/// A world whose app has a scanner.
fn scanned() -> World {
    let world = World::new();
    let settings = r#"{"files":{"scanner_url":"https://scan.example/files"}}"#;
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
    world
}

impl World {
    fn uploaded(&self, user: &str, bytes: &[u8]) -> (String, String) {
        let call = self.call("POST", "/api/chat/upload").raw("application/octet-stream", bytes).by(user);
        let file = call.header("content-disposition", "attachment; filename=\"a.txt\"").status(201);
        let text = |field: &str| file[field].as_str().expect("a text").to_owned();
        (text("id"), text("url"))
    }

    /// Runs the schedule that asks scanners again.
    fn scan(&self) {
        let run = crate::run_schedule(&self.app, "*/10 * * * *", self.app.now());
        with_default(&self.dispatch, || block_on(run));
        self.objects.flush();
    }

    /// Runs it when a scan that began is due.
    fn scan_later(&self) {
        self.clock.pass(LEASE_MS);
        self.scan();
    }

    fn sent_with(&self, conversation: &str, file: &str) -> String {
        let sent = self.post(&format!("{conversation}/messages"), json!({"attachments": [file]})).by("7").status(201);
        self.objects.flush();
        sent["id"].as_str().expect("an id").to_owned()
    }

    fn statuses(&self, conversation: &str) -> Value {
        let page = self.get(&format!("{conversation}/messages")).by("8").status(200);
        let page = page["data"].as_array().expect("a page");
        page.iter().map(|message| message["attachments"][0]["status"].clone()).collect()
    }

    fn verdict(&self, app: &str, secret: &str, file: &str, body: &Value) -> Call {
        let signing = Signing::good().secret(secret).with("auth_key", app);
        self.signed_post(&format!("/apps/{app}/files/{file}/scan"), body.to_string().as_bytes(), &signing)
    }
}

#[test]
fn until_the_verdict_only_the_uploader_reads_a_file() {
    let world = scanned();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let (file, path) = world.uploaded("7", b"foo");
    world.sent_with(&conversation, &file);
    assert_eq!(world.statuses(&conversation), json!(["scanning"]));
    assert_eq!(world.get(&path).by("7").status_of(200).text, "foo");
    world.get(&path).by("8").refused(409, "conflict");
    world.get(&path).by("8").header("range", "bytes=0-0").refused(409, "conflict");
    world.post(&format!("{path}/link"), json!({})).by("8").refused(409, "conflict");
    world.post(&format!("{path}/link"), json!({})).by("7").status(200);
    world.get(&path).by("9").refused(404, "not-found");
    world.get(&path).with(&Token::other_admin()).refused(404, "not-found");
    world.scanner.set_answer(CLEAN);
    world.scan_later();
    assert_eq!(world.statuses(&conversation), json!(["ready"]));
    assert_eq!(world.get(&path).by("8").status_of(200).text, "foo");
    world.post(&format!("{path}/link"), json!({})).by("8").status(200);
}

#[test]
fn the_scanner_gets_a_signed_request_and_reads_the_bytes_by_its_address() {
    let world = scanned();
    let (file, path) = world.uploaded("7", b"foo");
    world.scan_later();
    let asked = world.scanner.asked();
    assert_eq!((asked.len(), asked[0].url.as_str()), (1, "https://scan.example/files"));
    let body: Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["app_id"]), (&json!("file.scan"), &json!("demo")));
    let described = &body["data"]["file"];
    assert_eq!((&described["id"], &described["name"]), (&json!(file), &json!("a.txt")));
    assert_eq!((&described["type"], &described["size"]), (&json!("text/plain"), &json!(3)));
    let header = |name: &str| asked[0].headers.iter().any(|(key, value)| key == name && !value.is_empty());
    assert!(["webhook-id", "webhook-timestamp", "webhook-signature"].into_iter().all(header));
    let address = body["data"]["url"].as_str().expect("an address");
    let reply = world.get(address).status_of(200);
    assert_eq!((reply.text.as_str(), reply.header("cache-control").as_str()), ("foo", "no-store"));
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    world.get(&format!("{address}x")).refused(401, "unauthenticated");
    world.get(&format!("{path}/scan?link=")).refused(401, "unauthenticated");
    world.get(&format!("{path}/scan")).by("7").refused(401, "unauthenticated");
    let (other, _) = world.uploaded("7", b"bar");
    world.get(&address.replace(&file, &other)).refused(404, "not-found");
    let link = world.post(&format!("{path}/link"), json!({})).by("7").status(200);
    let link = link["url"].as_str().expect("an address").replace("?link", "/scan?link");
    world.get(&link).refused(401, "unauthenticated");
    world.get(&address.replace("/scan?", "?")).refused(401, "unauthenticated");
    world.clock.pass(READING_MS);
    world.get(address).refused(401, "unauthenticated");
}

#[test]
fn a_refused_file_is_deleted_and_every_message_shows_it() {
    let world = scanned();
    let (_, first) = world.room_of(&["7", "8"]);
    let (_, second) = world.room_of(&["7", "8"]);
    let (file, path) = world.uploaded("7", GIF);
    for conversation in [&first, &first, &second] {
        world.sent_with(conversation, &file);
    }
    let (unsent, _) = world.uploaded("7", b"foo");
    world.scanner.set_answer(INFECTED);
    world.scan_later();
    assert_eq!((world.statuses(&first), world.statuses(&second)), (json!(["refused", "refused"]), json!(["refused"])));
    let page = world.get(&format!("{first}/messages")).by("8").status(200);
    assert_eq!(page["data"][0]["attachments"][0]["variants"], json!([]));
    assert!(!world.file_store.keys().iter().any(|key| key.contains(&file) || key.contains(&unsent)));
    for user in ["7", "8"] {
        world.get(&path).by(user).refused(404, "not-found");
    }
    let again = world.post(&format!("{first}/messages"), json!({"attachments": [file]})).by("7");
    assert_eq!(again.refused(422, "invalid")["errors"][0]["field"], "attachments");
    let told = world.objects.told();
    let told: Vec<_> = told.iter().filter(|own| own.event.id.as_deref() == Some(file.as_str())).collect();
    assert!(!told.is_empty() && told.iter().all(|own| own.user.as_str() == "7"));
    assert_eq!(told[0].event.partial, json!({"status": "refused", "reason": "Eicar"}));
}

#[test]
fn a_scanner_that_does_not_answer_is_asked_again_and_nothing_becomes_readable() {
    let world = scanned();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let (file, path) = world.uploaded("7", b"foo");
    world.sent_with(&conversation, &file);
    world.scan();
    assert_eq!(world.scanner.asked().len(), 0, "the upload's own request has it for a minute");
    let answers = [None, Some((500, "")), Some((200, "clean")), Some((302, "")), Some((200, r#"{"verdict":"ready"}"#))];
    for (waits, answer) in answers.into_iter().enumerate() {
        world.scanner.set_answer(answer);
        world.clock.pass(LEASE_MS << waits);
        world.scan();
        assert_eq!(world.scanner.asked().len(), 1, "{answer:?}");
        world.scan();
        assert_eq!(world.scanner.asked().len(), 0, "not at once");
        world.get(&path).by("8").refused(409, "conflict");
    }
    world.scanner.set_answer(Some((202, "")));
    world.clock.pass(LONGEST_RETRY_MS);
    world.scan();
    assert_eq!(world.scanner.asked().len(), 1);
    world.scanner.set_answer(CLEAN);
    world.clock.pass(LONGEST_RETRY_MS - 1);
    world.scan();
    assert_eq!(world.scanner.asked().len(), 0, "it said that it reports later");
    world.clock.pass(1);
    world.scan();
    assert_eq!(world.statuses(&conversation), json!(["ready"]));
    let failures = world.log.all();
    let failures: Vec<_> = failures.iter().filter(|line| line["at"] == "files.scan").collect();
    assert_eq!(failures.len(), 5);
    assert_eq!((&failures[0]["host"], &failures[0]["reason"]), (&json!("scan.example"), &json!("unreachable")));
    assert!(!failures.iter().any(|line| line.to_string().contains("/files\"")), "no path of the scanner");
}

#[test]
fn without_a_scanner_what_waits_stays_unreadable_until_the_backend_decides() {
    let world = scanned();
    let (file, path) = world.uploaded("7", b"foo");
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", "{}");
    let (_, plain) = world.uploaded("7", b"bar");
    world.scan_later();
    assert_eq!(world.scanner.asked().len(), 0);
    let (_, conversation) = world.room_of(&["7", "8"]);
    world.sent_with(&conversation, &file);
    world.get(&path).by("8").refused(409, "conflict");
    world.get(&plain).by("7").status_of(200);
    world.verdict("demo", DEMO_SECRET, &file, &json!({"verdict": "clean"})).status(200);
    world.objects.flush();
    assert_eq!(world.statuses(&conversation), json!(["ready"]));
}

#[test]
fn a_verdict_is_the_first_one_and_of_the_apps_own_file() {
    let world = scanned();
    let (file, path) = world.uploaded("7", b"foo");
    let clean = json!({"verdict": "clean"});
    assert_eq!(world.verdict("other", OTHER_SECRET, &file, &clean).send().status, 404);
    assert_eq!(world.verdict("demo", OTHER_SECRET, &file, &clean).send().status, 401);
    assert_eq!(world.verdict("demo", DEMO_SECRET, "0190a7c0-0000-7000-8000-000000000099", &clean).send().status, 404);
    assert_eq!(world.verdict("demo", DEMO_SECRET, "x", &clean).send().status, 404);
    for bad in [json!({}), json!({"verdict": "ready"}), json!({"verdict": "clean", "reason": 7})] {
        assert_eq!(world.verdict("demo", DEMO_SECRET, &file, &bad).send().status, 400);
    }
    world.get(&path).by("7").status_of(200);
    for _ in 0..2 {
        let answer =
            world.verdict("demo", DEMO_SECRET, &file, &json!({"verdict": "refused", "reason": "no"})).status(200);
        assert_eq!(answer, json!({"status": "refused"}));
    }
    assert_eq!(world.verdict("demo", DEMO_SECRET, &file, &clean).send().status, 409);
    world.get(&path).by("7").refused(404, "not-found");
    let (unscanned, _) = {
        world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", "{}");
        world.uploaded("7", b"bar")
    };
    assert_eq!(world.verdict("demo", DEMO_SECRET, &unscanned, &json!({"verdict": "infected"})).send().status, 409);
}

#[test]
fn what_breaks_off_after_the_verdict_is_continued() {
    let world = scanned();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let (file, path) = world.uploaded("7", b"foo");
    world.sent_with(&conversation, &file);
    world.file_store.set_silent(true);
    world.verdict("demo", DEMO_SECRET, &file, &json!({"verdict": "infected"})).status(200);
    world.get(&path).by("8").refused(404, "not-found");
    assert_eq!(world.statuses(&conversation), json!(["scanning"]), "nobody is told yet");
    assert_eq!(world.file_store.keys().len(), 1);
    world.file_store.set_silent(false);
    world.database.fail_at(file_scans::CONVERSATIONS, Fault::BeforePersisting);
    world.scan_later();
    assert_eq!(world.file_store.keys().len(), 0);
    world.scan_later();
    assert_eq!(world.statuses(&conversation), json!(["refused"]));
}

#[test]
fn a_file_that_is_sent_while_it_is_decided_shows_the_verdict() {
    let world = scanned();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let (file, _) = world.uploaded("7", b"foo");
    // The message has the status of before, and the verdict comes before the record has the message.
    world.post(&format!("{conversation}/messages"), json!({"attachments": [file]})).by("7").status(201);
    world.verdict("demo", DEMO_SECRET, &file, &json!({"verdict": "clean"})).status(200);
    world.scan_later();
    world.scan_later();
    assert_eq!(world.statuses(&conversation), json!(["ready"]));
}

#[test]
fn an_upload_whose_end_fails_is_not_scanned_and_one_that_is_never_sent_is_deleted() {
    let world = scanned();
    world.database.fail_at(queries::FINISH, Fault::BeforePersisting);
    world.call("POST", "/api/chat/upload").raw("text/plain", b"foo").by("7").refused(503, "unavailable");
    world.scan_later();
    assert_eq!(world.scanner.asked().len(), 0);
    let (_, path) = world.uploaded("7", b"foo");
    world.clock.pass(UNUSED_KEPT_MS);
    world.purge_files();
    world.get(&path).by("7").refused(404, "not-found");
    world.scan_later();
    assert_eq!(world.scanner.asked().len(), 0, "its scan went with it");
}

#[test]
fn only_internet_hosts_are_scanners_of_a_deployment() {
    let world = World::of(crate::Environment::Production);
    let set = |url: &str| {
        world.patch("/api/admin/settings", json!({"files": {"scanner_url": url}})).with(&Token::other_admin())
    };
    for url in ["http://scan.example/", "https://127.0.0.1/", "https://scanner.internal/"] {
        assert_eq!(set(url).refused(422, "invalid")["errors"][0]["field"], "files.scanner_url", "{url}");
    }
    assert_eq!(set("https://scan.example/a").status(200)["files"]["scanner_url"], "https://scan.example/a");
}
