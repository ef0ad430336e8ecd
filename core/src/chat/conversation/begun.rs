//! Changes that the record gets first and the log afterwards. They are stored before they begin, so that a crash in
//! between cannot lose the event: clients that follow the log would stay wrong.

use super::{Appearance, MemberChange, MemberChangeKind};
use crate::chat::command::Membership;
use crate::shared::ids::UserId;
use serde::{Deserialize, Serialize};

/// A change to the record that has begun and whose event is not in the log yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BegunChange {
    /// A change of a membership.
    Member(MemberChange),
    /// A change of fields of the room or the conversation.
    Fields {
        /// The user who changes the fields; recovery reads the current values as this user.
        by: UserId,
        /// Display name of that user.
        #[serde(default)]
        actor_name: String,
        /// Names of the fields.
        names: Vec<String>,
        /// Name and visibility before the change. Absent in changes that an earlier release began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Appearance>,
    },
    /// The room is deleted with its conversation.
    Deletion,
}

impl BegunChange {
    /// Key of the changed thing. At most one change per subject is in progress.
    pub fn subject(&self) -> String {
        match self {
            Self::Member(change) => format!("member/{}", change.person.user_id),
            Self::Fields { .. } => "fields".to_owned(),
            Self::Deletion => "deletion".to_owned(),
        }
    }

    /// Name and visibility before the change, if it is one of fields and they are known.
    pub const fn appearance(&self) -> Option<&Appearance> {
        match self {
            Self::Fields { was, .. } => was.as_ref(),
            Self::Member(_) | Self::Deletion => None,
        }
    }
}

impl MemberChange {
    /// The change to report, given the record's current membership; `None` if the record lacks the change.
    pub fn as_recorded(&self, now_is: Option<&Membership>) -> Option<Self> {
        let kind = match (self.kind, now_is) {
            (MemberChangeKind::Joined { .. }, Some(now)) => MemberChangeKind::Joined { role: now.role },
            (MemberChangeKind::Left | MemberChangeKind::Removed | MemberChangeKind::Banned, None) => self.kind,
            (MemberChangeKind::Updated { role }, Some(now)) if now.role == role => self.kind,
            (MemberChangeKind::Muted { until }, Some(now)) if now.muted_until == until => self.kind,
            _ => return None,
        };
        Some(Self { kind, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::policy::Role;
    use crate::chat::wire::Person;
    use crate::shared::timestamp::Timestamp;

    const UNTIL: Timestamp = Timestamp::from_millis(5_000);

    fn membership(role: Role, muted_until: Option<Timestamp>) -> Membership {
        let user_id = UserId::trusted("7");
        Membership { user_id, role, joined_at: Timestamp::default(), last_read_seq: 0, read_rev: 0, muted_until }
    }

    #[track_caller]
    fn check(kind: MemberChangeKind, now_is: Option<&Membership>, reported: Option<MemberChangeKind>) {
        let person = Person { user_id: UserId::trusted("7"), name: "Ana".to_owned() };
        let change = MemberChange { person, kind, by: None };
        assert_eq!(change.as_recorded(now_is).map(|change| change.kind), reported, "{kind:?} of {now_is:?}");
        let text = serde_json::to_string(&BegunChange::Member(change.clone())).expect("JSON");
        assert_eq!(serde_json::from_str::<BegunChange>(&text).expect("round trip"), BegunChange::Member(change));
    }

    #[test]
    fn a_change_is_reported_exactly_if_the_record_has_it() {
        let (member, owner) = (membership(Role::Member, None), membership(Role::Owner, None));
        let muted = membership(Role::Member, Some(UNTIL));
        let joined = |role| MemberChangeKind::Joined { role };
        check(joined(Role::Member), Some(&owner), Some(joined(Role::Owner)));
        check(joined(Role::Member), None, None);
        for left in [MemberChangeKind::Left, MemberChangeKind::Removed, MemberChangeKind::Banned] {
            check(left, None, Some(left));
            check(left, Some(&member), None);
        }
        let updated = MemberChangeKind::Updated { role: Role::Owner };
        check(updated, Some(&owner), Some(updated));
        check(updated, Some(&member), None);
        check(updated, None, None);
        let mute = MemberChangeKind::Muted { until: Some(UNTIL) };
        check(mute, Some(&muted), Some(mute));
        check(mute, Some(&member), None);
        let unmute = MemberChangeKind::Muted { until: None };
        check(unmute, Some(&member), Some(unmute));
        check(unmute, Some(&muted), None);
    }
}
