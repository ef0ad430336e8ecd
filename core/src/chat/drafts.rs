//! Drafts: what a member has begun to write, one for each place of a conversation, the same on all of their devices.
//!
//! Each state of a draft has a number. A device gives a new state a higher number than the newest that it knows; a state
//! with the number of a stored one, or a lower one, is refused. A cleared draft keeps its number. So a save that arrives
//! after the message was sent and the draft cleared does not bring it back.

use crate::chat::wire::{Event, EventName};
use crate::shared::ids::{ConversationId, MessageId};
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Highest number that a device may give: the server can still count on, within the integers of JavaScript.
pub const MAX_DRAFT_REV: i64 = 1_000_000_000_000_000;

/// The draft of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Draft"))]
pub struct UnsentDraft {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The thread's first message; `null` for the conversation itself.
    pub parent_id: Option<MessageId>,
    /// The text; `null` if there is no draft.
    pub body: Option<String>,
    /// Number of this state; 0 if the place never had a draft.
    pub rev: i64,
    /// When it was saved or cleared; `null` if the place never had a draft.
    pub updated_at: Option<Timestamp>,
}

impl UnsentDraft {
    /// A place that never had a draft.
    pub fn none(conversation_id: ConversationId, parent_id: Option<MessageId>) -> Self {
        Self { conversation_id, parent_id, body: None, rev: 0, updated_at: None }
    }

    /// The event for the member's own channel.
    pub fn to_event(&self, origin_client_id: Option<String>, at: Timestamp) -> Event {
        let partial = json!({
            "parent_id": self.parent_id, "body": self.body, "rev": self.rev, "updated_at": self.updated_at,
        });
        Event {
            event: EventName::DraftUpdated,
            conversation_id: self.conversation_id.clone(),
            seq: None,
            id: Some(self.conversation_id.as_str().to_owned()),
            partial,
            origin_client_id,
            at,
        }
    }
}

/// Checks the number that a device gives to a state: 1 to [`MAX_DRAFT_REV`]. 422 with the field's name otherwise.
pub fn validate_draft_rev(field: &str, rev: i64) -> Result<i64, Problem> {
    if (1..=MAX_DRAFT_REV).contains(&rev) {
        return Ok(rev);
    }
    Err(Problem::field(field, format!("is not between 1 and {MAX_DRAFT_REV}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_within_what_the_server_can_count_on_from() {
        for good in [1, 7, MAX_DRAFT_REV] {
            assert_eq!(validate_draft_rev("rev", good), Ok(good));
        }
        for bad in [i64::MIN, -1, 0, MAX_DRAFT_REV + 1, i64::MAX] {
            assert!(validate_draft_rev("rev", bad).is_err(), "{bad}");
        }
    }
}
