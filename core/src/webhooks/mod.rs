//! Webhooks: events that are delivered to endpoints over HTTP, `channels` of Pusher channels, `alerts` of panic alerts.
//!
//! One engine, [`DeliveryQueue`], keeps the events, the endpoints and the attempts in progress. What differs is the
//! [`Policy`] of an endpoint's queue: [`channels::BatchQueue`] sends ordered batches, one at a time, each retried until
//! its retry time ends; [`alerts::ScheduleQueue`] sends single events, each retried by a schedule. A queue decides and
//! its object stores: after each call, [`DeliveryQueue::take_turn`] returns the changes to store.

pub mod alerts;
pub mod channels;
mod delivery;
pub mod history;
mod log;
mod queue;
mod shown;

pub use delivery::{Delivery, GivenUp, Headers, LEASE_MS, Moment, Outcome, Reason, Turn};
pub use log::{Change, EventLog, QueuedEvent};
pub use queue::{ChangeOf, DeliveryQueue, LogOf, Policy};
pub use shown::shown_url;
