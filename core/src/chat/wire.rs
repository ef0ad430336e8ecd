//! Frames of native sockets (`campana.v1`), and the event that every transport carries.
//!
//! With the feature `schema` these types derive JSON Schema; the module `schema` describes JSON built without a type.

mod client_frame;
#[cfg(feature = "schema")]
pub mod schema;

pub use client_frame::{ClientFrame, without_values};

use crate::chat::policy::Role;
use crate::files::Attachment;
use crate::named;
use crate::shared::ids::{ConversationId, MessageId, UserId};
use crate::shared::json::in_ascii;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The subprotocol of native sockets.
pub const SUBPROTOCOL: &str = "campana.v1";
/// Lifetime of a `typing.started` at the clients, milliseconds: without a renewal or an end, the person has stopped.
pub const TYPING_EXPIRES_IN_MS: u64 = 6_000;
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
        /// Pictures: in `attachments`, or `metadata` has the address.
        Image = "image",
        /// Files: in `attachments`, or `metadata` has the address.
        File = "file",
        /// Written by the application, not by a person.
        System = "system",
    }
}

/// A message as every transport shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = schema::optional_fields))]
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
    /// First message of the thread that this one is a reply in. `null` in replies that an earlier release stored, which are
    /// in no thread.
    #[serde(default)]
    pub thread_id: Option<MessageId>,
    /// Whether a reply is shown in the conversation too, not only in its thread.
    #[serde(default)]
    pub also_in_channel: bool,
    /// The message that this one quotes.
    #[serde(default)]
    pub quote_id: Option<MessageId>,
    /// Who is mentioned in the text, in the order of the text.
    #[serde(default)]
    pub mentions: Vec<Mention>,
    /// Its files, as they were when it was sent; none once it is deleted.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The client's id for it: idempotency key of the send.
    pub client_msg_id: Option<String>,
    /// Number of the body's version: 1 when sent, one more after each edit. Absent, which means 1, in events that an
    /// earlier release stored.
    #[serde(default = "first_version")]
    pub version: i64,
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
    /// Kind of a mention.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum MentionType {
        /// One member.
        User = "user",
        /// The members who are online.
        Here = "here",
        /// All members.
        Room = "room",
    }
}

/// A mention in a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mention {
    /// Kind of the mention.
    #[serde(rename = "type")]
    pub mention_type: MentionType,
    /// The member, for the type `user`.
    pub user_id: Option<UserId>,
}

impl Message {
    /// Whether it is shown in its thread only.
    pub const fn is_thread_only(&self) -> bool {
        self.thread_id.is_some() && !self.also_in_channel
    }

    /// Whether it reports a change of the conversation.
    pub fn is_system(&self) -> bool {
        self.message_type == MessageType::System
    }

    /// Whether it counts as a message of the conversation: in unread counts, and as its last message.
    pub fn is_counted(&self) -> bool {
        !self.is_thread_only() && !self.is_system()
    }

    /// Who wrote it. Nobody wrote a system message: its sender made the change that it reports.
    pub fn author(&self) -> Option<&UserId> {
        (!self.is_system()).then_some(&self.sender_id)
    }

    /// Whether a user wrote it.
    pub fn is_by(&self, user: &UserId) -> bool {
        self.author() == Some(user)
    }
}

/// Version of a message that was never edited; also of one stored before versions were counted.
pub const fn first_version() -> i64 {
    1
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
        /// A person reacted to a message.
        ReactionAdded = "reaction.added",
        /// A person took a reaction back.
        ReactionRemoved = "reaction.removed",
        /// A message was pinned.
        MessagePinned = "message.pinned",
        /// A message is no longer pinned.
        MessageUnpinned = "message.unpinned",
        /// The number of replies to a message changed.
        ThreadUpdated = "thread.updated",
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
        /// On a user's own channel: their preferences of a conversation changed.
        PreferencesUpdated = "preferences.updated",
        /// On a user's own channel: a notification for them was created, or has news.
        NotificationCreated = "notification.created",
        /// On a user's own channel: notifications of theirs were read or withdrawn.
        NotificationRead = "notification.read",
        /// On a user's own channel: a draft of theirs was saved or cleared.
        DraftUpdated = "draft.updated",
        /// On a user's own channel: they follow a thread, no longer follow it, or have read in it.
        ThreadRead = "thread.read",
        /// On a user's own channel: they saved a message, or removed a saved one.
        SavedUpdated = "saved.updated",
        /// On a user's own channel: a file of theirs was scanned.
        FileUpdated = "file.updated",
        /// On a user's own channel: a scheduled message of theirs was sent.
        ScheduledSent = "scheduled.sent",
        /// On a user's own channel: a scheduled message of theirs could not be sent.
        ScheduledFailed = "scheduled.failed",
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
    in_ascii(serde_json::to_string(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

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
