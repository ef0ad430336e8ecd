//! Tests of pictures, audio and video: what is stored of them, their smaller forms, and who reads these.

use crate::pictures::Looked;
use crate::testing::{Token, World};
use campana_core::shared::hex::hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const UPLOAD: &str = "/api/chat/upload";
/// 40 x 24 pixels, to be turned by a quarter, with a place in its EXIF.
const TURNED: &[u8] = include_bytes!("../../../../../fuzz/corpus/pictures/turned.jpg");
/// 8 x 6 pixels with transparency, and a comment.
const TRANSPARENT: &[u8] = include_bytes!("../../../../../fuzz/corpus/pictures/text.png");
/// 32 x 24 pixels.
const WEBP: &[u8] = include_bytes!("../../../../../fuzz/corpus/pictures/lossy.webp");
const ANIMATED: &[u8] = include_bytes!("../../../../../fuzz/corpus/pictures/animated.webp");
const FILM: &[u8] = include_bytes!("../../../../../fuzz/corpus/media_files/film.mp4");
const SOUND: &[u8] = include_bytes!("../../../../../fuzz/corpus/media_files/sound.flac");

/// Uploads bytes as user 7; returns the file.
fn upload(world: &World, bytes: &[u8]) -> Value {
    world.call("POST", UPLOAD).raw("application/octet-stream", bytes).by("7").status(201)
}

fn id_of(file: &Value) -> &str {
    file["id"].as_str().expect("an id")
}

fn key_of(file: &Value, form: &str) -> String {
    format!("files/demo/{}/{form}", id_of(file))
}

/// The stored bytes of a file, which its size and its hash describe.
fn stored(world: &World, file: &Value) -> Vec<u8> {
    let bytes = world.file_store.bytes(&key_of(file, "original")).expect("the file is stored");
    assert_eq!(file["sha256"], hex(&Sha256::digest(&bytes)));
    assert_eq!(file["size"], bytes.len());
    bytes
}

fn names(file: &Value) -> Vec<&str> {
    let variants = file["variants"].as_array().expect("a list");
    variants.iter().map(|variant| variant["name"].as_str().expect("a name")).collect()
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn a_picture_is_stored_without_its_metadata_and_has_smaller_forms() {
    let world = World::new();
    let file = upload(&world, TURNED);
    let bytes = stored(&world, &file);
    assert!(has(TURNED, b"SECRET PLACE") && !has(&bytes, b"SECRET PLACE"));
    assert_eq!((&file["width"], &file["height"]), (&json!(24), &json!(40)), "as it is seen");
    assert!(file["thumbhash"].as_str().is_some_and(|hash| !hash.is_empty()));
    assert_eq!(names(&file), ["thumb", "preview"]);
    for variant in file["variants"].as_array().expect("a list") {
        let name = variant["name"].as_str().expect("a name");
        assert_eq!(variant["url"], format!("/api/chat/files/{}?variant={name}", id_of(&file)));
        assert_eq!((&variant["width"], &variant["height"]), (&json!(24), &json!(40)), "never enlarged");
        let bytes = world.file_store.bytes(&key_of(&file, name)).expect("it is stored");
        assert_eq!((&variant["size"], &variant["type"]), (&json!(bytes.len()), &json!("image/jpeg")));
        assert!(bytes.starts_with(&[0xff, 0xd8, 0xff]) && !has(&bytes, b"SECRET PLACE"));
    }
    assert_eq!(upload(&world, TRANSPARENT)["variants"][0]["type"], "image/png");
    for (bytes, size) in [(WEBP, (32, 24)), (TRANSPARENT, (8, 6))] {
        let file = upload(&world, bytes);
        stored(&world, &file);
        assert_eq!((&file["width"], &file["height"]), (&json!(size.0), &json!(size.1)));
        assert_eq!(names(&file).len(), 2);
    }
    assert!(upload(&world, ANIMATED)["width"].is_u64());
}

#[test]
fn no_picture_fails_its_upload() {
    let world = World::new();
    for picture in [TURNED, TRANSPARENT, WEBP, ANIMATED] {
        for end in [13, picture.len() / 4, picture.len() / 2, picture.len() - 1] {
            let cut = &picture[..end];
            let file = upload(&world, cut);
            stored(&world, &file);
            for name in names(&file) {
                assert!(world.file_store.bytes(&key_of(&file, name)).is_some());
            }
        }
        let changed: Vec<u8> =
            picture.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at > 40 && at % 7 == 0)).collect();
        stored(&world, &upload(&world, &changed));
    }
}

#[test]
fn a_picture_over_the_limit_of_pixels_loses_its_metadata_only() {
    let world = World::new();
    world.set_app("demo", "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", r#"{"files":{"image_pixels":959}}"#);
    let file = upload(&world, TURNED);
    assert!(!has(&stored(&world, &file), b"SECRET PLACE"));
    assert_eq!((&file["width"], &file["variants"], &file["thumbhash"]), (&json!(24), &json!([]), &Value::Null));
}

#[test]
fn without_the_images_worker_a_picture_loses_its_metadata_only() {
    let world = World::new();
    world.pictures.tell([Looked::Failed, Looked::Seen(b"nonsense".to_vec())]);
    for _ in 0..2 {
        let file = upload(&world, TURNED);
        assert!(!has(&stored(&world, &file), b"SECRET PLACE"));
        assert_eq!((&file["width"], &file["height"], &file["variants"]), (&json!(24), &json!(40), &json!([])));
    }
    world.pictures.tell([Looked::Corrupt]);
    assert_eq!(stored(&world, &upload(&world, TURNED)), TURNED, "what cannot be read stays as it is");
    world.pictures.tell(std::iter::repeat_n(Looked::Busy, 5));
    assert_eq!(names(&upload(&world, TURNED)).len(), 2, "a Worker that is busy is asked again");
    world.pictures.tell(std::iter::repeat_n(Looked::Busy, 6));
    assert!(names(&upload(&world, TURNED)).is_empty(), "but not forever");
}

#[test]
fn smaller_forms_are_for_those_who_may_read_the_picture() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7", "8", "9"]);
    world.meet(&["10"]);
    let file = upload(&world, TURNED);
    let [thumb, preview] = ["thumb", "preview"].map(|name| format!("/api/chat/files/{}?variant={name}", id_of(&file)));
    world.get(&thumb).by("8").refused(404, "not-found");
    world.post(&format!("{conversation}/messages"), json!({"attachments": [id_of(&file)]})).by("7").status(201);
    world.objects.flush();
    let reply = world.get(&thumb).by("8").status_of(200);
    assert_eq!(reply.header("content-type"), "image/jpeg");
    assert_eq!(reply.header("content-length"), file["variants"][0]["size"].to_string());
    assert_eq!(reply.header("cache-control"), "private, max-age=604800, immutable");
    assert!(reply.header("content-security-policy").starts_with("sandbox; "));
    let tag = reply.header("etag");
    assert_ne!(tag, world.get(&preview).by("8").status_of(200).header("etag"));
    assert_eq!(world.get(&thumb).by("8").header("if-none-match", &tag).status_of(304).text, "");
    assert_eq!(world.get(&thumb).by("8").header("range", "bytes=0-2").status_of(206).header("content-length"), "3");
    for path in [&thumb, &preview] {
        world.get(path).refused(401, "unauthenticated");
        world.get(path).by("10").refused(404, "not-found");
        world.get(path).with(&Token::other_admin()).refused(404, "not-found");
    }
    let link = |user: &str| {
        let link = world.post(&format!("/api/chat/files/{}/link", id_of(&file)), json!({})).by(user).status(200);
        format!("{}&variant=thumb", link["url"].as_str().expect("an address"))
    };
    let of_member = link("9");
    assert_eq!(world.get(&of_member).status_of(200).header("etag"), tag);
    let other = upload(&world, WEBP);
    world.get(&of_member.replace(id_of(&file), id_of(&other))).refused(404, "not-found");
    for user in ["8", "9"] {
        world.delete(&format!("{room}/members/{user}")).with(&Token::admin()).status(204);
        world.get(&thumb).by(user).refused(404, "not-found");
    }
    world.get(&of_member).refused(404, "not-found");
    world.get(&thumb).by("7").status_of(200);
    let text = upload(&world, b"text");
    world.get(&format!("/api/chat/files/{}?variant=thumb", id_of(&text))).by("7").refused(404, "not-found");
    world.get(&format!("/api/chat/files/{}?variant=huge", id_of(&file))).by("7").refused(422, "invalid");
}

#[test]
fn messages_show_the_smaller_forms_until_the_files_are_deleted() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7", "8"]);
    let file = upload(&world, TURNED);
    let sent = world.post(&format!("{conversation}/messages"), json!({"attachments": [id_of(&file)]})).by("7");
    let sent = sent.status(201);
    world.objects.flush();
    assert_eq!((&sent["type"], &sent["attachments"]), (&json!("image"), &json!([file])));
    let page = world.get(&format!("{conversation}/messages")).by("8").status(200);
    assert_eq!(page["data"][0]["attachments"], json!([file]));
    assert_eq!(world.file_store.keys().len(), 3);
    world.delete(&format!("/api/chat/messages/{}", sent["id"].as_str().expect("an id"))).by("7").status(200);
    world.get(&format!("/api/chat/files/{}?variant=thumb", id_of(&file))).by("8").refused(404, "not-found");
    world.clock.pass(campana_core::files::UNUSED_KEPT_MS);
    world.purge_files();
    assert!(world.file_store.keys().is_empty());
}

#[test]
fn audio_and_video_have_the_type_duration_and_size_of_their_containers() {
    let world = World::new();
    let film = upload(&world, FILM);
    assert_eq!(stored(&world, &film), FILM);
    assert_eq!(film["type"], "video/mp4");
    assert!(film["duration_ms"].is_u64() && film["width"].is_u64() && film["height"].is_u64(), "{film}");
    let sound = upload(&world, SOUND);
    assert_eq!((&sound["type"], &sound["duration_ms"]), (&json!("audio/flac"), &json!(1_500)));
    assert_eq!((&sound["width"], &sound["variants"]), (&Value::Null, &json!([])));
    let broken = upload(&world, &FILM[..40]);
    assert_eq!((&broken["type"], &broken["duration_ms"]), (&json!("video/mp4"), &Value::Null));
}

#[test]
fn a_store_that_fails_leaves_a_picture_without_smaller_forms() {
    let world = World::new();
    world.file_store.refuse_keys_with("preview");
    let file = upload(&world, TURNED);
    assert!(!has(&stored(&world, &file), b"SECRET PLACE"));
    assert_eq!((&file["variants"], &file["thumbhash"]), (&json!([]), &Value::Null));
}
