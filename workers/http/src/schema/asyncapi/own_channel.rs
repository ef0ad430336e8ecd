//! The native socket of a user's own channel.

use super::close_codes;
use super::events::{self, ALERT, AT, CONVERSATION, INVITE, MESSAGE, ROOM};
use super::parts::{Message, Operation, Section};
use serde_json::{Value, json};

const CHANNEL: &str = "me";
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
                whose token has `view_panic_alerts`, the open ones first. It has no log: after a reconnect the client \
                fetches the lists again. Clients send only keep-alives.",
            "servers": [{"$ref": "#/servers/sockets"}, {"$ref": "#/servers/localSockets"}],
            "bindings": {"$ref": "#/components/channelBindings/nativeSocket"},
            "x-close-codes": close_codes::native(),
        }),
        &keys,
    );
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
    section
}

fn messages() -> Vec<Message> {
    let welcome = json!({"type": "welcome", "you": events::ana(), "keep_alive_ms": 25_000});
    let first = Message::new(PREFIX, "welcome", "The first frame: the user, from the token.", "UserWelcome", welcome);
    [first].into_iter().chain(inbox()).chain(memberships()).chain(alerts()).collect()
}

fn inbox() -> [Message; 6] {
    let ended = |name: &str, summary| {
        let partial = json!({"accepted_at": null, "declined_at": AT, "revoked_at": null});
        Message::event(PREFIX, name, summary, "OwnInviteEnded", events::event(name, None, INVITE, &partial))
    };
    [
        Message::event(
            PREFIX,
            "inbox.updated",
            "A conversation changed that this tab does not have open.",
            "InboxUpdated",
            events::event("inbox.updated", None, CONVERSATION, &inbox_change()),
        ),
        Message::event(
            PREFIX,
            "invite.created",
            "An invite for the user.",
            "OwnInviteCreated",
            events::event("invite.created", None, INVITE, &invite_card()),
        ),
        ended("invite.updated", "An invite for the user was accepted or declined, perhaps on another device."),
        ended("invite.revoked", "An invite for the user was revoked."),
        Message::event(
            PREFIX,
            "message.read",
            "A message of the user was read. Only for apps with Laravel's event names.",
            "OwnMessageRead",
            events::event(
                "message.read",
                None,
                "8",
                &json!({"user_id": "8", "name": "Ben", "seq": 42, "message_id": MESSAGE}),
            ),
        ),
        Message::new(
            PREFIX,
            "application-event",
            "An event that the application's backend published on a channel of the user.",
            "ApplicationEvent",
            json!({"event": "invoice.paid", "channel": "private-user.7", "data": {"invoice": 12}, "at": AT}),
        ),
    ]
}

/// Changed fields of a conversation in an inbox.
pub(super) fn inbox_change() -> Value {
    json!({"unread_count": 1, "last_seq": 42, "last_message": events::message(), "last_message_at": AT})
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
    events::event(name, None, "7", &partial)
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
    let news =
        |name: &str, for_guards| json!({"event": name, "id": ALERT, "partial": events::alert(for_guards), "at": AT});
    [
        ("panic-alert.triggered", "An alert was raised or reopened, or the user is paged for one."),
        ("panic-alert.updated", "An alert of the user, or one that they may see, changed."),
    ]
    .map(|(name, summary)| Message::event(PREFIX, name, summary, "AlertNews", news(name, false)).or(news(name, true)))
}
