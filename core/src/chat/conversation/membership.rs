//! Events for changes of members and of the conversation's fields. The object writes the record before the event.

use super::system::ReportedChange;
use super::{Actor, Appearance, Conversation, Entry, Stamp};
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
    /// The user who makes the change. Absent in changes that an earlier release began, which no system message reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

impl MemberChange {
    /// What a system message reports of the change.
    fn reported(&self) -> Option<ReportedChange> {
        let user_id = self.person.user_id.clone();
        match self.kind {
            MemberChangeKind::Joined { .. } => Some(ReportedChange::Joined { user_id }),
            MemberChangeKind::Left => Some(ReportedChange::Left { user_id }),
            MemberChangeKind::Removed | MemberChangeKind::Banned => Some(ReportedChange::Removed { user_id }),
            MemberChangeKind::Muted { .. } | MemberChangeKind::Updated { .. } => None,
        }
    }
}

impl Conversation {
    /// The event for a membership change that is in the record, and the system message that reports it. `random` becomes
    /// part of the message's id.
    pub fn member_changed(&self, actor: Actor<'_>, change: &MemberChange, now: Timestamp, random: [u8; 10]) -> Entry {
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
        let entry = self.entry(event, user_id.as_str(), partial, stamp);
        match (&change.by, change.reported()) {
            (Some(by), Some(reported)) => self.reporting(entry, (by, vec![reported]), now, random),
            _ => entry,
        }
    }

    /// The event for changed fields of the conversation or its room that are in the record, and the system messages about
    /// what looks other than before. `None` for changes that an earlier release began, which no system message reports.
    pub fn conversation_updated(
        &self,
        actor: Actor<'_>,
        changed: Map<String, Value>,
        was: Option<&Appearance>,
        now: Timestamp,
        random: [u8; 10],
    ) -> Entry {
        let stamp = Stamp { now, origin_client_id: actor.origin_client_id };
        let is = Appearance::among(&changed);
        let entry = self.entry(EventName::ConversationUpdated, self.id.as_str(), changed, stamp);
        let Some(was) = was else { return entry };
        self.reporting_fields(entry, (&actor.person(), was, is), now, random)
    }
}
