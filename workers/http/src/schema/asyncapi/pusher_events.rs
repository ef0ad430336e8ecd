//! Events that Pusher clients receive on their channels.

use super::events::{self, AT, CONVERSATION, INVITE, MESSAGE, ROOM, SCHEDULED};
use super::own_channel;
use super::parts::Message;
use super::pusher::on_channel;
use serde_json::{Value, json};

/// Prefix of the messages' keys.
const PREFIX: &str = "channel";

/// All events.
pub(super) fn all() -> Vec<Message> {
    let parts = [of_conversations(), own(), alerts(), of_applications(), of_laravel()];
    parts.into_iter().flatten().collect()
}

fn conversation_channel() -> String {
    format!("private-conversation.{CONVERSATION}")
}

/// The events of native sockets, each as the data of a frame.
fn of_conversations() -> Vec<Message> {
    let position = json!({"conversation_id": CONVERSATION, "epoch": "k3v9", "head": 42});
    let first = event(
        "conversation.position",
        "The position of the conversation's log: for each new subscriber, and for all after the server restarted.",
        "ConversationPosition",
        &conversation_channel(),
        &position,
    );
    let others = events::of_conversations().into_iter().filter_map(|native| {
        // Invites of a room are for native sockets of its moderators only, and a frame has one event.
        native.tag.as_ref().filter(|(_, name)| !name.starts_with("invite."))?;
        let summary = format!("{} On the conversation's channels.", native.summary());
        Some(event(&native.name, &summary, &native.schema, &conversation_channel(), native.example()))
    });
    [first].into_iter().chain(others).collect()
}

fn event(name: &str, summary: &str, data_schema: &str, channel: &str, data: &Value) -> Message {
    let schema = format!("ChannelFrameOf{data_schema}");
    Message::event(PREFIX, name, summary, &schema, on_channel(name, channel, data))
}

/// Events of a user's own channels.
fn own() -> Vec<Message> {
    let own = |name: &str, summary, schema, data: &Value| {
        let schema = format!("ChannelFrameOf{schema}");
        Message::event("channel own", name, summary, &schema, on_channel(name, "private-user.7", data))
    };
    let ended = json!({"accepted_at": null, "declined_at": null, "revoked_at": AT});
    let ended = |name| own_channel::event(name, INVITE, &ended);
    let member = own_channel::membership;
    vec![
        own(
            "inbox.updated",
            "A conversation of the user changed. On `private-user.{id}`.",
            "InboxUpdated",
            &own_channel::event("inbox.updated", CONVERSATION, &own_channel::inbox_change()),
        ),
        own(
            "preferences.updated",
            "The user's preferences of a conversation changed. On `private-user.{id}`.",
            "PreferencesUpdated",
            &own_channel::event("preferences.updated", CONVERSATION, &own_channel::preferences()),
        ),
        own(
            "draft.updated",
            "A draft of the user was saved or, with `null`, cleared. On `private-user.{id}`.",
            "DraftUpdated",
            &own_channel::event("draft.updated", CONVERSATION, &own_channel::draft()),
        ),
        own(
            "saved.updated",
            "The user saved a message or, with `null`, removed a saved one. On `private-user.{id}`.",
            "SavedUpdated",
            &own_channel::event("saved.updated", MESSAGE, &json!({"saved_at": AT})),
        ),
        own(
            "thread.read",
            "The user follows a thread, no longer follows it, or has read in it. On `private-user.{id}`.",
            "ThreadRead",
            &own_channel::event("thread.read", MESSAGE, &own_channel::thread_marker()),
        ),
        own(
            "notification.created",
            "A notification for the user is new, or has news. On `private-user.{id}`.",
            "NotificationCreated",
            &own_channel::event("notification.created", own_channel::NOTIFICATION, &own_channel::notification()),
        ),
        own(
            "notification.read",
            "Notifications of the user were read or withdrawn. On `private-user.{id}`.",
            "NotificationRead",
            &own_channel::event(
                "notification.read",
                own_channel::NOTIFICATION,
                &json!({"ids": [own_channel::NOTIFICATION], "read_at": AT}),
            ),
        ),
        own(
            "file.updated",
            "A file that the user uploaded was scanned. On `private-user.{id}`.",
            "FileUpdated",
            &own_channel::file_updated(),
        ),
        own(
            "scheduled.sent",
            "A scheduled message of the user was sent. On `private-user.{id}`.",
            "ScheduledSent",
            &own_channel::event("scheduled.sent", SCHEDULED, &own_channel::sent_schedule()),
        ),
        own(
            "scheduled.failed",
            "A scheduled message of the user could not be sent. On `private-user.{id}`.",
            "ScheduledFailed",
            &own_channel::event("scheduled.failed", SCHEDULED, &own_channel::failed_schedule()),
        ),
        own(
            "invite.created",
            "An invite for the user. On `private-user.{id}` and `private-user.invites.{id}`.",
            "OwnInviteCreated",
            &own_channel::event("invite.created", INVITE, &own_channel::invite_card()),
        ),
        own("invite.updated", "An invite for the user ended.", "OwnInviteEnded", &ended("invite.updated")),
        own("invite.revoked", "An invite for the user was revoked.", "OwnInviteEnded", &ended("invite.revoked")),
        own("member.joined", "The user became a member.", "OwnMembershipEvent", &member("member.joined")),
        own("member.left", "The user left.", "OwnMembershipEvent", &member("member.left")),
        own("member.removed", "The user was removed or banned.", "OwnMembershipEvent", &member("member.removed")),
        own("member.updated", "The user's membership changed.", "OwnMembershipEvent", &member("member.updated")),
        own(
            "message.read",
            "A message of the user was read. Only for apps with Laravel's event names.",
            "OwnMessageRead",
            &own_channel::event(
                "message.read",
                "8",
                &json!({"user_id": "8", "name": "Ben", "seq": 42, "message_id": MESSAGE}),
            ),
        ),
    ]
}

/// Events about alerts. Their data is the alert itself.
fn alerts() -> Vec<Message> {
    let of_alert = |name: &str, summary: &str| {
        let summary = format!(
            "{summary} On the alert desk's channels, which get the open alerts first, and on `private-user.{{id}}` of the \
             owner and of users that the escalation policy names."
        );
        let guards = on_channel(name, "private-panic-alerts", &events::alert(true));
        let owner = on_channel(name, "private-user.456", &events::alert(false));
        Message::event(PREFIX, name, &summary, "ChannelFrameOfPanicAlert", guards).or(owner)
    };
    vec![
        of_alert("panic-alert.triggered", "An alert was raised or reopened, or is open."),
        of_alert("panic-alert.updated", "An alert changed."),
    ]
}

/// Events under names that others choose.
fn of_applications() -> Vec<Message> {
    vec![
        Message::new(
            PREFIX,
            "application-event",
            "An event that the application's backend published, under its own name.",
            "PusherApplicationEvent",
            on_channel(r"App\Events\OrderShipped", "private-orders.7", &json!({"order": 12})),
        ),
        Message::new(
            PREFIX,
            "client-event",
            "An event that another subscriber published.",
            "PusherRelayedEvent",
            json!({"event": "client-draw", "channel": "presence-board", "data": {"x": 1, "y": 2}, "user_id": "8"}),
        ),
    ]
}

/// Events under the names that Laravel clients listen for, if the app has chosen them.
fn of_laravel() -> Vec<Message> {
    let ana = || json!({"id": 7, "name": "Ana"});
    let edited = json!({"message": {
        "id": MESSAGE, "conversation_id": CONVERSATION, "message": "hello all", "body": "hello all", "version": 2,
        "edited_at": AT, "updated_at": AT,
    }});
    let deleted = json!({"message": {
        "id": MESSAGE, "conversation_id": CONVERSATION, "message": null, "body": null, "metadata": null,
        "reactions": [], "pinned_at": null, "pinned_by": null, "deleted_at": AT, "updated_at": AT,
    }});
    let reaction = json!({
        "message_id": MESSAGE, "conversation_id": CONVERSATION, "emoji": "👍", "user_id": 8, "count": 2, "action": "added",
    });
    let typing = json!({"user": ana(), "typing": true, "expires_in_ms": 6_000});
    let whisper = json!({"id": 7, "name": "Ana", "user": ana(), "typing": true, "expires_in_ms": 6_000});
    let read = json!({
        "conversation_id": CONVERSATION, "seq": 42, "user": ana(),
        "message": {"conversation_id": CONVERSATION, "seq": 42},
    });
    let membership = json!({
        "room_id": ROOM, "conversation_id": CONVERSATION, "user_id": 8, "action": "muted", "role": null,
        "muted_until": AT,
    });
    let (room, pair) = (format!("private-chat.{ROOM}"), "private-chat.7.8");
    let conversation = conversation_channel();
    [
        laravel(
            "MessageSent",
            "a message was sent.",
            "LaravelMessageSent",
            &room,
            &laravel_message(json!({"room_id": ROOM})),
        ),
        laravel(
            "MessageCreated",
            "a message was sent.",
            "LaravelMessageSent",
            &conversation,
            &laravel_message(json!({})),
        ),
        laravel(
            "PrivateMessageSent",
            "a message of two users.",
            "LaravelMessageSent",
            pair,
            &laravel_message(json!({"recipient_id": 8})),
        ),
        event(
            "message.sent",
            "For apps with Laravel's event names: a message was sent.",
            "LaravelMessageSent",
            &conversation,
            &laravel_message(json!({})),
        ),
        laravel("MessageUpdated", "a message's body changed.", "LaravelMessageChanged", &conversation, &edited),
        laravel("MessageDeleted", "a message was deleted.", "LaravelMessageChanged", &conversation, &deleted),
        laravel("MessageReaction", "a reaction was added or removed.", "LaravelReaction", &conversation, &reaction),
        laravel("UserTyping", "a member types, or stopped.", "LaravelTyping", &conversation, &typing),
        event(
            "client-typing",
            "For apps with Laravel's event names: a member types, or stopped, as a whisper.",
            "LaravelWhisper",
            &conversation,
            &whisper,
        ),
        laravel("MessageRead", "a read marker moved.", "LaravelMessageRead", &conversation, &read),
        laravel("UserJoined", "a user came online.", "LaravelUser", "presence-chat", &ana()),
        laravel("UserLeft", "a user went offline.", "LaravelUser", "presence-chat", &ana()),
        event(
            "user.online",
            "For apps with Laravel's event names: a user came to the conversation.",
            "LaravelUser",
            &conversation,
            &ana(),
        ),
        event(
            "user.offline",
            "For apps with Laravel's event names: a user is no longer in the conversation.",
            "LaravelUser",
            &conversation,
            &ana(),
        ),
        laravel("RoomMembershipChanged", "a membership changed.", "LaravelMembership", &room, &membership),
    ]
    .into_iter()
    .chain(laravel_of_user())
    .collect()
}

/// Events for one user under the names of Laravel.
fn laravel_of_user() -> Vec<Message> {
    vec![
        laravel(
            "NotificationCreated",
            "a notification for the user is new, or has news.",
            "LaravelNotificationCreated",
            "private-user.7",
            &notification(),
        ),
        laravel(
            "NotificationRead",
            "notifications of the user were read or withdrawn.",
            "LaravelNotificationRead",
            "private-user.7",
            &json!({"ids": [own_channel::NOTIFICATION], "read_at": AT}),
        ),
        laravel(
            "RoomInviteCreated",
            "an invite for the user.",
            "LaravelInviteCreated",
            "private-user.invites.7",
            &invite(),
        ),
    ]
}

fn laravel(class: &str, summary: &str, schema: &str, channel: &str, data: &Value) -> Message {
    let summary = format!("For apps with Laravel's event names: {summary}");
    event(&format!(r"App\Events\{class}"), &summary, schema, channel, data)
}

/// A new message as Laravel clients get it, with the fields of its channel.
fn laravel_message(more: Value) -> Value {
    let mut message = json!({
        "id": MESSAGE, "conversation_id": CONVERSATION, "seq": 42, "user_id": 7, "user": {"id": 7, "name": "Ana"},
        "type": "text", "message": "hello", "body": "hello", "metadata": null, "parent_id": null, "thread_id": null,
        "also_in_channel": false, "quote_id": null, "mentions": [], "attachments": [], "client_msg_id": "c-1", "version": 1,
        "created_at": AT, "edited_at": null, "deleted_at": null, "updated_at": null,
    });
    if let (Some(fields), Value::Object(more)) = (message.as_object_mut(), more) {
        fields.extend(more);
    }
    json!({"message": message})
}

fn invite() -> Value {
    json!({
        "invite": {
            "id": INVITE, "room_id": ROOM, "conversation_id": CONVERSATION, "user_id": 7, "role": "member",
            "expires_at": null, "created_at": AT, "created_by": 8,
        },
        "room": {"id": ROOM, "name": "Lobby", "description": "", "visibility": "private", "member_count": 3},
        "user": {"id": 8, "name": "Ben"},
    })
}

fn notification() -> Value {
    let ben = || json!({"id": 8, "name": "Ben"});
    json!({"notification": {
        "id": own_channel::NOTIFICATION, "kind": "mention", "actor": ben(), "conversation_id": CONVERSATION,
        "message": {
            "id": MESSAGE, "seq": 42, "user_id": 8, "user": ben(), "type": "text", "message": "@Ana hello",
            "body": "@Ana hello", "parent_id": null,
        },
        "title": null, "body": null, "url": null, "data": null, "created_at": AT, "updated_at": AT, "read_at": null,
    }})
}
