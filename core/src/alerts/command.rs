//! What functions ask of a tenant's alert desk, and what it answers. JSON between functions and the object of one build;
//! not reachable from outside.

use super::pin::NewPins;
use super::wire::Receipt;
use super::{Alert, AlertId, AlertSettings, Location, NewAlert};
use crate::accounts::app_config::AppConfig;
use crate::accounts::principal::Principal;
use crate::shared::ids::UserId;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// One request of somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskRequest {
    /// The app and what it has set of channels.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
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
#[serde(rename_all = "snake_case")]
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
        #[serde(rename = "wish")]
        action: AlertAction,
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
    /// How the desk stands. For guards and administrators.
    Status,
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
#[serde(rename_all = "snake_case")]
pub enum AlertAction {
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
#[serde(rename_all = "snake_case")]
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
    /// How the desk stands.
    Status {
        /// So.
        status: Box<DeskStatus>,
    },
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
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// What it has set of alerts.
    pub settings: AlertSettings,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Alerts for which something was overdue.
    pub overdue: u32,
}

/// People with dashboards that are named in a [`DeskStatus`] at most.
pub const MAX_WATCHING_NAMED: usize = 200;

/// How a desk stands: for whoever has to know why somebody was not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskStatus {
    /// Alerts that are open.
    pub open_alerts: u64,
    /// Of them, those that nobody has taken.
    pub unanswered_alerts: u64,
    /// When the longest due step of an escalation is due: in the past only if the desk is late.
    pub next_step_at: Option<Timestamp>,
    /// Dashboards by native sockets.
    pub native_dashboards: u64,
    /// People with native dashboards, at most [`MAX_WATCHING_NAMED`] of them.
    pub watching: Vec<Watching>,
    /// Dashboards that are Pusher clients, on either channel.
    pub channel_dashboards: u64,
    /// Gateways that hold them.
    pub gateways: u64,
    /// Changes that the record does not have yet.
    pub record_behind: u64,
    /// Notifications that the pager does not have yet.
    pub errands_waiting: u64,
    /// Alerts of which it is not known yet that everybody was told.
    pub untold_alerts: u64,
    /// How long deliveries took that clients confirmed, of the newest.
    pub delivery: DeliveryTimes,
    /// When this was so.
    pub at: Timestamp,
}

/// Somebody with a native dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Sockets.
    pub dashboards: u32,
    /// When one of them was heard last.
    pub heard_at: Timestamp,
}

/// Times from handing an alert over to the client's word that it has it, milliseconds, of the newest deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeliveryTimes {
    /// Deliveries that were looked at.
    pub sent: u64,
    /// Of them, those that were confirmed.
    pub confirmed: u64,
    /// The middle one of the times.
    pub p50_ms: Option<u64>,
    /// Of a hundred, the longest but one.
    pub p99_ms: Option<u64>,
}

impl DeliveryTimes {
    /// From pairs of when something was sent and when it was confirmed, if it was.
    pub fn of(deliveries: &[(Timestamp, Option<Timestamp>)]) -> Self {
        let mut times: Vec<u64> =
            deliveries.iter().filter_map(|(sent, confirmed)| Some((*confirmed)?.since(*sent))).collect();
        times.sort_unstable();
        let at =
            |percent: usize| times.get(times.len().saturating_mul(percent).div_ceil(100).saturating_sub(1)).copied();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self { sent: count(deliveries.len()), confirmed: count(times.len()), p50_ms: at(50), p99_ms: at(99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delivery_times_are_of_those_that_were_confirmed() {
        let at = Timestamp::from_millis;
        let confirmed = (1..=200).map(|ms| (at(1_000), Some(at(1_000 + ms))));
        let deliveries: Vec<_> = confirmed.chain([(at(1_000), None)]).collect();
        let expected = DeliveryTimes { sent: 201, confirmed: 200, p50_ms: Some(100), p99_ms: Some(198) };
        assert_eq!(DeliveryTimes::of(&deliveries), expected);
        assert_eq!(DeliveryTimes::of(&[]), DeliveryTimes::default());
    }
}
