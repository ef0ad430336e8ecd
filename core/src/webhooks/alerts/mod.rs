//! Webhooks about alerts: HTTP requests to outside services, as Standard Webhooks (standardwebhooks.com).
//!
//! An [`Event`] is made from a notification and sent to every [`Endpoint`] with its type, by `POST` with [`headers`].
//! Retries repeat its id, so that receivers can drop repeated events. A [`Queue`] decides what to send to which
//! endpoint, and when.

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
