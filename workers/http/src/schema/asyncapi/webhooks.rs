//! Webhooks: requests of the server to the application's backend and to services for alerts.

use super::events::{self, ALERT, AT};
use super::parts::{Message, Operation, Section};
use campana_core::alerts::What;
use campana_core::webhooks::alerts::Event;
use serde_json::{Value, json};

const CHANNELS: &str = "channelWebhook";
const ALERTS: &str = "alertWebhook";

/// Both kinds of webhooks.
pub(super) fn describe() -> Section {
    let mut section = Section::default();
    let alerts: Vec<Message> = What::NAMES.iter().map(|name| of_alert(name)).collect();
    let keys: Vec<String> = alerts.iter().map(|message| message.key.clone()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    section.messages = [of_channels()].into_iter().chain(alerts).collect();
    section.channel(
        CHANNELS,
        json!({
            "address": "/{path}",
            "title": "An app's webhooks for its channels",
            "description": "`POST` to the URLs that the operator sets for an app, in the format of Pusher's webhooks, with \
                up to 100 events in order. One request at a time for each endpoint. Without a 2xx within 10 s the same \
                bytes are sent again, with the same `x-campana-delivery`, for 5 minutes. During a rotation of the app's \
                secret the attempts alternate between both. The operator may add headers.",
            "servers": [{"$ref": "#/servers/receiver"}],
            "parameters": {"path": {"$ref": "#/components/parameters/path"}},
        }),
        &["webhookChannelEvents"],
    );
    section.channel(
        ALERTS,
        json!({
            "address": "/{path}",
            "title": "A tenant's webhooks for panic alerts",
            "description": "`POST` to the URLs that an administrator adds, as Standard Webhooks, one timeline entry each. \
                Without a 2xx within 10 s the same event is sent again with the same `webhook-id`, over about four days. 410 \
                disables the endpoint. CAP documents are not sent: `GET /api/security/alerts/{id}` returns them.",
            "servers": [{"$ref": "#/servers/receiver"}],
            "parameters": {"path": {"$ref": "#/components/parameters/path"}},
        }),
        &keys,
    );
    let post = |channel, summary, messages, security| Operation {
        action: "send",
        channel,
        summary,
        messages,
        answers: &[],
        security,
        more: json!({"bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}}}),
    };
    section.operation(
        "reportChannelEvents",
        &post(
            CHANNELS,
            "Reports events of channels to the app's backend.",
            &["webhookChannelEvents"],
            &["appSignature"],
        ),
    );
    section.operation(
        "reportAlertEvent",
        &post(ALERTS, "Reports an entry of an alert's timeline.", &keys, &["alertSignature"]),
    );
    section
}

fn of_channels() -> Message {
    let channel = "presence-board";
    let example = json!({"time_ms": 1_769_850_300_120_i64, "events": [
        {"name": "channel_occupied", "channel": channel},
        {"name": "member_added", "channel": channel, "user_id": "7"},
        {
            "name": "client_event", "channel": channel, "event": "client-draw", "data": json!({"x": 1}).to_string(),
            "socket_id": "123.456", "user_id": "7",
        },
        {"name": "cache_miss", "channel": "cache-news"},
        {"name": "subscription_count", "channel": "news", "subscription_count": 3},
        {"name": "member_removed", "channel": channel, "user_id": "7"},
        {"name": "channel_vacated", "channel": channel},
    ]});
    let summary = "Events of an app's channels, in order.";
    Message::new("webhook", "channel-events", summary, "ChannelWebhook", example).with_headers(headers(&[
        ("x-pusher-key", "The app's key."),
        ("x-pusher-signature", "HMAC-SHA256 of the body with the app's secret, in hexadecimal."),
        ("x-campana-delivery", "Id of the request, the same in all attempts: receivers drop repeated ones by it."),
    ]))
}

fn of_alert(name: &str) -> Message {
    let kind = Event::kind_of(name);
    let by = (!matches!(name, "lapsed" | "escalated" | "exhausted")).then(|| json!({"id": "9", "name": "Luis"}));
    let mut entry = json!({"number": 1, "at": AT, "by": by, "what": name});
    if let (Some(fields), Some(data)) = (entry.as_object_mut(), data_of(name)) {
        fields.insert("data".to_owned(), data);
    }
    let mut alert = events::alert(true);
    if let Some(id) = alert.get_mut("alert_id") {
        *id = ALERT.into();
    }
    let example = json!({"type": kind, "timestamp": AT, "data": {"alert": alert, "entry": entry}});
    let summary = summary_of(name);
    Message::new("webhook", &kind, summary, "AlertWebhookEvent", example).tagged("type").with_headers(headers(&[
        ("webhook-id", "Id of the event, the same in all attempts: receivers drop repeated ones by it."),
        ("webhook-timestamp", "Time of this attempt, seconds since 1970."),
        (
            "webhook-signature",
            "`v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` in base64; two of them, separated by a \
             space, for 24 h after the secret was rotated.",
        ),
    ]))
}

fn headers(own: &[(&str, &str)]) -> Value {
    let shared = [("content-type", "application/json"), ("user-agent", "campana-webhooks")];
    let fixed = shared.map(|(name, value)| (name.to_owned(), json!({"type": "string", "const": value})));
    let signed = own.iter().map(|(name, what)| ((*name).to_owned(), json!({"type": "string", "description": what})));
    let properties: serde_json::Map<String, Value> = fixed.into_iter().chain(signed).collect();
    let required: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// What an entry says besides its name.
fn data_of(name: &str) -> Option<Value> {
    match name {
        "triggered" => Some(json!({"left_out": []})),
        "pressed_again" | "reopened" => Some(json!({"presses": 2})),
        "escalated" => Some(json!({"level": 1, "page": {"groups": ["guards"], "webhooks": true}})),
        "resolved" => Some(json!({"reason": "handled", "note": null})),
        "false_alarm" => Some(json!({"reason": "pressed by mistake", "note": null})),
        "cancelled" | "duress" => Some(json!({"reason": null})),
        _ => None,
    }
}

fn summary_of(name: &str) -> &'static str {
    match name {
        "triggered" => "The alert was raised.",
        "pressed_again" => "The button was pressed again.",
        "reopened" => "The button was pressed again soon after the owner had cancelled.",
        "acknowledged" => "A guard took the alert.",
        "responding" => "The guard is on the way.",
        "lapsed" => "The guard who took the alert did nothing for too long.",
        "escalated" => {
            "Nobody took the alert: a step of the escalation paged more people. Only for steps with webhooks."
        }
        "exhausted" => "Nobody took the alert, and no step is left.",
        "resolved" => "A guard attended to the alert.",
        "false_alarm" => "A guard found no emergency.",
        "cancelled" => "The owner cancelled the alert.",
        "duress" => "The owner gave the duress PIN: the alert stays open.",
        _ => "The owner gave a wrong PIN.",
    }
}
