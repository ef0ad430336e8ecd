//! The timeline of an alert: entries in order, never changed afterwards.

use super::{Page, Who};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertEntry"))]
pub struct Entry {
    /// Number in the timeline, from 1.
    pub number: u32,
    /// Time of the entry.
    pub at: Timestamp,
    /// The user who did it; `None` for timer events.
    pub by: Option<Who>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertEntryKind"))]
#[serde(tag = "what", content = "data", rename_all = "snake_case")]
pub enum What {
    /// It was raised.
    Triggered {
        /// Names of ignored fields.
        left_out: Vec<String>,
    },
    /// The button was pressed again.
    PressedAgain {
        /// Number of presses so far.
        presses: u32,
    },
    /// The button was pressed again soon after the owner had cancelled it: it is open again.
    Reopened {
        /// Number of presses so far.
        presses: u32,
    },
    /// A guard acknowledged it.
    Acknowledged,
    /// The guard is on the way.
    Responding,
    /// The guard who acknowledged did nothing for too long.
    Lapsed,
    /// Nobody acknowledged by the deadline: an escalation step paged more recipients.
    Escalated {
        /// Number of steps since the alert was raised, from 1.
        level: u32,
        /// Who was paged.
        page: Page,
    },
    /// Nobody acknowledged, and no escalation step is left.
    Exhausted,
    /// A guard attended to it.
    Resolved {
        /// Short reason.
        reason: Option<String>,
        /// Longer note.
        note: Option<String>,
    },
    /// A guard found no emergency.
    FalseAlarm {
        /// Short reason.
        reason: String,
        /// Longer note.
        note: Option<String>,
    },
    /// The owner cancelled it.
    Cancelled {
        /// Short reason.
        reason: Option<String>,
    },
    /// The owner gave the duress PIN: the owner sees a cancelled alert, and the alert stays open.
    Duress {
        /// Reason given with the PIN.
        reason: Option<String>,
    },
    /// The owner gave a wrong PIN.
    WrongPin,
}

impl What {
    /// Every name.
    pub const NAMES: [&'static str; 13] = [
        "triggered",
        "pressed_again",
        "reopened",
        "acknowledged",
        "responding",
        "lapsed",
        "escalated",
        "exhausted",
        "resolved",
        "false_alarm",
        "cancelled",
        "duress",
        "wrong_pin",
    ];

    /// The name in JSON and SQL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Triggered { .. } => "triggered",
            Self::PressedAgain { .. } => "pressed_again",
            Self::Reopened { .. } => "reopened",
            Self::Acknowledged => "acknowledged",
            Self::Responding => "responding",
            Self::Lapsed => "lapsed",
            Self::Escalated { .. } => "escalated",
            Self::Exhausted => "exhausted",
            Self::Resolved { .. } => "resolved",
            Self::FalseAlarm { .. } => "false_alarm",
            Self::Cancelled { .. } => "cancelled",
            Self::Duress { .. } => "duress",
            Self::WrongPin => "wrong_pin",
        }
    }

    /// Whether a guard has taken the alert, or it is closed.
    pub const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Acknowledged
                | Self::Responding
                | Self::Resolved { .. }
                | Self::FalseAlarm { .. }
                | Self::Cancelled { .. }
        )
    }

    /// The variant's data as JSON.
    pub fn data(&self) -> Map<String, Value> {
        let mut entry = serde_json::to_value(self).unwrap_or_default();
        match entry.get_mut("data").map(Value::take) {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        }
    }
}

impl Entry {
    /// The entry as the owner may see it: with `duress`, a duress entry reads as a cancellation; otherwise it is
    /// hidden. Timelines of this release have no other entries of that kind: the owner reads those of their own view.
    pub fn for_owner(self, duress: bool) -> Option<Self> {
        let what = match self.what {
            What::Duress { reason } if duress => What::Cancelled { reason },
            What::Duress { .. } => return None,
            what => what,
        };
        Some(Self { what, ..self })
    }
}
