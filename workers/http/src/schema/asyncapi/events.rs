//! Events of conversations on native sockets and streams, with examples that other channels use too.

use super::parts::Message;
use serde_json::{Value, json};

/// Ids and times of the examples.
pub(super) const CONVERSATION: &str = "0190a7c0-0000-7000-8000-000000000001";
pub(super) const MESSAGE: &str = "0190a7c0-0000-7000-8000-000000000002";
pub(super) const ROOM: &str = "0190a7c0-0000-7000-8000-000000000003";
pub(super) const INVITE: &str = "0190a7c0-0000-7000-8000-000000000004";
pub(super) const SCHEDULED: &str = "0190a7c0-0000-7000-8000-000000000006";
pub(super) const ALERT: &str = "0190a7c0-0000-7000-8000-000000000005";
pub(super) const AT: &str = "2026-01-31T09:05:00.120Z";

/// What an event looks like: name, position, id of what changed, and changed fields.
pub(super) fn event(name: &str, seq: Option<i64>, id: &str, partial: &Value) -> Value {
    let mut event = json!({"event": name, "conversation_id": CONVERSATION, "id": id, "partial": partial, "at": AT});
    if let (Some(fields), Some(seq)) = (event.as_object_mut(), seq) {
        fields.insert("seq".to_owned(), seq.into());
    }
    event
}

/// A message.
pub(super) fn message() -> Value {
    json!({
        "id": MESSAGE, "conversation_id": CONVERSATION, "seq": 42, "sender_id": "7", "sender_name": "Ana",
        "type": "text", "body": "hello", "metadata": null, "parent_id": null, "thread_id": null,
        "also_in_channel": false, "quote_id": null, "mentions": [], "attachments": [], "client_msg_id": "c-1", "version": 1,
        "created_at": AT, "edited_at": null, "deleted_at": null, "updated_at": null,
    })
}

/// A user.
pub(super) fn ana() -> Value {
    json!({"user_id": "7", "name": "Ana"})
}

/// An alert, as its owner sees it, or, with `for_guards`, as guards do.
pub(super) fn alert(for_guards: bool) -> Value {
    let mut alert = json!({
        "alert_id": ALERT, "id": ALERT, "user": {"id": 456, "name": "Juan Pérez"},
        "apartment": {"id": 789, "address": "Apartamento 101"},
        "location": {
            "lat": 4.6097, "lng": -74.0817, "string": "Calle 123 #45-67", "accuracy": 12, "source": null, "at": AT,
        },
        "status": "triggered", "timestamp": AT, "time_ago": "hace 2 minutos", "note": null, "drill": false,
        "presses": 1, "escalation_level": 0, "acknowledged_by": null, "acknowledged_at": null,
        "responding_at": null, "resolved_at": null, "closed_by": null, "closed_at": null, "reason": null,
        "created_at": AT, "updated_at": AT,
    });
    if let (Some(fields), true) = (alert.as_object_mut(), for_guards) {
        fields.insert("duress".to_owned(), false.into());
        fields.insert("wrong_pins".to_owned(), 0.into());
    }
    alert
}

/// The events of a conversation's socket and stream.
pub(super) fn of_conversations() -> Vec<Message> {
    durable().into_iter().chain(ephemeral()).chain([application(), batch()]).collect()
}

/// Events with a position.
fn durable() -> Vec<Message> {
    let of_members = |name: &str, summary, schema, partial: Value| {
        Message::event("", name, summary, schema, event(name, Some(43), "8", &partial))
    };
    let of_messages = |name: &str, summary, schema, partial: Value| {
        Message::event("", name, summary, schema, event(name, Some(43), MESSAGE, &partial))
    };
    vec![
        Message::event(
            "",
            "message.created",
            "A message was sent.",
            "MessageCreated",
            event("message.created", Some(42), MESSAGE, &message()),
        ),
        of_messages(
            "message.updated",
            "A message's body changed, or it got previews of its links.",
            "MessageUpdated",
            json!({"body": "hello all", "mentions": [], "version": 2, "edited_at": AT, "updated_at": AT}),
        ),
        of_messages(
            "message.deleted",
            "A message was deleted. Its text and metadata are gone.",
            "MessageDeleted",
            json!({
                "body": null, "metadata": null, "mentions": [], "attachments": [], "reactions": [], "pinned_at": null, "pinned_by": null, "deleted_at": AT,
                "updated_at": AT,
            }),
        ),
        of_messages(
            "reaction.added",
            "A person reacted to a message.",
            "ReactionChanged",
            json!({"message_id": MESSAGE, "emoji": "👍", "user_id": "8", "count": 2}),
        ),
        of_messages(
            "reaction.removed",
            "A person took a reaction back.",
            "ReactionChanged",
            json!({"message_id": MESSAGE, "emoji": "👍", "user_id": "8", "count": 1}),
        ),
        of_messages(
            "message.pinned",
            "A message was pinned.",
            "PinChanged",
            json!({"pinned_at": AT, "pinned_by": "7"}),
        ),
        of_messages(
            "message.unpinned",
            "A message is no longer pinned.",
            "PinChanged",
            json!({"pinned_at": null, "pinned_by": null}),
        ),
        of_messages(
            "thread.updated",
            "The number of replies to a message changed.",
            "ThreadUpdated",
            json!({"message_id": MESSAGE, "reply_count": 3, "last_reply_at": AT}),
        ),
        of_members(
            "member.joined",
            "A user became a member.",
            "MemberJoined",
            json!({"user_id": "8", "name": "Ben", "role": "member", "joined_at": AT}),
        ),
        of_members("member.left", "A member left.", "MemberGone", json!({"user_id": "8"})),
        of_members(
            "member.removed",
            "A member was removed or banned.",
            "MemberGone",
            json!({"user_id": "8", "banned": true}),
        ),
        of_members(
            "member.updated",
            "A member has another role, is muted, or may write again.",
            "MemberUpdated",
            json!({"user_id": "8", "muted_until": AT}),
        ),
        Message::event(
            "",
            "conversation.updated",
            "The conversation or its room changed.",
            "ConversationUpdated",
            event("conversation.updated", Some(43), CONVERSATION, &json!({"name": "Lobby"})),
        ),
    ]
}

/// Events without a position. A client that is not connected misses them.
fn ephemeral() -> Vec<Message> {
    let of_ana = |name: &str, summary, schema, partial: Value| {
        Message::event("", name, summary, schema, event(name, None, "7", &partial))
    };
    let invite = |name: &str, summary| {
        Message::event("", name, summary, "RoomInviteEvent", event(name, None, INVITE, &room_invite()))
    };
    vec![
        of_ana(
            "typing.started",
            "A member types. It ends with `typing.stopped`, or `expires_in_ms` after the last start.",
            "TypingStarted",
            json!({"user_id": "7", "name": "Ana", "expires_in_ms": 6_000}),
        ),
        of_ana("typing.stopped", "A member stopped typing.", "TypingStopped", ana()),
        of_ana("presence.joined", "A user's first connection opened.", "PresenceEvent", ana()),
        of_ana("presence.left", "A user's last connection closed.", "PresenceEvent", ana()),
        of_ana(
            "message.read",
            "A read marker moved.",
            "MessageRead",
            json!({"user_id": "7", "name": "Ana", "seq": 42}),
        ),
        invite("invite.created", "For the room's moderators: an invite was created."),
        invite("invite.updated", "For the room's moderators: an invite was used or declined."),
        invite("invite.revoked", "For the room's moderators: an invite was revoked."),
    ]
}

fn room_invite() -> Value {
    json!({
        "id": INVITE, "room_id": ROOM, "user_id": "8", "user_name": "Ben", "role": "member", "max_uses": 1, "uses": 0,
        "expires_at": null, "created_by": "7", "created_at": AT, "accepted_at": null, "declined_at": null,
        "revoked_at": null,
    })
}

/// An event of the application's backend, which is no part of the conversation's log.
fn application() -> Message {
    let example = json!({
        "event": "poll.opened", "conversation_id": CONVERSATION, "channel": format!("private-conversation.{CONVERSATION}"),
        "data": {"poll": 3}, "at": AT,
    });
    let summary = "An event that the application's backend published on a channel of the conversation.";
    Message::new("", "application-event", summary, "ConversationApplicationEvent", example)
}

fn batch() -> Message {
    let first = event("message.created", Some(42), MESSAGE, &message());
    let deletion = json!({
        "body": null, "metadata": null, "mentions": [], "attachments": [], "reactions": [], "pinned_at": null, "pinned_by": null, "deleted_at": AT,
        "updated_at": AT,
    });
    let example = json!([first, event("message.deleted", Some(43), MESSAGE, &deletion)]);
    Message::new("", "events", "Several events in one frame, in order.", "EventBatch", example)
}
