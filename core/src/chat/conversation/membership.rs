//! Events for changes of members and of the conversation's fields. The object writes the record before the event.

use super::{Actor, Conversation, Entry, Stamp};
use crate::chat::policy::Role;
use crate::chat::wire::{EventName, Person};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Kind of a membership change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberChangeKind {
    /// The user became a member.
    Joined {
        /// The role they have.
        role: Role,
    },
    /// The member left.
    Left,
    /// A moderator removed the member.
    Removed,
    /// A moderator removed the member and bars their return.
    Banned,
    /// The member was muted or unmuted.
    Muted {
        /// End of the mute, `None` if the member was unmuted.
        until: Option<Timestamp>,
    },
    /// The member's role changed.
    Updated {
        /// The new role.
        role: Role,
    },
}

/// A change of one user's membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChange {
    /// The user.
    pub person: Person,
    /// Kind of the change.
    pub kind: MemberChangeKind,
}

impl Conversation {
    /// The event for a membership change that is in the record.
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

    /// The event for changed fields of the conversation or its room that are in the record.
    pub fn conversation_updated(&self, actor: Actor<'_>, changed: Map<String, Value>, now: Timestamp) -> Entry {
        let stamp = Stamp { now, origin_client_id: actor.origin_client_id };
        self.entry(EventName::ConversationUpdated, self.id.as_str(), changed, stamp)
    }
}
