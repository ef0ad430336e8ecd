//! What a conversation's object writes to the record in one flush of its log.

use crate::accounts::audit::Audit;
use crate::chat::annotations::{AnnotatedRow, ReactionRow};
use crate::chat::notifications::NotificationCandidate;
use crate::chat::scheduled::EndedMessage;
use crate::chat::wire::Message;
use crate::named;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// The writes of one flush to the record. Idempotent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FlushBatch {
    /// Messages created since the last flush.
    pub created: Vec<FlushedMessage>,
    /// Messages changed since the last flush, as complete rows.
    pub changed: Vec<FlushedMessage>,
    /// Messages with other annotations since the last flush.
    #[serde(default)]
    pub annotated: Vec<AnnotatedRow>,
    /// Reactions that were added or removed since the last flush.
    #[serde(default)]
    pub reactions: Vec<ReactionRow>,
    /// People to notify of messages of the batch. The record skips those who are not to be notified.
    #[serde(default)]
    pub notifications: Vec<NotificationCandidate>,
    /// Whether the conversation is one of two people, who are notified of its messages while they are away.
    #[serde(default)]
    pub is_direct: bool,
    /// Scheduled messages that were sent and are not settled.
    #[serde(default)]
    pub sent_scheduled: Vec<EndedMessage>,
    /// Whether the unread counts of members who are online are asked for.
    #[serde(default)]
    pub asks_inboxes: bool,
    /// Read markers that moved.
    pub read: Vec<ReadMarker>,
    /// Newest position in the batch.
    pub last_seq: i64,
    /// Audit entries of moderators' acts on messages since the last flush.
    pub audits: Vec<Audit>,
    /// Entries that the record cannot store: quarantined, so that they do not block later ones.
    #[serde(default)]
    pub quarantined: Vec<QuarantinedEntry>,
    /// Number of messages ever sent, up to that position.
    pub message_count: i64,
    /// Number of those that do not count as messages of the conversation.
    #[serde(default)]
    pub uncounted_count: i64,
    /// When the newest message was sent.
    pub last_message_at: Option<Timestamp>,
}

/// A member's read marker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMarker {
    /// The member.
    pub user_id: UserId,
    /// The last position they have read.
    pub seq: i64,
    /// How often they have marked messages as unread: only a marker of a newer revision moves back.
    pub rev: i64,
    /// When it moved there.
    pub at: Timestamp,
}

/// A log entry that the record cannot store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedEntry {
    /// Position in the log.
    pub seq: i64,
    /// Reason of the quarantine.
    pub reason: QuarantineReason,
    /// The event's text in the log.
    pub entry: String,
}

named! {
    /// Why an entry is in quarantine.
    pub enum QuarantineReason {
        /// The text is not a valid event.
        Unreadable = "unreadable",
        /// The database rejects the row.
        Refused = "refused",
    }
}

/// A body that an edit replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EarlierBody {
    /// Number of its version, from 1.
    pub version: i64,
    /// The text.
    pub body: String,
    /// When it was sent, or edited to this text.
    pub written_at: Timestamp,
}

/// A message's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlushedMessage {
    /// The message in its present state.
    #[serde(flatten)]
    pub message: Message,
    /// Number of the message within the conversation, counted from 1.
    pub ordinal: i64,
    /// Number of messages up to this one that do not count as messages of the conversation: replies shown in their thread
    /// only, and system messages.
    #[serde(default)]
    pub uncounted: i64,
    /// Position of the last event that created or changed it.
    pub updated_seq: i64,
    /// The body that the last event replaced, if it was an edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Box<EarlierBody>>,
}
