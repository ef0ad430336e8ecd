//! Delivery of frames from a target to gateways, by a delivery queue for each: frames arrive in order, and those queued
//! during a delivery share the next one. Frames of a delivery that failed all attempts are dropped. Once the gateway
//! answers again, it is notified of their channels and makes the listeners reconnect.

use super::{Hosts, SubscriptionRegistry, gateways, missed, resync};
use campana_core::accounts::metrics::DELIVERY;
use campana_core::live::StepReason;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Delivery, Except, Frame, GatewayName, Handed};
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::delivery_queue::{Deliver, Overflow, Policy, Queue, Queues};
use campana_runtime::metrics;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Time-out of a delivery, milliseconds. Long, because a gateway answers after writing to all its sockets.
const TIMEOUT_MS: u32 = 60_000;

/// What the object knows of a gateway that lacks frames.
#[derive(Default)]
pub(super) struct GatewayState {
    /// Channels with frames that the gateway missed, not notified of yet.
    pub(super) missed: BTreeSet<ChannelName>,
    /// Those of them in the delivery in flight.
    notifying: BTreeSet<ChannelName>,
    /// Whether frames wait until it is known whether the gateway has listeners: see [`release`].
    is_held: bool,
    /// Whether the database records that the gateway may have missed frames.
    pub(super) is_stored: bool,
}

/// A frame that waits for its delivery.
pub(super) struct QueuedFrame {
    frame: Frame,
    queued_at: Timestamp,
}

type GatewayQueue = Queue<Rc<QueuedFrame>, GatewayState>;

/// Delivery queues by gateway.
pub(super) type DeliveryQueues = Queues<GatewayName, Rc<QueuedFrame>, GatewayState>;

/// Delivers an object's frames to gateways.
struct ToGateways<O>(Rc<O>);

impl<O> Clone for ToGateways<O> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<O: Hosts> Deliver for ToGateways<O> {
    type Key = GatewayName;
    type Item = Rc<QueuedFrame>;
    type State = GatewayState;
    /// `None` before the first request, when the object does not know what it is.
    type Request = Option<(TenantId, Delivery)>;
    type Answer = Handed;

    const POLICY: Policy = Policy {
        batch_items: 50,
        batch_bytes: 512 * 1024,
        max_items: 5_000,
        max_bytes: 8 * 1024 * 1024,
        overflow: Overflow::All,
        pauses_ms: &[50, 250, 1_000],
    };

    fn context(&self) -> &Context {
        self.0.context()
    }

    fn queues(&self) -> &DeliveryQueues {
        &self.0.subscriptions().delivery_queues
    }

    fn is_due(state: &GatewayState) -> bool {
        !state.missed.is_empty()
    }

    fn is_held(state: &GatewayState) -> bool {
        state.is_held
    }

    fn request(&self, _gateway: &GatewayName, queue: &mut GatewayQueue) -> Result<Self::Request, String> {
        let GatewayState { missed, notifying, .. } = &mut queue.state;
        notifying.append(missed);
        let missed = notifying.iter().cloned().collect();
        let Some((settings, target)) = self.0.subscriptions().known.borrow().clone() else { return Ok(None) };
        let frames = queue.batch().map(|queued| queued.frame.clone()).collect();
        let traced = self.0.subscriptions().traces.users();
        Ok(Some((settings.tenant, Delivery { target, frames, missed, traced })))
    }

    async fn send(&self, gateway: &GatewayName, request: Self::Request) -> Result<Handed, String> {
        let Some((tenant, delivery)) = request else { return Ok(Handed::default()) };
        let handed = gateways::post(self.context(), &tenant, gateway, ("deliver", &delivery), TIMEOUT_MS).await;
        handed.map_err(|error| error.to_string()).inspect_err(|error| {
            let traces = &self.0.subscriptions().traces;
            if !traces.is_empty() {
                let stopped = (StepReason::NoAnswer, Some(error.as_str()));
                traces.at_one_gateway(gateway, delivery.frames.iter(), Some(stopped));
            }
        })
    }

    fn failed(&self, state: &mut GatewayState, detail: &str) {
        tracing::warn!(at = "subscriptions.deliver", detail);
        state.missed.append(&mut state.notifying);
    }

    fn delivered(&self, gateway: &GatewayName, queued: Vec<Rc<QueuedFrame>>, Handed { reached, traced }: Handed) {
        self.queues().with(gateway, |queue| queue.state.notifying.clear());
        if let Some(first) = queued.first() {
            self.count_delivery(first.queued_at);
        }
        let (frames, traces) = (queued.iter().map(|queued| &queued.frame), &self.0.subscriptions().traces);
        if !traces.is_empty() {
            traces.at_one_gateway(gateway, frames.clone(), None);
            traces.written_by_gateway(gateway, &frames, &traced);
        }
        if !reached.is_empty() {
            self.0.sent_to(reached);
        }
    }

    fn lost(&self, gateway: &GatewayName, queued: Vec<Rc<QueuedFrame>>) {
        let frames = queued.iter().map(|queued| &queued.frame);
        let missed = self.queues().with(gateway, |queue| {
            queue.state.missed.extend(frames.clone().map(|frame| frame.channel.clone()));
            queue.state.missed.clone()
        });
        let traces = &self.0.subscriptions().traces;
        if !traces.is_empty() {
            let stopped = (StepReason::GivenUp, None);
            traces.at_one_gateway(gateway, frames, Some(stopped));
        }
        missed::store(&self.0, gateway, &missed);
    }

    fn emptied(&self, gateway: &GatewayName, state: GatewayState) {
        if state.is_stored {
            missed::remove(self.0.subscriptions(), gateway);
        }
    }
}

impl<O: Hosts> ToGateways<O> {
    /// Counts a delivery whose first frame was queued at this time. Its sockets have it now.
    fn count_delivery(&self, queued_at: Timestamp) {
        let subscriptions = self.0.subscriptions();
        let known = subscriptions.known.borrow();
        let Some((app_config, _)) = known.as_ref() else { return };
        let ms = subscriptions.context.now().since(queued_at);
        metrics::count(&app_config.tenant, |collector| collector.observe(&DELIVERY, &["gateway"], ms));
        metrics::report_soon(&subscriptions.context, &app_config.tenant);
    }
}

/// Queues a frame for every gateway with listeners of the channel, and for gateways whose listeners are `unknown`:
/// their queue is held until they have answered a resync, which the caller must start. Returns these gateways.
pub(super) fn push<O: Hosts>(
    host: &Rc<O>,
    channel: &ChannelName,
    text: String,
    except: Except,
    about: Option<&str>,
    unknown: &[GatewayName],
) -> Vec<GatewayName> {
    if channel.is_presence() {
        resync::resync_soon(host);
    }
    let subscriptions = host.subscriptions();
    let number = subscriptions.take_number();
    let mut gateways = subscriptions.roster.borrow().gateways_of(channel);
    let known = gateways.len();
    let is_new = |gateway: &&GatewayName| !gateways.contains(gateway);
    let unknown: Vec<GatewayName> = unknown.iter().filter(is_new).cloned().collect();
    gateways.extend(unknown);
    if gateways.is_empty() && subscriptions.traces.is_empty() {
        return gateways;
    }
    let frame = Frame { number, channel: channel.clone(), text, except, about: about.map(str::to_owned) };
    if !subscriptions.traces.is_empty() {
        subscriptions.traces.published_to(&frame, &gateways);
    }
    let (queued_at, bytes) = (subscriptions.context.now(), frame.text.len());
    let (queues, item) = (ToGateways(Rc::clone(host)), Rc::new(QueuedFrame { frame, queued_at }));
    for (at, gateway) in gateways.iter().enumerate() {
        if at >= known {
            queues.queues().with(gateway, |queue| queue.state.is_held |= !queue.is_running());
        }
        queues.push(gateway, Rc::clone(&item), bytes);
    }
    gateways
}

/// Releases a held queue after a resync. If the gateway's listeners are known, sends the frames that have listeners.
/// Otherwise drops all.
pub(super) fn release<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) {
    let subscriptions = host.subscriptions();
    let roster = subscriptions.roster.borrow();
    let is_known = !roster.stale().contains(gateway);
    let dropped = subscriptions.delivery_queues.get(gateway, |queue| {
        if !std::mem::take(&mut queue.state.is_held) {
            return None;
        }
        if is_known {
            queue.retain(|queued| roster.gateways_of(&queued.frame.channel).contains(gateway));
            return Some(Vec::new());
        }
        Some(queue.drop_waiting())
    });
    drop(roster);
    match dropped.flatten() {
        Some(_) if is_known => ToGateways(Rc::clone(host)).start(gateway),
        Some(dropped) => ToGateways(Rc::clone(host)).lost(gateway, dropped),
        None => {}
    }
}

/// Waits until the gateways have all frames queued so far. False if one could not be reached.
pub(crate) fn delivered(
    subscriptions: &SubscriptionRegistry,
    gateways: &BTreeSet<GatewayName>,
) -> impl Future<Output = bool> + use<> {
    let waits = gateways.iter().filter_map(|gateway| subscriptions.delivery_queues.get(gateway, Queue::wait));
    let waits = join_all(waits);
    async move { waits.await.iter().all(Result::is_ok) }
}

/// Waits until each gateway has all frames queued so far, or is stored as one that missed some.
pub(crate) async fn settled(subscriptions: &SubscriptionRegistry) {
    let queues = &subscriptions.delivery_queues;
    let gateways = queues.keys(|state| !state.is_stored);
    let _outcomes = join_all(gateways.iter().filter_map(|gateway| queues.get(gateway, Queue::wait))).await;
}

/// Marks channels as missed at a gateway. The alarm notifies the gateway.
pub(super) fn mark_missed<O: Hosts>(host: &Rc<O>, gateway: &GatewayName, channels: Vec<ChannelName>) {
    host.subscriptions().delivery_queues.with(gateway, |queue| queue.state.missed.extend(channels));
    ToGateways(Rc::clone(host)).lost(gateway, Vec::new());
}

/// For the alarm: notifies the gateways that missed frames.
pub(super) fn retry<O: Hosts>(host: &Rc<O>) {
    let queues = ToGateways(Rc::clone(host));
    if !queues.queues().keys(|state| state.is_stored).is_empty() {
        // If the instance is lost before these are delivered, the next alarm wakes the object.
        host.wake_at(queues.context().now().plus_millis(missed::RETRY_MS));
    }
    queues.start_due();
}
