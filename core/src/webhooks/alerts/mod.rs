//! Webhooks about alerts: HTTP requests to outside services, as Standard Webhooks (standardwebhooks.com).
//!
//! An [`Event`] is made from a notification and sent to every [`AlertEndpoint`] with its type, by `POST` with [`headers`].
//! Retries repeat its id, so that receivers can drop repeated events. A [`AlertQueue`] decides what to send to which
//! endpoint, and when.

mod endpoint;
mod event;
mod queue;
mod schedule;
mod secret;
#[cfg(test)]
mod tests;
mod turn;

pub use endpoint::{AlertEndpoint, Disabled, SECRET_OVERLAP_MS, read_events};
pub use event::Event;
pub use queue::{AlertQueue, MAX_ENDPOINTS, MAX_QUEUED};
pub use schedule::{DISABLE_AFTER_MS, SCHEDULE_MS, UNDER_WAY_MS};
pub use secret::{Secret, headers};
pub use turn::{AlertQueueChange, Attempt, AttemptOutcome, GivenUp, Reason, StoredAlertQueue, Turn, Waiting};
