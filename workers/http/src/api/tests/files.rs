//! Tests of files: uploads, messages with files, and who reads them.

use crate::testing::{Token, World};
use campana_core::files::UNUSED_KEPT_MS;
use campana_schema::files as queries;
use campana_storage::Fault;
use serde_json::{Value, json};

const UPLOAD: &str = "/api/chat/upload";
const UNKNOWN: &str = "0190a7c0-0000-7000-8000-000000000099";
/// A GIF of 3 x 2 pixels.
const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x00\x00\x00;";
/// SHA-256 of [`GIF`] is computed by the store; this is the one of `foo`.
const SHA_OF_FOO: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

/// Uploads bytes as a user; returns the file.
fn upload(world: &World, user: &str, name: &str, bytes: &[u8]) -> Value {
    let disposition = format!("attachment; filename=\"{name}\"");
    let call = world.call("POST", UPLOAD).raw("application/octet-stream", bytes);
    call.header("content-disposition", &disposition).by(user).status(201)
}

fn id_of(file: &Value) -> String {
    file["id"].as_str().expect("an id").to_owned()
}

fn path_of(file: &Value) -> String {
    file["url"].as_str().expect("an address").to_owned()
}

/// Sends a message with files as user 7; returns it.
fn send(world: &World, conversation: &str, body: Value) -> Value {
    let sent = world.post(&format!("{conversation}/messages"), body).by("7").status(201);
    world.objects.flush();
    sent
}

fn set(world: &World, settings: &str) {
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
}

#[test]
fn a_file_is_uploaded_as_the_body_and_read_back() {
    let world = World::new();
    let file = upload(&world, "7", "../año.png", b"foo");
    assert_eq!((&file["name"], &file["type"], &file["size"]), (&json!("año.png"), &json!("text/plain"), &json!(3)));
    assert_eq!((&file["sha256"], &file["status"]), (&json!(SHA_OF_FOO), &json!("ready")));
    let picture = upload(&world, "7", "a.txt", GIF);
    assert_eq!((&picture["type"], &picture["width"], &picture["height"]), (&json!("image/gif"), &json!(3), &json!(2)));
    let reply = world.get(&path_of(&file)).by("7").status_of(200);
    assert_eq!((reply.text.as_str(), reply.header("content-length").as_str()), ("foo", "3"));
    assert_eq!(world.file_store.keys().len(), 2);
}

#[test]
fn a_file_is_uploaded_as_a_form() {
    let world = World::new();
    let form = |field: &str, bytes: &str| {
        format!(
            "--x\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"b.txt\"\r\n\
             content-type: image/png\r\n\r\n{bytes}\r\n--x--\r\n"
        )
    };
    let send = |body: &str| world.call("POST", UPLOAD).raw("multipart/form-data; boundary=x", body.as_bytes()).by("7");
    let file = send(&form("file", "foo")).status(201);
    assert_eq!((&file["name"], &file["type"]), (&json!("b.txt"), &json!("text/plain")));
    assert_eq!((&file["size"], &file["sha256"]), (&json!(3), &json!(SHA_OF_FOO)));
    assert_eq!(send(&form("other", "foo")).refused(422, "invalid")["errors"][0]["field"], "file");
    assert_eq!(send(&form("file", "")).refused(422, "invalid")["errors"][0]["field"], "file");
    send("--x\r\nno form").refused(400, "malformed");
    send(&form("file", "foo").replace("--x--", "")).refused(400, "malformed");
    let without = world.call("POST", UPLOAD).raw("multipart/form-data", b"x").by("7");
    without.refused(415, "unsupported-media-type");
    assert_eq!(world.file_store.keys().len(), 1, "what is refused is not stored");
}

#[test]
fn size_type_and_bytes_of_a_day_are_limited() {
    let world = World::new();
    set(&world, r#"{"files":{"max_bytes":10,"types":["image/*","text/plain"],"per_day_bytes":25}}"#);
    let raw = |bytes: &[u8]| world.call("POST", UPLOAD).raw("application/octet-stream", bytes).by("7");
    raw(b"abcdefghijk").refused(413, "too-large");
    raw(b"a").header("content-length", "11").refused(413, "too-large");
    raw(b"%PDF-1.7").refused(415, "unsupported-media-type");
    raw(b"").refused(422, "invalid");
    let (reply, read) = raw(b"").send_chunks(1_000);
    assert_eq!(reply.status.as_u16(), 413);
    assert!(read < 100, "the rest is not read: {read}");
    assert!(world.file_store.keys().is_empty());
    for _ in 0..2 {
        raw(b"abcdefghij").header("content-length", "10").status(201);
    }
    let refused = raw(b"abcdef").header("content-length", "6").refused(429, "rate-limited");
    assert!(refused["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0));
    raw(b"abcde").header("content-length", "5").status(201);
    world.call("POST", UPLOAD).raw("text/plain", b"abcde").by("8").status(201);
    world.clock.pass(24 * 60 * 60 * 1_000);
    raw(b"abcdef").header("content-length", "6").status(201);
}

#[test]
fn an_upload_that_fails_gives_its_bytes_back_and_leaves_nothing() {
    let world = World::new();
    set(&world, r#"{"files":{"per_day_bytes":10,"max_bytes":10}}"#);
    let raw = || world.call("POST", UPLOAD).raw("text/plain", b"abcdefghij").header("content-length", "10").by("7");
    world.file_store.set_silent(true);
    raw().refused(503, "unavailable");
    world.file_store.set_silent(false);
    world
        .call("POST", UPLOAD)
        .raw("text/plain", b"abc")
        .header("content-length", "9")
        .by("7")
        .refused(503, "unavailable");
    world.database.fail_at(queries::BEGIN, Fault::BeforePersisting);
    raw().refused(503, "unavailable");
    assert!(world.file_store.keys().is_empty());
    raw().status(201);
}

#[test]
fn uploads_need_an_identity() {
    let world = World::new();
    world.call("POST", UPLOAD).raw("text/plain", b"x").refused(401, "unauthenticated");
    world.get(&format!("/api/chat/files/{UNKNOWN}")).refused(401, "unauthenticated");
    world.post(&format!("/api/chat/files/{UNKNOWN}/link"), json!({})).refused(401, "unauthenticated");
}

#[test]
fn a_message_carries_its_files_on_every_page_until_it_is_deleted() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let (picture, text) = (upload(&world, "7", "a.gif", GIF), upload(&world, "7", "a.txt", b"foo"));
    let image = send(&world, &conversation, json!({"attachments": [id_of(&picture)]}));
    assert_eq!((&image["type"], &image["body"]), (&json!("image"), &json!("")));
    assert_eq!(image["attachments"], json!([picture]));
    let both = json!({"body": "both", "attachments": [id_of(&text), id_of(&picture)], "client_msg_id": "k"});
    let file = send(&world, &conversation, both.clone());
    assert_eq!((&file["type"], &file["attachments"]), (&json!("file"), &json!([text, picture])));
    let again = world.post(&format!("{conversation}/messages"), both).by("7").status(200);
    assert_eq!(again["id"], file["id"]);
    let other = json!({"body": "both", "attachments": [id_of(&picture)], "client_msg_id": "k"});
    world.post(&format!("{conversation}/messages"), other).by("7").refused(422, "key-reused");
    let page = || world.get(&format!("{conversation}/messages")).by("8").status(200);
    assert_eq!(page()["data"][0]["attachments"], json!([text, picture]));
    assert_eq!(world.get("/api/chat/conversations").by("8").status(200)["data"][0]["last_message"]["id"], file["id"]);
    world.delete(&format!("/api/chat/messages/{}", id_of(&file))).by("7").status(200);
    assert_eq!(page()["data"][0]["attachments"], json!([]));
    assert_eq!(page()["data"][1]["attachments"], json!([picture]));
    world.get(&path_of(&text)).by("8").refused(404, "not-found");
    world.get(&path_of(&picture)).by("8").status_of(200);
    let edited = world.put(&format!("/api/chat/messages/{}", id_of(&image)), json!({"body": ""})).by("7").status(200);
    assert_eq!(edited["attachments"], json!([picture]), "a message with files needs no text");
}

#[test]
fn only_ones_own_ready_files_are_sent() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let theirs = id_of(&upload(&world, "8", "a.txt", b"foo"));
    let mine = id_of(&upload(&world, "7", "a.txt", b"foo"));
    let many: Vec<&str> = std::iter::repeat_n(mine.as_str(), 11).collect();
    let path = format!("{conversation}/messages");
    for attachments in [json!([theirs]), json!([mine, UNKNOWN]), json!(["x"]), json!([mine, mine]), json!(many)] {
        let refused =
            world.post(&path, json!({"body": "x", "attachments": attachments})).by("7").refused(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], "attachments");
    }
    world.post(&path, json!({"attachments": []})).by("7").refused(422, "invalid");
    world.run("UPDATE files SET status = 'refused' WHERE id = ?1", [mine.as_str().into()]);
    world.post(&path, json!({"attachments": [mine]})).by("7").refused(422, "invalid");
    world.get(&format!("/api/chat/files/{mine}")).by("7").refused(404, "not-found");
    world.run("UPDATE files SET status = 'ready' WHERE id = ?1", [mine.as_str().into()]);
    world.database.fail_at(queries::CLAIM, Fault::BeforePersisting);
    world.post(&path, json!({"attachments": [mine]})).by("7").refused(503, "unavailable");
    world.post(&path, json!({"attachments": [mine]})).by("9").refused(403, "forbidden");
}

#[test]
fn a_file_is_for_its_uploader_and_members_of_conversations_that_have_it() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8", "9"]);
    world.meet(&["10"]);
    let file = upload(&world, "7", "a.txt", b"foo");
    let path = path_of(&file);
    let read = |user: &str| world.get(&path).by(user);
    read("8").refused(404, "not-found");
    let message = send(&world, &conversation, json!({"attachments": [id_of(&file)]}));
    assert_eq!(read("8").status_of(200).text, "foo");
    read("10").refused(404, "not-found");
    world.get(&path).with(&Token::admin()).status_of(200);
    world.get(&path).with(&Token::other_admin()).refused(404, "not-found");
    world.post(&format!("{path}/link"), json!({})).with(&Token::other_admin()).refused(404, "not-found");
    world.post(&format!("{path}/link"), json!({})).by("10").refused(404, "not-found");
    world.delete(&format!("{room}/members/8")).with(&Token::admin()).status(204);
    read("8").refused(404, "not-found");
    world.post(&format!("{room}/members/9/ban"), json!({})).with(&Token::admin()).send();
    read("9").refused(404, "not-found");
    read("7").status_of(200);
    world.delete(&format!("/api/chat/messages/{}", id_of(&message))).by("7").status(200);
    world.get(&path).with(&Token::admin()).refused(404, "not-found");
    read("7").status_of(200);
}

#[test]
fn a_block_ends_no_right_to_read_what_was_sent() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let dm = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "8"})).by("7").status(201);
    let conversation = format!("/api/chat/conversations/{}", id_of(&dm));
    let file = upload(&world, "7", "a.txt", b"foo");
    send(&world, &conversation, json!({"attachments": [id_of(&file)]}));
    world.put("/api/me/blocks/7", json!({})).by("8").send();
    world.get(&path_of(&file)).by("8").status_of(200);
    let more = upload(&world, "7", "a.txt", b"foo");
    let blocked = world.post(&format!("{conversation}/messages"), json!({"attachments": [id_of(&more)]})).by("7");
    blocked.refused(403, "blocked");
    world.get(&path_of(&more)).by("8").refused(404, "not-found");
}

#[test]
fn a_file_is_read_before_the_record_has_its_message() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let file = upload(&world, "7", "a.txt", b"foo");
    world.post(&format!("{conversation}/messages"), json!({"attachments": [id_of(&file)]})).by("7").status(201);
    let objects = std::sync::Arc::clone(&world.objects);
    world.clock.on_wait(move || objects.flush());
    assert_eq!(world.get(&path_of(&file)).by("8").status_of(200).text, "foo");
    world.get(&path_of(&file)).by("9").refused(404, "not-found");
}

#[test]
fn parts_and_versions_of_a_file_are_answered() {
    let world = World::new();
    let file = upload(&world, "7", "a.txt", b"0123456789");
    let read = || world.get(&path_of(&file)).by("7");
    let whole = read().status_of(200);
    let tag = whole.header("etag");
    assert_eq!(tag, format!("\"{}\"", file["sha256"].as_str().expect("a hash")));
    assert_eq!(
        (whole.header("accept-ranges"), whole.header("cache-control")),
        ("bytes".into(), "private, no-cache".into())
    );
    let part = read().header("range", "bytes=2-4").status_of(206);
    assert_eq!((part.text.as_str(), part.header("content-range").as_str()), ("234", "bytes 2-4/10"));
    assert_eq!(part.header("content-length"), "3");
    assert_eq!(read().header("range", "bytes=-2").status_of(206).text, "89");
    let beyond = read().header("range", "bytes=10-").status_of(416);
    assert_eq!((beyond.header("content-range").as_str(), beyond.body["status"].as_u64()), ("bytes */10", Some(416)));
    assert_eq!(read().header("range", "bytes=0-1").header("if-range", "\"x\"").status_of(200).text, "0123456789");
    assert_eq!(read().header("range", "bytes=0-1").header("if-range", &tag).status_of(206).text, "01");
    assert_eq!(read().header("if-none-match", &tag).status_of(304).text, "");
    let head = world.call("HEAD", &path_of(&file)).by("7").status_of(200);
    assert_eq!((head.text.as_str(), head.header("content-length").as_str()), ("", "10"));
    world.get(&format!("{}?variant=huge", path_of(&file))).by("7").refused(422, "invalid");
}

#[test]
fn a_browser_runs_nothing_of_a_file() {
    let world = World::new();
    for (bytes, content_type, shown) in [
        (&b"<html><script>alert(1)</script>"[..], "text/html", false),
        (b"<svg xmlns='x'><script/></svg>", "text/plain", false),
        (b"%PDF-1.7", "application/pdf", false),
        (b"\x00\x01", "application/octet-stream", false),
        (GIF, "image/gif", true),
    ] {
        let file = upload(&world, "7", "a.html", bytes);
        let reply = world.get(&path_of(&file)).by("7").status_of(200);
        assert_eq!(reply.header("content-type"), content_type);
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert!(reply.header("content-security-policy").starts_with("sandbox; default-src 'none'"), "{content_type}");
        let kind = if shown { "inline; " } else { "attachment; " };
        assert!(reply.header("content-disposition").starts_with(kind), "{content_type}");
    }
}

#[test]
fn a_link_is_bound_to_its_person_and_ends() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    let (file, other) = (upload(&world, "7", "a.txt", b"foo"), upload(&world, "7", "b.txt", b"bar"));
    send(&world, &conversation, json!({"attachments": [id_of(&file)]}));
    let link = |user: &str| {
        let link = world.post(&format!("{}/link", path_of(&file)), json!({})).by(user).status(200);
        link["url"].as_str().expect("an address").to_owned()
    };
    let (of_uploader, of_member) = (link("7"), link("8"));
    assert_eq!(world.get(&of_member).status_of(200).text, "foo");
    assert_eq!(world.get(&of_member).header("range", "bytes=1-1").status_of(206).text, "o");
    let (_, signature) = of_member.split_once("link=").expect("a link");
    world.get(&format!("{}?link={signature}", path_of(&other))).refused(404, "not-found");
    world.get(&format!("{of_member}x")).refused(401, "unauthenticated");
    world.get(&format!("{}?link=", path_of(&file))).by("7").refused(401, "unauthenticated");
    world.delete(&format!("{room}/members/8")).with(&Token::admin()).status(204);
    world.get(&of_member).refused(404, "not-found");
    world.get(&of_uploader).status_of(200);
    world.clock.pass(5 * 60 * 1_000);
    world.get(&of_uploader).refused(401, "unauthenticated");
    let fresh = link("7");
    world.clock.pass(1_000);
    world.post("/api/me/sign-out-everywhere", json!({})).by("7").send();
    world.clock.pass(10_000);
    world.get(&fresh).refused(401, "unauthenticated");
}

#[test]
fn files_that_no_message_has_are_deleted_from_the_store() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let (sent, unsent) = (upload(&world, "7", "a.txt", b"foo"), upload(&world, "7", "b.txt", b"bar"));
    let message = send(&world, &conversation, json!({"attachments": [id_of(&sent)]}));
    world.clock.pass(UNUSED_KEPT_MS - 1_000);
    world.purge_files();
    assert_eq!(world.file_store.keys().len(), 2);
    world.clock.pass(1_000);
    world.file_store.set_silent(true);
    world.purge_files();
    world.file_store.set_silent(false);
    assert_eq!(world.file_store.keys().len(), 2, "the next run continues");
    world.purge_files();
    assert_eq!(world.file_store.keys(), [format!("files/demo/{}/original", id_of(&sent))]);
    world.get(&path_of(&unsent)).by("7").refused(404, "not-found");
    world.delete(&format!("/api/chat/messages/{}", id_of(&message))).by("7").status(200);
    world.purge_files();
    assert!(world.file_store.keys().is_empty());
    world.get(&path_of(&sent)).by("7").refused(404, "not-found");
}

#[test]
fn a_deployment_without_a_store_says_so() {
    let world = World::without_files();
    world.call("POST", UPLOAD).raw("text/plain", b"x").by("7").refused(503, "unavailable");
    world.get(&format!("/api/chat/files/{UNKNOWN}")).by("7").refused(503, "unavailable");
}

#[test]
fn files_of_a_deleted_room_are_deleted_from_the_store() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8"]);
    let (_, other) = world.room_of(&["7", "8"]);
    let (gone, kept) = (upload(&world, "7", "a.txt", b"foo"), upload(&world, "7", "b.txt", b"bar"));
    send(&world, &conversation, json!({"attachments": [id_of(&gone), id_of(&kept)]}));
    send(&world, &other, json!({"attachments": [id_of(&kept)]}));
    world.delete(&room).with(&Token::admin()).status(204);
    world.get(&path_of(&gone)).by("8").refused(404, "not-found");
    world.clock.pass(UNUSED_KEPT_MS);
    for _ in 0..2 {
        world.purge_files();
    }
    assert_eq!(world.file_store.keys().len(), 1);
    world.get(&path_of(&gone)).by("7").refused(404, "not-found");
    world.get(&path_of(&kept)).by("8").status_of(200);
}
