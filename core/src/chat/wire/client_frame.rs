//! Frames from clients of native sockets, and what is wrong with one that cannot be read.

use super::MessageType;
use crate::shared::json::{has_unfolded_key, is_too_deep, read_input};
use crate::shared::limits::MAX_CLIENT_ID_CHARS;
use crate::shared::problem::{Kind, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Client to server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Sends a message. The answer is `ack`.
    #[cfg_attr(feature = "schema", schemars(title = "SendFrame"))]
    Send {
        /// The client's id for it: a repeat returns the first result.
        client_msg_id: String,
        /// The text; it may be absent if there are attachments.
        #[serde(default)]
        body: String,
        /// Text when absent; with attachments `image` if all are pictures, else `file`.
        #[serde(default)]
        message_type: MessageType,
        /// Ids of the sender's own files.
        #[serde(default)]
        attachments: Vec<String>,
        /// The message this one answers.
        #[serde(default)]
        parent_id: Option<String>,
        /// Whether a reply is shown in the conversation too.
        #[serde(default)]
        also_in_channel: bool,
        /// The message this one quotes.
        #[serde(default)]
        quote_id: Option<String>,
        /// Free JSON.
        #[serde(default)]
        metadata: Option<Map<String, Value>>,
    },
    /// Changes the body of one's own message.
    #[cfg_attr(feature = "schema", schemars(title = "EditFrame"))]
    Edit {
        /// The message.
        id: String,
        /// The new text.
        body: String,
        /// Version that the message must have.
        #[serde(default)]
        version: Option<i64>,
    },
    /// Deletes a message.
    #[cfg_attr(feature = "schema", schemars(title = "DeleteFrame"))]
    Delete {
        /// The message.
        id: String,
    },
    /// Reacts to a message.
    #[cfg_attr(feature = "schema", schemars(title = "ReactFrame"))]
    React {
        /// The message.
        id: String,
        /// An emoji, or `:name:` of one that the app has added.
        emoji: String,
    },
    /// Takes a reaction back.
    #[cfg_attr(feature = "schema", schemars(title = "UnreactFrame"))]
    Unreact {
        /// The message.
        id: String,
        /// The emoji.
        emoji: String,
    },
    /// Pins a message.
    #[cfg_attr(feature = "schema", schemars(title = "PinFrame"))]
    Pin {
        /// The message.
        id: String,
    },
    /// Unpins a message.
    #[cfg_attr(feature = "schema", schemars(title = "UnpinFrame"))]
    Unpin {
        /// The message.
        id: String,
    },
    /// Signals that the user types, or stopped.
    #[cfg_attr(feature = "schema", schemars(title = "TypingFrame"))]
    Typing {
        /// Whether the user types.
        on: bool,
    },
    /// Moves the read marker forward.
    #[cfg_attr(feature = "schema", schemars(title = "ReadFrame"))]
    Read {
        /// The last position that was read.
        seq: i64,
    },
    /// Asks for a replay of the events after a position.
    #[cfg_attr(feature = "schema", schemars(title = "ResumeFrame"))]
    Resume {
        /// The log's epoch that the position belongs to.
        epoch: String,
        /// The last position the client has.
        seq: i64,
    },
    /// Answers the server's `ping`.
    #[cfg_attr(feature = "schema", schemars(title = "PongFrame"))]
    Pong {},
}

const FRAME_TYPES: [&str; 11] =
    ["send", "edit", "delete", "react", "unreact", "pin", "unpin", "typing", "read", "resume", "pong"];

impl ClientFrame {
    /// Parses a text frame. The error distinguishes invalid JSON, an unknown type and an invalid field, and has the
    /// `client_msg_id` if one could be read.
    pub fn parse(text: &str) -> Result<Self, (Problem, Option<String>)> {
        read_input(text).map_err(|error| Self::explain(text, &error))
    }

    fn explain(text: &str, error: &serde_json::Error) -> (Problem, Option<String>) {
        let value = match read_input::<Value>(text) {
            Ok(value) => value,
            Err(error) if is_too_deep(&error) => return (Problem::field("frame", "is nested too deeply"), None),
            Err(error) if has_unfolded_key(&error) => {
                return (Problem::field("frame", "has a key that no object may have"), None);
            }
            Err(_) => return (Problem::new(Kind::Malformed, "the frame is not JSON"), None),
        };
        let client_msg_id = value
            .get("client_msg_id")
            .and_then(Value::as_str)
            .filter(|id| id.chars().count() <= MAX_CLIENT_ID_CHARS)
            .map(str::to_owned);
        let problem = match value.get("type").and_then(Value::as_str) {
            None if !value.is_object() => Problem::new(Kind::Malformed, "a frame is one JSON object"),
            None => Problem::field("type", "is missing or not a text"),
            Some(name) if !FRAME_TYPES.contains(&name) => {
                Problem::new(Kind::UnknownFrame, format!("known types are {}", FRAME_TYPES.join(", ")))
            }
            Some(name) => Problem::field(name, without_values(error)),
        };
        (problem, client_msg_id)
    }
}

/// The message of a serde error without the client's own values, which may be a message body.
pub fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    if text.starts_with("invalid type") || text.starts_with("invalid value") {
        let expected = text.rsplit("expected ").next().unwrap_or("another type");
        return format!("a value has the wrong type, expected {expected}");
    }
    if text.starts_with("unknown variant") {
        let expected = text.rsplit("expected ").next().unwrap_or("another value");
        return format!("a value is not one of those known, expected {expected}");
    }
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, kind: Kind) -> Problem {
        let (problem, _) = ClientFrame::parse(text).expect_err("must be refused");
        assert_eq!(problem.kind, kind, "{text} -> {problem:?}");
        problem
    }

    #[test]
    fn frames_are_read() {
        assert_eq!(ClientFrame::parse(r#"{"type":"typing","on":true}"#), Ok(ClientFrame::Typing { on: true }));
        let sent = ClientFrame::parse(r#"{"type":"send","client_msg_id":"a","body":"hi"}"#);
        assert!(matches!(sent, Ok(ClientFrame::Send { message_type: MessageType::Text, .. })));
    }

    #[test]
    fn each_kind_of_bad_frame_has_its_own_problem() {
        refused("{", Kind::Malformed);
        refused("[]", Kind::Malformed);
        refused("7", Kind::Malformed);
        refused("{}", Kind::Invalid);
        refused(r#"{"type":7}"#, Kind::Invalid);
        refused(r#"{"type":"dance"}"#, Kind::UnknownFrame);
        refused(r#"{"type":"typing"}"#, Kind::Invalid);
        refused(r#"{"type":"typing","on":1}"#, Kind::Invalid);
        refused(r#"{"type":"typing","on":true,"off":false}"#, Kind::Invalid);
        refused(r#"{"type":"read","seq":"1"}"#, Kind::Invalid);
    }

    #[test]
    fn a_refusal_names_the_send_but_never_repeats_the_body() {
        let text = r#"{"type":"send","client_msg_id":"m1","body":["my secret"]}"#;
        let (problem, id) = ClientFrame::parse(text).expect_err("must be refused");
        assert_eq!(id.as_deref(), Some("m1"));
        assert!(!format!("{problem:?}").contains("secret"));
    }
}
