//! The native socket of a conversation, and its events as a stream.

use super::parts::{Message, Operation, Section};
use super::{close_codes, events};
use serde_json::{Value, json};

const SOCKET: &str = "conversation";
const STREAM: &str = "conversationEvents";
/// Prefix of the keys of frames from clients.
const CLIENT: &str = "client";
/// Prefix of the keys of frames of the server that are not events.
const SERVER: &str = "server";

/// Frames that the stream has too: without acknowledgements, refusals and pings.
const STREAM_FRAMES: [&str; 3] = ["serverWelcome", "serverHead", "serverReset"];

/// The channels, and all of their messages.
pub(super) fn describe() -> Section {
    let mut section = Section::default();
    let events = events::of_conversations();
    let event_keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let event_keys: Vec<&str> = event_keys.iter().map(String::as_str).collect();
    section.messages = frames_of_server().into_iter().chain(frames_of_clients()).chain(events).collect();
    let keys: Vec<String> = section.messages.iter().map(|message| message.key.clone()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    section.channel(SOCKET, socket_channel(), &keys);
    let streamed: Vec<&str> = STREAM_FRAMES.iter().chain(&event_keys).copied().filter(|key| *key != "events").collect();
    section.channel(STREAM, stream_channel(), &streamed);
    operations(&mut section, &event_keys, &streamed);
    section
}

fn socket_channel() -> Value {
    json!({
        "address": "/api/chat/conversations/{conversation_id}/socket",
        "title": "A conversation's native socket",
        "description": "Subprotocol `campana.v1`. A frame is one JSON object, or an array of events; only the keep-alive \
            texts `ping` and `pong` are no JSON. The first frame is `welcome`, or `error` before a close; clients that do \
            not offer the subprotocol get some refusals as HTTP answers, as do pages of a foreign origin. A client that \
            connects with `epoch` and `seq` then gets the events that it missed, in order, or `reset`, and then live \
            events. Events with a `seq` have the same order for every client, without gaps and duplicates.",
        "servers": [{"$ref": "#/servers/sockets"}, {"$ref": "#/servers/localSockets"}],
        "parameters": {"conversation_id": {"$ref": "#/components/parameters/conversation_id"}},
        "bindings": {"$ref": "#/components/channelBindings/nativeSocket"},
        "x-close-codes": close_codes::native(),
    })
}

fn stream_channel() -> Value {
    json!({
        "address": "/api/chat/conversations/{conversation_id}/events",
        "title": "A conversation's events as server-sent events",
        "description": "`GET`, answered by `text/event-stream`: the events of the socket for clients that cannot open \
            one. Each payload is the `data` of one server-sent event. The `event` field is `welcome` or `reset` for these \
            two frames and absent otherwise. The `id` field is `{epoch}:{seq}` for events with a `seq`, the position \
            from which the stream continues for `welcome`, the head for `reset`, and absent otherwise. A client that \
            reconnects sends the last id as `Last-Event-ID`. A silent stream sends a comment at least every \
            `keep_alive_ms` of the welcome. Refusals are problem documents of the HTTP answer.",
        "servers": [{"$ref": "#/servers/http"}, {"$ref": "#/servers/localHttp"}],
        "parameters": {"conversation_id": {"$ref": "#/components/parameters/conversation_id"}},
        "x-request": {
            "query": {"$ref": "#/components/schemas/ConnectParams"},
            "headers": {"$ref": "#/components/schemas/EventStreamHeaders"},
        },
    })
}

fn operations(section: &mut Section, events: &[&str], streamed: &[&str]) {
    let on_socket = |action, summary, messages, answers| Operation {
        action,
        channel: SOCKET,
        summary,
        messages,
        answers,
        security: &["token", "subprotocolToken", "ticket"],
        more: json!({}),
    };
    let receive = |summary, messages, answers| on_socket("receive", summary, messages, answers);
    let send = |summary, messages| on_socket("send", summary, messages, &[]);
    section.operation(
        "sendToConversation",
        &receive("Sends a message. It is durable when `ack` comes.", &["clientSend"], &["serverAck", "serverError"]),
    );
    section.operation(
        "changeMessage",
        &receive(
            "Changes, deletes, pins or reacts to a message. The event confirms it; a connection that named a `client_id` gets \
             no echo.",
            &["clientEdit", "clientDelete", "clientReact", "clientUnreact", "clientPin", "clientUnpin"],
            &[
                "messageUpdated",
                "messageDeleted",
                "reactionAdded",
                "reactionRemoved",
                "messagePinned",
                "messageUnpinned",
                "serverError",
            ],
        ),
    );
    section.operation("signalTyping", &receive("Shows the others that the user types.", &["clientTyping"], &[]));
    section.operation("markRead", &receive("Moves the read marker forward.", &["clientRead"], &[]));
    let replay: Vec<&str> = events.iter().copied().chain(["serverReset"]).collect();
    section
        .operation("resumeConversation", &receive("Asks for the events after a position.", &["clientResume"], &replay));
    section.operation("keepAlive", &receive("Keeps the socket open.", &["clientPing"], &["serverPong"]));
    section.operation("answerPing", &receive("Answers the server's ping frame.", &["clientPong"], &[]));
    section.operation(
        "openConversation",
        &send("Tells the position of the log.", &["serverWelcome", "serverHead", "serverReset"]),
    );
    section.operation("deliverEvents", &send("Delivers events, at once and after a reconnect.", events));
    section.operation("refuse", &send("Refuses a frame or the connection.", &["serverError"]));
    section.operation(
        "probe",
        &Operation {
            answers: &["clientPong"],
            ..send("Asks whether the client is connected, before it is closed to make room.", &["serverPing"])
        },
    );
    section.operation(
        "streamEvents",
        &Operation {
            action: "send",
            channel: STREAM,
            summary: "Delivers the events that the client missed, and then live events.",
            messages: streamed,
            answers: &[],
            security: &["token", "ticket"],
            more: json!({"bindings": {"http": {
                "method": "GET",
                "query": {"$ref": "#/components/schemas/ConnectParams"},
                "bindingVersion": "0.3.0",
            }}}),
        },
    );
}

fn frames_of_server() -> Vec<Message> {
    let frame = |name, summary, schema, example| Message::new(SERVER, name, summary, schema, example);
    vec![
        frame(
            "welcome",
            "The first frame: the position of the log, the user's membership, and who is connected.",
            "Welcome",
            json!({
                "type": "welcome", "epoch": "k3v9", "head": 42,
                "you": {"user_id": "7", "name": "Ana", "role": "member", "last_read_seq": 40},
                "online": [{"user_id": "7", "name": "Ana"}], "online_count": 1, "keep_alive_ms": 25_000,
            }),
        ),
        frame(
            "ack",
            "The message is durable. A repeat with the same `client_msg_id` gets the first result.",
            "Ack",
            json!({
                "type": "ack", "client_msg_id": "c-1", "id": events::MESSAGE, "seq": 42, "created_at": events::AT,
            }),
        ),
        frame(
            "head",
            "The newest position, after the server restarted. A client that has less sends `resume`.",
            "Head",
            json!({"type": "head", "epoch": "k3v9", "head": 42}),
        ),
        frame(
            "reset",
            "No replay is possible. The client loads the newest page and continues from here.",
            "Reset",
            json!({"type": "reset", "epoch": "k3v9", "head": 42}),
        ),
        frame(
            "error",
            "A refusal: of a frame, whose socket stays open, or of the connection, before the close.",
            "ErrorFrame",
            json!({
                "type": "error", "error": "rate-limited", "title": "Too many requests", "status": 429,
                "detail": "too many frames", "errors": [], "retry_after_ms": 500, "client_msg_id": "c-1",
            }),
        ),
        frame(
            "ping",
            "Asks whether the client is connected. It answers with `pong` within 4 s, or may be closed.",
            "ServerPing",
            json!({"type": "ping"}),
        ),
        frame("pong", "Answers the text `ping`; without waking the server's object.", "TextPong", json!("pong"))
            .in_plain_text(),
    ]
}

fn frames_of_clients() -> Vec<Message> {
    let frame = |name, summary, schema, example| Message::new(CLIENT, name, summary, schema, example);
    vec![
        frame(
            "send",
            "Sends a message.",
            "SendFrame",
            json!({"type": "send", "client_msg_id": "c-1", "body": "hello"}),
        )
        .or(json!({
            "type": "send", "client_msg_id": "c-2", "body": "the plan", "message_type": "image",
            "parent_id": events::MESSAGE, "metadata": {"url": "https://acme.example/plan.png"},
        })),
        frame(
            "edit",
            "Changes the body of one's own message.",
            "EditFrame",
            json!({"type": "edit", "id": events::MESSAGE, "body": "hello all"}),
        ),
        frame("delete", "Deletes a message.", "DeleteFrame", json!({"type": "delete", "id": events::MESSAGE})),
        frame(
            "react",
            "Reacts to a message.",
            "ReactFrame",
            json!({"type": "react", "id": events::MESSAGE, "emoji": "👍"}),
        ),
        frame(
            "unreact",
            "Takes a reaction back.",
            "UnreactFrame",
            json!({"type": "unreact", "id": events::MESSAGE, "emoji": "👍"}),
        ),
        frame("pin", "Pins a message.", "PinFrame", json!({"type": "pin", "id": events::MESSAGE})),
        frame("unpin", "Unpins a message.", "UnpinFrame", json!({"type": "unpin", "id": events::MESSAGE})),
        frame(
            "typing",
            "The user types, or stopped. Repeated every 2 s while the user types.",
            "TypingFrame",
            json!({"type": "typing", "on": true}),
        ),
        frame("read", "Moves the read marker forward.", "ReadFrame", json!({"type": "read", "seq": 42})),
        frame(
            "resume",
            "Asks for the events after a position.",
            "ResumeFrame",
            json!({"type": "resume", "epoch": "k3v9", "seq": 40}),
        ),
        frame("pong", "Answers the server's ping frame.", "PongFrame", json!({"type": "pong"})),
        frame("ping", "The text `ping`: keeps the socket open.", "TextPing", json!("ping")).in_plain_text(),
    ]
}
