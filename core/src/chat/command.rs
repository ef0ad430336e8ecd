//! Commands from the HTTP functions to a conversation's object, and its replies.
//!
//! Sent as JSON from a stateless function to the object. The channel between them is not reachable from outside.

use crate::accounts::principal::Principal;
use crate::chat::annotations::{AnnotatedRow, AnnotationView};
use crate::chat::emoji::Emoji;
use crate::chat::history::Anchor;
use crate::chat::invite::{Invite, NewInvite};
use crate::chat::policy::{Place, Posting, Role};
use crate::chat::scheduled::ScheduledMessage;
use crate::chat::wire::{Message, MessageType};
use crate::shared::ids::{ConversationId, InviteId, MessageId, ScheduledId, TenantId, UserId};
use crate::shared::limits::Limits;
use crate::shared::problem::Problem;
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A message to send, not validated yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The client's id for it; a repeat returns the first result.
    pub client_msg_id: Option<String>,
    /// The text.
    pub body: String,
    /// Text, image or file; `system` is reserved for the application.
    pub message_type: MessageType,
    /// Id of the message this one answers.
    pub parent_id: Option<String>,
    /// Whether a reply is shown in the conversation too.
    #[serde(default)]
    pub also_in_channel: bool,
    /// Id of the message this one quotes.
    #[serde(default)]
    pub quote_id: Option<String>,
    /// Ids of files of the sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// Free JSON.
    pub metadata: Option<Map<String, Value>>,
}

impl Draft {
    /// A text that names no other message.
    pub fn text(client_msg_id: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            client_msg_id: Some(client_msg_id.into()),
            body: body.into(),
            message_type: MessageType::Text,
            parent_id: None,
            also_in_channel: false,
            quote_id: None,
            attachments: Vec::new(),
            metadata: None,
        }
    }
}

/// A request to a conversation's object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Send a message.
    Send {
        /// The message.
        draft: Draft,
    },
    /// Send a message later.
    Schedule {
        /// The message. Its `client_msg_id` is the key of this request.
        draft: Draft,
        /// When to send it.
        send_at: Timestamp,
    },
    /// Cancel a scheduled message of the user.
    CancelScheduled {
        /// Its id.
        id: ScheduledId,
    },
    /// Edit the user's own message.
    Edit {
        /// Message id.
        message_id: String,
        /// The new text.
        body: String,
        /// Versions of which the message must have one, `None` for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_match: Option<Vec<i64>>,
    },
    /// Check that the user may read a message's earlier bodies, and flush them to the record.
    History {
        /// Message id.
        message_id: String,
    },
    /// React to a message, or take a reaction back.
    React {
        /// Message id.
        message_id: String,
        /// The emoji, not validated yet.
        emoji: String,
        /// Whether the user reacts.
        on: bool,
    },
    /// Pin a message, or unpin it.
    Pin {
        /// Message id.
        message_id: String,
        /// Whether it is pinned.
        on: bool,
    },
    /// Check that the user may read here, and flush every change to the record.
    FlushAll,
    /// Delete a message.
    Delete {
        /// Message id.
        message_id: String,
    },
    /// Signal that the user types, or stopped.
    Typing {
        /// Whether the user types.
        on: bool,
    },
    /// Move the read marker forward, to the newest position if none is given.
    Read {
        /// The position that was read.
        seq: Option<i64>,
    },
    /// Move the read marker back, in front of the message at a position.
    Unread {
        /// The position.
        seq: i64,
    },
    /// Check that the user may read here.
    View,
    /// Blocks between the people of this direct conversation change, or have changed: ask the record about them.
    BlocksChanged,
    /// The user has changed who sees their presence: ask the record about it.
    PrivacyChanged,
    /// Check that the user may read here; the reply has the page's messages that the record may lack.
    Tail {
        /// Place of the page in the history.
        anchor: Anchor,
        /// Most messages on the page.
        limit: u32,
    },
    /// Add a member. The user must be known to the tenant.
    AddMember {
        /// User id.
        user_id: UserId,
        /// Role of the new member.
        role: Role,
    },
    /// Remove a member.
    RemoveMember {
        /// User id of the member.
        user_id: UserId,
    },
    /// Change a member's role.
    ChangeRole {
        /// User id of the member.
        user_id: UserId,
        /// The new role.
        role: Role,
    },
    /// Join a public room.
    Join,
    /// Leave the conversation.
    Leave,
    /// Change fields of the room this conversation belongs to.
    UpdateRoom {
        /// New name.
        name: Option<String>,
        /// New description.
        description: Option<String>,
        /// New visibility.
        visibility: Option<crate::chat::policy::Visibility>,
        /// Who may write.
        #[serde(default)]
        post: Option<Posting>,
        /// Seconds between two messages of a member.
        #[serde(default)]
        slow_mode_s: Option<u32>,
    },
    /// Replace a group's metadata.
    UpdateMetadata {
        /// The new metadata.
        metadata: Map<String, Value>,
    },
    /// Delete the room with its conversation.
    DeleteRoom,
    /// Mute a member: they cannot write until the mute ends.
    Mute {
        /// User id of the member.
        user_id: UserId,
        /// End of the mute.
        until: Timestamp,
        /// Reason for the member and the audit log.
        reason: String,
    },
    /// Unmute a member.
    Unmute {
        /// User id of the member.
        user_id: UserId,
    },
    /// Ban a user. A membership ends.
    Ban {
        /// User id.
        user_id: UserId,
        /// End of the ban, `None` until it is lifted.
        until: Option<Timestamp>,
        /// Reason for the user and the audit log.
        reason: String,
    },
    /// Lift a ban.
    Unban {
        /// User id.
        user_id: UserId,
    },
    /// Create an invite for one user, or for anyone with its token.
    CreateInvite {
        /// The invite.
        invite: NewInvite,
    },
    /// Revoke an invite.
    RevokeInvite {
        /// Invite id.
        invite_id: InviteId,
    },
    /// Accept an invite that the function found by its token, or that is for the user.
    AcceptInvite {
        /// Invite id.
        invite_id: InviteId,
    },
    /// Decline an invite that is for the user.
    DeclineInvite {
        /// Invite id.
        invite_id: InviteId,
    },
}

/// A command with its context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The requesting user; verified by the function.
    pub principal: Principal,
    /// The app's limits.
    pub limits: Limits,
    /// The requesting tab's client id; the tab ignores the echo.
    #[serde(default)]
    pub origin_client_id: Option<String>,
    /// The requesting Pusher client's socket, which is excluded from the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_socket: Option<SocketId>,
    /// Id of the originating HTTP request, for log lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The command.
    #[serde(flatten)]
    pub command: Command,
}

/// Parameters of a new socket; sent as a header of the upgrade request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// The conversation, `None` for a user's own channel.
    pub conversation_id: Option<ConversationId>,
    /// The connecting user; verified by the function.
    pub principal: Principal,
    /// The app's limits.
    pub limits: Limits,
    /// The tab's client id.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Position to replay from, directly after the welcome.
    #[serde(default)]
    pub resume: Option<Position>,
    /// Id of the originating HTTP request, for log lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Connect {
    /// Name of the header; its value is percent-encoded JSON.
    pub const HEADER: &'static str = "x-campana-connect";
}

/// A client's position in a conversation's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The log's epoch, `None` if the client does not know it (SSE with a plain number).
    pub epoch: Option<String>,
    /// The last position the client has.
    pub seq: i64,
}

/// Result of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The message is durable.
    Sent {
        /// The message, as committed; on a repeat the original's id, seq and time.
        message: Box<Message>,
        /// The message that it quotes, if the record may lack that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quote: Option<Box<Message>>,
        /// Whether this call created it; false on a repeat.
        created: bool,
    },
    /// The message is scheduled.
    Scheduled {
        /// The scheduled message; on a repeat as it is now.
        message: Box<ScheduledMessage>,
        /// Whether this call scheduled it; false on a repeat.
        created: bool,
    },
    /// The message after a change.
    Changed {
        /// The message.
        message: Box<Message>,
        /// Its annotations, as the user sees them.
        view: Box<AnnotationView>,
    },
    /// The read marker after the command.
    Read {
        /// The last position the user has read.
        last_read_seq: i64,
    },
    /// The part of a page that the record may lack.
    Tail {
        /// The log's epoch.
        epoch: String,
        /// The newest position.
        head: i64,
        /// The user's role here.
        role: Role,
        /// Messages that the record may lack or have in an older state.
        messages: Vec<Message>,
        /// Annotations of messages on the page that the record may lack or have in an older state.
        annotations: Vec<UnflushedAnnotations>,
    },
    /// The membership after the change.
    Member {
        /// User id of the member.
        user_id: UserId,
        /// Their role.
        role: Role,
        /// Start of the membership.
        joined_at: Timestamp,
        /// End of the mute, if any.
        muted_until: Option<Timestamp>,
        /// Whether this call created the membership.
        created: bool,
    },
    /// The invite after the command.
    Invite {
        /// The invite.
        invite: Box<Invite>,
    },
    /// Success without a result.
    Done,
}

/// Annotations of a message that the record may have in an older state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnflushedAnnotations {
    /// The present state.
    pub row: AnnotatedRow,
    /// Reactions of the user that the record may lack, or still have: true for one that is there.
    pub own: Vec<(Emoji, bool)>,
}

/// The object's answer in JSON.
pub type Answer = Result<Reply, Problem>;

/// A membership as the object caches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// User id of the member.
    pub user_id: UserId,
    /// Their role.
    pub role: Role,
    /// Start of the membership.
    pub joined_at: Timestamp,
    /// The last position they have read.
    pub last_read_seq: i64,
    /// How often they have marked messages as unread.
    #[serde(default)]
    pub read_rev: i64,
    /// End of the newest mute, which may be past.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
}

impl Membership {
    /// End of the mute that is in force at `now`.
    pub fn mute_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.muted_until.filter(|until| *until > now)
    }
}

/// Who writes in a room, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostingRules {
    /// Who may write.
    pub post: Posting,
    /// Seconds between two messages of a member who does not moderate the room; 0 for any number of messages.
    pub slow_mode_s: u32,
}

/// The record's row of a conversation; loaded when its object first wakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationFacts {
    /// The conversation.
    pub id: ConversationId,
    /// Kind of the conversation.
    pub place: Place,
    /// Its room, if it belongs to one.
    pub room_id: Option<crate::shared::ids::RoomId>,
    /// Who writes in the room, and how often.
    pub posting: PostingRules,
    /// Number of members.
    pub member_count: i64,
    /// Newest position that was flushed to the record.
    pub last_seq: i64,
    /// Number of messages ever sent.
    pub message_count: i64,
    /// Number of those that do not count as messages of the conversation.
    pub uncounted_count: i64,
}

/// The scheduled function's request to trim an object's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrimLog {
    /// Tenant of the conversation.
    pub tenant: TenantId,
    /// Conversation id.
    pub conversation_id: ConversationId,
    /// Events older than this are deleted.
    pub before: Timestamp,
    /// Messages older than this are past the app's retention: their text is erased from later events too.
    pub erase_before: Option<Timestamp>,
}

/// Result of a trim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trimmed {
    /// Number of deleted events.
    pub events: i64,
    /// Time of the oldest remaining event, `None` if the log is empty.
    pub oldest_at: Option<Timestamp>,
}

/// Reads a message id from outside; 404 if it is not one.
pub fn parse_message_id(text: &str) -> Result<MessageId, Problem> {
    MessageId::parse(text).ok_or_else(Problem::not_found)
}
