//! The socket of Pusher clients: frames of the protocol.

use super::parts::{Message, Operation, Section};
use super::{close_codes, pusher_events};
use serde_json::{Value, json};

const CHANNEL: &str = "pusher";
const SOCKET_ID: &str = "123.456";

/// The channel and its messages.
pub(super) fn describe() -> Section {
    let channel_events = pusher_events::all();
    let event_keys: Vec<String> = channel_events.iter().map(|message| message.key.clone()).collect();
    let event_keys: Vec<&str> = event_keys.iter().map(String::as_str).collect();
    let messages = frames_of_server().into_iter().chain(frames_of_clients()).chain(channel_events).collect();
    let mut section = Section { messages, ..Section::default() };
    let keys: Vec<String> = section.messages.iter().map(|message| message.key.clone()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    section.channel(
        CHANNEL,
        json!({
            "address": "/app/{key}",
            "title": "The socket of Pusher clients",
            "description": "The Pusher Channels protocol, version 7, with many Pusher channels on one socket: `channel` of a \
                frame names one. The `data` of frames from the server is JSON in a string, whose schema is `contentSchema`, \
                except in `pusher:error`, pings and client events. Refusals of the connection are sent on the accepted \
                socket, before the close. Private and presence channels need a signature of the app's secret, by the \
                application's backend or `POST /broadcasting/auth`: HMAC-SHA256 of `{socket_id}:{channel}` or \
                `{socket_id}:{channel}:{channel_data}`, in hexadecimal.",
            "servers": [{"$ref": "#/servers/sockets"}, {"$ref": "#/servers/localSockets"}],
            "parameters": {"key": {"$ref": "#/components/parameters/key"}},
            "bindings": {"$ref": "#/components/channelBindings/pusherSocket"},
            "x-close-codes": close_codes::pusher(),
        }),
        &keys,
    );
    operations(&mut section, &event_keys);
    section
}

fn operations(section: &mut Section, events: &[&str]) {
    let operation = |action, summary, messages, answers| {
        let (channel, security, more) = (CHANNEL, &[][..], json!({}));
        Operation { action, channel, summary, messages, answers, security, more }
    };
    let send = |summary, messages| operation("send", summary, messages, &[]);
    section.operation("establish", &send("Opens the socket.", &["serverPusherConnectionEstablished"]));
    section.operation("refuseClient", &send("Refuses a frame or the connection.", &["serverPusherError"]));
    section.operation(
        "pingClient",
        &operation("send", "Asks a silent client whether it is there.", &["serverPusherPing"], &["clientPusherPong"]),
    );
    section.operation(
        "answerClient",
        &operation("receive", "Answers a client's ping.", &["clientPusherPing"], &["serverPusherPong"]),
    );
    section.operation(
        "subscribe",
        &operation(
            "receive",
            "Subscribes to a channel.",
            &["clientPusherSubscribe"],
            &[
                "serverPusherInternalSubscriptionSucceeded",
                "serverPusherSubscriptionError",
                "serverPusherCacheMiss",
                "serverPusherError",
            ],
        ),
    );
    section.operation(
        "unsubscribe",
        &operation("receive", "Ends a subscription; without an answer.", &["clientPusherUnsubscribe"], &[]),
    );
    section.operation(
        "endSubscription",
        &send("Ends a subscription of a user who may no longer listen.", &["serverPusherSubscriptionError"]),
    );
    section.operation(
        "signIn",
        &operation(
            "receive",
            "Signs the socket in as a user.",
            &["clientPusherSignin"],
            &["serverPusherSigninSuccess", "serverPusherInternalWatchlistEvents", "serverPusherError"],
        ),
    );
    section.operation(
        "publishClientEvent",
        &operation(
            "receive",
            "Publishes to the other subscribers of a private or presence channel.",
            &["clientClientEvent", "clientClientTyping", "clientClientAlertDelivered", "clientClientAlertSeen"],
            &["serverPusherError"],
        ),
    );
    section.operation(
        "announce",
        &send(
            "Tells who subscribes, and who is online.",
            &[
                "serverPusherInternalMemberAdded",
                "serverPusherInternalMemberRemoved",
                "serverPusherInternalSubscriptionCount",
                "serverPusherInternalWatchlistEvents",
            ],
        ),
    );
    section.operation("deliverToChannels", &send("Delivers events to the subscribers of channels.", events));
}

fn frames_of_server() -> Vec<Message> {
    let frame = |name, summary, schema, example| Message::new("server", name, summary, schema, example);
    let mut frames = vec![
        frame(
            "pusher:connection_established",
            "The first frame. Signatures cover the socket's id.",
            "PusherConnectionEstablished",
            json!({
                "event": "pusher:connection_established",
                "data": json!({"socket_id": SOCKET_ID, "activity_timeout": 30}).to_string(),
            }),
        ),
        frame(
            "pusher:error",
            "A refusal. With a code from 4000 to 4299 the socket is closed with the same code.",
            "PusherError",
            json!({"event": "pusher:error", "data": {"code": 4001, "message": "Application does not exist"}}),
        )
        .or(json!({
            "event": "pusher:error", "channel": "private-chat.7.8",
            "data": {"code": 4301, "message": "Client event rejected: at most 10 a second"},
        }))
        .or(json!({
            "event": "pusher:error",
            "data": {"code": null, "message": "Invalid message format: not a JSON object with an event"},
        })),
        frame(
            "pusher:ping",
            "Asks a client that was silent for the activity time-out and 5 s. Without an answer in 20 s the socket is closed.",
            "PusherPing",
            json!({"event": "pusher:ping", "data": {}}),
        ),
        frame("pusher:pong", "Answers a ping.", "PusherPong", json!({"event": "pusher:pong", "data": {}})),
        frame(
            "pusher:signin_success",
            "The sign-in succeeded. The socket gets what is published for the user.",
            "PusherSigninSuccess",
            json!({
                "event": "pusher:signin_success",
                "data": json!({"user_data": json!({"id": "7"}).to_string()}).to_string(),
            }),
        ),
        frame(
            "pusher_internal:watchlist_events",
            "Users of the watchlist came online or went offline.",
            "PusherWatchlistEvents",
            json!({
                "event": "pusher_internal:watchlist_events",
                "data": json!({"events": [{"name": "online", "user_ids": ["8"]}]}).to_string(),
            }),
        ),
    ];
    frames.extend(frames_of_channels());
    frames
}

/// A frame of the server on a channel.
pub(super) fn on_channel(event: &str, channel: &str, data: &Value) -> Value {
    json!({"event": event, "channel": channel, "data": data.to_string()})
}

fn frames_of_channels() -> Vec<Message> {
    let room = "presence-room.0190a7c0-0000-7000-8000-000000000003";
    let frame = |name: &str, summary, schema, data: Value| {
        Message::new("server", name, summary, schema, on_channel(name, room, &data))
    };
    let members = json!({"presence": {"ids": [7], "hash": {"7": {"id": 7, "name": "Ana"}}, "count": 1}});
    vec![
        frame(
            "pusher_internal:subscription_succeeded",
            "The subscription succeeded. Events of the channel follow it.",
            "PusherSubscriptionSucceeded",
            members,
        )
        .or(on_channel("pusher_internal:subscription_succeeded", "news", &json!({}))),
        frame(
            "pusher:subscription_error",
            "The subscription is refused, or has ended: no frame of the channel follows.",
            "PusherSubscriptionError",
            json!({"type": "AuthError", "error": "you are not a member any more", "status": 403}),
        ),
        frame(
            "pusher_internal:member_added",
            "A user's first socket subscribed to the presence channel.",
            "PusherMemberAdded",
            json!({"user_id": 8, "user_info": {"id": 8, "name": "Ben"}}),
        ),
        frame(
            "pusher_internal:member_removed",
            "A user's last socket left the presence channel.",
            "PusherMemberRemoved",
            json!({"user_id": 8}),
        ),
        Message::new(
            "server",
            "pusher_internal:subscription_count",
            "The number of subscriptions changed. Only if the app wants it; not on presence channels.",
            "PusherSubscriptionCount",
            on_channel("pusher_internal:subscription_count", "news", &json!({"subscription_count": 3})),
        ),
        Message::new(
            "server",
            "pusher:cache_miss",
            "The cache channel has no event of the last 30 minutes. Otherwise that event follows the subscription.",
            "PusherCacheMiss",
            json!({"event": "pusher:cache_miss", "channel": "cache-news"}),
        ),
    ]
}

fn frames_of_clients() -> Vec<Message> {
    let frame = |name, summary, schema, example| Message::new("client", name, summary, schema, example);
    let auth = format!("demo-key:{}", "0".repeat(64));
    vec![
        frame(
            "pusher:subscribe",
            "Subscribes to a channel.",
            "PusherSubscribe",
            json!({"event": "pusher:subscribe", "data": {"channel": "news"}}),
        )
        .or(json!({
            "event": "pusher:subscribe",
            "data": {
                "channel": "presence-chat", "auth": auth,
                "channel_data": json!({"user_id": 7, "user_info": {"id": 7, "name": "Ana"}}).to_string(),
            },
        })),
        frame(
            "pusher:unsubscribe",
            "Ends a subscription.",
            "PusherUnsubscribe",
            json!({"event": "pusher:unsubscribe", "data": {"channel": "news"}}),
        ),
        frame(
            "pusher:signin",
            "Signs the socket in as a user, with a signature of `{socket_id}::user::{user_data}`.",
            "PusherSignin",
            json!({
                "event": "pusher:signin",
                "data": {"auth": auth, "user_data": json!({"id": "7", "watchlist": ["8"]}).to_string()},
            }),
        ),
        frame("pusher:ping", "Asks the server.", "PusherPing", json!({"event": "pusher:ping", "data": {}})),
        frame("pusher:pong", "Answers the server's ping.", "PusherPong", json!({"event": "pusher:pong", "data": {}})),
        frame(
            "client-event",
            "Any event whose name begins with `client-`, for the other subscribers of the channel.",
            "PusherClientEvent",
            json!({"event": "client-draw", "channel": "private-board", "data": {"x": 1, "y": 2}}),
        ),
        Message::event(
            "client",
            "client-typing",
            "On a conversation's channel: the user types, or stopped. Native sockets get the typing event.",
            "TypingWhisper",
            json!({"event": "client-typing", "channel": "private-chat.7.8", "data": {"typing": true}}),
        ),
        receipt("client-alert.delivered", "On the alert desk's channels: alerts were delivered."),
        receipt("client-alert.seen", "On the alert desk's channels: alerts were visible."),
    ]
}

fn receipt(name: &str, summary: &str) -> Message {
    let example = json!({"event": name, "channel": "private-security-dashboard", "data": {"alert_id": 4711}});
    Message::event("client", name, summary, "ReceiptWhisper", example)
}
