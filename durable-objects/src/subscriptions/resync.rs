//! How many listen: counted by the gateways where it is not known, and told to those who listen.

use super::{Hosts, apply, delivery, discovery, tell, webhook_events};
use crate::platform;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{GatewayName, ListenerCounts, ResyncAnswer, ResyncRequest};
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
pub(super) fn count<O: Hosts>(host: &Rc<O>, gateway: &GatewayName, counts: ListenerCounts) -> Result<(), Problem> {
    let changes = host.subscriptions().roster.borrow_mut().resync(gateway, counts);
    apply(host, changes)?;
    delivery::release(host, gateway);
    Ok(())
}

/// Before a gateway's calls are followed: if it is not known how it stands, it is counted. Fails if it does not answer.
pub(super) async fn count_before<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) -> Result<(), Problem> {
    discovery::suspect_unknown(host.subscriptions(), gateway);
    if !host.subscriptions().roster.borrow().stale().contains(gateway) {
        return Ok(());
    }
    count_stale(host).await;
    if host.subscriptions().roster.borrow().stale().contains(gateway) {
        return Err(Problem::unavailable("the gateway did not say how it stands"));
    }
    Ok(())
}

/// Counts all gateways of which it is not known how they stand. One that does not answer stays as it is.
pub(crate) async fn count_stale<O: Hosts>(host: &Rc<O>) {
    let subscriptions = host.subscriptions();
    if subscriptions.roster.borrow().stale().is_empty() {
        return;
    }
    let _one_at_a_time = subscriptions.counting.lock().await;
    let Some((settings, target)) = subscriptions.known.borrow().clone() else { return };
    let asked_at = platform::now();
    let is_asked = |(gateway, _): &(GatewayName, u64)| !subscriptions.leases.borrow().is_silent(gateway, asked_at);
    let doubts: Vec<(GatewayName, u64)> = subscriptions.roster.borrow().doubts().into_iter().filter(is_asked).collect();
    let ask = |(gateway, doubt)| {
        let (tenant, env) = (&settings.tenant, host.platform().1);
        let answered = subscriptions.answered.borrow().get(&gateway).copied();
        let question = ResyncRequest { target: target.clone(), answered };
        async move {
            let path = ("census", &question);
            let taken =
                delivery::post::<Result<ResyncAnswer, Problem>>(env, tenant, &gateway, path, delivery::TIMEOUT_MS);
            (taken.await, gateway, doubt)
        }
    };
    let mut answers = pin!(stream::iter(doubts).map(ask).buffer_unordered(CONCURRENT_CALLS));
    while let Some((taken, gateway, doubt)) = answers.next().await {
        let taken = taken.map_err(|error| error.to_string());
        let taken = taken.and_then(|taken| taken.map_err(|problem| problem.detail)).inspect_err(|_| {
            subscriptions.leases.borrow_mut().failed(&gateway, platform::now());
        });
        let counted = taken.and_then(|ResyncAnswer { counts, reports }| {
            let is_needed = !counts.is_empty() || !subscriptions.is_silent();
            let kept = if is_needed { subscriptions.remember(&settings, &target) } else { Ok(()) };
            kept.map_err(|problem| problem.detail)?;
            let Some(changes) = subscriptions.roster.borrow_mut().answered(&gateway, doubt, counts) else {
                return Ok(());
            };
            // What it says counts, so from then on it reports what it did not say.
            subscriptions.leases.borrow_mut().note(&gateway, asked_at, reports);
            apply(host, changes).map_err(|problem| problem.detail)
        });
        if !subscriptions.roster.borrow().stale().contains(&gateway) {
            delivery::release(host, &gateway);
        }
        if let Err(detail) = counted {
            tracing::warn!(at = "subscriptions.resync", detail);
        }
    }
}

/// The same in the background, for objects with presence channels: after they have slept their members are to be those who
/// are there.
pub(super) fn count_soon<O: Hosts>(host: &Rc<O>) {
    let subscriptions = host.subscriptions();
    let is_due =
        subscriptions.with(|roster| !roster.stale().is_empty() && roster.channels().any(ChannelName::is_presence));
    if !is_due {
        return;
    }
    let Some(resync) = subscriptions.counts.resync.begin() else { return };
    let counter = Rc::clone(host);
    host.platform().0.wait_until(async move {
        count_stale(&counter).await;
        drop(resync);
    });
}

/// A channel has another number of listeners; those who want to know are told within a second, and so are webhooks.
pub(super) fn changed<O: Hosts>(host: &Rc<O>, channel: ChannelName) {
    let subscriptions = host.subscriptions();
    let by_listeners =
        subscriptions.known.borrow().as_ref().is_some_and(|(settings, _)| settings.pusher.subscription_counts);
    let anybody_listens = subscriptions.roster.borrow().subscription_count(&channel) > 0;
    let is_wanted =
        (by_listeners && anybody_listens) || webhook_events::is_asked_for(host, WebhookEvent::SubscriptionCount);
    if !is_wanted || channel.is_presence() || channel.is_inner() {
        return;
    }
    subscriptions.counts.changed.borrow_mut().insert(channel);
    let Some(window) = subscriptions.counts.window.begin() else { return };
    let teller = Rc::clone(host);
    host.platform().0.wait_until(async move {
        platform::sleep(WINDOW_MS).await;
        let subscriptions = teller.subscriptions();
        drop(window);
        for channel in subscriptions.counts.changed.take() {
            let count = subscriptions.roster.borrow().subscription_count(&channel);
            // A failure is in the log of the engine; the next count makes up for it.
            let _reported =
                webhook_events::note(&teller, &channel, What::SubscriptionCount { subscription_count: count });
            if by_listeners && count > 0 {
                let data = format!(r#"{{"subscription_count":{count}}}"#);
                tell(&teller, &channel, "pusher_internal:subscription_count", &data);
            }
        }
    });
}
