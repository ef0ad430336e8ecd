//! The timeline of an alert: what happened to it, in order, never changed afterwards.

use super::{Page, Who};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place: 1 is the first.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// Who did it; nobody, if time did.
    pub by: Option<Who>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", content = "data", rename_all = "snake_case")]
pub enum What {
    /// It was raised.
    Triggered {
        /// Values that could not be used.
        left_out: Vec<String>,
    },
    /// The button was pressed again.
    PressedAgain {
        /// How often by now.
        presses: u32,
    },
    /// Somebody took it.
    Acknowledged,
    /// They are on their way.
    Responding,
    /// Whoever had taken it was not heard of for too long.
    Lapsed,
    /// Nobody answered in time: others were asked.
    Escalated {
        /// Which step this is since the alert began: 1 is the first.
        level: u32,
        /// Who was asked.
        page: Page,
    },
    /// Nobody answered, and there is nobody left to ask.
    Exhausted,
    /// It was attended to.
    Resolved {
        /// How.
        reason: Option<String>,
        /// More of it.
        note: Option<String>,
    },
    /// There was nothing.
    FalseAlarm {
        /// What it was.
        reason: String,
        /// More of it.
        note: Option<String>,
    },
    /// Whoever raised it took it back.
    Cancelled {
        /// Why.
        reason: Option<String>,
    },
    /// They gave the PIN that means duress: they believe, or whoever is with them does, that it is cancelled.
    Duress {
        /// The reason they gave.
        reason: Option<String>,
    },
    /// They gave a PIN that is none of theirs.
    WrongPin,
}

impl What {
    /// Every name.
    pub const NAMES: [&'static str; 12] = [
        "triggered",
        "pressed_again",
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

    /// What it carries, as JSON.
    pub fn data(&self) -> Map<String, Value> {
        let mut entry = serde_json::to_value(self).unwrap_or_default();
        match entry.get_mut("data").map(Value::take) {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        }
    }
}

impl Entry {
    /// As whoever raised the alert may see it. After a duress PIN they see a cancelled alert, and nothing that came later,
    /// unless they pressed again.
    pub fn for_owner(self, duress: bool) -> Option<Self> {
        let what = match self.what {
            What::Duress { reason } if duress => What::Cancelled { reason },
            What::Duress { .. } => return None,
            what => what,
        };
        Some(Self { what, ..self })
    }

    /// A timeline as whoever raised the alert may see it: see [`Entry::for_owner`].
    pub fn timeline_for_owner(entries: Vec<Self>, duress_at: Option<Timestamp>) -> Vec<Self> {
        let last = duress_at.and_then(|_| {
            entries.iter().rev().find(|entry| matches!(entry.what, What::Duress { .. })).map(|entry| entry.number)
        });
        entries
            .into_iter()
            .filter(|entry| last.is_none_or(|last| entry.number <= last))
            .filter_map(|entry| {
                let is_last = Some(entry.number) == last;
                entry.for_owner(is_last)
            })
            .collect()
    }
}
