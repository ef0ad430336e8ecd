//! Gateways that have not got a frame, as the object keeps them: from when whoever published it is told that it is taken in,
//! or a delivery was given up, until the gateway has it or knows that it missed something.
//!
//! Should the object die in between, it tells these gateways when it wakes that they missed something, since the frames
//! themselves were in memory.

use super::{Hosts, SubscriptionRegistry};
use crate::platform;
use crate::sql::{Row, as_text, text};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::GatewayName;
use campana_core::shared::problem::Problem;
use campana_schema::objects::missed;
use std::rc::Rc;

/// When a gateway that did not answer is told what it missed, milliseconds.
pub(super) const LATER_MS: i64 = 5_000;

/// Keeps that frames of channels have not reached a gateway, and arms the alarm.
pub(super) fn note<'a, O: Hosts>(
    host: &Rc<O>,
    gateway: &GatewayName,
    channels: impl IntoIterator<Item = &'a ChannelName>,
) {
    // A failure is in the log of the engine; memory has it too.
    let _reported = keep(host.subscriptions(), gateway, channels);
    host.wake_at(platform::now().plus_millis(LATER_MS));
}

fn keep<'a>(
    subscriptions: &SubscriptionRegistry,
    gateway: &GatewayName,
    channels: impl IntoIterator<Item = &'a ChannelName>,
) -> Result<(), Problem> {
    let Some((settings, target)) = subscriptions.known.borrow().clone() else { return Ok(()) };
    subscriptions.remember(&settings, &target)?;
    for channel in channels {
        subscriptions.sql.run(missed::ADD, vec![text(gateway.as_str()), text(channel.as_str())])?;
    }
    Ok(())
}

/// Nothing is on its way to a gateway, and it knows of all that it missed.
pub(super) fn settle(subscriptions: &SubscriptionRegistry, gateway: &GatewayName) {
    // Should this not be kept, its sockets come back once more than they have to.
    let _reported = subscriptions.sql.run(missed::REMOVE, vec![text(gateway.as_str())]);
}

/// What was kept, when the object wakes.
pub(super) fn recall(subscriptions: &SubscriptionRegistry) -> Result<Vec<(GatewayName, ChannelName)>, Problem> {
    let read = |row: &Row| {
        let (gateway, channel) = (as_text(row.first())?, as_text(row.get(1))?);
        Some((GatewayName::trusted(gateway), ChannelName::trusted(channel)))
    };
    Ok(subscriptions.sql.rows(missed::ALL, Vec::new())?.iter().filter_map(read).collect())
}
