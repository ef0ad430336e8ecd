//! The native socket of the alert desk's dashboards.

use super::close_codes;
use super::events::{self, ALERT, AT};
use super::own_channel::SHARED;
use super::parts::{Message, Operation, Section};
use serde_json::{Value, json};

const CHANNEL: &str = "dashboard";
const PREFIX: &str = "dashboard";
/// Keys of the events that dashboards get.
const NEWS: [&str; 4] =
    ["dashboardPanicAlertTriggered", "dashboardPanicAlertUpdated", "dashboardApplicationEvent", "dashboardEvents"];

/// The channel and its messages.
pub(super) fn describe() -> Section {
    let mut section = Section { messages: messages(), ..Section::default() };
    let own: Vec<String> = section.messages.iter().map(|message| message.key.clone()).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let keys: Vec<&str> = own.iter().copied().chain(SHARED).filter(|key| *key != "clientPong").collect();
    section.channel(
        CHANNEL,
        json!({
            "address": "/api/security/alerts/socket",
            "title": "The alert desk's dashboard",
            "description": "Subprotocol `campana.v1`, for tokens with `view_panic_alerts`. After `welcome` come the open \
                alerts, newest first, in frames of 50 at most, the last of which is `complete`; then changes. A frame \
                may be an array of changes. A user sees an alert of their own as its owner does.",
            "servers": [{"$ref": "#/servers/sockets"}, {"$ref": "#/servers/localSockets"}],
            "bindings": {"$ref": "#/components/channelBindings/nativeSocket"},
            "x-close-codes": close_codes::native(),
        }),
        &keys,
    );
    operations(&mut section);
    section
}

fn operations(section: &mut Section) {
    let operation = |action, summary, messages, answers| Operation {
        action,
        channel: CHANNEL,
        summary,
        messages,
        answers,
        security: &["token", "subprotocolToken", "ticket"],
        more: json!({}),
    };
    section.operation(
        "openDashboard",
        &operation("send", "Sends the open alerts.", &["dashboardWelcome", "dashboardAlerts"], &[]),
    );
    section.operation("notifyDashboards", &operation("send", "Delivers changes of alerts.", &NEWS, &[]));
    section
        .operation("refuseDashboard", &operation("send", "Refuses a frame or the connection.", &["serverError"], &[]));
    section.operation(
        "probeDashboard",
        &operation("send", "Asks whether the dashboard is connected.", &["serverPing"], &["dashboardPong"]),
    );
    section.operation(
        "confirmAlerts",
        &operation("receive", "Confirms that alerts were delivered or seen.", &["dashboardReceipt"], &[]),
    );
    section.operation(
        "resumeDashboard",
        &operation(
            "receive",
            "Asks for the alerts that changed after a position.",
            &["dashboardResume"],
            &["dashboardPanicAlertUpdated", "dashboardEvents", "dashboardResumed", "dashboardReset"],
        ),
    );
    section.operation(
        "keepDashboardAlive",
        &operation("receive", "Keeps the socket open.", &["clientPing"], &["serverPong"]),
    );
    section.operation(
        "answerDashboardPing",
        &operation("receive", "Answers the server's ping frame.", &["dashboardPong"], &[]),
    );
}

fn news(name: &str) -> Value {
    json!({"event": name, "seq": 12, "id": ALERT, "partial": events::alert(true), "at": AT})
}

fn messages() -> Vec<Message> {
    let frame = |name, summary, schema, example| Message::new(PREFIX, name, summary, schema, example);
    let event = |name: &str, summary| Message::event(PREFIX, name, summary, "AlertNews", news(name));
    vec![
        frame(
            "welcome",
            "The first frame: the position of the desk, and the user, from the token.",
            "AlertWelcome",
            json!({"type": "welcome", "epoch": "k3v9", "head": 12, "you": events::ana(), "keep_alive_ms": 25_000}),
        ),
        frame(
            "alerts",
            "Open alerts, newest first. After the complete frame, any other alert that the client has open is closed.",
            "AlertsFrame",
            json!({"type": "alerts", "alerts": [events::alert(true)], "complete": true}),
        ),
        frame(
            "resumed",
            "Every change after the position was sent.",
            "AlertResumed",
            json!({"type": "resumed", "head": 12}),
        ),
        frame(
            "reset",
            "The position cannot be used: closed alerts that the client has may be outdated.",
            "AlertReset",
            json!({"type": "reset", "epoch": "k3v9", "head": 12}),
        ),
        event("panic-alert.triggered", "An alert was raised or reopened."),
        event("panic-alert.updated", "An alert changed. A replay sends every missed change as this event."),
        frame(
            "application-event",
            "An event that the application's backend published on a channel of the desk.",
            "ApplicationEvent",
            json!({"event": "shift.changed", "channel": "private-security-dashboard", "data": {"shift": 2}, "at": AT}),
        ),
        frame(
            "events",
            "Several events in one frame, in order.",
            "AlertBatch",
            json!([news("panic-alert.updated"), news("panic-alert.updated")]),
        ),
        frame(
            "receipt",
            "Alerts were delivered or seen, at most 100.",
            "ReceiptFrame",
            json!({"type": "receipt", "ids": [ALERT], "state": "seen"}),
        ),
        frame(
            "resume",
            "Asks for the alerts that changed after a position.",
            "AlertResumeFrame",
            json!({"type": "resume", "epoch": "k3v9", "seq": 10}),
        ),
        frame("pong", "Answers the server's ping frame.", "AlertPongFrame", json!({"type": "pong"})),
    ]
}
