//! HTTP tests of invites.

use crate::testing::{Token, World};
use serde_json::{Value, json};

/// A private room with an invite to it, created by the administrator.
fn invited(world: &World, body: Value) -> (String, Value) {
    let room = world.room(json!({"name": "Night shift", "visibility": "private"}));
    let path = format!("/api/chat/rooms/{}", room["id"].as_str().expect("the id is present"));
    let invite = world.post(&format!("{path}/invites"), body).with(&Token::admin()).status(201);
    (path, invite)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().expect("a text")
}

#[test]
fn a_link_leads_into_the_room_and_is_shown_once() {
    let world = World::new();
    let (room, invite) = invited(&world, json!({"max_uses": 2}));
    let token = text(&invite, "token");
    assert!(token.len() >= 22, "{token}");
    assert!(text(&invite, "url").ends_with(&format!("/invite/{token}")));
    let listed = world.get(&format!("{room}/invites")).with(&Token::admin()).status(200);
    assert_eq!(listed["data"][0]["id"], invite["id"]);
    assert!(!listed.to_string().contains(token));
    let path = format!("/api/chat/invites/{token}");
    let card = world.get(&path).by("7").status(200);
    assert_eq!((&card["room"]["name"], &card["is_member"]), (&json!("Night shift"), &json!(false)));
    assert_eq!(world.post(&format!("{path}/accept"), json!({})).by("7").status(201)["role"], "member");
    assert_eq!(world.post(&format!("{path}/accept"), json!({})).by("7").status(200)["role"], "member");
    world.post(&format!("{path}/accept"), json!({})).by("8").status(201);
    world.post(&format!("{path}/accept"), json!({})).by("9").refused(409, "invite-used-up");
    world.get(&path).by("9").refused(409, "invite-used-up");
    world.get("/api/chat/invites/no-such-token").by("9").refused(404, "not-found");
}

#[test]
fn expired_and_revoked_invites_have_different_problems() {
    let world = World::new();
    let (_, invite) = invited(&world, json!({"expires_at": "2023-11-14T22:14:20Z"}));
    let path = format!("/api/chat/invites/{}", text(&invite, "token"));
    world.clock.pass(60_000);
    world.get(&path).by("7").refused(410, "invite-expired");
    world.post(&format!("{path}/accept"), json!({})).by("7").refused(410, "invite-expired");
    let (room, invite) = invited(&world, json!({"expires_at": null}));
    assert_eq!(invite["expires_at"], json!(null));
    let path = format!("/api/chat/invites/{}", text(&invite, "token"));
    for _ in 0..2 {
        world.delete(&format!("{room}/invites/{}", text(&invite, "id"))).with(&Token::admin()).status(204);
    }
    world.post(&format!("{path}/accept"), json!({})).by("7").refused(410, "invite-revoked");
}

#[test]
fn a_personal_invite_works_only_for_its_user() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let (_, invite) = invited(&world, json!({"user_id": "7", "role": "moderator"}));
    let by_token = format!("/api/chat/invites/{}", text(&invite, "token"));
    let by_id = format!("/api/chat/invites/{}", text(&invite, "id"));
    for path in [&by_token, &by_id] {
        world.get(path).by("8").refused(404, "not-found");
        world.post(&format!("{path}/accept"), json!({})).by("8").refused(404, "not-found");
        world.post(&format!("{path}/decline"), json!({})).by("8").refused(404, "not-found");
    }
    let mine = world.get("/api/chat/invites").by("7").status(200);
    assert_eq!((&mine["data"][0]["id"], &mine["data"][0]["role"]), (&invite["id"], &json!("moderator")));
    assert_eq!(world.get("/api/chat/invites").by("8").status(200)["data"], json!([]));
    assert_eq!(world.post(&format!("{by_id}/accept"), json!({})).by("7").status(201)["role"], "moderator");
    assert_eq!(world.get("/api/chat/invites").by("7").status(200)["data"], json!([]));
}

#[test]
fn a_declined_invite_is_over_and_a_link_cannot_be_declined() {
    let world = World::new();
    world.meet(&["7"]);
    let (_, invite) = invited(&world, json!({"user_id": "7"}));
    let path = format!("/api/chat/invites/{}", text(&invite, "id"));
    world.post(&format!("{path}/decline"), json!({})).by("7").status(204);
    world.post(&format!("{path}/accept"), json!({})).by("7").refused(410, "invite-declined");
    let (_, link) = invited(&world, json!({}));
    let path = format!("/api/chat/invites/{}/decline", text(&link, "token"));
    world.post(&path, json!({})).by("7").refused(409, "conflict");
}

#[test]
fn invalid_invites_are_refused() {
    let world = World::new();
    let (room, _) = invited(&world, json!({}));
    for (body, field) in [
        (json!({"max_uses": 0}), "max_uses"),
        (json!({"max_uses": 100_001}), "max_uses"),
        (json!({"max_uses": "2"}), "max_uses"),
        (json!({"user_id": "1", "max_uses": 2}), "max_uses"),
        (json!({"expires_at": "2023-11-14T22:13:20Z"}), "expires_at"),
        (json!({"expires_at": "2040-01-01T00:00:00Z"}), "expires_at"),
        (json!({"expires_at": "tomorrow"}), "expires_at"),
        (json!({"user_id": "nobody"}), "user_id"),
        (json!({"role": "king"}), "role"),
        (json!({"token": "mine"}), "token"),
    ] {
        let refused = world.post(&format!("{room}/invites"), body).with(&Token::admin()).refused(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], field);
    }
}

#[test]
fn a_retry_gets_the_invite_without_its_token_which_is_never_stored() {
    let world = World::new();
    let (room, _) = world.room_of(&[]);
    let create = || {
        let call = world.post(&format!("{room}/invites"), json!({})).with(&Token::admin());
        call.header("idempotency-key", "k")
    };
    let first = create().status(201);
    let token = text(&first, "token");
    let again = create().status(201);
    assert_eq!((&again["id"], again.get("token")), (&first["id"], None));
    for table in ["idempotency_keys", "room_invites", "admin_audits"] {
        assert!(!world.dump(table).contains(token), "{table}");
    }
}
