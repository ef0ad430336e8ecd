//! What the HTTP functions ask of a conversation's object, and what it answers.
//!
//! Sent as JSON between a stateless function and the object; both are of the same build, and the channel
//! between them is not reachable from outside.

use crate::accounts::audit::Audit;
use crate::accounts::principal::Principal;
use crate::chat::history::Anchor;
use crate::chat::invite::{Invite, NewInvite};
use crate::chat::policy::{Place, Role};
use crate::chat::wire::{Message, MessageType};
use crate::shared::ids::{ConversationId, InviteId, MessageId, TenantId, UserId};
use crate::shared::limits::Limits;
use crate::shared::problem::Problem;
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A message that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The client's id for it; a repeat returns the first result.
    pub client_msg_id: Option<String>,
    /// The text.
    pub body: String,
    /// Text, image or file; `system` is the application's own.
    pub message_type: MessageType,
    /// The message it answers.
    pub parent_id: Option<String>,
    /// Free JSON.
    pub metadata: Option<Map<String, Value>>,
}

/// One act in one conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Write a message.
    Send {
        /// The message.
        draft: Draft,
    },
    /// Change one's message.
    Edit {
        /// Which.
        message_id: String,
        /// The new text.
        body: String,
    },
    /// Delete a message.
    Delete {
        /// Which.
        message_id: String,
    },
    /// Say that one types, or stopped.
    Typing {
        /// Whether one types.
        on: bool,
    },
    /// Move the read marker, to the newest message if no position is given.
    Read {
        /// The position that was read.
        seq: Option<i64>,
    },
    /// May the person read here?
    View,
    /// May the person read here? Answers with what the record does not have yet of a page.
    Tail {
        /// Where the page lies.
        anchor: Anchor,
        /// Messages on it at most.
        limit: u32,
    },
    /// Make somebody a member. The person must be known to the tenant.
    AddMember {
        /// Whom.
        user_id: UserId,
        /// As what.
        role: Role,
    },
    /// Take a membership away.
    RemoveMember {
        /// Whose.
        user_id: UserId,
    },
    /// Give a member another role.
    ChangeRole {
        /// Whose.
        user_id: UserId,
        /// Which.
        role: Role,
    },
    /// Become a member of a public room.
    Join,
    /// Stop being a member.
    Leave,
    /// Change the room this conversation belongs to.
    UpdateRoom {
        /// New name.
        name: Option<String>,
        /// New description.
        description: Option<String>,
        /// New visibility.
        visibility: Option<crate::chat::policy::Visibility>,
    },
    /// Replace a group's metadata.
    UpdateMetadata {
        /// The new metadata.
        metadata: Map<String, Value>,
    },
    /// Delete the room with its conversation.
    DeleteRoom,
    /// Take the right to write from a member for a time.
    Mute {
        /// Whose.
        user_id: UserId,
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Give it back.
    Unmute {
        /// To whom.
        user_id: UserId,
    },
    /// Keep somebody out. A member is none any more.
    Ban {
        /// Whom.
        user_id: UserId,
        /// Until when, `None` until it is lifted.
        until: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Let them in again.
    Unban {
        /// Whom.
        user_id: UserId,
    },
    /// Invite somebody, or whoever has the link.
    CreateInvite {
        /// The invite.
        invite: NewInvite,
    },
    /// Take an invite back.
    RevokeInvite {
        /// Which.
        invite_id: InviteId,
    },
    /// Become a member by an invite that the function has found by its token, or that is for the person.
    AcceptInvite {
        /// Which.
        invite_id: InviteId,
    },
    /// Say no to an invite that is for the person.
    DeclineInvite {
        /// Which.
        invite_id: InviteId,
    },
}

/// A command with everything the object needs to know about its context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who asks; verified by the function.
    pub principal: Principal,
    /// The app's limits.
    pub limits: Limits,
    /// The tab that asks, so that it gets no echo.
    #[serde(default)]
    pub origin_client_id: Option<String>,
    /// The Pusher client's socket that asks, so that it gets none either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_socket: Option<SocketId>,
    /// The HTTP request it comes from, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What they ask.
    #[serde(flatten)]
    pub command: Command,
}

/// How a socket is to be opened; sent as a header next to the upgrade request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// The conversation, `None` for a user's own channel.
    pub conversation_id: Option<ConversationId>,
    /// Who connects; verified by the function.
    pub principal: Principal,
    /// The app's limits.
    pub limits: Limits,
    /// The tab's id: events it caused are not echoed to it.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Replay from here, straight after the welcome.
    #[serde(default)]
    pub resume: Option<Position>,
    /// The HTTP request it comes from, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Connect {
    /// The header it travels in, as percent-encoded JSON.
    pub const HEADER: &'static str = "x-campana-connect";
}

/// A place in a conversation's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The log's epoch, `None` if the client cannot know (SSE with a plain number).
    pub epoch: Option<String>,
    /// The last position the client has.
    pub seq: i64,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The message is durable.
    Sent {
        /// The message, as committed; on a repeat the original's id, seq and time.
        message: Box<Message>,
        /// Whether this call made it, or an earlier one did.
        created: bool,
    },
    /// The message as it stands after an edit or delete.
    Changed {
        /// The message.
        message: Box<Message>,
    },
    /// The read marker stands here now.
    Read {
        /// The marker.
        last_read_seq: i64,
    },
    /// What the record may not have yet of a page.
    Tail {
        /// Of the log.
        epoch: String,
        /// The newest position.
        head: i64,
        /// The person's role here.
        role: Role,
        /// Messages that the record may not have, and those that it may not have as they stand.
        messages: Vec<Message>,
    },
    /// The membership after the change.
    Member {
        /// The person.
        user_id: UserId,
        /// Their role.
        role: Role,
        /// Since when.
        joined_at: Timestamp,
        /// Until when they may not write.
        muted_until: Option<Timestamp>,
        /// Whether this call made them one.
        created: bool,
    },
    /// The invite as it stands now.
    Invite {
        /// The invite.
        invite: Box<Invite>,
    },
    /// Done; nothing to tell.
    Done,
}

/// The object's answer as it travels.
pub type Answer = Result<Reply, Problem>;

/// A membership as the object keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The person.
    pub user_id: UserId,
    /// Their role.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Up to where they have read.
    pub last_read_seq: i64,
    /// Until when they may not write. It may be over.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
}

impl Membership {
    /// Until when they may not write, unless that is over.
    pub fn mute_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.muted_until.filter(|until| *until > now)
    }
}

/// What the record knows of a conversation; loaded by its object when it wakes for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationFacts {
    /// The conversation.
    pub id: ConversationId,
    /// What kind of place it is.
    pub place: Place,
    /// Its room, if it is a room's.
    pub room_id: Option<crate::shared::ids::RoomId>,
    /// How many members.
    pub member_count: i64,
    /// How far the record has the log.
    pub last_seq: i64,
    /// How many messages were ever sent.
    pub message_count: i64,
}

/// The scheduled function's wish that an object lets go of old events of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrimLog {
    /// Whose conversation.
    pub tenant: TenantId,
    /// Which.
    pub conversation_id: ConversationId,
    /// Events from before then go.
    pub before: Timestamp,
    /// The app keeps no messages from before then: later changes to them lose their text too.
    pub erase_before: Option<Timestamp>,
}

/// What the object did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trimmed {
    /// How many events went.
    pub events: i64,
    /// When the oldest happened that is left, `None` if none is.
    pub oldest_at: Option<Timestamp>,
}

/// What one flush writes to the record. Everything in it may be written twice without harm.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FlushBatch {
    /// Messages made since the last flush.
    pub created: Vec<FlushedMessage>,
    /// Messages changed since the last flush: whole rows as they stand.
    pub changed: Vec<FlushedMessage>,
    /// Read markers that moved.
    pub read: Vec<(UserId, i64)>,
    /// The newest position contained.
    pub last_seq: i64,
    /// What moderators did to messages since the last flush.
    pub audits: Vec<Audit>,
    /// Entries that cannot be taken in as they are: kept apart, so that those behind them are not held up.
    #[serde(default)]
    pub quarantined: Vec<QuarantinedEntry>,
    /// Messages ever sent, up to that position.
    pub message_count: i64,
    /// When the newest message was sent.
    pub last_message_at: Option<Timestamp>,
}

/// An entry of the log that the record cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedEntry {
    /// Its position.
    pub seq: i64,
    /// What is wrong with it.
    pub reason: QuarantineReason,
    /// The event as the log has it.
    pub entry: String,
}

/// Why an entry is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// It is not the JSON that entries are.
    Unreadable,
    /// The database refuses its row.
    Refused,
}

impl QuarantineReason {
    /// The name it has in JSON and in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
        }
    }
}

/// A message's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlushedMessage {
    /// The message as it stands.
    #[serde(flatten)]
    pub message: Message,
    /// Its number among the conversation's messages.
    pub ordinal: i64,
    /// The position of the last event that changed it.
    pub updated_seq: i64,
}

/// The id of a message from outside, or the refusal.
pub fn parse_message_id(text: &str) -> Result<MessageId, Problem> {
    MessageId::parse(text).ok_or_else(Problem::not_found)
}
