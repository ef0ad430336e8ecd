//! Webhook events of an object's channels.

use super::Hosts;
use crate::webhooks::{LOOK_AFTER_MS, outbox};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::{ChannelEvent, EventKind};
use std::rc::Rc;

/// Appends an event to the webhook outbox in the turn of the change, if a webhook subscribes to it. The outbox is
/// drained in the background.
pub(super) fn append<O: Hosts>(host: &Rc<O>, channel: &ChannelName, what: EventKind) -> Result<(), Problem> {
    let now = host.context().now();
    let subscriptions = host.subscriptions();
    let happening = ChannelEvent { at: now, channel: channel.clone(), gateway: None, what };
    let is_subscribed =
        subscriptions.known.borrow().as_ref().is_some_and(|(settings, _)| happening.matters_to(&settings.webhooks));
    if !is_subscribed || channel.is_inner() {
        return Ok(());
    }
    subscriptions.webhooks.append(&[happening])?;
    host.wake_at(now.plus_millis(LOOK_AFTER_MS));
    hand_over(host);
    Ok(())
}

/// Appends that a channel has its first listener or has lost its last one. Of public channels, gateways report that:
/// see [`campana_core::pusher::reporting`].
pub(super) fn append_occupancy<O: Hosts>(host: &Rc<O>, channel: &ChannelName, what: EventKind) -> Result<(), Problem> {
    let is_public = host.subscriptions().known.borrow().as_ref().is_some_and(|(_, target)| target.is_public_channel());
    if is_public { Ok(()) } else { append(host, channel, what) }
}

/// Whether a webhook subscribes to this kind of event.
pub(super) fn is_subscribed<O: Hosts>(host: &Rc<O>, kind: WebhookEvent) -> bool {
    host.subscriptions().known.borrow().as_ref().is_some_and(|(settings, _)| settings.webhooks.contains(&kind))
}

/// Drains the webhook outbox in the background.
pub(super) fn hand_over<O: Hosts>(host: &Rc<O>) {
    let Some(settings) = host.subscriptions().settings() else { return };
    host.spawn(async move |host| outbox::drain(&host.subscriptions().webhooks, &settings.tenant).await);
}
