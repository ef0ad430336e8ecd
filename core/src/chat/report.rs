//! Reports of messages, which moderators resolve.

use crate::named;
use crate::shared::ids::{ConversationId, MessageId, ReportId, RoomId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest reason of a report, characters.
pub const MAX_REPORT_REASON_CHARS: usize = 100;
/// Longest note of a report or of its resolution, characters.
pub const MAX_REPORT_NOTE_CHARS: usize = 500;
/// Length of the mute that resolves a report, milliseconds: a day.
pub const REPORT_MUTE_MS: i64 = 24 * 60 * 60 * 1_000;

named! {
    /// State of a report.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum ReportStatus {
        /// It waits for a moderator.
        Open = "open",
        /// An action has resolved it.
        Resolved = "resolved",
    }
}

named! {
    /// What resolves a report.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum ReportAction {
        /// Nothing is done.
        Dismiss = "dismiss",
        /// The message is deleted.
        Delete = "delete",
        /// Its sender is muted for a day.
        Mute = "mute",
        /// Its sender is banned until the ban is lifted.
        Ban = "ban",
    }
}

/// A report of a message. It holds no copy of the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The report.
    pub id: ReportId,
    /// Conversation of the message.
    pub conversation_id: ConversationId,
    /// Its room; `null` in a direct conversation or a group.
    pub room_id: Option<RoomId>,
    /// The message.
    pub message_id: MessageId,
    /// Who wrote the message.
    pub sender_id: UserId,
    /// Who reported it.
    pub reported_by: UserId,
    /// The reporter's reason.
    pub reason: String,
    /// The reporter's note, which may be empty.
    pub note: String,
    /// Whether it is resolved.
    pub status: ReportStatus,
    /// What resolved it; `null` while it is open.
    pub action: Option<ReportAction>,
    /// Who resolved it.
    pub resolved_by: Option<UserId>,
    /// Their note.
    pub resolution_note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
}
