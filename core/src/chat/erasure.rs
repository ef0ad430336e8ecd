//! Erasure of a user: their name becomes their id, and what they wrote is deleted. Ids, positions and times stay.
//!
//! It runs in steps that may be repeated. Each stores how far it is ([`Progress`]).

use crate::accounts::principal::Principal;
use crate::accounts::revocation::SigningKey;
use crate::named;
use crate::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// How long after the request an identity of before may still be admitted somewhere, milliseconds: what is written until then is
/// erased too.
pub const SETTLING_MS: i64 = 10_000;
/// Messages that a conversation's object erases in one call.
pub const MESSAGES_OF_CALL: u32 = 100;

named! {
    /// What a step of an erasure erases. The steps follow one another.
    #[derive(Default)]
    pub enum ErasureStage {
        /// The name, and the person's words in the index for search.
        #[default]
        Person = "person",
        /// Messages and memberships, conversation by conversation.
        Conversations = "conversations",
        /// Names at reactions.
        Reactions = "reactions",
        /// Files with their bytes.
        Files = "files",
        /// Rows of which each is the person's alone: drafts, notifications and others.
        Rows = "rows",
        /// Alerts that have ended.
        Alerts = "alerts",
    }
}

/// How far an erasure is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// What the next step erases.
    pub stage: ErasureStage,
    /// When this pass over all stages began. One that begins after the identities of before have ended is the last.
    pub began_at: Timestamp,
    /// The conversation, alert or reaction after which the stage goes on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// The position after which it goes on there, if it was left half-way.
    #[serde(default)]
    pub seq: Option<i64>,
    /// Whether something could not be erased in this pass, so that there is another one.
    #[serde(default)]
    pub is_incomplete: bool,
    /// Whether an alert of the user was open, or at the desk, when their alerts were looked at last.
    #[serde(default)]
    pub waits_for_alert: bool,
    /// Messages erased so far.
    #[serde(default)]
    pub messages: u64,
    /// Files erased so far.
    #[serde(default)]
    pub files: u64,
}

impl Progress {
    /// Goes on with another stage, from its beginning.
    pub fn enter(&mut self, stage: ErasureStage) {
        self.stage = stage;
        self.after.clear();
        self.seq = None;
    }

    /// Begins another pass over all stages.
    pub fn begin_pass(&mut self, now: Timestamp) {
        self.enter(ErasureStage::Person);
        self.began_at = now;
        self.is_incomplete = false;
    }
}

/// A request to a conversation's object: erase what a user wrote here, then end their membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseMessages {
    /// Tenant of the conversation.
    pub tenant: TenantId,
    /// Conversation id.
    pub conversation_id: ConversationId,
    /// The user.
    pub user_id: UserId,
    /// What was written later stays.
    pub up_to: Timestamp,
    /// The position after which to go on; 0 at the beginning.
    pub after: i64,
}

impl EraseMessages {
    /// The identity under which the object does it: it may do everything in the conversation, and has no name.
    pub fn principal(&self, now: Timestamp) -> Principal {
        Principal {
            tenant: self.tenant.clone(),
            user_id: self.user_id.clone(),
            name: self.user_id.as_str().to_owned(),
            avatar: None,
            admin: true,
            permissions: Vec::new(),
            groups: Vec::new(),
            issued_at_ms: Some(now.millis()),
            signed_with: SigningKey::Unknown,
            expires_at_ms: now.millis(),
        }
    }

    /// Less than the id of every message that was sent after `up_to`.
    pub fn first_later_id(&self) -> MessageId {
        MessageId::new(self.up_to.plus_millis(1), [0; 10])
    }
}

/// The object's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedMessages {
    /// Messages erased by this call.
    pub messages: u64,
    /// The position after which the next call goes on; `None` once nothing is left here.
    pub next: Option<i64>,
}

/// A request to a tenant's alert desk: let go of a user's alerts that have ended, so that only the record has them, and of their PINs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseAlerts {
    /// The tenant.
    pub tenant: TenantId,
    /// The user.
    pub user_id: UserId,
    /// Alerts raised later stay.
    pub up_to: Timestamp,
    /// Whether the PINs are still those of the erased identity.
    pub forgets_pins: bool,
}

/// The desk's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReleasedAlerts {
    /// Whether the desk has an alert of the user still: one that is open, or that the record does not have yet.
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_pass_begins_at_the_first_stage_and_keeps_the_counts() {
        let mut progress = Progress { messages: 7, is_incomplete: true, ..Progress::default() };
        progress.enter(ErasureStage::Files);
        progress.after = "x".to_owned();
        progress.begin_pass(Timestamp::from_millis(5));
        let expected = Progress { messages: 7, began_at: Timestamp::from_millis(5), ..Progress::default() };
        assert_eq!(progress, expected);
    }
}
