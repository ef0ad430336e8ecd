//! What the app's webhooks are told of an object's channels.

use super::Hosts;
use crate::platform;
use crate::webhooks::LOOK_AFTER_MS;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::{Happening, What};
use std::rc::Rc;

/// Notes what happened on a channel, if a webhook asks for it, in the turn of the change itself. It is handed over in the
/// background.
pub(super) fn note<O: Hosts>(host: &Rc<O>, channel: &ChannelName, what: What) -> Result<(), Problem> {
    let now = platform::now();
    let subscriptions = host.subscriptions();
    let happening = Happening { at: now, channel: channel.clone(), what };
    let is_asked_for =
        subscriptions.known.borrow().as_ref().is_some_and(|(settings, _)| happening.matters_to(&settings.webhooks));
    if !is_asked_for || channel.is_inner() {
        return Ok(());
    }
    subscriptions.webhooks.append(&[happening])?;
    host.wake_at(now.plus_millis(LOOK_AFTER_MS));
    hand_over(host);
    Ok(())
}

/// Whether a webhook asks for this.
pub(super) fn is_asked_for<O: Hosts>(host: &Rc<O>, kind: WebhookEvent) -> bool {
    host.subscriptions().known.borrow().as_ref().is_some_and(|(settings, _)| settings.webhooks.contains(&kind))
}

/// In the background: hands over what was noted and not taken yet.
pub(super) fn hand_over<O: Hosts>(host: &Rc<O>) {
    let Some(settings) = host.subscriptions().settings() else { return };
    let teller = Rc::clone(host);
    host.platform().0.wait_until(async move {
        let again = teller.subscriptions().webhooks.drain(&settings.tenant).await;
        if let Some(at) = again {
            teller.wake_at(at);
        }
    });
}
