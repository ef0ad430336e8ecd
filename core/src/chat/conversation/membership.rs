//! Events about who is here and what the place is called. The record is changed by the object first.

use super::{Actor, Conversation, Entry, Stamp};
use crate::chat::policy::Role;
use crate::chat::wire::{EventName, Person};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// How somebody's membership changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberChangeKind {
    /// They became a member.
    Joined {
        /// As what.
        role: Role,
    },
    /// They left by themselves.
    Left,
    /// Somebody removed them.
    Removed,
    /// Somebody keeps them out from now on.
    Banned,
    /// They may not write until then, or may again.
    Muted {
        /// Until when.
        until: Option<Timestamp>,
    },
    /// They have another role.
    Updated {
        /// Which.
        role: Role,
    },
}

/// A change of somebody's membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChange {
    /// Whose.
    pub person: Person,
    /// How.
    pub kind: MemberChangeKind,
}

impl Conversation {
    /// The event of a membership change that the record already has.
    pub fn member_changed(&self, actor: Actor<'_>, change: &MemberChange, now: Timestamp) -> Entry {
        let Person { user_id, name } = &change.person;
        let (event, partial) = match change.kind {
            MemberChangeKind::Joined { role } => {
                let partial = json!({"user_id": user_id, "name": name, "role": role, "joined_at": now});
                (EventName::MemberJoined, partial)
            }
            MemberChangeKind::Left => (EventName::MemberLeft, json!({"user_id": user_id})),
            MemberChangeKind::Removed => (EventName::MemberRemoved, json!({"user_id": user_id})),
            MemberChangeKind::Banned => (EventName::MemberRemoved, json!({"user_id": user_id, "banned": true})),
            MemberChangeKind::Muted { until } => {
                (EventName::MemberUpdated, json!({"user_id": user_id, "muted_until": until}))
            }
            MemberChangeKind::Updated { role } => (EventName::MemberUpdated, json!({"user_id": user_id, "role": role})),
        };
        let stamp = Stamp { now, origin_client_id: actor.origin_client_id };
        self.entry(event, user_id.as_str(), partial, stamp)
    }

    /// The event of a change to the conversation or its room that the record already has.
    pub fn conversation_updated(&self, actor: Actor<'_>, changed: Map<String, Value>, now: Timestamp) -> Entry {
        let stamp = Stamp { now, origin_client_id: actor.origin_client_id };
        self.entry(EventName::ConversationUpdated, self.id.as_str(), changed, stamp)
    }
}
