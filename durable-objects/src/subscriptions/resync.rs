//! Listener counts: resyncs gateways whose counts are unknown, and announces changed counts to listeners and webhooks.

use super::gateways::{TIMEOUT_MS, post};
use super::{Hosts, SubscriptionRegistry, apply, delivery, send_event, webhook_events};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{GatewayName, ListenerCounts, ResyncAnswer, ResyncRequest};
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::EventKind;
use campana_runtime::single_flight::SingleFlight;
use futures_util::{StreamExt, stream};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;

/// Debounce of announced counts, milliseconds.
const WINDOW_MS: u32 = 1_000;

/// Gateways resynced concurrently.
const CONCURRENT_CALLS: usize = 64;

/// Channels whose count has changed since its last announcement.
#[derive(Default)]
pub(super) struct Counts {
    changed: RefCell<BTreeSet<ChannelName>>,
    window: SingleFlight,
    resync: SingleFlight,
}

/// Applies a gateway's listener counts.
pub(super) fn apply_counts<O: Hosts>(
    host: &Rc<O>,
    gateway: &GatewayName,
    counts: ListenerCounts,
) -> Result<(), Problem> {
    let changes = host.subscriptions().roster.borrow_mut().resync(gateway, counts);
    apply(host, changes)?;
    delivery::release(host, gateway);
    Ok(())
}

/// Resyncs a gateway if its state is unknown, before its calls are processed. Fails if it does not answer.
pub(super) async fn resync_before_calls<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) -> Result<(), Problem> {
    suspect_unknown(host.subscriptions(), gateway);
    if !host.subscriptions().roster.borrow().stale().contains(gateway) {
        return Ok(());
    }
    resync_stale(host).await;
    if host.subscriptions().roster.borrow().stale().contains(gateway) {
        return Err(Problem::unavailable("the gateway did not say how it stands"));
    }
    Ok(())
}

/// Marks a gateway as stale if it may have unreported listeners, so that it is resynced before its state is used.
pub(super) fn suspect_unknown(subscriptions: &SubscriptionRegistry, gateway: &GatewayName) {
    let is_public = subscriptions.known.borrow().as_ref().is_some_and(|(_, target)| target.is_public_channel());
    let mut roster = subscriptions.roster.borrow_mut();
    if is_public && !subscriptions.leases.borrow().knows(gateway, &roster, subscriptions.context.now()) {
        roster.suspect(gateway);
    }
}

/// Resyncs all gateways whose state is unknown. Those that do not answer stay unknown.
pub(crate) async fn resync_stale<O: Hosts>(host: &Rc<O>) {
    let subscriptions = host.subscriptions();
    if subscriptions.roster.borrow().stale().is_empty() {
        return;
    }
    let _one_at_a_time = subscriptions.resync_lock.lock().await;
    let Some((settings, target)) = subscriptions.known.borrow().clone() else { return };
    let asked_at = host.context().now();
    let is_available = |(gateway, _): &(GatewayName, u64)| !subscriptions.leases.borrow().is_silent(gateway, asked_at);
    let doubts: Vec<(GatewayName, u64)> =
        subscriptions.roster.borrow().doubts().into_iter().filter(is_available).collect();
    let ask = |(gateway, doubt)| {
        let answered = subscriptions.answered.borrow().get(&gateway).copied();
        let request = ResyncRequest { target: target.clone(), answered };
        let (context, tenant) = (&subscriptions.context, &settings.tenant);
        async move {
            let request = ("census", &request);
            let response = post::<Result<ResyncAnswer, Problem>>(context, tenant, &gateway, request, TIMEOUT_MS);
            (response.await, gateway, doubt)
        }
    };
    let mut answers = pin!(stream::iter(doubts).map(ask).buffer_unordered(CONCURRENT_CALLS));
    while let Some((response, gateway, doubt)) = answers.next().await {
        let response = response.map_err(|error| error.to_string());
        let response = response.and_then(|response| response.map_err(|problem| problem.detail)).inspect_err(|_| {
            subscriptions.leases.borrow_mut().failed(&gateway, host.context().now());
        });
        let counted = response.and_then(|ResyncAnswer { counts, reports }| {
            let is_needed = !counts.is_empty() || !subscriptions.is_silent();
            let stored = if is_needed { subscriptions.remember(&settings, &target) } else { Ok(()) };
            stored.map_err(|problem| problem.detail)?;
            let Some(changes) = subscriptions.roster.borrow_mut().answered(&gateway, doubt, counts) else {
                return Ok(());
            };
            // The answer is applied, so from then on the gateway reports changes.
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

/// Runs [`resync_stale`] in the background for objects with presence channels, so that members who left during
/// hibernation are removed.
pub(super) fn resync_soon<O: Hosts>(host: &Rc<O>) {
    let subscriptions = host.subscriptions();
    let is_due =
        subscriptions.with(|roster| !roster.stale().is_empty() && roster.channels().any(ChannelName::is_presence));
    if !is_due {
        return;
    }
    let Some(resync) = subscriptions.counts.resync.begin() else { return };
    host.spawn(async move |host| {
        resync_stale(&host).await;
        drop(resync);
    });
}

/// Schedules the announcement of a channel's new count within [`WINDOW_MS`], if listeners or webhooks want it.
pub(super) fn announce_count<O: Hosts>(host: &Rc<O>, channel: ChannelName) {
    let subscriptions = host.subscriptions();
    let by_listeners =
        subscriptions.known.borrow().as_ref().is_some_and(|(settings, _)| settings.pusher.subscription_counts);
    let has_listeners = subscriptions.roster.borrow().subscription_count(&channel) > 0;
    let is_wanted =
        (by_listeners && has_listeners) || webhook_events::is_subscribed(host, WebhookEvent::SubscriptionCount);
    if !is_wanted || channel.is_presence() || channel.is_inner() {
        return;
    }
    subscriptions.counts.changed.borrow_mut().insert(channel);
    let Some(window) = subscriptions.counts.window.begin() else { return };
    host.spawn(async move |host| {
        host.context().sleep(WINDOW_MS).await;
        let subscriptions = host.subscriptions();
        drop(window);
        for channel in subscriptions.counts.changed.take() {
            let count = subscriptions.roster.borrow().subscription_count(&channel);
            // SQL failures are already logged; the next count replaces this one.
            let _reported =
                webhook_events::append(&host, &channel, EventKind::SubscriptionCount { subscription_count: count });
            if by_listeners && count > 0 {
                let data = format!(r#"{{"subscription_count":{count}}}"#);
                send_event(&host, &channel, "pusher_internal:subscription_count", &data);
            }
        }
    });
}
