//! Examples of what several operations answer. The tests compare them with the schemas.

use campana_core::shared::json::set;
use serde_json::{Value, json};

const ROOM: &str = "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01";
const CONVERSATION: &str = "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02";
const MESSAGE: &str = "019a3e5b-8f44-7b21-8a55-6d2f90c3aa03";
const REPLY: &str = "019a3e5b-8f44-7b21-8a55-6d2f90c3aa09";
const INVITE: &str = "019a3e5b-9c02-7d11-b0c4-51e7a8d2f604";
pub(crate) const AT: &str = "2026-01-31T09:05:00.120Z";
const LATER: &str = "2026-02-07T09:05:00.120Z";

/// A page with this one item, which is the last.
pub(crate) fn page(item: impl Into<Value>) -> Value {
    json!({"data": [item.into()], "next_cursor": null})
}

/// A room.
pub(crate) fn room() -> Value {
    json!({
        "id": ROOM,
        "conversation_id": CONVERSATION,
        "name": "Lobby",
        "description": "Everything about tower 2",
        "visibility": "public",
        "post": "all",
        "slow_mode_s": 0,
        "is_general": false,
        "created_by": "1",
        "member_count": 2,
        "role": "member",
        "created_at": AT,
        "updated_at": null,
    })
}

/// A block.
pub(crate) fn block() -> Value {
    json!({"user_id": "8", "name": "Ben", "avatar": null, "created_at": AT})
}

/// An open report.
pub(crate) fn report() -> Value {
    json!({
        "id": "019a3e5b-a1f7-7e02-9c55-0b6c7d8e9f05",
        "conversation_id": CONVERSATION,
        "room_id": ROOM,
        "message_id": MESSAGE,
        "sender_id": "7",
        "reported_by": "8",
        "reason": "spam",
        "note": "the same link in three rooms",
        "status": "open",
        "action": null,
        "resolved_by": null,
        "resolution_note": null,
        "created_at": AT,
        "resolved_at": null,
    })
}

/// A resolved report.
pub(crate) fn resolved_report() -> Value {
    let mut report = report();
    set(&mut report, "status", "resolved");
    set(&mut report, "action", "delete");
    set(&mut report, "resolved_by", "1");
    set(&mut report, "resolution_note", "spam");
    set(&mut report, "resolved_at", LATER);
    report
}

/// A message.
pub(crate) fn message() -> Value {
    json!({
        "id": MESSAGE,
        "conversation_id": CONVERSATION,
        "seq": 42,
        "sender_id": "7",
        "sender_name": "Ana",
        "type": "text",
        "body": "The lift is fixed",
        "metadata": null,
        "parent_id": null,
        "thread_id": null,
        "also_in_channel": false,
        "quote_id": null,
        "mentions": [], "attachments": [],
        "client_msg_id": "c4b1f0de",
        "version": 1,
        "created_at": AT,
        "updated_at": null,
        "edited_at": null,
        "deleted_at": null,
    })
}

/// A message as its reader sees it.
pub(crate) fn message_view() -> Value {
    let mut message = message();
    set(&mut message, "reactions", json!([{"emoji": "👍", "count": 2, "me": true}]));
    set(&mut message, "pinned_at", Value::Null);
    set(&mut message, "pinned_by", Value::Null);
    set(&mut message, "reply_count", json!(3));
    set(&mut message, "last_reply_at", json!(AT));
    set(&mut message, "quote", Value::Null);
    message
}

/// A reply in a thread.
pub(crate) fn reply() -> Value {
    let mut reply = message_view();
    set(&mut reply, "id", json!(REPLY));
    set(&mut reply, "seq", json!(57));
    set(&mut reply, "body", json!("Thank you"));
    set(&mut reply, "parent_id", json!(MESSAGE));
    set(&mut reply, "thread_id", json!(MESSAGE));
    set(&mut reply, "reply_count", json!(0));
    set(&mut reply, "last_reply_at", Value::Null);
    reply
}

/// A page of replies.
pub(crate) fn replies() -> Value {
    json!({"data": [reply()], "next_cursor": null, "prev_cursor": null})
}

/// A user's place in a thread.
pub(crate) fn thread_place() -> Value {
    json!({"id": MESSAGE, "following": true, "last_read_seq": 57})
}

/// A thread.
pub(crate) fn thread() -> Value {
    json!({
        "id": MESSAGE, "message": message_view(), "reply_count": 3, "unread_count": 1, "mention_count": 1,
        "last_read_seq": 55, "last_reply_at": AT,
    })
}

/// The newest page of messages.
pub(crate) fn messages() -> Value {
    json!({"data": [message_view()], "next_cursor": null, "prev_cursor": null, "head": 42, "epoch": "k3v9s2"})
}

/// A conversation of a group.
pub(crate) fn conversation() -> Value {
    json!({
        "id": CONVERSATION,
        "type": "group",
        "room_id": null,
        "room_name": null,
        "room_visibility": null,
        "report_id": null,
        "metadata": {"name": "Gardeners"},
        "created_by": "7",
        "member_count": 3,
        "peer": null,
        "role": "owner",
        "last_seq": 42,
        "last_read_seq": 40,
        "preferences": preferences(),
        "unread_count": 2,
        "mention_count": 1,
        "last_message_at": AT,
        "last_message": message(),
        "created_at": AT,
        "updated_at": null,
    })
}

/// A user.
pub(crate) fn user() -> Value {
    json!({
        "id": "7",
        "name": "Ana",
        "avatar": null,
        "is_online": true,
        "last_seen_at": AT,
        "created_at": "2026-01-30T08:00:00.000Z",
        "updated_at": null,
    })
}

/// A draft.
pub(crate) fn draft() -> Value {
    json!({"conversation_id": CONVERSATION, "parent_id": null, "body": "see you at", "rev": 3, "updated_at": AT})
}

/// A saved message.
pub(crate) fn saved_message() -> Value {
    json!({"saved_at": AT, "message": message()})
}

/// A message that was found.
pub(crate) fn search_hit() -> Value {
    json!({
        "type": "message",
        "message": message_view(),
        "conversation": {"id": CONVERSATION, "type": "room", "room_id": ROOM, "room_name": "Lobby"},
        "highlights": [[0, 5]],
        "context": {"start": 0, "text": "Hello"},
    })
}

/// How far the index for search is.
pub(crate) fn search_index() -> Value {
    json!({"messages": 120_000, "conversations": 2_400, "waiting": 0, "is_listing": false})
}

/// Id of a notification.
pub(crate) const NOTIFICATION: &str = "019a3e5b-a1f7-7e02-9c55-0b6c7d8e9f06";

/// A notification about a message.
pub(crate) fn notification() -> Value {
    json!({
        "id": NOTIFICATION,
        "kind": "mention",
        "actor": {"user_id": "8", "name": "Ben"},
        "conversation_id": CONVERSATION,
        "message": {
            "id": MESSAGE, "seq": 42, "sender_id": "8", "sender_name": "Ben", "type": "text", "body": "@Ana hello",
            "parent_id": null,
        },
        "title": null,
        "body": null,
        "url": null,
        "data": null,
        "created_at": AT,
        "updated_at": AT,
        "read_at": null,
    })
}

/// What a person wants to be notified of.
pub(crate) fn notification_preferences() -> Value {
    let on = || json!({"inbox": true, "push": true});
    json!({
        "kinds": {
            "mention": on(), "reply": on(), "direct_message": on(), "invite": on(),
            "reaction": {"inbox": true, "push": false}, "report": on(), "scheduled_failed": on(), "app": on(),
        },
        "do_not_disturb": {"from": "22:00", "to": "07:00", "time_zone": "America/Bogota", "days": ["mon", "tue"]},
    })
}

/// A device to which notifications are pushed.
pub(crate) fn push_device() -> Value {
    json!({"endpoint": "https://push.example.org/send/f3a9", "created_at": AT, "expires_at": AT})
}

/// A scheduled message that waits for its time.
pub(crate) fn scheduled_message() -> Value {
    json!({
        "id": "019a3e5b-a1f7-7e02-9c55-0b6c7d8e9f06",
        "conversation_id": CONVERSATION,
        "send_at": LATER,
        "status": "pending",
        "body": "Good morning",
        "type": "text",
        "attachments": [],
        "metadata": null,
        "parent_id": null,
        "also_in_channel": false,
        "quote_id": null,
        "client_msg_id": "c4b1f0de",
        "message_id": null,
        "problem": null,
        "created_at": AT,
        "ended_at": null,
    })
}

/// Preferences of a conversation.
pub(crate) fn preferences() -> Value {
    json!({"notifications_muted_until": null, "notify": "all", "favorite": false, "archived": true})
}

/// A member in a list.
pub(crate) fn member() -> Value {
    json!({
        "user_id": "7",
        "name": "Ana",
        "avatar": null,
        "role": "member",
        "joined_at": AT,
        "last_read_seq": 40,
        "last_read_message_id": MESSAGE,
        "last_read_at": AT,
        "muted_until": null,
    })
}

/// A membership after a change.
pub(crate) fn membership() -> Value {
    json!({"user_id": "7", "name": "Ana", "role": "moderator", "joined_at": AT, "muted_until": null})
}

/// An invite as moderators see it.
pub(crate) fn invite() -> Value {
    json!({
        "id": INVITE,
        "room_id": ROOM,
        "created_by": "1",
        "user_id": null,
        "user_name": null,
        "role": "member",
        "max_uses": 10,
        "uses": 1,
        "expires_at": LATER,
        "accepted_at": null,
        "declined_at": null,
        "revoked_at": null,
        "created_at": AT,
    })
}

/// An invite as the invited user sees it.
pub(crate) fn invite_card() -> Value {
    json!({
        "id": INVITE,
        "room": {
            "id": ROOM,
            "name": "Lobby",
            "description": "Everything about tower 2",
            "visibility": "private",
            "member_count": 2,
        },
        "invited_by": {"user_id": "1", "name": "Admin"},
        "role": "member",
        "is_member": false,
        "expires_at": LATER,
        "created_at": AT,
    })
}

/// The position of the caller's read marker.
pub(crate) fn read_marker() -> Value {
    json!({"conversation_id": CONVERSATION, "last_read_seq": 42})
}

/// An alert that a guard has taken.
pub(crate) fn alert() -> Value {
    json!({
        "alert_id": 4711,
        "id": "4711",
        "user": {"id": 7, "name": "Ana"},
        "apartment": {"id": 101, "address": "Tower 2, Apartment 101"},
        "location": {
            "lat": 4.60971,
            "lng": -74.08175,
            "string": "Lobby",
            "accuracy": 12,
            "source": "gps",
            "at": AT,
        },
        "status": "acknowledged",
        "timestamp": AT,
        "time_ago": "2 minutes ago",
        "note": null,
        "drill": false,
        "presses": 1,
        "escalation_level": 0,
        "acknowledged_by": {"id": 11, "name": "Grace"},
        "acknowledged_at": AT,
        "responding_at": null,
        "resolved_at": null,
        "closed_by": null,
        "closed_at": null,
        "reason": null,
        "created_at": AT,
        "updated_at": AT,
        "duress": false,
        "wrong_pins": 0,
    })
}

/// A device that is paged.
pub(crate) fn device() -> Value {
    json!({
        "endpoint": "https://push.example.org/send/f3a9",
        "group": "guards",
        "created_at": AT,
        "expires_at": LATER,
    })
}

/// A webhook of alerts, without its secret.
pub(crate) fn webhook() -> Value {
    json!({
        "id": "019a3e5b-a5b0-7e02-9f31-7c2d51b0e905",
        "url": "https://hooks.example.org/alerts",
        "events": ["alert.triggered"],
        "created_at": AT,
        "disabled_at": null,
        "disabled_because": null,
    })
}

/// A webhook of alerts with its secret.
pub(crate) fn webhook_with_secret() -> Value {
    let mut webhook = webhook();
    set(&mut webhook, "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    webhook
}

/// A user was signed out.
pub(crate) fn signed_out() -> Value {
    json!({"user_id": "7", "revoked_before": AT})
}

/// Id of a file.
const FILE: &str = "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e77";

/// A file.
pub(crate) fn attachment() -> Value {
    json!({
        "id": FILE, "url": format!("/api/chat/files/{FILE}"), "name": "plan.png", "type": "image/png", "size": 48_211,
        "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "width": 1_280, "height": 720,
        "duration_ms": null, "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
        "variants": [
            {
                "name": "thumb", "url": format!("/api/chat/files/{FILE}?variant=thumb"), "type": "image/jpeg", "size": 11_402,
                "width": 320, "height": 180,
            },
        ],
        "status": "ready", "created_at": AT,
    })
}

/// A resumable upload.
pub(crate) fn upload() -> Value {
    json!({
        "id": FILE, "name": "plan.png", "size": 48_211, "offset": 48_211, "created_at": AT, "expires_at": AT, "file": attachment(),
    })
}

/// A signed address of a file.
pub(crate) fn file_link() -> Value {
    json!({"url": format!("/api/chat/files/{FILE}?link=eyJ0IjoiZGVtbyJ9.c2lnbmF0dXJl"), "expires_at": AT})
}
