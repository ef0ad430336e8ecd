//! How many listen: counted by the gateways where it is not known, and told to those who listen.

use super::{Hosts, apply, lanes, tell, telling};
use crate::platform;
use campana_core::problem::Problem;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Census, GatewayName, TakeCensus, WebhookEvent};
use campana_core::pusher::webhook::What;
use futures_util::future::join_all;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// How long changes of a number gather before listeners are told of it, milliseconds.
const WINDOW_MS: u32 = 1_000;

/// Channels with another number of listeners than was told.
#[derive(Default)]
pub(super) struct Counts {
    changed: RefCell<BTreeSet<ChannelName>>,
    runs: Cell<bool>,
    is_counting: Cell<bool>,
}

/// Takes in how a gateway's sockets stand.
pub(super) fn count<O: Hosts>(host: &Rc<O>, gateway: &GatewayName, census: Census) -> Result<(), Problem> {
    let changes = host.hosting().roster.borrow_mut().census(gateway, census);
    apply(host, changes)
}

/// Before a gateway's calls are followed: if it is not known how it stands, it is counted. Fails if it does not answer.
pub(super) async fn count_before<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) -> Result<(), Problem> {
    if !host.hosting().roster.borrow().stale().contains(gateway) {
        return Ok(());
    }
    count_stale(host).await;
    if host.hosting().roster.borrow().stale().contains(gateway) {
        return Err(Problem::unavailable("the gateway did not say how it stands"));
    }
    Ok(())
}

/// Counts all gateways of which it is not known how they stand. One that does not answer stays as it is.
pub(crate) async fn count_stale<O: Hosts>(host: &Rc<O>) {
    let hosting = host.hosting();
    if hosting.roster.borrow().stale().is_empty() {
        return;
    }
    let _one_at_a_time = hosting.counting.lock().await;
    let stale = hosting.roster.borrow().stale();
    let Some((settings, target)) = hosting.known.borrow().clone() else { return };
    let question = TakeCensus { target };
    let asked =
        stale.iter().map(|gateway| {
            let (tenant, question, env) = (&settings.tenant, &question, host.platform().1);
            async move {
                (gateway, lanes::post::<Census>(env, tenant, gateway, ("census", question), lanes::TIMEOUT_MS).await)
            }
        });
    for (gateway, census) in join_all(asked).await {
        let counted = census.map_err(|error| error.to_string()).and_then(|census| {
            let changes = hosting.roster.borrow_mut().answered(gateway, census);
            apply(host, changes).map_err(|problem| problem.detail)
        });
        if let Err(detail) = counted {
            worker::console_warn!("{{\"level\":\"warning\",\"at\":\"hosting.census\",\"detail\":{detail:?}}}");
        }
    }
}

/// The same in the background, for objects with presence channels: after they have slept their members are to be those who
/// are there.
pub(super) fn count_soon<O: Hosts>(host: &Rc<O>) {
    let hosting = host.hosting();
    let is_due = hosting.with(|roster| !roster.stale().is_empty() && roster.channels().any(ChannelName::is_presence));
    if !is_due || hosting.counts.is_counting.replace(true) {
        return;
    }
    let counter = Rc::clone(host);
    host.platform().0.wait_until(async move {
        count_stale(&counter).await;
        counter.hosting().counts.is_counting.set(false);
    });
}

/// A channel has another number of listeners; those who want to know are told within a second, and so are webhooks.
pub(super) fn changed<O: Hosts>(host: &Rc<O>, channel: ChannelName) {
    let hosting = host.hosting();
    let by_listeners = hosting.known.borrow().as_ref().is_some_and(|(settings, _)| settings.pusher.subscription_counts);
    let anybody_listens = hosting.roster.borrow().subscription_count(&channel) > 0;
    let is_wanted = (by_listeners && anybody_listens) || telling::is_asked_for(host, WebhookEvent::SubscriptionCount);
    if !is_wanted || channel.is_presence() || channel.is_inner() {
        return;
    }
    hosting.counts.changed.borrow_mut().insert(channel);
    if hosting.counts.runs.replace(true) {
        return;
    }
    let teller = Rc::clone(host);
    host.platform().0.wait_until(async move {
        platform::sleep(WINDOW_MS).await;
        let hosting = teller.hosting();
        hosting.counts.runs.set(false);
        for channel in hosting.counts.changed.take() {
            let count = hosting.roster.borrow().subscription_count(&channel);
            // A failure is in the log of the engine; the next count makes up for it.
            let _reported = telling::note(&teller, &channel, What::SubscriptionCount { subscription_count: count });
            if by_listeners && count > 0 {
                let data = format!(r#"{{"subscription_count":{count}}}"#);
                tell(&teller, &channel, "pusher_internal:subscription_count", &data);
            }
        }
    });
}
