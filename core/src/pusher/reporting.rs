//! Reporting of subscriptions to public channels that belong to no conversation or user ([`Target::Channel`]).
//!
//! Any client with the app's key can subscribe to any name, so a subscription alone creates no object: the gateway
//! accepts it locally and reports it to no object. The channel's object is created when a backend publishes to the name
//! or queries it; it first resyncs with the app's gateways. Invariants: an event that is published after a subscription
//! has succeeded reaches that subscription exactly once, and a single subscription costs no request.
//!
//! **A gateway reports** a subscription, and its end, to the object in these cases: it has already reported listeners
//! of the channel (stored in its database while there are any); it has a *report lease*, because the object has sent it
//! a resync request within [`REPORT_LEASE_MS`]; the app's settings require it ([`AppConfig::wants_reports`]).
//! Otherwise it accepts the subscription locally. It decides this in the turn in which it changes its list of
//! listeners. It also answers a resync request in the turn in which it stores the lease. Therefore:
//!
//! - A subscription accepted before the answer to a resync request is in the answer's counts.
//! - A subscription decided after the answer is reported. While the object lacks a gateway's counts, it applies none of
//!   its calls; a call in flight is not in the counts and is applied after them.
//! - A subscription whose call the object had answered before its resync request is in the counts: the request contains
//!   the number of the newest answered batch of calls, and the gateway waits for that answer before it counts.
//! - A gateway can send counts by itself while a resync request is open: if it does not know the object's state, and
//!   with its first report of a channel. Then the answer to the request is older, and the object ignores it.
//!
//! **An object sends a resync request** to every gateway of the app for which it has neither listeners nor a lease,
//! before it delivers an event to that gateway. It holds the event for that gateway until the answer; other gateways
//! get it immediately. It relies on a lease for [`RELIED_ON_MS`] from before the request, half the gateway's lease
//! time, so clock speeds may differ by up to that. An object keeps leases in memory and asks again after hibernation. A
//! gateway stores its leases in its database and still reports after hibernation. A gateway that loses its sockets has
//! no unreported listeners. A gateway that does not answer is notified later that its listeners have missed events.
//!
//! **A new gateway** is in the record for at least [`LISTED_FIRST_MS`] before it accepts a subscription locally. By
//! then, no list of gateways from before that entry is in use ([`GATEWAYS_FRESH_MS`]). A gateway that could not be
//! recorded reports every subscription.
//!
//! **Webhooks.** Gateways report by themselves to the app's webhooks which public channels have their first listener or
//! have lost their last one, and cache misses that they answer by themselves. So these webhooks create no objects either.
//!
//! **When the object has no listeners**, it deletes all its state. Gateways report for the rest of their lease, and a
//! report creates the object again; after the lease, gateways accept subscriptions locally again.

use super::channel::ChannelKind;
use super::link::{GatewayName, Target};
use super::roster::Roster;
use crate::accounts::app_config::AppConfig;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::timestamp::Timestamp;
use std::collections::BTreeMap;

/// Report lease at the gateway: it reports for this long after a resync request, milliseconds.
pub const REPORT_LEASE_MS: i64 = 60_000;
/// Report lease at the object, from before its resync request, milliseconds. Shorter than [`REPORT_LEASE_MS`].
pub const RELIED_ON_MS: u64 = 30_000;
/// TTL of a cached list of an app's gateways, from before it was read, milliseconds.
pub const GATEWAYS_FRESH_MS: u64 = 2_000;
/// Time that a gateway is in the record before it accepts unreported subscriptions, milliseconds. Must exceed
/// [`GATEWAYS_FRESH_MS`].
pub const LISTED_FIRST_MS: i64 = 2_500;

impl Target {
    /// Whether this is the object of a public channel. It may have unreported listeners.
    pub fn is_public_channel(&self) -> bool {
        matches!(self, Self::Channel(name) if name.kind() == ChannelKind::Public && !name.is_inner())
    }
}

impl AppConfig {
    /// Whether every subscription to a public channel is reported, because somebody wants the number of subscriptions.
    pub fn wants_reports(&self) -> bool {
        self.pusher.subscription_counts || self.webhooks.contains(&WebhookEvent::SubscriptionCount)
    }

    /// Whether gateways report to the app's webhooks which public channels have listeners.
    pub fn wants_occupancy(&self) -> bool {
        [WebhookEvent::ChannelOccupied, WebhookEvent::ChannelVacated].iter().any(|event| self.webhooks.contains(event))
    }
}

/// Back-off after a gateway did not answer, milliseconds. Publishes during it do not wait for that gateway.
const SILENT_MS: u64 = 5_000;

/// Report leases and time-outs of the gateways that an object has sent resync requests.
#[derive(Debug, Default)]
pub struct Leases {
    asked_at: BTreeMap<GatewayName, Timestamp>,
    silent_at: BTreeMap<GatewayName, Timestamp>,
}

impl Leases {
    /// Stores the outcome of a resync request sent at `asked_at`: whether the gateway has a lease.
    pub fn note(&mut self, gateway: &GatewayName, asked_at: Timestamp, reports: bool) {
        self.silent_at.remove(gateway);
        if reports {
            self.asked_at.insert(gateway.clone(), asked_at);
        } else {
            self.asked_at.remove(gateway);
        }
    }

    /// Notes that a gateway did not answer.
    pub fn failed(&mut self, gateway: &GatewayName, now: Timestamp) {
        self.silent_at.insert(gateway.clone(), now);
    }

    /// Whether a gateway failed to answer within the last 5 s.
    pub fn is_silent(&self, gateway: &GatewayName, now: Timestamp) -> bool {
        self.silent_at.get(gateway).is_some_and(|at| *at <= now && now.since(*at) < SILENT_MS)
    }

    /// Whether all listeners of a gateway are known: it has a lease, or it has reported listeners and so reports the
    /// rest.
    pub fn knows(&self, gateway: &GatewayName, roster: &Roster, now: Timestamp) -> bool {
        let is_valid = |at: &Timestamp| *at <= now && now.since(*at) < RELIED_ON_MS;
        roster.has_listeners_at(gateway) || self.asked_at.get(gateway).is_some_and(is_valid)
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
