//! Webhooks: events that are delivered to endpoints over HTTP, `channels` of Pusher channels, `alerts` of panic alerts.
//!
//! One engine, [`DeliveryQueue`], keeps the events, the endpoints and the attempts in progress. The policy of order and
//! retries is that of an [`EndpointQueue`]: [`channels::BatchQueue`] sends ordered batches, one at a time, each retried
//! until its retry time ends; [`alerts::ScheduleQueue`] sends single events, each retried by a schedule. A queue decides
//! and its object stores: every call adds its [`Change`]s to a [`Turn`].

pub mod alerts;
pub mod channels;
mod delivery;
mod queue;

pub use delivery::{Delivery, GivenUp, Headers, LEASE_MS, Moment, Outcome, Queue, Reason, Turn};
pub use queue::{Change, DeliveryQueue, EndpointQueue, EventLog, QueuedEvent, StoredEvents, TurnOf};
