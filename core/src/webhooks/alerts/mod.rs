//! Webhooks about alerts: HTTP requests to outside services, as Standard Webhooks (standardwebhooks.com).
//!
//! An [`Event`] is made from a notification and sent to every [`AlertEndpoint`] with its type, by `POST`, signed with the
//! endpoint's [`Secret`]. Retries repeat its id, so that receivers can drop repeated events. An [`AlertQueue`] decides
//! what to send to which endpoint, and when.

mod endpoint;
mod event;
mod queue;
mod schedule;
#[cfg(feature = "schema")]
pub mod schema;
mod secret;
#[cfg(test)]
mod tests;

pub use endpoint::{AlertEndpoint, Disabled, SECRET_OVERLAP_MS, read_events};
pub use event::Event;
pub use queue::{AlertQueue, MAX_ENDPOINTS, MAX_QUEUED};
pub use schedule::{DISABLE_AFTER_MS, Pending, PendingChange, SCHEDULE_MS, ScheduleQueue};
pub use secret::{Secret, signed_headers};
