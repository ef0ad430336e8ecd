//! Schema-only types of the payloads that Laravel clients expect.
//!
//! Nothing constructs them. The tests of `campana-http` check the real renditions against them.

use crate::alerts::wire::schema::ApplicationId;
use crate::chat::emoji::Emoji;
use crate::chat::policy::{Role, Visibility};
use crate::chat::wire::{Mention, MessageType};
use crate::files::Attachment;
use crate::shared::ids::{ConversationId, InviteId, MessageId, NotificationId, RoomId, UserId};
use crate::shared::timestamp::Timestamp;
use schemars::JsonSchema;
use serde_json::{Map, Value};

/// A user, as Laravel clients expect it.
#[derive(JsonSchema)]
pub struct LaravelUser {
    /// Their id: a number if it is a whole number.
    pub id: Option<ApplicationId>,
    /// Their display name.
    pub name: Option<String>,
}

/// A sent message, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelMessageSent {
    /// The message.
    pub message: LaravelMessage,
}

/// A message, as Laravel clients expect it.
#[derive(JsonSchema)]
pub struct LaravelMessage {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its position in the conversation's order.
    pub seq: i64,
    /// The sender's id.
    pub user_id: ApplicationId,
    /// The sender.
    pub user: LaravelUser,
    /// Its type.
    pub r#type: MessageType,
    /// The text.
    pub message: Option<String>,
    /// The text once more.
    pub body: Option<String>,
    /// Free JSON of the application.
    pub metadata: Option<Map<String, Value>>,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
    /// First message of the thread that this one is a reply in; absent, as the next four fields, in events that an earlier
    /// release stored.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<MessageId>,
    /// Whether a reply is shown in the conversation too.
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub also_in_channel: Option<bool>,
    /// The message that this one quotes.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<MessageId>,
    /// Who is mentioned in the text.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Mention>")]
    pub mentions: Option<Vec<Mention>>,
    /// Its files.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Attachment>")]
    pub attachments: Option<Vec<Attachment>>,
    /// The client's id for it.
    pub client_msg_id: Option<String>,
    /// Number of the text's version; absent in events that an earlier release stored.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    pub version: Option<i64>,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When the body was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When anything about it last changed.
    pub updated_at: Option<Timestamp>,
    /// The room, on a room's channels.
    #[schemars(skip_serializing_if = "Option::is_none", with = "RoomId")]
    pub room_id: Option<RoomId>,
    /// The other user, on the channel of two users.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub recipient_id: Option<ApplicationId>,
}

/// A changed message, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelMessageChanged {
    /// The changed fields.
    pub message: LaravelMessageChange,
}

/// Changed fields of a message, as Laravel clients expect them.
#[derive(JsonSchema)]
pub struct LaravelMessageChange {
    /// The message's id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The text; `null` once deleted.
    pub message: Option<String>,
    /// The text once more.
    pub body: Option<String>,
    /// The metadata with `link_previews`, if those changed; `null` once deleted.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Who is mentioned in the new text; an empty list once deleted.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Mention>")]
    pub mentions: Option<Vec<Mention>>,
    /// An empty list once deleted.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Value>")]
    pub attachments: Option<Vec<Value>>,
    /// Number of the text's version, after an edit.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    pub version: Option<i64>,
    /// An empty list once deleted.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Value>")]
    pub reactions: Option<Vec<Value>>,
    /// `null` once deleted.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// `null` once deleted.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<UserId>,
    /// When the body was changed; `null` if it was not, and the message has previews of its links now.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
    pub deleted_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A reaction that was added or removed, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelReaction {
    /// The message.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The emoji.
    pub emoji: Emoji,
    /// The person.
    pub user_id: ApplicationId,
    /// Number of people who react with this emoji now.
    pub count: i64,
    /// `added` or `removed`.
    pub action: String,
}

/// A user types or stopped, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelTyping {
    /// The user.
    pub user: LaravelUser,
    /// Whether they type.
    pub typing: bool,
    /// Milliseconds after which clients stop showing it; only on a start.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    pub expires_in_ms: Option<u64>,
}

/// A user types or stopped, as the whisper of Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelWhisper {
    /// The user's id.
    pub id: Option<ApplicationId>,
    /// The user's display name.
    pub name: Option<String>,
    /// The user.
    pub user: LaravelUser,
    /// Whether they type.
    pub typing: bool,
    /// Milliseconds after which clients stop showing it; only on a start.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    pub expires_in_ms: Option<u64>,
}

/// A read marker moved, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelMessageRead {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The last position that was read.
    pub seq: i64,
    /// The reader.
    pub user: LaravelUser,
    /// The message at that position.
    pub message: LaravelReadMessage,
}

/// The message at a read marker.
#[derive(JsonSchema)]
pub struct LaravelReadMessage {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its position.
    pub seq: i64,
    /// Its id, on the channel of its sender.
    #[schemars(skip_serializing_if = "Option::is_none", with = "MessageId")]
    pub id: Option<MessageId>,
}

/// A membership changed, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelMembership {
    /// The room, if it is known.
    #[schemars(skip_serializing_if = "Option::is_none", with = "RoomId")]
    pub room_id: Option<RoomId>,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The member's id.
    pub user_id: ApplicationId,
    /// The member, if the event names them.
    #[schemars(skip_serializing_if = "Option::is_none", with = "LaravelUser")]
    pub user: Option<LaravelUser>,
    /// What happened.
    #[schemars(extend("enum" = ["joined", "left", "removed", "banned", "muted", "unmuted", "updated"]))]
    pub action: String,
    /// The role, if it is new.
    pub role: Option<Role>,
    /// End of the mute; `null` if they may write again.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
}

/// An invite for the user, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelInviteCreated {
    /// The invite.
    pub invite: LaravelInvite,
    /// The room.
    pub room: LaravelRoom,
    /// The inviter.
    pub user: LaravelUser,
}

/// An invite, as Laravel clients expect it.
#[derive(JsonSchema)]
pub struct LaravelInvite {
    /// Its id.
    pub id: InviteId,
    /// The room.
    pub room_id: RoomId,
    /// The room's conversation.
    pub conversation_id: ConversationId,
    /// The invited user.
    pub user_id: Option<ApplicationId>,
    /// The role that it gives.
    pub role: Role,
    /// When it expires; `null` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The inviter's id.
    pub created_by: Option<ApplicationId>,
}

/// The room of an invite.
#[derive(JsonSchema)]
pub struct LaravelRoom {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Who can find it.
    pub visibility: Visibility,
    /// Number of members.
    pub member_count: i64,
}

/// A notification for the user, for Laravel clients.
#[derive(JsonSchema)]
pub struct LaravelNotificationCreated {
    /// The notification.
    pub notification: LaravelNotification,
}

/// A notification, as Laravel clients expect it.
#[derive(JsonSchema)]
pub struct LaravelNotification {
    /// Its id.
    pub id: NotificationId,
    /// Its kind.
    pub kind: String,
    /// Who caused it; `null` if nobody is named.
    pub actor: Option<LaravelUser>,
    /// The conversation that it is about.
    pub conversation_id: Option<ConversationId>,
    /// The message that it is about.
    pub message: Option<LaravelNotifiedMessage>,
    /// Title: a backend's, or the name of the room of an invite.
    pub title: Option<String>,
    /// A backend's text.
    pub body: Option<String>,
    /// A backend's address to open.
    pub url: Option<String>,
    /// More about it.
    pub data: Option<Map<String, Value>>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was read; `null` if it was not.
    pub read_at: Option<Timestamp>,
}

/// The message of a notification, as Laravel clients expect it.
#[derive(JsonSchema)]
pub struct LaravelNotifiedMessage {
    /// Its id.
    pub id: MessageId,
    /// Its position in the conversation's order.
    pub seq: i64,
    /// The sender's id.
    pub user_id: ApplicationId,
    /// The sender.
    pub user: LaravelUser,
    /// Its type.
    pub r#type: MessageType,
    /// The text.
    pub message: Option<String>,
    /// The text once more.
    pub body: Option<String>,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
}

/// Notifications that were read or withdrawn, for Laravel clients: one of `ids`, `up_to` and `up_to_seq` is present.
#[derive(JsonSchema)]
pub struct LaravelNotificationRead {
    /// These.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<NotificationId>")]
    pub ids: Option<Vec<NotificationId>>,
    /// This one and all older ones.
    #[schemars(skip_serializing_if = "Option::is_none", with = "NotificationId")]
    pub up_to: Option<NotificationId>,
    /// The conversation.
    #[schemars(skip_serializing_if = "Option::is_none", with = "ConversationId")]
    pub conversation_id: Option<ConversationId>,
    /// All about messages of the conversation up to this position.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    pub up_to_seq: Option<i64>,
    /// When they were read.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
    pub read_at: Option<Timestamp>,
    /// Present if they are gone.
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub withdrawn: Option<bool>,
}
