//! Scheduled messages: written now, sent by the conversation's object at a later time.
//!
//! The `client_msg_id` of a scheduled message derives from its id, so that a repeated attempt to send it is a repeat of
//! the first one, whatever was lost in between.

use crate::accounts::principal::Principal;
use crate::chat::command::Draft;
use crate::chat::wire::{Event, EventName, MessageType};
use crate::files::Attachment;
use crate::named;
use crate::shared::ids::{ConversationId, MessageId, ScheduledId, TenantId, UserId};
use crate::shared::limits::MAX_SCHEDULE_AHEAD_MS;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Beginning of the `client_msg_id` of a message that was scheduled.
const KEY_PREFIX: &str = "scheduled-";

named! {
    /// What became of a scheduled message.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum ScheduledStatus {
        /// It waits for its time.
        #[default]
        Pending = "pending",
        /// It was sent.
        Sent = "sent",
        /// Its author could not send it at its time.
        Failed = "failed",
        /// Its author cancelled it, or removed it after it had failed.
        Cancelled = "cancelled",
    }
}

/// A scheduled message as its author sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScheduledMessage {
    /// `UUIDv7`.
    pub id: ScheduledId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// When it is sent.
    pub send_at: Timestamp,
    /// What became of it.
    pub status: ScheduledStatus,
    /// The text; `null` once it was sent or cancelled.
    pub body: Option<String>,
    /// Text, image or file.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// Its files as they are now; none once it was sent or cancelled.
    pub attachments: Vec<Attachment>,
    /// Free JSON of the application; `null` once it was sent or cancelled.
    pub metadata: Option<Map<String, Value>>,
    /// The message that it answers.
    pub parent_id: Option<MessageId>,
    /// Whether a reply is shown in the conversation too.
    pub also_in_channel: bool,
    /// The message that it quotes.
    pub quote_id: Option<MessageId>,
    /// The client's id for it: idempotency key of the request that scheduled it.
    pub client_msg_id: String,
    /// The message, once it was sent.
    pub message_id: Option<MessageId>,
    /// Type of the problem for which it failed.
    pub problem: Option<String>,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// When it was sent, failed or was cancelled.
    pub ended_at: Option<Timestamp>,
}

impl ScheduledMessage {
    /// Whether a repeated request asks for the same. The text of one that was sent or cancelled is no longer known.
    pub fn is_of(&self, draft: &Draft, send_at: Timestamp) -> bool {
        let same = |mine: &Option<MessageId>, theirs: &Option<String>| {
            mine.as_ref().map(MessageId::as_str) == theirs.as_deref()
        };
        let same_parent = same(&self.parent_id, &draft.parent_id) && self.also_in_channel == draft.also_in_channel;
        same(&self.quote_id, &draft.quote_id)
            && self.send_at == send_at
            && self.message_type == draft.message_type
            && same_parent
            && self
                .body
                .as_ref()
                .is_none_or(|body| *body == draft.body && self.metadata == draft.metadata && self.has_files_of(draft))
    }
}

impl ScheduledMessage {
    /// Whether its files are those of a draft. Files of one that failed may be deleted.
    fn has_files_of(&self, draft: &Draft) -> bool {
        let mine = self.attachments.iter().map(|file| file.id.as_str());
        self.status == ScheduledStatus::Failed || mine.eq(draft.attachments.iter().map(String::as_str))
    }
}

/// A scheduled message that waits for its time, with what is needed to send it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingMessage {
    /// Its id.
    pub id: ScheduledId,
    /// When it is sent.
    pub send_at: Timestamp,
    /// The author, as [`author_of`] returns it.
    pub author: Principal,
    /// The message.
    pub draft: Draft,
}

/// The author of a scheduled message: the identity that schedules it, without the rights that only its token grants.
/// Those may have ended when the message is sent; memberships are read then.
pub fn author_of(principal: &Principal) -> Principal {
    Principal { admin: false, permissions: Vec::new(), groups: Vec::new(), ..principal.clone() }
}

/// How a scheduled message ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ScheduledOutcome {
    /// It was sent.
    Sent {
        /// The message.
        message_id: MessageId,
    },
    /// Its author could not send it.
    Failed {
        /// Type of the problem.
        problem: String,
    },
    /// Its author cancelled it.
    Cancelled,
}

/// A scheduled message that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedMessage {
    /// Its id.
    pub id: ScheduledId,
    /// The author.
    pub user_id: UserId,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: ScheduledOutcome,
    /// When it ended.
    pub ended_at: Timestamp,
}

impl EndedMessage {
    /// The event for the author's own channel; `None` if they cancelled it.
    pub fn to_event(&self, conversation: &ConversationId) -> Option<Event> {
        let (event, partial) = match &self.outcome {
            ScheduledOutcome::Sent { message_id } => {
                (EventName::ScheduledSent, json!({"scheduled_id": self.id, "message_id": message_id}))
            }
            ScheduledOutcome::Failed { problem } => {
                (EventName::ScheduledFailed, json!({"scheduled_id": self.id, "problem": problem}))
            }
            ScheduledOutcome::Cancelled => return None,
        };
        Some(Event {
            event,
            conversation_id: conversation.clone(),
            seq: None,
            id: Some(self.id.as_str().to_owned()),
            partial,
            origin_client_id: None,
            at: self.ended_at,
        })
    }
}

/// The scheduled function's request to a conversation's object whose alarm may be lost: send what is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendDue {
    /// Tenant of the conversation.
    pub tenant: TenantId,
    /// Conversation id.
    pub conversation_id: ConversationId,
}

/// The `client_msg_id` of a scheduled message when it is sent.
pub fn sent_key(id: &ScheduledId) -> String {
    format!("{KEY_PREFIX}{id}")
}

/// Whether a message was scheduled, by its `client_msg_id`. Its author may not have read what came before it.
pub fn is_sent_key(client_msg_id: Option<&str>) -> bool {
    client_msg_id.is_some_and(|key| key.starts_with(KEY_PREFIX))
}

/// Checks the time at which a message is to be sent: in the future, at most a year ahead. 422 otherwise.
pub fn validate_send_at(send_at: Timestamp, now: Timestamp) -> Result<Timestamp, Problem> {
    if send_at <= now {
        return Err(Problem::field("send_at", "is not in the future"));
    }
    if send_at > now.plus_millis(MAX_SCHEDULE_AHEAD_MS) {
        return Err(Problem::field("send_at", "is more than a year away"));
    }
    Ok(send_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn a_time_to_send_is_in_the_future_and_at_most_a_year_ahead() {
        for good in [1, 60_000, MAX_SCHEDULE_AHEAD_MS] {
            assert!(validate_send_at(NOW.plus_millis(good), NOW).is_ok(), "{good}");
        }
        for bad in [i64::MIN, -1, 0, MAX_SCHEDULE_AHEAD_MS + 1, i64::MAX] {
            let problem = validate_send_at(NOW.plus_millis(bad), NOW).expect_err("refused");
            assert_eq!(problem.errors[0].field, "send_at", "{bad}");
        }
    }

    #[test]
    fn the_key_of_a_scheduled_message_is_a_client_msg_id() {
        let key = sent_key(&ScheduledId::new(NOW, [7; 10]));
        assert!(crate::chat::conversation::validate_client_id("client_msg_id", &key).is_ok());
        assert!(is_sent_key(Some(&key)));
        assert!(!is_sent_key(Some("c4b1f0de")) && !is_sent_key(None));
    }

    #[test]
    fn the_author_keeps_no_right_that_only_a_token_grants() {
        let principal = Principal {
            tenant: TenantId::trusted("demo"),
            user_id: UserId::trusted("7"),
            name: "Ana".to_owned(),
            avatar: None,
            admin: true,
            permissions: vec!["view_panic_alerts".to_owned()],
            groups: vec!["supervisors".to_owned()],
            issued_at_ms: Some(1),
            signed_with: crate::accounts::revocation::SigningKey::Secret(3),
            expires_at_ms: 2,
        };
        let author = author_of(&principal);
        assert!(!author.admin && author.permissions.is_empty() && author.groups.is_empty());
        assert_eq!((author.issued_at_ms, author.signed_with), (principal.issued_at_ms, principal.signed_with));
    }
}
