//! Schema-only types of chat, for wire JSON that the code builds without a type of its own.
//!
//! Nothing constructs them. The tests of `campana-http` validate the code's real output against them.

mod own_channel;

pub use own_channel::*;

use super::{Mention, Message, Person, ServerFrame};
use crate::chat::emoji::Emoji;
use crate::chat::invite::Invite;
use crate::chat::policy::{Posting, Role, Visibility};
use crate::chat::preferences::Preferences;
use crate::files::Attachment;
use crate::shared::ids::{ConversationId, InviteId, MessageId, RoomId, ScheduledId, UserId};
use crate::shared::problem::FieldError;
use crate::shared::timestamp::Timestamp;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

// `skip_serializing_if` only says here that a field may be absent.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($event:literal),+ } ($id:ty) $partial:ty $(, $seq:ident: $position:ty)? $(=> $rev:ident: $number:ty)?;)+) => {$(
        $(#[$doc])*
        #[derive(JsonSchema)]
        pub struct $name {
            /// What happened.
            #[schemars(extend("enum" = [$($event),+]))]
            pub event: String,
            /// The conversation.
            pub conversation_id: ConversationId,
            $(
                /// Its position in the conversation's order.
                pub $seq: $position,
            )?
            $(
                /// Its number in the user's own channel.
                pub $rev: $number,
            )?
            /// Id of what changed.
            pub id: $id,
            /// The changed fields with their new values.
            pub partial: $partial,
            /// The tab that caused it, which ignores the echo.
            #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
            pub origin_client_id: Option<String>,
            /// When it happened.
            pub at: Timestamp,
        }
    )+};
}

events! {
    /// A message was sent.
    MessageCreated { "message.created" } (MessageId) Message, seq: i64;
    /// A message's body changed.
    MessageUpdated { "message.updated" } (MessageId) MessageEdit, seq: i64;
    /// A message was deleted.
    MessageDeleted { "message.deleted" } (MessageId) MessageDeletion, seq: i64;
    /// A person reacted to a message, or took a reaction back.
    ReactionChanged { "reaction.added", "reaction.removed" } (MessageId) ReactionChange, seq: i64;
    /// A message was pinned, or is no longer pinned.
    PinChanged { "message.pinned", "message.unpinned" } (MessageId) PinChange, seq: i64;
    /// The number of replies to a message changed.
    ThreadUpdated { "thread.updated" } (MessageId) ThreadChange, seq: i64;
    /// A person became a member.
    MemberJoined { "member.joined" } (UserId) NewMember, seq: i64;
    /// A member left or was removed.
    MemberGone { "member.left", "member.removed" } (UserId) FormerMember, seq: i64;
    /// A member has another role, is muted, or may write again.
    MemberUpdated { "member.updated" } (UserId) ChangedMember, seq: i64;
    /// A member types. It ends with `typing.stopped`, or `expires_in_ms` after the last `typing.started`.
    TypingStarted { "typing.started" } (UserId) Typist;
    /// A member stopped typing.
    TypingStopped { "typing.stopped" } (UserId) Person;
    /// A person's first socket opened, or their last one closed.
    PresenceEvent { "presence.joined", "presence.left" } (UserId) Person;
    /// A read marker moved.
    MessageRead { "message.read" } (UserId) ReadMarker;
    /// An invite of the room changed; for the room's moderators.
    RoomInviteEvent { "invite.created", "invite.updated", "invite.revoked" } (InviteId) Invite;
    /// On a user's own channel: an invite for them was accepted, declined or revoked.
    OwnInviteEnded { "invite.updated", "invite.revoked" } (InviteId) InviteOutcome => rev: i64;
    /// On a user's own channel: their own membership of a conversation changed.
    OwnMembershipEvent { "member.joined", "member.updated", "member.left", "member.removed" } (UserId) OwnMembership => rev: i64;
    /// On a user's own channel: a conversation that this tab does not have open changed.
    InboxUpdated { "inbox.updated" } (ConversationId) InboxChange => rev: i64;
    /// On a user's own channel: their preferences of a conversation changed, on a device or by a new message.
    PreferencesUpdated { "preferences.updated" } (ConversationId) Preferences => rev: i64;
    /// On a user's own channel: a draft of theirs was saved or cleared.
    DraftUpdated { "draft.updated" } (ConversationId) DraftChange => rev: i64;
    /// On a user's own channel: they follow a thread, no longer follow it, or have read in it.
    ThreadRead { "thread.read" } (MessageId) ThreadMarker => rev: i64;
    /// On a user's own channel: they saved a message, or removed a saved one.
    SavedUpdated { "saved.updated" } (MessageId) SavedChange => rev: i64;
    /// On a user's own channel: a scheduled message of theirs was sent.
    ScheduledSent { "scheduled.sent" } (ScheduledId) SentSchedule => rev: i64;
    /// On a user's own channel: a scheduled message of theirs could not be sent.
    ScheduledFailed { "scheduled.failed" } (ScheduledId) FailedSchedule => rev: i64;
}

/// The conversation's metadata or its room's fields changed. An event without changed fields replaces one that cannot be
/// read from the log any more, and has no `id`.
#[derive(JsonSchema)]
pub struct ConversationUpdated {
    /// What happened.
    #[schemars(extend("enum" = ["conversation.updated"]))]
    pub event: String,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its position in the conversation's order.
    pub seq: i64,
    /// The conversation.
    #[schemars(skip_serializing_if = "Option::is_none", with = "ConversationId")]
    pub id: Option<ConversationId>,
    /// The changed fields with their new values.
    pub partial: ConversationChange,
    /// The tab that caused it, which ignores the echo.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub origin_client_id: Option<String>,
    /// When it happened.
    pub at: Timestamp,
}

/// Makes those fields of a message optional that events stored by an earlier release lack.
pub(super) fn optional_fields(schema: &mut Schema) {
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        let absent = ["version", "thread_id", "also_in_channel", "quote_id", "mentions", "attachments"];
        required.retain(|name| name.as_str().is_none_or(|name| !absent.contains(&name)));
    }
}

/// An edit of a message, the previews of its links, or the status of its files.
#[derive(JsonSchema)]
pub struct MessageEdit {
    /// The text now; `null` if the message was deleted later.
    pub body: Option<String>,
    /// The metadata with `link_previews`, if those changed.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Its files, if the status of one changed.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Attachment>")]
    pub attachments: Option<Vec<Attachment>>,
    /// Who is mentioned in the new text; absent in events that an earlier release stored.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Mention>")]
    pub mentions: Option<Vec<Mention>>,
    /// Number of the body's version; absent in events that an earlier release stored.
    #[schemars(skip_serializing_if = "Option::is_none", with = "i64")]
    pub version: Option<i64>,
    /// The sender's name, if they were erased: their id.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub sender_name: Option<String>,
    /// When it was edited; `null` if it was not: then it has previews of its links now, a file was scanned, or
    /// its sender was erased.
    pub edited_at: Option<Timestamp>,
    /// When the message last changed.
    pub updated_at: Timestamp,
}

/// A deletion of a message.
#[derive(JsonSchema)]
pub struct MessageDeletion {
    /// The text is gone.
    pub body: (),
    /// The metadata is gone.
    pub metadata: (),
    /// Nobody is mentioned any more: an empty list. Absent in events that an earlier release stored, as the next four fields.
    #[schemars(length(max = 0), skip_serializing_if = "Option::is_none", with = "Vec<Value>")]
    pub mentions: Option<Vec<Value>>,
    /// The files are gone: an empty list.
    #[schemars(length(max = 0), skip_serializing_if = "Option::is_none", with = "Vec<Value>")]
    pub attachments: Option<Vec<Value>>,
    /// The reactions are gone: an empty list.
    #[schemars(length(max = 0), skip_serializing_if = "Option::is_none", with = "Vec<Value>")]
    pub reactions: Option<Vec<Value>>,
    /// It is not pinned.
    #[schemars(skip_serializing_if = "Option::is_none", with = "()")]
    pub pinned_at: Option<()>,
    /// It is not pinned.
    #[schemars(skip_serializing_if = "Option::is_none", with = "()")]
    pub pinned_by: Option<()>,
    /// The sender's name, if they were erased: their id.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub sender_name: Option<String>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// When the message last changed.
    pub updated_at: Timestamp,
}

/// A reaction that was added or removed.
#[derive(JsonSchema)]
pub struct ReactionChange {
    /// The message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: Emoji,
    /// The person.
    pub user_id: UserId,
    /// Number of people who react with this emoji now; at 0 it is no longer on the message.
    pub count: i64,
}

/// The pin of a message.
#[derive(JsonSchema)]
pub struct PinChange {
    /// When it was pinned; `null` if it is not.
    pub pinned_at: Option<Timestamp>,
    /// The user who pinned it.
    pub pinned_by: Option<UserId>,
}

/// The replies to a message.
#[derive(JsonSchema)]
pub struct ThreadChange {
    /// The first message of the thread.
    pub message_id: MessageId,
    /// Number of replies that are not deleted.
    pub reply_count: i64,
    /// When the newest reply was sent; `null` without replies. A deletion of some replies does not change it.
    pub last_reply_at: Option<Timestamp>,
}

/// A user's place in a thread.
#[derive(JsonSchema)]
pub struct ThreadMarker {
    /// Whether they follow the thread.
    pub following: bool,
    /// The last position they have read in it.
    pub last_read_seq: i64,
}

/// A new member.
#[derive(JsonSchema)]
pub struct NewMember {
    /// The person.
    pub user_id: UserId,
    /// Their display name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Since when they are a member.
    pub joined_at: Timestamp,
}

/// A person who is no member any more.
#[derive(JsonSchema)]
pub struct FormerMember {
    /// The person.
    pub user_id: UserId,
    /// Whether they were banned; absent otherwise.
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub banned: Option<bool>,
}

/// A change of a member: one of the optional fields is present.
#[derive(JsonSchema)]
pub struct ChangedMember {
    /// The member.
    pub user_id: UserId,
    /// Their new role.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Role")]
    pub role: Option<Role>,
    /// End of their mute; `null` if they may write again.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
}

/// A change of the user's own membership. Only they get the reason.
#[derive(JsonSchema)]
pub struct OwnMembership {
    /// The user.
    pub user_id: UserId,
    /// The user's display name; on `member.joined`.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// Since when they are a member; on `member.joined`.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
    pub joined_at: Option<Timestamp>,
    /// The conversation's room, if it has one.
    #[schemars(skip_serializing_if = "Option::is_none", with = "RoomId")]
    pub room_id: Option<RoomId>,
    /// Their role, if it is new.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Role")]
    pub role: Option<Role>,
    /// End of their mute; `null` if they may write again.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Whether they were banned; absent otherwise.
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub banned: Option<bool>,
    /// End of the ban; `null` until it is lifted.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Reason of the mute or the ban.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub reason: Option<String>,
}

/// Changed fields of a conversation or its room.
#[derive(JsonSchema)]
pub struct ConversationChange {
    /// The application's own JSON.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Map<String, Value>")]
    pub metadata: Option<Map<String, Value>>,
    /// The room's name.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// The room's description.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub description: Option<String>,
    /// The room's visibility.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Visibility")]
    pub visibility: Option<Visibility>,
    /// Who may write in the room.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Posting")]
    pub post: Option<Posting>,
    /// Seconds between two messages of a member who does not moderate the room.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u32")]
    pub slow_mode_s: Option<u32>,
}

/// A person who types.
#[derive(JsonSchema)]
pub struct Typist {
    /// The person.
    pub user_id: UserId,
    /// Their display name.
    pub name: String,
    /// Milliseconds after which clients stop showing it, unless it is renewed; always 6000.
    pub expires_in_ms: u64,
}

/// A person's read marker.
#[derive(JsonSchema)]
pub struct ReadMarker {
    /// The person.
    pub user_id: UserId,
    /// Their display name.
    pub name: String,
    /// The last position they have read.
    pub seq: i64,
}

/// A refusal on a socket: the problem document of HTTP, whose slug is in `error` because `type` names the frame.
#[derive(JsonSchema)]
pub struct ErrorFrame {
    /// Names the frame.
    #[schemars(extend("enum" = ["error"]))]
    pub r#type: String,
    /// The problem's slug.
    pub error: String,
    /// The problem's title.
    pub title: String,
    /// The HTTP status of the same refusal.
    pub status: u16,
    /// One sentence for developers.
    pub detail: String,
    /// The invalid fields.
    pub errors: Vec<FieldError>,
    /// When a retry can succeed, milliseconds from now.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    pub retry_after_ms: Option<u64>,
    /// End of the mute or the ban.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
    pub until: Option<Timestamp>,
    /// The `send` that is refused.
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub client_msg_id: Option<String>,
}

/// An event with a position in the conversation's order.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(clippy::large_enum_variant, reason = "used only for its schema")]
pub enum Durable {
    /// A message was sent.
    MessageCreated(MessageCreated),
    /// A message's body changed.
    MessageUpdated(MessageUpdated),
    /// A message was deleted.
    MessageDeleted(MessageDeleted),
    /// A reaction changed.
    ReactionChanged(ReactionChanged),
    /// A pin changed.
    PinChanged(PinChanged),
    /// Replies to a message.
    ThreadUpdated(ThreadUpdated),
    /// A person became a member.
    MemberJoined(MemberJoined),
    /// A member left or was removed.
    MemberGone(MemberGone),
    /// A member changed.
    MemberUpdated(MemberUpdated),
    /// The conversation or its room changed.
    ConversationUpdated(ConversationUpdated),
}

/// Presence, typing and read markers.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Signal {
    /// A member types.
    Started(TypingStarted),
    /// A member stopped typing.
    Stopped(TypingStopped),
    /// A person connected or disconnected.
    Presence(PresenceEvent),
    /// A read marker moved.
    Read(MessageRead),
}

/// An event without a position: it is not in the log.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Ephemeral {
    /// Presence, typing and read markers.
    Signal(Signal),
    /// For moderators: an invite changed.
    Invite(RoomInviteEvent),
}

/// Every frame that the server sends on a conversation's socket or event stream.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum ConversationFrame {
    /// Frames other than events.
    Server(ServerFrame),
    /// A refusal.
    Error(ErrorFrame),
    /// An event of the log.
    Durable(Durable),
    /// An event outside the log.
    Ephemeral(Ephemeral),
}
