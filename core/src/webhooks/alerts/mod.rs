//! Webhooks of alerts: what outside services are told of a tenant's alerts, as Standard Webhooks (standardwebhooks.com).
//!
//! An [`Event`] is made of an notification and told to every [`Endpoint`] that asks for it, by `POST` with the headers of
//! [`headers`]. Its name stays the same when it is sent again; who has seen the name has seen the event. A [`Queue`] decides
//! what is sent to whom, and when.

mod endpoint;
mod event;
mod queue;
mod schedule;
mod secret;
#[cfg(test)]
mod tests;
mod turn;

pub use endpoint::{Disabled, Endpoint, SECRET_OVERLAP_MS, read_events};
pub use event::Event;
pub use queue::{MAX_ENDPOINTS, MAX_QUEUED, Queue};
pub use schedule::{DISABLE_AFTER_MS, SCHEDULE_MS, UNDER_WAY_MS};
pub use secret::{Secret, headers};
pub use turn::{Attempt, Change, GivenUp, Kept, Reason, Told, Turn, Waiting};
