//! Frames of native sockets (`campana.v1`), and the event that every transport carries.
//!
//! With the feature `schema` these types derive JSON Schema; the module `schema` describes JSON built without a type.

#[cfg(feature = "schema")]
pub mod schema;

use crate::chat::policy::Role;
use crate::named;
use crate::shared::ids::{ConversationId, MessageId, UserId};
use crate::shared::json::{has_unfolded_key, is_too_deep, read_input};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The subprotocol of native sockets.
pub const SUBPROTOCOL: &str = "campana.v1";
/// Prefix of the subprotocol entry that carries the token.
pub const BEARER_PREFIX: &str = "bearer.";

named! {
    /// Kind of a message.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum MessageType {
        /// Text.
        #[default]
        Text = "text",
        /// A picture; `metadata` has its address.
        Image = "image",
        /// A file; `metadata` has its address.
        File = "file",
        /// Written by the application, not by a person.
        System = "system",
    }
}

/// A message as every transport shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// `UUIDv7`.
    pub id: MessageId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// Its position in the conversation's order.
    pub seq: i64,
    /// The sender.
    pub sender_id: UserId,
    /// The sender's name when the message was sent.
    pub sender_name: String,
    /// Text, image, file or system.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// The text; `null` once deleted.
    pub body: Option<String>,
    /// Free JSON of the application.
    pub metadata: Option<Map<String, Value>>,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
    /// The client's id for it: idempotency key of the send.
    pub client_msg_id: Option<String>,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When the body was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When anything about it last changed.
    pub updated_at: Option<Timestamp>,
}

named! {
    /// Names of events.
    pub enum EventName {
        /// A message was sent.
        MessageCreated = "message.created",
        /// A message's body changed.
        MessageUpdated = "message.updated",
        /// A message was deleted.
        MessageDeleted = "message.deleted",
        /// A person became a member.
        MemberJoined = "member.joined",
        /// A member left.
        MemberLeft = "member.left",
        /// A member's role changed.
        MemberUpdated = "member.updated",
        /// A member was removed.
        MemberRemoved = "member.removed",
        /// The conversation or its room changed.
        ConversationUpdated = "conversation.updated",
        /// Ephemeral: a member types.
        TypingStarted = "typing.started",
        /// Ephemeral: a member stopped typing.
        TypingStopped = "typing.stopped",
        /// Ephemeral: a person's first socket opened.
        PresenceJoined = "presence.joined",
        /// Ephemeral: a person's last socket closed.
        PresenceLeft = "presence.left",
        /// Ephemeral: a read marker moved.
        MessageRead = "message.read",
        /// On a user's own channel, and to moderators of the room: an invite was created.
        InviteCreated = "invite.created",
        /// An invite was used or declined.
        InviteUpdated = "invite.updated",
        /// An invite was revoked.
        InviteRevoked = "invite.revoked",
        /// On a user's own channel: a conversation that this tab does not have open changed.
        InboxUpdated = "inbox.updated",
    }
}

/// One event: a patch that the client applies without a further request. `P` is the patch: any JSON, or a known type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event<P = Value> {
    /// What happened.
    pub event: EventName,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its position in the order; ephemeral events have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Id of what changed: a message, a person, an invite or the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The changed fields with their new values.
    pub partial: P,
    /// The tab that caused it, which ignores the echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_client_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Event {
    /// An event outside the order: typing, presence, receipts.
    pub fn ephemeral(event: EventName, conversation_id: ConversationId, user: &Person, at: Timestamp) -> Self {
        Self {
            event,
            conversation_id,
            seq: None,
            id: Some(user.user_id.as_str().to_owned()),
            partial: json!({"user_id": user.user_id, "name": user.name}),
            origin_client_id: None,
            at,
        }
    }
}

impl<P: Serialize> Event<P> {
    /// The JSON text that goes over the wire, on every transport.
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}

/// A person, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Person {
    /// Their id.
    pub user_id: UserId,
    /// Their display name.
    pub name: String,
}

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
        /// The text.
        body: String,
        /// Text when absent.
        #[serde(default)]
        message_type: MessageType,
        /// The message this one answers.
        #[serde(default)]
        parent_id: Option<String>,
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
    },
    /// Deletes a message.
    #[cfg_attr(feature = "schema", schemars(title = "DeleteFrame"))]
    Delete {
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

const FRAME_TYPES: [&str; 7] = ["send", "edit", "delete", "typing", "read", "resume", "pong"];

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
            .filter(|id| id.chars().count() <= crate::shared::limits::MAX_CLIENT_ID_CHARS)
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

/// Server to client, apart from events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame of a conversation's socket or event stream.
    #[cfg_attr(feature = "schema", schemars(title = "Welcome"))]
    Welcome {
        /// The log's epoch: positions of another epoch cannot be compared.
        epoch: String,
        /// The newest position.
        head: i64,
        /// The user's own membership.
        you: You,
        /// People who are connected here, at most 100.
        online: Vec<Person>,
        /// Number of people who are connected here.
        online_count: usize,
        /// Ping interval in milliseconds; on an event stream, the server's longest silence.
        keep_alive_ms: u32,
    },
    /// The message is durable.
    #[cfg_attr(feature = "schema", schemars(title = "Ack"))]
    Ack {
        /// The client's id for it.
        client_msg_id: String,
        /// The message's id.
        id: MessageId,
        /// Its position.
        seq: i64,
        /// When it was committed.
        created_at: Timestamp,
    },
    /// The log's newest position after the object restarted: a client that is behind sends `resume`.
    #[cfg_attr(feature = "schema", schemars(title = "Head"))]
    Head {
        /// The log's epoch.
        epoch: String,
        /// The newest position.
        head: i64,
    },
    /// No replay is possible: the gap is too old or too long, or of another epoch. The client reloads and continues from here.
    #[cfg_attr(feature = "schema", schemars(title = "Reset"))]
    Reset {
        /// The log's epoch.
        epoch: String,
        /// The newest position.
        head: i64,
    },
}

/// The user's own membership of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct You {
    /// Their id.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their role here.
    pub role: Role,
    /// The last position they have read.
    pub last_read_seq: i64,
}

impl ServerFrame {
    /// The JSON text of the frame.
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}

pub(crate) fn to_text<T: Serialize>(value: &T) -> String {
    // Serialization fails only for maps with keys that are not strings; there are none.
    serde_json::to_string(value).unwrap_or_default()
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

    #[test]
    fn an_ephemeral_event_has_no_seq() {
        let ana = Person { user_id: UserId::trusted("7"), name: "Ana".to_owned() };
        let conversation = ConversationId::trusted("c");
        let event = Event::ephemeral(EventName::TypingStarted, conversation, &ana, Timestamp::from_millis(0));
        let value: Value = serde_json::from_str(&event.to_text()).expect("JSON");
        assert_eq!(value["event"], "typing.started");
        assert_eq!(value.get("seq"), None);
        assert_eq!(value["partial"]["name"], "Ana");
    }
}
