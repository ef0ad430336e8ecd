//! Panic alerts: what one is, what may become of it, who is told, and when somebody else is asked.
//!
//! An alert belongs to one tenant's desk, which is the only writer of it. [`Alert::raise`], [`Alert::press_again`],
//! [`Alert::act`] and [`Alert::tick`] decide; each gives back what is to be recorded, told and paged ([`Decision`]), or refuses.

pub mod cap;
pub mod command;
mod entry;
mod escalation;
mod id;
mod location;
mod machine;
mod new_alert;
pub mod notification;
pub mod pager;
mod payload;
pub mod pin;
pub mod push;
mod reading;
pub mod record;
#[cfg(test)]
pub(crate) mod samples;
pub mod settings;
mod time_ago;
pub mod wire;

pub use entry::{Entry, What};
pub use escalation::{Escalation, GUARDS, MAX_PEOPLE, MAX_STEPS, Page, Policy, Step, is_group};
pub use id::{AlertId, id_json, text_or_number};
pub use location::{Degrees, Location, Spot};
pub use machine::{Act, Cause, Decision, MAX_WRONG_PINS, Noted};
pub use new_alert::{Apartment, NewAlert, Reported};
pub use payload::Viewer;
pub use settings::{AlertSettings, Language};
pub use time_ago::time_ago;

use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Status of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertStatus"))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has taken it.
    Triggered,
    /// A guard has taken it.
    Acknowledged,
    /// The guard is on the way.
    Responding,
    /// A guard attended to it.
    Resolved,
    /// The owner cancelled it.
    Cancelled,
    /// A guard found no emergency.
    FalseAlarm,
}

impl Status {
    /// Every status, open ones first.
    pub const ALL: [Self; 6] =
        [Self::Triggered, Self::Acknowledged, Self::Responding, Self::Resolved, Self::Cancelled, Self::FalseAlarm];

    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Responding => "responding",
            Self::Resolved => "resolved",
            Self::Cancelled => "cancelled",
            Self::FalseAlarm => "false_alarm",
        }
    }

    /// Reads [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether something is still to be done.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Triggered | Self::Acknowledged | Self::Responding)
    }
}

/// Somebody, with their name at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

/// What would have stood still, had an alert really been cancelled when the PIN that means duress was given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pretence {
    /// The reason that was given with it.
    pub reason: Option<String>,
    /// Where they were.
    pub location: Option<Location>,
    /// Steps of escalation that were done.
    pub level: u32,
    /// Who had taken it.
    pub acknowledged_by: Option<Who>,
    /// When.
    pub acknowledged_at: Option<Timestamp>,
    /// Since when they were on their way.
    pub responding_at: Option<Timestamp>,
}

/// One alert, as its desk keeps it. What others see of it is [`Alert::payload`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The client's id for it, or ours.
    pub id: AlertId,
    /// Who raised it.
    pub user: Who,
    /// Where they live.
    pub apartment: Apartment,
    /// Where they are, as far as is known now.
    pub location: Option<Location>,
    /// What they said of it.
    pub note: Option<String>,
    /// Practice.
    pub drill: bool,
    /// Where it stands.
    pub status: Status,
    /// How often the button was pressed, repeats within a second not counted.
    pub presses: u32,
    /// When it was pressed last.
    pub pressed_at: Timestamp,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
    /// Who has taken it.
    pub acknowledged_by: Option<Who>,
    /// When.
    pub acknowledged_at: Option<Timestamp>,
    /// Since when they are on their way.
    pub responding_at: Option<Timestamp>,
    /// Who ended it.
    pub closed_by: Option<Who>,
    /// When.
    pub closed_at: Option<Timestamp>,
    /// Why it ended.
    pub reason: Option<String>,
    /// Since when whoever raised it is made to believe that it is cancelled: they gave the PIN that means duress.
    pub duress_at: Option<Timestamp>,
    /// What they are shown of it since then, whatever becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretence: Option<Box<Pretence>>,
    /// How often a wrong PIN was given.
    pub wrong_pins: u32,
    /// How it escalates: the app's policy as it was when the alert began, and how far that has come.
    pub escalation: Escalation,
    /// Entries of its timeline so far: their numbers are 1 to this.
    pub entries: u32,
}

impl Alert {
    /// Whether something is still to be done.
    pub const fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// When [`Alert::tick`] has something to do.
    pub const fn due_at(&self) -> Option<Timestamp> {
        self.escalation.due_at
    }

    /// Whether this person raised it.
    pub fn is_of(&self, user: &UserId) -> bool {
        self.user.id == *user
    }
}

#[cfg(test)]
mod tests;
