//! Notifications: what a person should learn of, in one list over all conversations, the same on all of their devices.
//!
//! A person has at most one notification of a kind and source. One about a message holds no copy of its text: the list
//! reads the message, so that an edit changes what it shows and a deletion withdraws it.

use crate::chat::wire::{EventName, Message, MessageType, Person};
use crate::files::FileStatus;
use crate::named;
use crate::shared::ids::{ConversationId, FileId, MessageId, NotificationId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Most characters of a kind that a backend chooses.
pub const MAX_KIND_CHARS: usize = 64;
/// Kind of a backend's notification that names none.
pub const APP_KIND: &str = "app";

named! {
    /// Kinds of notifications that the server makes. Backends cannot use them.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum OwnKind {
        /// A message mentions the person.
        Mention = "mention",
        /// A reply in a thread that the person follows.
        Reply = "reply",
        /// A direct message, while the person was away.
        DirectMessage = "direct_message",
        /// An invite to a room.
        Invite = "invite",
        /// A reaction to a message of the person. Off unless the person wants them.
        Reaction = "reaction",
        /// A message was reported in a room that the person moderates.
        Report = "report",
        /// A scheduled message was not sent.
        ScheduledFailed = "scheduled_failed",
    }
}

/// Kind of a notification: one of [`OwnKind`], or one that a backend chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct NotificationKind(String);

impl NotificationKind {
    /// A kind that a backend chose: 1 to 64 characters of `a-z 0-9 _ . -`, and none of [`OwnKind`].
    pub fn of_app(text: &str) -> Option<Self> {
        let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
        let fits = !text.is_empty() && text.len() <= MAX_KIND_CHARS && text.chars().all(is_good);
        (fits && OwnKind::parse(text).is_none()).then(|| Self(text.to_owned()))
    }

    /// The kind as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<OwnKind> for NotificationKind {
    fn from(kind: OwnKind) -> Self {
        Self(kind.as_str().to_owned())
    }
}

/// Id of a person's notification of this kind and source, made at this time. The same each time, so that a repeated
/// flush writes the same row.
pub fn notification_id(kind: &str, source: &str, at: Timestamp) -> NotificationId {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(source).finalize();
    NotificationId::new(at, std::array::from_fn(|index| hash.get(index).copied().unwrap_or_default()))
}

/// A person to notify of a message: [`OwnKind::Mention`] or [`OwnKind::Reply`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationCandidate {
    /// The person.
    pub user_id: UserId,
    /// Kind of the notification.
    pub kind: OwnKind,
    /// The message.
    pub message_id: MessageId,
    /// Position of the message.
    pub seq: i64,
    /// Who caused it.
    pub actor: Person,
    /// When.
    pub at: Timestamp,
}

impl NotificationCandidate {
    /// The members that a new or edited message mentions, apart from `@here` and `@room`.
    pub fn of_mentions(message: &Message) -> impl Iterator<Item = Self> + '_ {
        let users = message.mentions.iter().filter_map(|mention| mention.user_id.clone());
        users.map(|user_id| Self {
            user_id,
            kind: OwnKind::Mention,
            message_id: message.id.clone(),
            seq: message.seq,
            actor: Person { user_id: message.sender_id.clone(), name: message.sender_name.clone() },
            at: message.edited_at.unwrap_or(message.created_at),
        })
    }
}

/// The message of a notification, in its present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotifiedMessage {
    /// Its id.
    pub id: MessageId,
    /// Its position in the conversation's order.
    pub seq: i64,
    /// The sender.
    pub sender_id: UserId,
    /// The sender's name when the message was sent.
    pub sender_name: String,
    /// Text, image, file or system.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// The text.
    pub body: Option<String>,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
}

/// A notification as its person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notification {
    /// `UUIDv7`, within those of the person.
    pub id: NotificationId,
    /// `mention`, `reply`, `direct_message`, `invite`, `reaction`, `report`, `scheduled_failed`, or the kind that a
    /// backend chose, by default `app`.
    pub kind: NotificationKind,
    /// Who caused it; `null` if nobody is named.
    pub actor: Option<Person>,
    /// The conversation that it is about.
    pub conversation_id: Option<ConversationId>,
    /// The message that it is about.
    pub message: Option<NotifiedMessage>,
    /// Title: a backend's, or the name of the room of an invite.
    pub title: Option<String>,
    /// A backend's text.
    pub body: Option<String>,
    /// A backend's address to open.
    pub url: Option<String>,
    /// More about it: a backend's JSON, the `emoji` of a reaction, `invite_id` and `room_id`, `report_id`, or the `mention` of
    /// all members: `here` or `room`.
    pub data: Option<Map<String, Value>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was read; `null` if it was not.
    pub read_at: Option<Timestamp>,
}

/// What was read, or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationsRead {
    /// One notification.
    One(NotificationId),
    /// Several notifications.
    Some(Vec<NotificationId>),
    /// All up to this one.
    UpTo(NotificationId),
    /// All about messages of a conversation up to a position.
    Conversation(ConversationId, i64),
    /// These are gone: what they are about was deleted.
    Withdrawn(Vec<NotificationId>),
}

/// An event on a person's own channel that may be about no conversation: about notifications, or a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationEvent {
    /// What happened.
    pub event: EventName,
    /// The conversation, if the notification is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Id of the notification, if it is one, or of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The notification, what was read, or the file's status.
    pub partial: Value,
    /// When.
    pub at: Timestamp,
}

impl NotificationEvent {
    /// A notification is new, or has news.
    pub fn created(notification: &Notification, at: Timestamp) -> Self {
        Self {
            event: EventName::NotificationCreated,
            conversation_id: notification.conversation_id.clone(),
            id: Some(notification.id.as_str().to_owned()),
            partial: json!(notification),
            at,
        }
    }

    /// Notifications were read or withdrawn.
    pub fn read(read: NotificationsRead, at: Timestamp) -> Self {
        let (conversation_id, id, partial) = match read {
            NotificationsRead::One(id) => (None, Some(id.as_str().to_owned()), json!({"ids": [id], "read_at": at})),
            NotificationsRead::Some(ids) => (None, None, json!({"ids": ids, "read_at": at})),
            NotificationsRead::UpTo(id) => (None, None, json!({"up_to": id, "read_at": at})),
            NotificationsRead::Conversation(id, seq) => (Some(id), None, json!({"up_to_seq": seq, "read_at": at})),
            NotificationsRead::Withdrawn(ids) => (None, None, json!({"ids": ids, "withdrawn": true})),
        };
        Self { event: EventName::NotificationRead, conversation_id, id, partial, at }
    }

    /// A file of the person was scanned.
    pub fn file(id: &FileId, status: FileStatus, reason: Option<&str>, at: Timestamp) -> Self {
        Self {
            event: EventName::FileUpdated,
            conversation_id: None,
            id: Some(id.as_str().to_owned()),
            partial: json!({"status": status, "reason": reason}),
            at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn a_backend_names_any_kind_but_the_servers_own() {
        for good in ["app", "order.shipped", "a-b_c.9", &"k".repeat(64)] {
            assert!(NotificationKind::of_app(good).is_some(), "{good}");
        }
        for bad in ["", "Order", "a b", "a\"b", "ñ", &"k".repeat(65)] {
            assert_eq!(NotificationKind::of_app(bad), None, "{bad}");
        }
        for own in OwnKind::ALL {
            assert_eq!(NotificationKind::of_app(own.as_str()), None);
        }
    }

    #[test]
    fn one_kind_and_source_have_one_id_in_the_order_of_time() {
        let id = |kind, source, at| notification_id(kind, source, at);
        assert_eq!(id("app", "a", AT), id("app", "a", AT));
        assert_ne!(id("app", "a", AT), id("app", "b", AT));
        assert_ne!(id("ap", "pa", AT), id("app", "a", AT));
        assert!(id("app", "a", AT) < id("mention", "b", AT.plus_millis(1)));
    }

    #[test]
    fn what_was_read_is_named_by_ids_a_bound_or_a_position() {
        let id = notification_id("app", "a", AT);
        let partial = |read| NotificationEvent::read(read, AT).partial;
        assert_eq!(partial(NotificationsRead::One(id.clone()))["ids"], json!([id]));
        assert_eq!(partial(NotificationsRead::Some(vec![id.clone()]))["ids"], json!([id]));
        assert_eq!(partial(NotificationsRead::UpTo(id.clone()))["up_to"], json!(id));
        let of_conversation = NotificationsRead::Conversation(ConversationId::trusted("c"), 7);
        let event = NotificationEvent::read(of_conversation, AT);
        assert_eq!(
            (event.conversation_id, &event.partial["up_to_seq"]),
            (Some(ConversationId::trusted("c")), &json!(7))
        );
        assert_eq!(partial(NotificationsRead::Withdrawn(vec![id]))["withdrawn"], true);
    }
}
