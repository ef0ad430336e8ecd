//! Isolation between tenants, and requests without a token.

use crate::testing::{Call, Token, World};
use serde_json::json;

/// A request to every endpoint below a resource of the demo tenant.
fn endpoints(world: &World) -> Vec<Call> {
    let (room, conversation) = world.room_of(&["1", "7"]);
    let sent = world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    let (id, young) =
        (sent["id"].as_str().expect("the id is present"), conversation.rsplit('/').next().unwrap_or_default());
    let message = format!("/api/chat/messages/{id}");
    let link = world.post(&format!("{room}/invites"), json!({})).with(&Token::admin()).status(201);
    let (invite, token) =
        (link["id"].as_str().expect("the id is present"), link["token"].as_str().expect("the token is present"));
    world.objects.flush();
    vec![
        world.get(&room),
        world.put(&room, json!({"name": "Mine now"})),
        world.delete(&room),
        world.post(&format!("{room}/join"), json!({})),
        world.post(&format!("{room}/leave"), json!({})),
        world.get(&format!("{room}/members")),
        world.post(&format!("{room}/members"), json!({"user_id": "1"})),
        world.put(&format!("{room}/members/7"), json!({"role": "moderator"})),
        world.delete(&format!("{room}/members/7")),
        world.post(&format!("{room}/members/7/mute"), json!({"until": "2023-11-15T00:00:00Z"})),
        world.delete(&format!("{room}/members/7/mute")),
        world.post(&format!("{room}/members/7/ban"), json!({})),
        world.delete(&format!("{room}/members/7/ban")),
        world.get(&format!("{room}/bans")),
        world.get(&format!("{room}/invites")),
        world.post(&format!("{room}/invites"), json!({})),
        world.delete(&format!("{room}/invites/{invite}")),
        world.get(&format!("/api/chat/invites/{token}")),
        world.post(&format!("/api/chat/invites/{token}/accept"), json!({})),
        world.post(&format!("/api/chat/invites/{token}/decline"), json!({})),
        world.get(&format!("{room}/messages")),
        world.post(&format!("{room}/messages"), json!({"body": "hi"})),
        world.get(&conversation),
        world.call("PATCH", &conversation).json(&json!({"metadata": {}})),
        world.patch(&format!("{conversation}/preferences"), json!({"archived": true})),
        world.get(&format!("{conversation}/draft")),
        world.put(&format!("{conversation}/draft"), json!({"body": "hi"})),
        world.delete(&format!("{conversation}/draft")),
        world.put(&format!("/api/me/saved/{id}"), json!({})),
        world.post(&format!("{conversation}/scheduled"), json!({"body": "hi", "send_at": "2024-01-01T00:00:00Z"})),
        world.post(&format!("{conversation}/read"), json!({})),
        world.get(&format!("{conversation}/messages")),
        world.get(&format!("{conversation}/messages?before=100")),
        world.get(&format!("{conversation}/messages?around={id}")),
        world.post(&format!("{conversation}/messages"), json!({"body": "hi"})),
        world.put(&message, json!({"body": "changed"})),
        world.put(&format!("{message}?conversation_id={young}"), json!({"body": "changed"})),
        world.delete(&message),
        world.delete(&format!("{message}?conversation_id={young}")),
        world.post(&format!("{message}/read"), json!({})),
        world.get(&format!("{message}/readers")),
    ]
}

#[test]
fn another_tenants_administrator_finds_nothing() {
    let world = World::new();
    for call in endpoints(&world) {
        let reply = call.with(&Token::other_admin()).send();
        let allowed = reply.status == 404 || reply.body["type"] == "https://campana.dev/problems/bad-cursor";
        assert!(allowed, "{} {}", reply.status, reply.body);
    }
}

#[test]
fn another_tenants_lists_contain_none_of_it() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    world.post(&format!("{conversation}/messages"), json!({"body": "hi"})).by("7").status(201);
    world.post("/api/chat/messages", json!({"message": "hi"})).by("7").status(201);
    world.objects.flush();
    let audits = world.get("/api/admin/audits").with(&Token::other_admin()).status(200);
    assert_eq!(audits["data"], json!([]));
    let lists = ["invites", "rooms", "conversations", "users/online", "users?q=person%207", "messages"];
    for list in lists {
        let page = world.get(&format!("/api/chat/{list}")).with(&Token::other_admin()).status(200);
        let seen = page["data"].as_array().expect("a JSON array").len();
        let own_general = usize::from(list == "conversations");
        assert!(seen <= own_general, "{list}: {page}");
    }
    let dm = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "7"}));
    dm.with(&Token::other_admin()).refused(422, "invalid");
    let private = world.post("/api/chat/messages/private", json!({"recipient_id": "7", "message": "hi"}));
    private.with(&Token::other_admin()).refused(422, "invalid");
}

#[test]
fn every_endpoint_requires_a_token() {
    let world = World::new();
    for call in endpoints(&world) {
        call.refused(401, "unauthenticated");
    }
    for path in ["/broadcasting/auth", "/broadcasting/user-auth"] {
        let body = json!({"socket_id": "1.2", "channel_name": "private-x"});
        world.post(path, body).refused(401, "unauthenticated");
    }
    for act in ["acknowledge", "respond", "resolve", "false-alarm", "cancel", "location", "receipts"] {
        world.post(&format!("/api/security/alerts/a-1/{act}"), json!({})).refused(401, "unauthenticated");
    }
    world.post("/api/security/alerts", json!({})).refused(401, "unauthenticated");
    world.put("/api/me/alert-pins", json!({"cancel_pin": "1234"})).refused(401, "unauthenticated");
    world.delete("/api/me/alert-pins").refused(401, "unauthenticated");
    world.delete("/api/me/saved/0190a7c0-0000-7000-8000-000000000002").refused(401, "unauthenticated");
    for path in ["read", "0190a7c0-0000-7000-8000-000000000002/read"] {
        world.post(&format!("/api/notifications/{path}"), json!({})).refused(401, "unauthenticated");
    }
    world.delete("/api/me/scheduled/0190a7c0-0000-7000-8000-000000000002").refused(401, "unauthenticated");
    world.delete("/api/security/guards/7").refused(401, "unauthenticated");
    let device = json!({"endpoint": "https://push.example/"});
    world.post("/api/security/push/subscriptions", device.clone()).refused(401, "unauthenticated");
    world.delete("/api/security/push/subscriptions").json(&device).refused(401, "unauthenticated");
    let webhooks = "/api/admin/alert-webhooks";
    world.post(webhooks, json!({"url": "https://example.org/"})).refused(401, "unauthenticated");
    world.delete(&format!("{webhooks}/x")).refused(401, "unauthenticated");
    for act in ["rotate", "enable"] {
        world.post(&format!("{webhooks}/x/{act}"), json!({})).refused(401, "unauthenticated");
    }
    assert!(world.desks.requests().is_empty(), "no desk got a request");
    for path in [
        "/api/security/alerts",
        "/api/security/push/key",
        "/api/security/push/subscriptions",
        "/api/security/status",
        "/api/security/alerts/active",
        "/api/security/alerts/a-1",
        "/api/security/alerts/a-1/timeline",
        "/api/security/alerts/a-1/trail",
        "/api/security/alerts/a-1/deliveries",
        "/api/me/alerts",
        "/api/me/alert-pins",
        "/api/me/drafts",
        "/api/me/events",
        "/api/me/saved",
        "/api/me/scheduled",
        "/api/me/scheduled/0190a7c0-0000-7000-8000-000000000002",
        "/api/admin/alert-webhooks",
        "/api/admin/audits",
        "/api/admin/settings",
        "/api/admin/stats",
        "/api/me",
        "/api/chat/rooms",
        "/api/chat/users",
        "/api/chat/messages",
        "/api/chat/conversations",
        "/api/chat/invites",
        "/metrics",
        "/metrics/reverb",
    ] {
        world.get(path).refused(401, "unauthenticated");
    }
}
