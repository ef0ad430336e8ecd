//! Requests from functions to a tenant's alert desk, and its answers: JSON between functions and the object of one
//! build, not reachable from outside.

use super::pin::NewPins;
use super::wire::Receipt;
use super::{Alert, AlertId, AlertSettings, Location, NewAlert};
use crate::accounts::app_config::AppConfig;
use crate::accounts::principal::Principal;
use crate::shared::ids::UserId;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// One request of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskRequest {
    /// The app and its channel settings.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The app's alert settings.
    pub settings: AlertSettings,
    /// The caller, verified by the function.
    pub principal: Principal,
    /// Id of the HTTP request, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The command.
    pub command: DeskCommand,
}

/// Command to the desk. The desk checks the caller's permission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskCommand {
    /// Raise an alert, or press again on one's own open alert.
    Raise {
        /// The alert.
        alert: Box<NewAlert>,
    },
    /// Act on an alert.
    Act {
        /// Alert id.
        id: AlertId,
        /// The action.
        #[serde(rename = "wish")]
        action: AlertAction,
    },
    /// Report one's place, for one's own open alert.
    Locate {
        /// Alert id.
        id: AlertId,
        /// The place.
        location: Location,
    },
    /// Receipts from one of the user's clients.
    Receipts {
        /// Alert ids.
        ids: Vec<AlertId>,
        /// Delivered or seen.
        state: Receipt,
    },
    /// Get an alert. Callers who may not see it get the answer for an unknown id.
    View {
        /// Alert id.
        id: AlertId,
    },
    /// Write pending changes to the record before it is read.
    Settle,
    /// Check that the caller may subscribe to the desk's channels: `Done`, or 403.
    MayWatch,
    /// Get the desk's status. For guards and administrators.
    Status,
    /// Set or remove the caller's PINs. A caller who has PINs must give the current one.
    SetPins {
        /// The new PINs; `None` removes them.
        pins: Option<NewPins>,
        /// The current cancel PIN, if the caller has one.
        current: Option<String>,
    },
    /// Whether the caller has PINs.
    HasPins,
    /// Revoke a guard: the desk closes their dashboards and their devices get no more pages. For administrators.
    Withdraw {
        /// The former guard.
        user: UserId,
    },
}

/// Action on an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertAction {
    /// Acknowledge it.
    Acknowledge,
    /// Acknowledge it and go there.
    Respond,
    /// Close it as attended to.
    Resolve {
        /// Short reason.
        reason: Option<String>,
        /// Longer note.
        note: Option<String>,
    },
    /// Close it as no emergency.
    FalseAlarm {
        /// Short reason.
        reason: String,
        /// Longer note.
        note: Option<String>,
    },
    /// Cancel one's own alert.
    Cancel {
        /// Short reason.
        reason: Option<String>,
        /// The caller's PIN, if they have one.
        pin: Option<String>,
    },
}

/// Result of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskReply {
    /// The alert's current state, committed.
    Alert {
        /// The whole alert: the function filters it for the caller.
        alert: Box<Alert>,
        /// Whether this request raised it.
        is_new: bool,
    },
    /// The desk does not have the alert: read it from the record.
    InRecord,
    /// Done.
    Done,
    /// The desk's status.
    Status {
        /// The status.
        status: Box<DeskStatus>,
    },
    /// Whether the caller has PINs.
    Pins {
        /// True if PINs are set.
        are_set: bool,
    },
}

/// A refusal, with the alert's current state where it helps (409).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskRefusal {
    /// The problem.
    pub problem: Problem,
    /// The alert, if the caller may see it.
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

/// Makes a desk run overdue steps, in case its alarm was lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The app and its channel settings.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The app's alert settings.
    pub settings: AlertSettings,
}

/// Result of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Alerts with an overdue step.
    pub overdue: u32,
}

/// Users named in [`DeskStatus::watching`] at most.
pub const MAX_WATCHING_NAMED: usize = 200;

/// Status of a desk, for finding out why a user was not notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeskStatus {
    /// Open alerts.
    pub open_alerts: u64,
    /// Open alerts that no guard has acknowledged.
    pub unanswered_alerts: u64,
    /// Earliest due time of an escalation step: in the past only if the desk is late.
    pub next_step_at: Option<Timestamp>,
    /// Dashboards on native sockets.
    pub native_dashboards: u64,
    /// Users with native dashboards, at most [`MAX_WATCHING_NAMED`].
    pub watching: Vec<Watching>,
    /// Dashboards of Pusher clients, on either channel.
    pub channel_dashboards: u64,
    /// Gateways that hold those clients.
    pub gateways: u64,
    /// Changes not yet written to the record.
    pub record_behind: u64,
    /// Notifications not yet handed to the pager.
    pub errands_waiting: u64,
    /// Alerts with an event that is not yet sent to all viewers.
    pub untold_alerts: u64,
    /// Times of the newest confirmed deliveries.
    pub delivery: DeliveryTimes,
    /// Time of this status.
    pub at: Timestamp,
}

/// A user with native dashboards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Watching {
    /// User id.
    pub user_id: UserId,
    /// User name.
    pub name: String,
    /// Number of sockets.
    pub dashboards: u32,
    /// Time of the last frame from any of them.
    pub heard_at: Timestamp,
}

/// Times from sending an alert to the client's receipt, in milliseconds, over the newest deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryTimes {
    /// Deliveries in the sample.
    pub sent: u64,
    /// Confirmed deliveries in the sample.
    pub confirmed: u64,
    /// Median.
    pub p50_ms: Option<u64>,
    /// 99th percentile.
    pub p99_ms: Option<u64>,
}

impl DeliveryTimes {
    /// Computes the times from pairs of sent time and confirmation time.
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
    fn delivery_times_cover_confirmed_deliveries() {
        let at = Timestamp::from_millis;
        let confirmed = (1..=200).map(|ms| (at(1_000), Some(at(1_000 + ms))));
        let deliveries: Vec<_> = confirmed.chain([(at(1_000), None)]).collect();
        let expected = DeliveryTimes { sent: 201, confirmed: 200, p50_ms: Some(100), p99_ms: Some(198) };
        assert_eq!(DeliveryTimes::of(&deliveries), expected);
        assert_eq!(DeliveryTimes::of(&[]), DeliveryTimes::default());
    }
}
