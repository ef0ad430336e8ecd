//! Public channels that belong to nothing but their name: who knows of their listeners, and when.
//!
//! Whoever has the app's key can subscribe to any name, so a subscription alone makes no object: the gateway takes it in
//! by itself and reports it to nobody. The channel's object comes into being when a backend publishes on the name or asks
//! about it, and takes a census of the app's gateways first. What has to hold is: an event that is published after a
//! subscription has succeeded reaches it, once, and nothing is asked for a single subscription.
//!
//! **A gateway reports** a subscription, and its end, to the object if it has told the object of listeners of the channel
//! (kept in its database for as long as there are any), or if it holds a *report lease*: the object has asked it within
//! [`REPORT_LEASE_MS`]. Otherwise it takes the subscription in by itself. Each is decided in one turn with the change of
//! its list of listeners, and so is the answer to a census with the note that from now on it reports:
//!
//! - A subscription that was taken in before the census is in it.
//! - One that is decided after it is reported. While the object does not know how a gateway stands it follows none of its
//!   calls, so one that is on its way is not in the census, and is followed after it.
//! - One that the object has answered before it asked is in the census: the question names the newest batch of calls that
//!   was answered, and the gateway waits for that answer before it counts.
//! - If a gateway tells how it stands by itself while it is being asked (it does when it cannot know what the object knows,
//!   and with its first report of a channel), the answer is older than that, and is not taken.
//!
//! **An object asks** every gateway of the app of which it knows no listeners and no lease, before it hands an event to
//! that gateway: until it has answered the event is held for it, and nobody else waits. It relies on a lease for
//! [`RELIED_ON_MS`] from before it asked, half of what the gateway keeps it for, so the two clocks need not agree on more
//! than that. It keeps leases in memory: after its sleep it asks again. Gateways keep theirs in their databases: after
//! their sleep they still report. A gateway that loses its sockets has nothing unreported. A gateway that does not answer
//! is told later that its listeners have missed something.
//!
//! **A new gateway** is in the record before it takes anybody in unreported, and for [`LISTED_FIRST_MS`] longer: by then no
//! list of gateways is in use that was read before ([`GATEWAYS_FRESH_MS`]). A gateway that could not be recorded reports
//! everything.
//!
//! **When the object has no listeners** it forgets everything. Gateways report for the rest of their lease, and a report
//! brings the object back; after that they take subscriptions in by themselves again.

use super::channel::{ChannelKind, ChannelName};
use super::link::{GatewayName, Target};
use super::roster::Roster;
use crate::accounts::app_config::AppConfig;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::timestamp::Timestamp;
use std::collections::BTreeMap;

/// How long a gateway reports after it was asked, milliseconds.
pub const REPORT_LEASE_MS: i64 = 60_000;
/// How long the object relies on that, from before it asked, milliseconds.
pub const RELIED_ON_MS: u64 = 30_000;
/// How long a list of an app's gateways is used, from before it was read, milliseconds.
pub const GATEWAYS_FRESH_MS: u64 = 2_000;
/// How long a gateway is in the record before it takes anybody in unreported, milliseconds: longer than lists are used.
pub const LISTED_FIRST_MS: i64 = 2_500;

/// What makes the app wait for every subscription to a public channel.
const OF_OCCUPANCY: [WebhookEvent; 3] =
    [WebhookEvent::ChannelOccupied, WebhookEvent::ChannelVacated, WebhookEvent::SubscriptionCount];

impl Target {
    /// Whether it is the object of a public channel, of whose listeners it may not have been told.
    pub fn is_public_channel(&self) -> bool {
        matches!(self, Self::Channel(name) if name.kind() == ChannelKind::Public && !name.is_inner())
    }
}

impl AppConfig {
    /// Whether the app has asked to be told what a subscription to this channel changes: then each is reported.
    pub fn wants_reports_of(&self, channel: &ChannelName) -> bool {
        let misses = channel.is_cache() && self.webhooks.contains(&WebhookEvent::CacheMiss);
        misses || self.pusher.subscription_counts || OF_OCCUPANCY.iter().any(|event| self.webhooks.contains(event))
    }
}

/// How long a gateway that did not answer is not asked again, milliseconds: whoever publishes meanwhile need not wait, too.
const SILENT_MS: u64 = 5_000;

/// What an object knows of the gateways that it has asked.
#[derive(Debug, Default)]
pub struct Leases {
    asked_at: BTreeMap<GatewayName, Timestamp>,
    silent_at: BTreeMap<GatewayName, Timestamp>,
}

impl Leases {
    /// A gateway that was asked then reports from now on, or does not.
    pub fn note(&mut self, gateway: &GatewayName, asked_at: Timestamp, reports: bool) {
        self.silent_at.remove(gateway);
        if reports {
            self.asked_at.insert(gateway.clone(), asked_at);
        } else {
            self.asked_at.remove(gateway);
        }
    }

    /// A gateway did not answer.
    pub fn failed(&mut self, gateway: &GatewayName, now: Timestamp) {
        self.silent_at.insert(gateway.clone(), now);
    }

    /// Whether a gateway has not answered just now.
    pub fn is_silent(&self, gateway: &GatewayName, now: Timestamp) -> bool {
        self.silent_at.get(gateway).is_some_and(|at| *at <= now && now.since(*at) < SILENT_MS)
    }

    /// Whether all listeners of a gateway are known: it has said so lately, or has reported some and reports the others.
    pub fn knows(&self, gateway: &GatewayName, roster: &Roster, now: Timestamp) -> bool {
        let is_lent = |at: &Timestamp| *at <= now && now.since(*at) < RELIED_ON_MS;
        roster.has_listeners_at(gateway) || self.asked_at.get(gateway).is_some_and(is_lent)
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
