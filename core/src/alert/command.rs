//! What functions ask of a tenant's alert desk, and what it answers. JSON between functions and the object of one build;
//! not reachable from outside.

use super::pin::NewPins;
use super::wire::Receipt;
use super::{Alert, AlertId, AlertSettings, Location, NewAlert};
use crate::ids::UserId;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::pusher::link::Hosting;
use serde::{Deserialize, Serialize};

/// The permission to take alerts, without which nobody sees those of others.
pub use crate::pusher::access::VIEW_PANIC_ALERTS;

/// One request of somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskRequest {
    /// The app and what it has set of channels.
    pub hosting: Hosting,
    /// What it has set of alerts.
    pub settings: AlertSettings,
    /// Who asks; verified by the function.
    pub principal: Principal,
    /// The HTTP request it comes from, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What.
    pub command: DeskCommand,
}

/// What somebody asks of the desk. The desk decides whether they may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum DeskCommand {
    /// Raise an alert, or join one's own that is open.
    Raise {
        /// The alert.
        alert: Box<NewAlert>,
    },
    /// Do something about an alert.
    Act {
        /// Which.
        id: AlertId,
        /// What.
        wish: Wish,
    },
    /// Say where one is, of one's own alert.
    Locate {
        /// Which.
        id: AlertId,
        /// Where.
        location: Location,
    },
    /// Alerts have got to a client of this person's.
    Receipts {
        /// Which.
        ids: Vec<AlertId>,
        /// How far.
        state: Receipt,
    },
    /// An alert as it stands. Those who may not know of it are told that it does not exist.
    View {
        /// Which.
        id: AlertId,
    },
    /// Write to the record what it does not have yet, before it is read.
    Settle,
    /// May somebody listen to the desk's channels? Done, or 403.
    MayWatch,
    /// Have these PINs, or none. Whoever has one gives it first.
    SetPins {
        /// None takes them away.
        pins: Option<NewPins>,
        /// The PIN that cancels, if the person has one.
        current: Option<String>,
    },
    /// Whether one has PINs.
    HasPins,
    /// Somebody is no guard any more: their dashboards close, their devices are paged no longer. For administrators.
    Withdraw {
        /// Who.
        user: UserId,
    },
}

/// What somebody wants to happen to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Wish {
    /// Take it.
    Acknowledge,
    /// Take it, and go there.
    Respond,
    /// It was attended to.
    Resolve {
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
    /// Take back one's own.
    Cancel {
        /// Why.
        reason: Option<String>,
        /// One's PIN, if one has any.
        pin: Option<String>,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum DeskReply {
    /// The alert as it stands now, committed.
    Alert {
        /// The whole of it: what the person may see of it is for the function to say.
        alert: Box<Alert>,
        /// Whether this request raised it.
        is_new: bool,
    },
    /// The desk does not hold it any more, or never did: the record knows.
    InRecord,
    /// Done.
    Done,
    /// Whether the person has PINs.
    Pins {
        /// Whether they do.
        are_set: bool,
    },
}

/// A refusal, with the alert as it stands where that is of use: 409.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskRefusal {
    /// Why.
    pub problem: Problem,
    /// What it is about, if the person may see it.
    #[serde(default)]
    pub alert: Option<Box<Alert>>,
}

impl From<Problem> for DeskRefusal {
    fn from(problem: Problem) -> Self {
        Self { problem, alert: None }
    }
}

/// The desk's answer to a [`DeskRequest`].
pub type DeskAnswer = Result<DeskReply, DeskRefusal>;

/// Asks a desk to look after its alerts, should its alarm have been lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The app and what it has set of channels.
    pub hosting: Hosting,
    /// What it has set of alerts.
    pub settings: AlertSettings,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Alerts for which something was overdue.
    pub overdue: u32,
}
