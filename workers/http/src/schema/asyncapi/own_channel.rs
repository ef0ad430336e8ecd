//! A user's own channel: its native socket, and its events as a stream.

use super::close_codes;
use super::events::{self, ALERT, AT, CONVERSATION, INVITE, MESSAGE, ROOM, SCHEDULED};
use super::parts::{Message, Operation, Section};
use campana_core::shared::json::set;
use serde_json::{Value, json};

const CHANNEL: &str = "me";
const STREAM: &str = "ownEvents";
const PREFIX: &str = "own";
/// Frames that all native sockets have.
pub(super) const SHARED: [&str; 5] = ["serverError", "serverPing", "serverPong", "clientPing", "clientPong"];

/// The channel and its messages.
pub(super) fn describe() -> Section {
    let mut section = Section { messages: messages(), ..Section::default() };
    let own: Vec<String> = section.messages.iter().map(|message| message.key.clone()).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let keys: Vec<&str> = own.iter().copied().chain(SHARED).collect();
    section.channel(
        CHANNEL,
        json!({
            "address": "/api/me/socket",
            "title": "A user's own channel",
            "description": "Subprotocol `campana.v1`. Reaches all of a user's devices: changes of conversations that a \
                device does not have open, invites, the user's memberships, their own alerts, and all alerts on devices \
                whose token has `view_panic_alerts`, the open ones first. It has no log. Events are numbered by `rev`, one \
                after the other, and `welcome` has the newest number: a client that has another one, or gets a number \
                that does not follow, has missed events and fetches the lists again. A device that does not get an event \
                gets its number in a `rev` frame. Clients send only keep-alives.",
            "servers": [{"$ref": "#/servers/sockets"}, {"$ref": "#/servers/localSockets"}],
            "bindings": {"$ref": "#/components/channelBindings/nativeSocket"},
            "x-close-codes": close_codes::native(),
        }),
        &keys,
    );
    section.channel(STREAM, stream_channel(), &own);
    let operation = |action, summary, messages, answers| Operation {
        action,
        channel: CHANNEL,
        summary,
        messages,
        answers,
        security: &["token", "subprotocolToken", "ticket"],
        more: json!({}),
    };
    let notices: Vec<&str> = own.iter().copied().filter(|key| *key != "ownWelcome").collect();
    section.operation("openOwnChannel", &operation("send", "Names the user.", &["ownWelcome"], &[]));
    section.operation("notifyUser", &operation("send", "Notifies a user's devices.", &notices, &[]));
    section.operation("refuseDevice", &operation("send", "Refuses a frame or the connection.", &["serverError"], &[]));
    section.operation(
        "probeDevice",
        &operation("send", "Asks whether the device is connected.", &["serverPing"], &["clientPong"]),
    );
    section.operation(
        "keepDeviceAlive",
        &operation("receive", "Keeps the socket open.", &["clientPing"], &["serverPong"]),
    );
    section
        .operation("answerDevicePing", &operation("receive", "Answers the server's ping frame.", &["clientPong"], &[]));
    section.operation(
        "streamOwnEvents",
        &Operation {
            channel: STREAM,
            security: &["token", "ticket"],
            more: json!({"bindings": {"http": {
                "method": "GET",
                "query": {"$ref": "#/components/schemas/ConnectParams"},
                "bindingVersion": "0.3.0",
            }}}),
            ..operation("send", "Delivers events from now on.", &own, &[])
        },
    );
    section
}

fn stream_channel() -> Value {
    json!({
        "address": "/api/me/events",
        "title": "A user's own channel as server-sent events",
        "description": "`GET`, answered by `text/event-stream`: the events of the socket for clients that cannot open one. \
            Each payload is the `data` of one server-sent event. The `event` field is `welcome` for that frame and absent \
            otherwise; there is no `id`, because nothing is replayed: `epoch`, `seq` and `Last-Event-ID` have no effect, \
            and a client that reconnects compares the `rev` of `welcome` with its own. A silent stream sends a comment at \
            least every `keep_alive_ms` of the welcome. Refusals are problem documents of the HTTP answer.",
        "servers": [{"$ref": "#/servers/http"}, {"$ref": "#/servers/localHttp"}],
        "x-request": {
            "query": {"$ref": "#/components/schemas/ConnectParams"},
            "headers": {"$ref": "#/components/schemas/EventStreamHeaders"},
        },
    })
}

/// Number of the examples' events.
const REV: i64 = 17;

/// What an event of a user's own channel looks like.
pub(super) fn event(name: &str, id: &str, partial: &Value) -> Value {
    let mut event = events::event(name, None, id, partial);
    set(&mut event, "rev", REV);
    event
}

fn messages() -> Vec<Message> {
    let welcome = json!({"type": "welcome", "you": events::ana(), "rev": REV, "keep_alive_ms": 25_000});
    let summary = "The first frame: the user, from the token, and the number of the newest event.";
    let first = [
        Message::new(PREFIX, "welcome", summary, "UserWelcome", welcome),
        Message::new(
            PREFIX,
            "rev",
            "The number of an event that this device does not get: of `inbox.updated` for a conversation that it has open.",
            "RevFrame",
            json!({"type": "rev", "rev": REV}),
        ),
    ];
    first
        .into_iter()
        .chain(inbox())
        .chain(personal())
        .chain(notifications())
        .chain(memberships())
        .chain(alerts())
        .collect()
}

fn inbox() -> [Message; 6] {
    let ended = |name: &str, summary| {
        let partial = json!({"accepted_at": null, "declined_at": AT, "revoked_at": null});
        Message::event(PREFIX, name, summary, "OwnInviteEnded", event(name, INVITE, &partial))
    };
    [
        Message::event(
            PREFIX,
            "inbox.updated",
            "A conversation changed that this tab does not have open.",
            "InboxUpdated",
            event("inbox.updated", CONVERSATION, &inbox_change()),
        ),
        Message::event(
            PREFIX,
            "invite.created",
            "An invite for the user.",
            "OwnInviteCreated",
            event("invite.created", INVITE, &invite_card()),
        ),
        ended("invite.updated", "An invite for the user was accepted or declined, perhaps on another device."),
        ended("invite.revoked", "An invite for the user was revoked."),
        Message::event(
            PREFIX,
            "message.read",
            "A message of the user was read. Only for apps with Laravel's event names.",
            "OwnMessageRead",
            event("message.read", "8", &json!({"user_id": "8", "name": "Ben", "seq": 42, "message_id": MESSAGE})),
        ),
        Message::new(
            PREFIX,
            "application-event",
            "An event that the application's backend published on a channel of the user.",
            "ApplicationEvent",
            json!({
                "event": "invoice.paid", "rev": REV, "channel": "private-user.7", "data": {"invoice": 12}, "at": AT,
            }),
        ),
    ]
}

/// What only the user sees, after a change on one of their devices.
fn personal() -> [Message; 7] {
    [
        Message::event(
            PREFIX,
            "preferences.updated",
            "The user's preferences of a conversation changed, on a device or because a new message unarchived it.",
            "PreferencesUpdated",
            event("preferences.updated", CONVERSATION, &preferences()),
        ),
        Message::event(
            PREFIX,
            "draft.updated",
            "A draft of the user was saved or, with `null`, cleared.",
            "DraftUpdated",
            event("draft.updated", CONVERSATION, &draft()),
        ),
        Message::event(
            PREFIX,
            "saved.updated",
            "The user saved a message or, with `null`, removed a saved one.",
            "SavedUpdated",
            event("saved.updated", MESSAGE, &json!({"saved_at": AT})),
        ),
        Message::event(
            PREFIX,
            "thread.read",
            "The user follows a thread, no longer follows it, or has read in it.",
            "ThreadRead",
            event("thread.read", MESSAGE, &thread_marker()),
        ),
        Message::event(
            PREFIX,
            "file.updated",
            "A file that the user uploaded was scanned: it is `ready`, or `refused` and deleted. It may come more than once.",
            "FileUpdated",
            file_updated(),
        ),
        Message::event(
            PREFIX,
            "scheduled.sent",
            "A scheduled message of the user was sent.",
            "ScheduledSent",
            event("scheduled.sent", SCHEDULED, &sent_schedule()),
        ),
        Message::event(
            PREFIX,
            "scheduled.failed",
            "A scheduled message of the user could not be sent. `problem` is the type of the problem.",
            "ScheduledFailed",
            event("scheduled.failed", SCHEDULED, &failed_schedule()),
        ),
    ]
}

/// The user's place in a thread.
pub(super) fn thread_marker() -> Value {
    json!({"following": true, "last_read_seq": 57})
}

fn notifications() -> [Message; 2] {
    let [one, up_to, mut of_conversation, withdrawn] = [
        json!({"ids": [NOTIFICATION], "read_at": AT}),
        json!({"up_to": NOTIFICATION, "read_at": AT}),
        json!({"up_to_seq": 42, "read_at": AT}),
        json!({"ids": [NOTIFICATION], "withdrawn": true}),
    ]
    .map(|partial| json!({"event": "notification.read", "rev": REV, "partial": partial, "at": AT}));
    set(&mut of_conversation, "conversation_id", CONVERSATION);
    [
        Message::event(
            PREFIX,
            "notification.created",
            "A notification for the user is new, or has news: one with this `id` takes the place of an earlier state.",
            "NotificationCreated",
            event("notification.created", NOTIFICATION, &notification()),
        ),
        Message::event(
            PREFIX,
            "notification.read",
            "Notifications of the user were read, on a device or with their conversation, or withdrawn.",
            "NotificationRead",
            one,
        )
        .or(up_to)
        .or(of_conversation)
        .or(withdrawn),
    ]
}

/// Id of a notification.
pub(super) const NOTIFICATION: &str = "0190a7c0-0000-7000-8000-000000000006";

/// A notification about a message.
pub(super) fn notification() -> Value {
    json!({
        "id": NOTIFICATION, "kind": "mention", "actor": {"user_id": "8", "name": "Ben"}, "conversation_id": CONVERSATION,
        "message": {
            "id": MESSAGE, "seq": 42, "sender_id": "8", "sender_name": "Ben", "type": "text", "body": "@Ana hello",
            "parent_id": null,
        },
        "title": null, "body": null, "url": null, "data": null, "created_at": AT, "updated_at": AT, "read_at": null,
    })
}

/// A scheduled message that was sent.
pub(super) fn sent_schedule() -> Value {
    json!({"scheduled_id": SCHEDULED, "message_id": MESSAGE})
}

/// A scheduled message that could not be sent.
pub(super) fn failed_schedule() -> Value {
    json!({"scheduled_id": SCHEDULED, "problem": "muted"})
}

/// A file that was scanned.
pub(super) fn file_updated() -> Value {
    let partial = json!({"status": "refused", "reason": "Eicar-Test-Signature"});
    json!({"event": "file.updated", "rev": REV, "id": FILE, "partial": partial, "at": AT})
}

/// Id of a file.
const FILE: &str = "0190a7c0-0000-7000-8000-000000000009";

/// A draft.
pub(super) fn draft() -> Value {
    json!({"parent_id": null, "body": "see you at", "rev": 3, "updated_at": AT})
}

/// Preferences of a conversation.
pub(super) fn preferences() -> Value {
    json!({"notifications_muted_until": null, "notify": "mentions", "favorite": true, "archived": false})
}

/// Changed fields of a conversation in an inbox.
pub(super) fn inbox_change() -> Value {
    json!({"unread_count": 1, "mention_count": 1, "last_seq": 42, "last_message": events::message(), "last_message_at": AT})
}

/// An invite, as the invited user sees it.
pub(super) fn invite_card() -> Value {
    json!({
        "id": INVITE,
        "room": {"id": ROOM, "name": "Lobby", "description": "", "visibility": "private", "member_count": 3},
        "invited_by": {"user_id": "8", "name": "Ben"}, "role": "member", "expires_at": null, "created_at": AT,
        "is_member": false,
    })
}

/// A change of the user's own membership.
pub(super) fn membership(name: &str) -> Value {
    let partial = match name {
        "member.joined" => {
            json!({"user_id": "7", "name": "Ana", "role": "member", "joined_at": AT, "room_id": ROOM})
        }
        "member.updated" => json!({"user_id": "7", "muted_until": AT, "reason": "noise", "room_id": ROOM}),
        "member.removed" => {
            json!({"user_id": "7", "banned": true, "until": null, "reason": "noise", "room_id": ROOM})
        }
        _ => json!({"user_id": "7", "room_id": ROOM}),
    };
    event(name, "7", &partial)
}

fn memberships() -> [Message; 4] {
    [
        ("member.joined", "The user became a member."),
        ("member.left", "The user left, on some device."),
        ("member.removed", "The user was removed or banned. Only they get the reason."),
        ("member.updated", "The user has another role, is muted, or may write again."),
    ]
    .map(|(name, summary)| Message::event(PREFIX, name, summary, "OwnMembershipEvent", membership(name)))
}

fn alerts() -> [Message; 2] {
    let news = |name: &str| json!({"event": name, "rev": REV, "id": ALERT, "partial": events::alert(false), "at": AT});
    let of_guards = |name: &str| json!({"event": name, "id": ALERT, "partial": events::alert(true), "at": AT});
    [
        ("panic-alert.triggered", "An alert was raised or reopened, or the user is paged for one."),
        ("panic-alert.updated", "An alert of the user, or one that they may see, changed."),
    ]
    .map(|(name, summary)| Message::event(PREFIX, name, summary, "OwnAlertNews", news(name)).or(of_guards(name)))
}
