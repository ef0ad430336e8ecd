//! Frames and contents of events on a user's own channel.

use crate::chat::notifications::Notification;
use crate::chat::wire::{Message, Person};
use crate::files::FileStatus;
use crate::shared::ids::{ConversationId, FileId, MessageId, NotificationId, ScheduledId};
use crate::shared::timestamp::Timestamp;
use schemars::JsonSchema;

/// On a user's own channel: a notification for them was created, or has news.
#[derive(JsonSchema)]
pub struct NotificationCreated {
    /// What happened.
    #[schemars(extend("enum" = ["notification.created"]))]
    pub event: String,
    /// The conversation, if the notification is about one.
    #[schemars(skip_serializing_if = "Option::is_none", with = "ConversationId")]
    pub conversation_id: Option<ConversationId>,
    /// Its number in the user's own channel.
    pub rev: i64,
    /// The notification.
    pub id: NotificationId,
    /// The notification.
    pub partial: Notification,
    /// When it happened.
    pub at: Timestamp,
}

/// On a user's own channel: notifications of theirs were read or withdrawn.
#[derive(JsonSchema)]
pub struct NotificationRead {
    /// What happened.
    #[schemars(extend("enum" = ["notification.read"]))]
    pub event: String,
    /// The conversation, if those of a conversation were read.
    #[schemars(skip_serializing_if = "Option::is_none", with = "ConversationId")]
    pub conversation_id: Option<ConversationId>,
    /// Its number in the user's own channel.
    pub rev: i64,
    /// The notification, if one was read.
    #[schemars(skip_serializing_if = "Option::is_none", with = "NotificationId")]
    pub id: Option<NotificationId>,
    /// Which.
    pub partial: ReadNotifications,
    /// When it happened.
    pub at: Timestamp,
}

/// Notifications that were read or withdrawn: one of `ids`, `up_to` and `up_to_seq` is present.
#[derive(JsonSchema)]
pub struct ReadNotifications {
    /// These.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<NotificationId>")]
    pub ids: Option<Vec<NotificationId>>,
    /// This one and all older ones.
    #[schemars(skip_serializing_if = "Option::is_none", with = "NotificationId")]
    pub up_to: Option<NotificationId>,
    /// All about messages of the conversation up to this position.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    pub up_to_seq: Option<i64>,
    /// When they were read.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
    pub read_at: Option<Timestamp>,
    /// Present if they are gone: what they were about was deleted or is over.
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub withdrawn: Option<bool>,
}

/// On a user's own channel: a file that they uploaded was scanned.
#[derive(JsonSchema)]
pub struct FileUpdated {
    /// What happened.
    #[schemars(extend("enum" = ["file.updated"]))]
    pub event: String,
    /// Its number in the user's own channel.
    pub rev: i64,
    /// The file.
    pub id: FileId,
    /// What was decided.
    pub partial: FileChange,
    /// When it happened.
    pub at: Timestamp,
}

/// The status of a file after its scan.
#[derive(JsonSchema)]
pub struct FileChange {
    /// `ready`, or `refused`: then its bytes are deleted.
    pub status: FileStatus,
    /// Why the scanner refused it, if it says so.
    pub reason: Option<String>,
}

/// What became of an invite.
#[derive(JsonSchema)]
pub struct InviteOutcome {
    /// When it was last accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the person it is for declined it.
    pub declined_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Changed fields of a conversation in the user's inbox.
#[derive(JsonSchema)]
pub struct InboxChange {
    /// Messages that the user has not read.
    pub unread_count: i64,
    /// Mentions of the user in these.
    pub mention_count: i64,
    /// The newest position.
    pub last_seq: i64,
    /// The newest message.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Message")]
    pub last_message: Option<Message>,
    /// When the newest message was sent.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
    pub last_message_at: Option<Timestamp>,
}

/// The draft of a place after a change.
#[derive(JsonSchema)]
pub struct DraftChange {
    /// The thread's first message; `null` for the conversation itself.
    pub parent_id: Option<MessageId>,
    /// The text; `null` if the draft was cleared.
    pub body: Option<String>,
    /// Number of this state of the draft.
    pub rev: i64,
    /// When it was saved or cleared.
    pub updated_at: Timestamp,
}

/// Whether a message is saved.
#[derive(JsonSchema)]
pub struct SavedChange {
    /// When it was saved; `null` if it is not saved any more.
    pub saved_at: Option<Timestamp>,
}

/// A scheduled message that was sent.
#[derive(JsonSchema)]
pub struct SentSchedule {
    /// Its id.
    pub scheduled_id: ScheduledId,
    /// The message.
    pub message_id: MessageId,
}

/// A scheduled message that could not be sent.
#[derive(JsonSchema)]
pub struct FailedSchedule {
    /// Its id.
    pub scheduled_id: ScheduledId,
    /// Type of the problem.
    pub problem: String,
}

/// The first frame of a user's own channel.
#[derive(JsonSchema)]
pub struct UserWelcome {
    /// Names the frame.
    #[schemars(extend("enum" = ["welcome"]))]
    pub r#type: String,
    /// The user, from the token.
    pub you: Person,
    /// Number of the newest event. A client that has another one fetches its lists again.
    pub rev: i64,
    /// Ping interval in milliseconds; on an event stream, the server's longest silence.
    pub keep_alive_ms: u32,
}

/// Number of an event of a user's own channel that this device does not get: it is for others, or this one caused it.
#[derive(JsonSchema)]
pub struct RevFrame {
    /// Names the frame.
    #[schemars(extend("enum" = ["rev"]))]
    pub r#type: String,
    /// The event's number.
    pub rev: i64,
}
