//! Tests of resumable uploads: what tus 1.0 says, who may, and the file that they become.

use crate::testing::{Call, Token, World};
use campana_core::files::resumable::RESUMABLE_MS;
use serde_json::{Value, json};

const UPLOADS: &str = "/api/chat/uploads";
const BYTES: &str = "application/offset+octet-stream";
const UNKNOWN: &str = "/api/chat/uploads/0190a7c0-0000-7000-8000-000000000099";
/// SHA-256 of `foo`.
const SHA_OF_FOO: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

fn begin(world: &World, length: &str) -> Call {
    let call = world.call("POST", UPLOADS).header("tus-resumable", "1.0.0").header("upload-length", length);
    // `../a.txt`, `text/plain`.
    call.header("upload-metadata", "filename Li4vYS50eHQ=,filetype dGV4dC9wbGFpbg==")
}

/// Begins an upload as user 7; returns its path.
fn begun(world: &World, length: &str) -> String {
    begin(world, length).by("7").status_of(201).header("location")
}

fn write(world: &World, path: &str, offset: &str, bytes: &[u8]) -> Call {
    let call = world.call("PATCH", path).raw(BYTES, bytes);
    call.header("tus-resumable", "1.0.0").header("upload-offset", offset)
}

fn head(world: &World, path: &str) -> Call {
    world.call("HEAD", path).header("tus-resumable", "1.0.0")
}

fn end(world: &World, path: &str) -> Call {
    world.delete(path).header("tus-resumable", "1.0.0")
}

fn set(world: &World, settings: &str) {
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", settings);
}

#[test]
fn an_upload_becomes_the_file_that_a_simple_one_makes() {
    let world = World::new();
    let created = begin(&world, "3").by("7").status_of(201);
    assert_eq!(
        (created.header("tus-resumable").as_str(), created.header("upload-expires").as_str()),
        ("1.0.0", "Wed, 15 Nov 2023 22:13:20 GMT")
    );
    let path = created.header("location");
    let first = write(&world, &path, "0", b"fo").by("7").status_of(204);
    assert_eq!((first.header("upload-offset").as_str(), first.headers.get("campana-file")), ("2", None));
    let state = head(&world, &path).by("7").status_of(200);
    assert_eq!((state.header("upload-offset").as_str(), state.header("upload-length").as_str()), ("2", "3"));
    assert_eq!(state.header("cache-control"), "no-store");
    assert_eq!(state.header("upload-metadata"), "filename Li4vYS50eHQ=,filetype dGV4dC9wbGFpbg==");
    assert_eq!(world.get(&path).by("7").status(200)["file"], Value::Null);
    let last = write(&world, &path, "2", b"o").by("7").status_of(204);
    let id = path.rsplit('/').next().expect("an id");
    assert_eq!((last.header("upload-offset").as_str(), last.header("campana-file").as_str()), ("3", id));
    let upload = world.get(&path).by("7").status(200);
    let file = &upload["file"];
    assert_eq!((&file["id"], &file["name"], &file["type"]), (&json!(id), &json!("a.txt"), &json!("text/plain")));
    assert_eq!((&file["size"], &file["sha256"], &file["status"]), (&json!(3), &json!(SHA_OF_FOO), &json!("ready")));
    assert_eq!(world.get(&format!("/api/chat/files/{id}")).by("7").status_of(200).text, "foo");
    assert_eq!(head(&world, &path).by("7").status_of(200).header("campana-file"), id);
    let (_, conversation) = world.room_of(&["7", "8"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"attachments": [id]})).by("7").status(201);
    assert_eq!(sent["attachments"], json!([file]));
}

#[test]
fn what_the_server_can_do_is_told_to_everybody() {
    let world = World::new();
    let options = world.call("OPTIONS", UPLOADS).status_of(204);
    for (name, expected) in [
        ("tus-version", "1.0.0"),
        ("tus-extension", "creation,expiration,checksum,termination"),
        ("tus-checksum-algorithm", "sha1,sha256"),
        ("tus-max-size", "104857600"),
        ("tus-resumable", "1.0.0"),
    ] {
        assert_eq!(options.header(name), expected, "{name}");
    }
}

#[test]
fn another_version_of_tus_is_refused() {
    let world = World::new();
    let path = begun(&world, "3");
    let old = |call: Call| call.header("tus-resumable", "0.2.2").by("7").send();
    for reply in [
        old(world.call("POST", UPLOADS).header("upload-length", "3")),
        old(world.call("PATCH", &path).raw(BYTES, b"x").header("upload-offset", "0")),
        old(world.call("HEAD", &path)),
        old(world.delete(&path)),
        world.call("POST", UPLOADS).header("upload-length", "3").by("7").send(),
    ] {
        assert_eq!(reply.status.as_u16(), 412);
        assert_eq!((reply.header("tus-version"), reply.header("tus-resumable")), ("1.0.0".into(), "1.0.0".into()));
    }
}

#[test]
fn a_creation_states_length_and_name() {
    let world = World::new();
    set(&world, r#"{"files":{"max_bytes":10,"per_day_bytes":15}}"#);
    begin(&world, "11").by("7").refused(413, "too-large");
    begin(&world, "0").by("7").refused(422, "invalid");
    for bad in ["", "-1", "1.5", "abc"] {
        begin(&world, bad).by("7").refused(400, "malformed");
    }
    let deferred = world.call("POST", UPLOADS).header("tus-resumable", "1.0.0").header("upload-defer-length", "1");
    deferred.by("7").refused(400, "malformed");
    let wrong = world.call("POST", UPLOADS).header("tus-resumable", "1.0.0").header("upload-length", "3");
    wrong.header("upload-metadata", "filename !").by("7").refused(400, "malformed");
    begun(&world, "10");
    begin(&world, "6").by("7").refused(429, "rate-limited");
    begun(&world, "5");
    begin(&world, "10").by("8").status_of(201);
}

#[test]
fn bytes_come_at_their_position_and_in_their_form() {
    let world = World::new();
    let path = begun(&world, "6");
    let send = |offset: &str, bytes: &[u8]| write(&world, &path, offset, bytes).by("7");
    send("1", b"abc").refused(409, "conflict");
    send("x", b"abc").refused(400, "malformed");
    send("0", b"abcdefg").refused(413, "too-large");
    let json = world.call("PATCH", &path).raw("text/plain", b"abc");
    json.header("tus-resumable", "1.0.0").header("upload-offset", "0").by("7").refused(415, "unsupported-media-type");
    send("0", b"abc").header("upload-checksum", "md5 x").refused(400, "malformed");
    send("0", b"abc").header("upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=").refused(460, "checksum-mismatch");
    assert_eq!(head(&world, &path).by("7").status_of(200).header("upload-offset"), "0");
    // SHA-1 of `abc`.
    let right = send("0", b"abc").header("upload-checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=").status_of(204);
    assert_eq!(right.header("upload-offset"), "3");
    let instead = world.call("POST", &path).raw(BYTES, b"de").header("x-http-method-override", "PATCH");
    let instead = instead.header("tus-resumable", "1.0.0").header("upload-offset", "3").by("7").status_of(204);
    assert_eq!(instead.header("upload-offset"), "5");
    world.call("POST", &path).by("7").refused(405, "method-not-allowed");
}

#[test]
fn an_upload_is_for_who_began_it() {
    let world = World::new();
    let path = begun(&world, "3");
    world.meet(&["8"]);
    for token in [Token::of("8"), Token::admin(), Token::other_admin()] {
        write(&world, &path, "0", b"foo").with(&token).refused(404, "not-found");
        assert_eq!(head(&world, &path).with(&token).send().status.as_u16(), 404);
        world.get(&path).with(&token).refused(404, "not-found");
        end(&world, &path).with(&token).refused(404, "not-found");
    }
    for call in [begin(&world, "3"), write(&world, &path, "0", b"foo"), world.get(&path), end(&world, &path)] {
        call.refused(401, "unauthenticated");
    }
    world.get(UNKNOWN).by("7").refused(404, "not-found");
    assert_eq!(head(&world, &path).by("7").status_of(200).header("upload-offset"), "0");
}

#[test]
fn an_upload_that_is_ended_gives_its_bytes_back() {
    let world = World::new();
    set(&world, r#"{"files":{"max_bytes":10,"per_day_bytes":10}}"#);
    let path = begun(&world, "10");
    write(&world, &path, "0", b"abc").by("7").status_of(204);
    begin(&world, "10").by("7").refused(429, "rate-limited");
    end(&world, &path).by("7").status_of(204);
    world.get(&path).by("7").refused(404, "not-found");
    end(&world, &path).by("7").refused(404, "not-found");
    let path = begun(&world, "10");
    let instead = world.call("POST", &path).header("x-http-method-override", "DELETE");
    instead.header("tus-resumable", "1.0.0").by("7").status_of(204);
    begun(&world, "10");
}

#[test]
fn a_type_that_the_app_does_not_take_ends_the_upload() {
    let world = World::new();
    set(&world, r#"{"files":{"types":["image/*"],"per_day_bytes":3,"max_bytes":3}}"#);
    let path = begun(&world, "3");
    write(&world, &path, "0", b"fo").by("7").status_of(204);
    write(&world, &path, "2", b"o").by("7").refused(415, "unsupported-media-type");
    world.get(&path).by("7").refused(404, "not-found");
    assert!(world.file_store.keys().is_empty());
    begun(&world, "3");
}

#[test]
fn an_upload_expires_after_a_day() {
    let world = World::new();
    let (path, finished) = (begun(&world, "3"), begun(&world, "3"));
    write(&world, &path, "0", b"fo").by("7").status_of(204);
    write(&world, &finished, "0", b"foo").by("7").status_of(204);
    world.clock.pass(RESUMABLE_MS - 1_000);
    head(&world, &path).by("7").status_of(200);
    world.clock.pass(1_000);
    write(&world, &path, "2", b"o").by("7").refused(404, "not-found");
    world.get(&finished).by("7").refused(404, "not-found");
}

#[test]
fn a_file_that_the_record_did_not_get_is_made_by_the_next_request() {
    let world = World::new();
    let path = begun(&world, "3");
    world.database.fail_at(campana_schema::files::FINISH, campana_storage::Fault::BeforePersisting);
    write(&world, &path, "0", b"foo").by("7").refused(503, "unavailable");
    let state = head(&world, &path).by("7").status_of(200);
    assert_eq!(state.header("campana-file"), path.rsplit('/').next().expect("an id"));
    assert_eq!(world.get(&path).by("7").status(200)["file"]["sha256"], SHA_OF_FOO);
}

#[test]
fn without_a_store_or_an_object_the_answer_is_503() {
    let world = World::without_files();
    begin(&world, "3").by("7").refused(503, "unavailable");
    let world = World::new();
    let path = begun(&world, "3");
    world.objects.set_down(true);
    begin(&world, "3").by("7").refused(503, "unavailable");
    write(&world, &path, "0", b"foo").by("7").refused(503, "unavailable");
    world.get(&path).by("7").refused(503, "unavailable");
}

#[test]
fn pages_of_other_origins_read_the_headers() {
    let world = World::new();
    let created = begin(&world, "3").header("origin", "https://app.example").by("7").status_of(201);
    let exposed = created.header("access-control-expose-headers");
    for name in ["location", "upload-offset", "upload-length", "upload-expires", "tus-resumable", "campana-file"] {
        assert!(exposed.split(", ").any(|one| one == name), "{name}: {exposed}");
    }
}

#[test]
fn uploads_are_counted_by_their_outcome() {
    let world = World::new();
    set(&world, r#"{"files":{"max_bytes":3}}"#);
    let path = begun(&world, "3");
    write(&world, &path, "0", b"foo").by("7").status_of(204);
    world.get(&path).by("7").status(200);
    begin(&world, "4").by("7").refused(413, "too-large");
    world.call("POST", "/api/chat/upload").raw("text/plain", b"foo").by("7").status(201);
    world.call("POST", "/api/chat/upload").raw("text/plain", b"fooo").by("7").refused(413, "too-large");
    let ended = begun(&world, "3");
    end(&world, &ended).by("7").status_of(204);
    let tenant = campana_core::shared::ids::TenantId::trusted("demo");
    pollster::block_on(crate::metrics::report(&world.app, &tenant));
    let counted = pollster::block_on(world.app.objects().measurements(&tenant)).expect("the metrics").counts;
    for (series, count) in [
        ("uploads_total|resumable|finished", 1),
        ("uploads_total|resumable|too_large", 1),
        ("uploads_total|resumable|ended", 1),
        ("uploads_total|simple|finished", 1),
        ("uploads_total|simple|too_large", 1),
    ] {
        assert_eq!(counted.get(series), Some(&vec![count]), "{series}: {counted:?}");
    }
}
