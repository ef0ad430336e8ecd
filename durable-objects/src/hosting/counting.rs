//! How many listen: counted by the gateways where it is not known, and told to those who listen.

use super::{Hosts, apply, finding, lanes, tell, telling};
use crate::platform;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Census, CensusTaken, GatewayName, TakeCensus};
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::What;
use campana_runtime::single_flight::SingleFlight;
use futures_util::{StreamExt, stream};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;

/// How long changes of a number gather before listeners are told of it, milliseconds.
const WINDOW_MS: u32 = 1_000;

/// Gateways that are asked at the same time.
const CONCURRENT_CALLS: usize = 64;

/// Channels with another number of listeners than was told.
#[derive(Default)]
pub(super) struct Counts {
    changed: RefCell<BTreeSet<ChannelName>>,
    window: SingleFlight,
    resync: SingleFlight,
}

/// Takes in how a gateway's sockets stand.
pub(super) fn count<O: Hosts>(host: &Rc<O>, gateway: &GatewayName, census: Census) -> Result<(), Problem> {
    let changes = host.hosting().roster.borrow_mut().census(gateway, census);
    apply(host, changes)?;
    lanes::release(host, gateway);
    Ok(())
}

/// Before a gateway's calls are followed: if it is not known how it stands, it is counted. Fails if it does not answer.
pub(super) async fn count_before<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) -> Result<(), Problem> {
    finding::suspect_unknown(host.hosting(), gateway);
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
    let Some((settings, target)) = hosting.known.borrow().clone() else { return };
    let asked_at = platform::now();
    let is_asked = |(gateway, _): &(GatewayName, u64)| !hosting.leases.borrow().is_silent(gateway, asked_at);
    let doubts: Vec<(GatewayName, u64)> = hosting.roster.borrow().doubts().into_iter().filter(is_asked).collect();
    let ask = |(gateway, doubt)| {
        let (tenant, env) = (&settings.tenant, host.platform().1);
        let answered = hosting.answered.borrow().get(&gateway).copied();
        let question = TakeCensus { target: target.clone(), answered };
        async move {
            let path = ("census", &question);
            let taken = lanes::post::<Result<CensusTaken, Problem>>(env, tenant, &gateway, path, lanes::TIMEOUT_MS);
            (taken.await, gateway, doubt)
        }
    };
    let mut answers = pin!(stream::iter(doubts).map(ask).buffer_unordered(CONCURRENT_CALLS));
    while let Some((taken, gateway, doubt)) = answers.next().await {
        let taken = taken.map_err(|error| error.to_string());
        let taken = taken.and_then(|taken| taken.map_err(|problem| problem.detail)).inspect_err(|_| {
            hosting.leases.borrow_mut().failed(&gateway, platform::now());
        });
        let counted = taken.and_then(|CensusTaken { census, reports }| {
            let is_needed = !census.is_empty() || !hosting.is_silent();
            let kept = if is_needed { hosting.remember(&settings, &target) } else { Ok(()) };
            kept.map_err(|problem| problem.detail)?;
            let Some(changes) = hosting.roster.borrow_mut().answered(&gateway, doubt, census) else { return Ok(()) };
            // What it says counts, so from then on it reports what it did not say.
            hosting.leases.borrow_mut().note(&gateway, asked_at, reports);
            apply(host, changes).map_err(|problem| problem.detail)
        });
        if !hosting.roster.borrow().stale().contains(&gateway) {
            lanes::release(host, &gateway);
        }
        if let Err(detail) = counted {
            tracing::warn!(at = "hosting.census", detail);
        }
    }
}

/// The same in the background, for objects with presence channels: after they have slept their members are to be those who
/// are there.
pub(super) fn count_soon<O: Hosts>(host: &Rc<O>) {
    let hosting = host.hosting();
    let is_due = hosting.with(|roster| !roster.stale().is_empty() && roster.channels().any(ChannelName::is_presence));
    if !is_due {
        return;
    }
    let Some(resync) = hosting.counts.resync.begin() else { return };
    let counter = Rc::clone(host);
    host.platform().0.wait_until(async move {
        count_stale(&counter).await;
        drop(resync);
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
    let Some(window) = hosting.counts.window.begin() else { return };
    let teller = Rc::clone(host);
    host.platform().0.wait_until(async move {
        platform::sleep(WINDOW_MS).await;
        let hosting = teller.hosting();
        drop(window);
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
