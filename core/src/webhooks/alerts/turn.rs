//! Inputs and results of the delivery queue of alerts.

use super::{AlertEndpoint, Event};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// An event in an endpoint's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Number of attempts, including one in progress.
    pub tries: u32,
    /// Time of the next attempt.
    pub next_at: Timestamp,
}

/// Change to store. The order matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertQueueChange {
    /// The event is queued.
    Event(i64, Event),
    /// The event left every endpoint's queue.
    EventGone(i64),
    /// New state of the event in this endpoint's queue.
    Waits(String, i64, Waiting),
    /// The event left this endpoint's queue.
    WaitsNoMore(String, i64),
    /// New state of an endpoint.
    Endpoint(AlertEndpoint),
    /// The endpoint was removed, with its queue.
    EndpointGone(String),
}

/// Stored state of a queue.
#[derive(Debug, Clone, Default)]
pub struct StoredAlertQueue {
    /// From [`AlertQueueChange::Event`].
    pub events: Vec<(i64, Event)>,
    /// From [`AlertQueueChange::Waits`].
    pub waiting: Vec<(String, i64, Waiting)>,
    /// From [`AlertQueueChange::Endpoint`].
    pub endpoints: Vec<AlertEndpoint>,
}

/// Why an event was dropped undelivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Every attempt failed.
    Exhausted,
    /// The queue was full.
    Overflow,
    /// The endpoint was disabled.
    Disabled,
    /// The endpoint was removed.
    Removed,
    /// The alert was answered or closed.
    Answered,
}

impl Reason {
    /// The name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::Overflow => "overflow",
            Self::Disabled => "disabled",
            Self::Removed => "removed",
            Self::Answered => "answered",
        }
    }
}

/// An event that was dropped undelivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Endpoint id.
    pub endpoint: String,
    /// Event id.
    pub event: String,
    /// The reason.
    pub reason: Reason,
}

/// Result of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// Changes to store before anything is sent.
    pub changes: Vec<AlertQueueChange>,
    /// Dropped events.
    pub given_up: Vec<GivenUp>,
}

/// A request to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The endpoint.
    pub endpoint: AlertEndpoint,
    /// The event.
    pub event: Event,
    /// Number of attempts, including this one.
    pub tries: u32,
}

/// Outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The endpoint accepted the event.
    Taken,
    /// The endpoint answered 410: disable it.
    Gone,
    /// Any other outcome.
    NotTaken,
}
