//! What the queue of webhooks takes and gives.

use super::{Endpoint, Event};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// An event that an endpoint is still to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// How often it was tried, the try that is under way included.
    pub tries: u32,
    /// When it is tried next.
    pub next_at: Timestamp,
}

/// What became different, to be kept in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This is to be told.
    Event(i64, Event),
    /// It was told to everybody, or given up.
    EventGone(i64),
    /// The endpoint is still to be told of the event.
    Waits(String, i64, Waiting),
    /// It is not any more.
    WaitsNoMore(String, i64),
    /// An endpoint stands like this.
    Endpoint(Endpoint),
    /// An endpoint is gone, with all that waited for it.
    EndpointGone(String),
}

/// What was kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Of [`Change::Event`].
    pub events: Vec<(i64, Event)>,
    /// Of [`Change::Waits`].
    pub waiting: Vec<(String, i64, Waiting)>,
    /// Of [`Change::Endpoint`].
    pub endpoints: Vec<Endpoint>,
}

/// Why an endpoint is not told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It did not take it, however often it was tried.
    Exhausted,
    /// Too much waited for it.
    Overflow,
    /// It was disabled.
    Disabled,
    /// It was removed.
    Removed,
    /// Nobody has to come any more.
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

/// An event that an endpoint is not told of any more, untaken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The endpoint's id.
    pub endpoint: String,
    /// The event's name.
    pub event: String,
    /// Why.
    pub reason: Reason,
}

/// What comes of an act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// To be kept, before anything is sent.
    pub changes: Vec<Change>,
    /// What is given up.
    pub given_up: Vec<GivenUp>,
}

/// A request to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// To whom.
    pub endpoint: Endpoint,
    /// What.
    pub event: Event,
    /// How often it was tried, this one included.
    pub tries: u32,
}

/// What an endpoint made of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It has it.
    Taken,
    /// It wants nothing any more: 410.
    Gone,
    /// Anything else.
    NotTaken,
}
