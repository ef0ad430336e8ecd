//! Tests that the document describes every event and frame, and what the code really writes and reads.

mod checking;
mod frames;
mod webhooks;

use campana_core::alerts::What;
use campana_core::alerts::wire::AlertEvent;
use campana_core::chat::wire::EventName;
use campana_core::pusher::code::Code;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::close_code::CloseCode;
use checking::{Checker, leaves};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Channels of a conversation: its socket and its stream.
const CONVERSATION_CHANNELS: [&str; 2] = ["conversation", "conversationEvents"];

#[test]
fn every_message_has_a_summary_and_examples_that_match_its_payload() {
    let checker = Checker::new();
    for (key, message) in checker.messages() {
        for field in ["name", "title", "summary", "contentType"] {
            assert!(message[field].as_str().is_some_and(|text| !text.is_empty()), "{key} has a {field}");
        }
        let schema = Checker::schema_of(message);
        let examples = message["examples"].as_array().expect("examples");
        assert!(!examples.is_empty(), "{key} has an example");
        for example in examples {
            checker.check(&schema, &example["payload"]);
        }
    }
}

#[test]
fn an_example_that_does_not_match_is_detected() {
    let checker = Checker::new();
    let event = |data: &str| json!({"event": "inbox.updated", "channel": "private-user.7", "data": data});
    for wrong in [event("{}"), event("no JSON"), json!({"event": "inbox.updated", "data": "{}"})] {
        assert!(!checker.problems("ChannelFrameOfInboxUpdated", &wrong).is_empty(), "{wrong}");
    }
    let joined = json!({"event": "presence.left"});
    assert!(!checker.problems("PresenceJoined", &joined).is_empty());
    let more = json!({"type": "head", "epoch": "e", "head": 1, "more": 1});
    assert!(!checker.problems("Head", &more).is_empty(), "additional fields are found");
}

#[test]
fn every_frame_of_native_sockets_is_a_message_of_its_channel() {
    let checker = Checker::new();
    for (schema, channel) in [
        ("ConversationFrame", "conversation"),
        ("ClientFrame", "conversation"),
        ("UserFrame", "me"),
        ("DeskFrame", "dashboard"),
        ("DashboardFrame", "dashboard"),
    ] {
        for leaf in leaves(&checker.document, schema) {
            let described: BTreeSet<String> = checker.names_of_payloads(channel, &leaf);
            assert!(!described.is_empty(), "{leaf} is a message of {channel}");
            let event = &checker.document["components"]["schemas"][&leaf]["properties"]["event"];
            for name in event["enum"].as_array().into_iter().flatten() {
                let name = name.as_str().expect("a name");
                assert!(described.contains(name), "{name} of {leaf} is a message of {channel}: {described:?}");
            }
        }
    }
}

#[test]
fn every_event_name_is_a_message() {
    let checker = Checker::new();
    let [socket, stream] = CONVERSATION_CHANNELS.map(|channel| checker.names_in(channel));
    let (own, dashboard, pusher) = (checker.names_in("me"), checker.names_in("dashboard"), checker.names_in("pusher"));
    for event in EventName::ALL.map(EventName::as_str) {
        assert!(socket.contains(event) || own.contains(event), "{event} is described for native sockets");
        assert!(stream.contains(event) || own.contains(event), "{event} is described for event streams");
        assert!(pusher.contains(event), "{event} is described for Pusher clients");
    }
    for event in AlertEvent::ALL.map(AlertEvent::as_str) {
        assert!([&own, &dashboard, &pusher].iter().all(|names| names.contains(event)), "{event} is described");
    }
    let alert_webhooks = checker.names_in("alertWebhook");
    for name in What::NAMES {
        assert!(alert_webhooks.contains(&format!("alert.{name}")), "{name} is described");
    }
    let batch = checker.messages()["webhookChannelEvents"]["examples"][0]["payload"].to_string();
    for event in WebhookEvent::ALL {
        assert!(batch.contains(&format!(r#""name":"{}""#, event.as_str())), "{} is described", event.as_str());
    }
}

/// Names of the protocol are literals, so the sources are searched for them.
#[test]
fn every_name_of_the_pusher_protocol_in_the_sources_is_a_message() {
    let described = Checker::new().names_in("pusher");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeSet::new();
    for folder in ["core/src/pusher", "durable-objects/src/gateway", "durable-objects/src/subscriptions"] {
        find_names(&root.join(folder), &["pusher:", "pusher_internal:"], &mut found);
    }
    for file in ["conversation/listeners.rs", "alert_desk/listeners.rs"] {
        find_names(&root.join("durable-objects/src").join(file), &["client-", "conversation."], &mut found);
    }
    assert!(found.len() > 16, "the sources have names: {found:?}");
    // No event: the beginning of names that tests refuse.
    found.retain(|name| name != "pusher:secret");
    let missing: Vec<&String> = found.difference(&described).collect();
    assert!(missing.is_empty(), "{missing:?} are not described");
}

fn find_names(path: &Path, prefixes: &[&str], found: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            find_names(&entry.expect("an entry").path(), prefixes, found);
        }
        return;
    }
    let text = fs::read_to_string(path).expect("a source");
    let literals = text.split('"').flat_map(|part| part.split('\\'));
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.');
    let is_name = |part: &&str| {
        let mut rests = prefixes.iter().filter_map(|prefix| part.strip_prefix(prefix));
        rests.any(|rest| !rest.is_empty() && rest.bytes().all(is_letter))
    };
    found.extend(literals.filter(is_name).map(str::to_owned));
}

#[test]
fn every_close_code_is_described_once() {
    let document = super::asyncapi();
    let codes = |channel: &str| -> Vec<(u64, String)> {
        let rows = document["channels"][channel]["x-close-codes"].as_array().expect("codes");
        rows.iter()
            .map(|row| (row["code"].as_u64().expect("a code"), row["reason"].as_str().expect("a reason").to_owned()))
            .collect()
    };
    let native = CloseCode::ALL.map(|close| (u64::from(close.code()), close.reason().to_owned()));
    for channel in ["conversation", "me", "dashboard"] {
        assert_eq!(codes(channel), native, "{channel}");
    }
    let closing = Code::ALL
        .into_iter()
        .filter(|code| !matches!(code, Code::PathNotFound | Code::Inactive | Code::ClientEvent | Code::Watchlist));
    let closing: Vec<_> = closing.map(|code| (u64::from(code.number()), code.message().to_owned())).collect();
    assert_eq!(codes("pusher"), closing);
}

#[test]
fn every_message_belongs_to_an_operation() {
    let document = super::asyncapi();
    let operations = document["operations"].to_string();
    for (channel, fields) in document["channels"].as_object().expect("channels") {
        for key in fields["messages"].as_object().expect("messages").keys() {
            let reference = format!(r##""#/channels/{channel}/messages/{key}""##);
            assert!(operations.contains(&reference), "{key} of {channel} has an operation");
        }
    }
}

#[test]
fn every_reference_is_defined() {
    let document = super::asyncapi();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}
