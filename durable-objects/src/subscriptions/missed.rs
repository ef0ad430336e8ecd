//! Stored list of gateways that lack a frame: added when a publish is answered early or a delivery was dropped, removed
//! when the gateway has the frame or knows that it missed one.
//!
//! The frames themselves are only in memory. If the instance is lost, the object tells these gateways when it wakes
//! that they missed frames.

use super::queries::missed;
use super::{Hosts, SubscriptionRegistry};
use crate::sql::{Row, text};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::GatewayName;
use campana_core::shared::problem::Problem;
use std::rc::Rc;

/// Delay before a gateway that did not answer is notified of missed frames, milliseconds.
pub(super) const RETRY_MS: i64 = 5_000;

/// Stores that a gateway lacks frames of these channels, and arms the alarm.
pub(super) fn store<'a, O: Hosts>(
    host: &Rc<O>,
    gateway: &GatewayName,
    channels: impl IntoIterator<Item = &'a ChannelName>,
) {
    let subscriptions = host.subscriptions();
    // SQL failures are already logged; the list is in memory too.
    let _reported = add(subscriptions, gateway, channels);
    subscriptions.delivery_queues.get(gateway, |queue| queue.state.is_stored = true);
    host.wake_at(subscriptions.context.now().plus_millis(RETRY_MS));
}

fn add<'a>(
    subscriptions: &SubscriptionRegistry,
    gateway: &GatewayName,
    channels: impl IntoIterator<Item = &'a ChannelName>,
) -> Result<(), Problem> {
    let Some((settings, target)) = subscriptions.known.borrow().clone() else { return Ok(()) };
    subscriptions.remember(&settings, &target)?;
    for channel in channels {
        subscriptions.context.sql.run(missed::ADD, vec![text(gateway.as_str()), text(channel.as_str())])?;
    }
    Ok(())
}

/// Removes a gateway that has every frame or knows what it missed.
pub(super) fn remove(subscriptions: &SubscriptionRegistry, gateway: &GatewayName) {
    // On failure its sockets reconnect once more than necessary.
    let _reported = subscriptions.context.sql.run(missed::REMOVE, vec![text(gateway.as_str())]);
}

/// Reads the stored list.
pub(super) fn list(subscriptions: &SubscriptionRegistry) -> Result<Vec<(GatewayName, ChannelName)>, Problem> {
    let read = |row: &Row| {
        let (gateway, channel) = (row.text(0)?, row.text(1)?);
        Some((GatewayName::trusted(gateway), ChannelName::trusted(channel)))
    };
    subscriptions.context.sql.list(missed::ALL, [], read)
}
