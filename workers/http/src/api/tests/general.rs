//! Tests of the general chat and private messages.

use super::bodies;
use crate::testing::World;
use serde_json::json;

#[test]
fn users_join_the_general_chat_by_using_it() {
    let world = World::new();
    let sent = world.post("/api/chat/messages", json!({"message": "hello all"})).by("7").status(201);
    assert_eq!(sent["body"], "hello all");
    assert_eq!(bodies(&world.get("/api/chat/messages").by("8").status(200)), ["hello all"]);
    world.objects.flush();
    assert_eq!(bodies(&world.get("/api/chat/messages?before=9").by("9").status(200)), ["hello all"]);
    world.post("/api/chat/typing", json!({"typing": true})).by("10").status(204);
    let inbox = world.get("/api/chat/conversations").by("10").status(200);
    assert_eq!(inbox["data"][0]["room_name"], "General");
}

#[test]
fn a_private_message_goes_to_the_direct_conversation() {
    let world = World::new();
    world.meet(&["7", "8"]);
    let send = |to: &str, text: &str| {
        world.post("/api/chat/messages/private", json!({"recipient_id": to, "message": text})).by("7")
    };
    let first = send("8", "psst").status(201);
    let dm = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "7"})).by("8").status(200);
    assert_eq!(dm["id"], first["conversation_id"]);
    send("7", "me").refused(400, "not-to-yourself");
    send("8", &"é".repeat(1_000)).status(201);
    send("8", &"é".repeat(1_001)).refused(422, "invalid");
}
