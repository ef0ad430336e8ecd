//! Publishing of events from an app's backend.
//!
//! A publish is answered when every gateway with listeners has written the events to their sockets, or after
//! [`PATIENCE_MS`]. Before an early answer, the gateways that lack the events are stored ([`missed`]). They get the
//! events in the background, or their listeners reconnect and reload. So a backend never has to publish again, and the
//! guarantee survives a loss of memory.

use super::{Hosts, cached_events, delivery, discovery, missed, requests, resync};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::frame::event_frame;
use campana_core::pusher::link::{ChannelState, Except, GatewayName, Publish};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_runtime::single_flight::SingleFlight;
use campana_storage::Counter;
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;

/// Longest time that a publish waits for gateways, milliseconds.
const PATIENCE_MS: u32 = 3_000;
/// Debounce of the counter of incomplete publishes in the record, milliseconds.
const COUNT_WINDOW_MS: u32 = 1_000;

/// Publishes answered before every gateway had them, not yet counted in the record.
#[derive(Default)]
pub(super) struct Incomplete {
    count: Cell<u32>,
    window: SingleFlight,
}

/// Publishes events. Returns the channels' states if requested, as far as gateways have answered within
/// [`PATIENCE_MS`].
pub(super) async fn publish<O: Hosts>(host: &Rc<O>, publish: Publish) -> Result<Vec<ChannelState>, Problem> {
    host.prepare(&publish.app_config, &publish.target).await?;
    let subscriptions = host.subscriptions();
    let has_cached_events = publish.events.iter().any(|event| event.channel.is_cache());
    if has_cached_events {
        subscriptions.remember(&publish.app_config, &publish.target)?;
        cached_events::record(host, host.context().now().plus_millis(cached_events::TTL_MS)).await;
    }
    // Nothing is awaited until all frames are queued. During the wait above, the alarm may have deleted everything.
    let unknown = discovery::unknown(subscriptions, &publish.app_config, &publish.target, &publish.gateways);
    if has_cached_events || !subscriptions.is_silent() {
        subscriptions.remember(&publish.app_config, &publish.target)?;
    }
    let mut gateways: BTreeSet<GatewayName> = BTreeSet::new();
    for event in &publish.events {
        let frame = event_frame(&event.event, &event.channel, &event.data);
        if event.channel.is_cache() {
            cached_events::store(host, event, &frame)?;
        }
        let except = Except::socket(event.except.clone());
        gateways.extend(delivery::push(host, &event.channel, frame, except, None, &unknown));
        host.published(event);
    }
    discovery::find_soon(host, unknown.clone());
    let channels: BTreeSet<&ChannelName> = publish.events.iter().map(|event| &event.channel).collect();
    let delivered = deliver(host, &gateways, &channels);
    if !publish.info {
        delivered.await;
        return Ok(Vec::new());
    }
    let counted = async {
        let all = async {
            discovery::find(host, &unknown).await;
            resync::resync_stale(host).await;
        };
        select(pin!(all), pin!(host.context().sleep(PATIENCE_MS))).await;
    };
    futures_util::join!(delivered, counted);
    publish.events.iter().map(|event| requests::state_of(host, &event.channel, false)).collect()
}

/// Waits until the gateways have all queued frames, for at most [`PATIENCE_MS`].
async fn deliver<O: Hosts>(host: &Rc<O>, gateways: &BTreeSet<GatewayName>, channels: &BTreeSet<&ChannelName>) {
    let subscriptions = host.subscriptions();
    let delivered = delivery::delivered(subscriptions, gateways);
    let is_everywhere = match select(pin!(delivered), pin!(host.context().sleep(PATIENCE_MS))).await {
        Either::Left((is_delivered, _)) => is_delivered,
        Either::Right(_) => false,
    };
    if is_everywhere {
        return;
    }
    for gateway in gateways.iter().filter(|gateway| subscriptions.delivery_queues.contains(gateway)) {
        missed::store(host, gateway, channels.iter().copied());
    }
    count_incomplete(host);
}

/// Counts an incomplete publish. The record is updated in the background.
fn count_incomplete<O: Hosts>(host: &Rc<O>) {
    let incomplete = &host.subscriptions().incomplete;
    incomplete.count.set(incomplete.count.get().saturating_add(1));
    let Some(settings) = host.subscriptions().settings() else { return };
    let Some(window) = incomplete.window.begin() else { return };
    host.spawn(async move |host| {
        host.context().sleep(COUNT_WINDOW_MS).await;
        let incomplete = &host.subscriptions().incomplete;
        drop(window);
        let count = incomplete.count.take();
        if let Err(error) = record(&host, &settings.tenant, count).await {
            // The next update includes these, if the instance lives until then.
            incomplete.count.set(incomplete.count.get().saturating_add(count));
            tracing::warn!(at = "subscriptions.count", detail = error);
        }
    });
}

async fn record<O: Hosts>(host: &Rc<O>, tenant: &TenantId, count: u32) -> Result<(), String> {
    let store = host.context().record().map_err(|problem| problem.detail)?;
    store.count(tenant, Counter::IncompletePublishes, count).await.map_err(|error| error.to_string())
}
