//! What a delivery queue exchanges with the object that stores it and sends its requests.

use super::history::Report;
use crate::named;
use crate::shared::timestamp::Timestamp;
use std::borrow::Cow;

/// Attempt lease, milliseconds: an attempt without an outcome by then counts as lost. Must exceed the request time-out.
pub const LEASE_MS: i64 = 15_000;

/// Names and values of HTTP headers.
pub type Headers = Vec<(Cow<'static, str>, String)>;

/// Time and randomness of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The current time.
    pub now: Timestamp,
    /// A random number: delivery ids are made from it, and jitter.
    pub random: u128,
}

impl Moment {
    /// A random number for jitter.
    pub fn chance(self) -> u32 {
        u32::try_from(self.random & u128::from(u32::MAX)).unwrap_or_default()
    }

    /// A random name of 32 hexadecimal digits.
    pub fn name(self) -> String {
        format!("{:032x}", self.random)
    }
}

/// A request to send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Endpoint id.
    pub endpoint: String,
    /// The endpoint's URL.
    pub url: String,
    /// Delivery id, the same in all attempts.
    pub id: String,
    /// Request body, the same in all attempts.
    pub body: String,
    /// Number of events in the body.
    pub events: usize,
    /// Number of this attempt, from 1.
    pub attempt: u32,
}

/// Outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint accepted it.
    Accepted,
    /// The endpoint answered 410.
    Gone,
    /// Any other outcome; the endpoint may have received it.
    Failed,
}

named! {
    /// Why events are given up; the name is for the log.
    pub enum Reason {
        /// The last attempt failed.
        Exhausted = "exhausted",
        /// The queue was full.
        Overflow = "overflow",
        /// The endpoint was disabled.
        Disabled = "disabled",
        /// The endpoint was removed, or, for channels, disabled.
        Removed = "removed",
        /// The alert was answered or closed.
        Answered = "answered",
        /// The stored event cannot be parsed: another version wrote it.
        Unreadable = "unreadable",
    }
}

/// Events that an endpoint is not known to have received, and that are not sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Endpoint id; empty if it concerns all endpoints.
    pub endpoint: String,
    /// Delivery id; empty if none was assigned yet.
    pub id: String,
    /// Number of events.
    pub events: usize,
    /// The reason.
    pub reason: Reason,
}

/// Results of decisions that are stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn<C> {
    /// Changes to store, in order, before anything is sent.
    pub changes: Vec<C>,
    /// Steps of deliveries, for the history: stored together with the changes.
    pub reports: Vec<Report>,
    /// Events that were given up, for the log.
    pub given_up: Vec<GivenUp>,
    /// Requests to send. Each outcome goes to [`super::DeliveryQueue::settle`].
    pub deliveries: Vec<Delivery>,
}

impl<C> Default for Turn<C> {
    fn default() -> Self {
        Self { changes: Vec::new(), reports: Vec::new(), given_up: Vec::new(), deliveries: Vec::new() }
    }
}
