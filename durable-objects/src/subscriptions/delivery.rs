//! Delivery queue from a target to each gateway: one delivery in flight at a time, so frames arrive in order. Frames
//! queued during a delivery share the next one. A delivery that fails all attempts is dropped: once the gateway answers
//! again, it is notified of the channels with lost frames and makes their listeners reconnect. No loss goes unnoticed.

use super::{Hosts, SubscriptionRegistry, cached_events, missed, resync, webhook_events};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{Delivery, Except, Frame, GatewayName, Handed};
use campana_core::shared::ids::TenantId;
use campana_runtime::Context;
use campana_runtime::objects::CallError;
use campana_runtime::ports::Address;
use futures_channel::oneshot;
use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// Largest number of frames in one delivery.
const MAX_FRAMES: usize = 50;
/// Largest total text of one delivery, bytes. A single frame may be larger.
const MAX_BYTES: usize = 512 * 1024;
/// Largest number of frames queued for one gateway.
const MAX_WAITING: usize = 5_000;
/// Largest total text queued for one gateway, bytes.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;
/// Time-out of a delivery, milliseconds. Long, because a gateway answers after writing to all its sockets.
const DELIVERY_TIMEOUT_MS: u32 = 60_000;
/// Time-out of all other requests to a gateway, milliseconds.
pub(super) const TIMEOUT_MS: u32 = 10_000;
/// Back-off between attempts of a delivery, milliseconds.
const PAUSES_MS: [u32; 3] = [50, 250, 1_000];

/// Delivery queue of one gateway.
#[derive(Default)]
pub(super) struct DeliveryQueue {
    waiting: VecDeque<Rc<Frame>>,
    waiting_bytes: usize,
    missed: BTreeSet<ChannelName>,
    waiters: Vec<(u64, oneshot::Sender<bool>)>,
    runs: bool,
    /// Whether frames wait until it is known whether the gateway has listeners: see [`release`].
    is_held: bool,
    /// Whether the database records that the gateway may have missed frames.
    is_noted: bool,
}

impl DeliveryQueue {
    /// Queues a frame. On overflow drops the whole queue and returns false.
    fn push(&mut self, frame: Rc<Frame>) -> bool {
        self.waiting_bytes = self.waiting_bytes.saturating_add(frame.text.len());
        self.waiting.push_back(frame);
        let has_room = self.waiting.len() <= MAX_WAITING && self.waiting_bytes <= MAX_WAITING_BYTES;
        if !has_room {
            self.give_up();
        }
        has_room
    }

    /// Marks a channel as missed.
    pub(super) fn missed(&mut self, channel: ChannelName) {
        self.missed.insert(channel);
    }

    /// Marks a channel as missed, read from the database.
    pub(super) fn recalled(&mut self, channel: ChannelName) {
        self.missed(channel);
        self.is_noted = true;
    }

    /// Drops frames of channels that have no listeners at the gateway.
    fn keep_listened_to(&mut self, listened_to: impl Fn(&ChannelName) -> bool) {
        self.waiting.retain(|frame| listened_to(&frame.channel));
        self.waiting_bytes = self.waiting.iter().map(|frame| frame.text.len()).fold(0, usize::saturating_add);
    }

    /// Drops all queued frames and marks their channels as missed.
    fn give_up(&mut self) {
        self.missed.extend(self.waiting.drain(..).map(|frame| frame.channel.clone()));
        self.waiting_bytes = 0;
        for (_, waiter) in self.waiters.drain(..) {
            let _waiter_gone = waiter.send(false);
        }
    }

    fn take(&mut self) -> Vec<Rc<Frame>> {
        let mut batch = Vec::new();
        let mut bytes = 0_usize;
        while let Some(frame) = self.waiting.front() {
            let with_it = bytes.saturating_add(frame.text.len());
            if batch.len() >= MAX_FRAMES || (with_it > MAX_BYTES && !batch.is_empty()) {
                break;
            }
            bytes = with_it;
            batch.extend(self.waiting.pop_front());
        }
        self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes);
        batch
    }

    fn arrived(&mut self, number: u64) {
        let (done, waiting) = std::mem::take(&mut self.waiters).into_iter().partition(|(up_to, _)| *up_to <= number);
        self.waiters = waiting;
        let done: Vec<(u64, oneshot::Sender<bool>)> = done;
        for (_, waiter) in done {
            let _waiter_gone = waiter.send(true);
        }
    }
}

/// Queues a frame for every gateway with listeners of the channel. Returns the frame's number and these gateways.
pub(crate) fn say<O: Hosts>(
    host: &Rc<O>,
    channel: &ChannelName,
    text: String,
    except: Except,
) -> (u64, Vec<GatewayName>) {
    hand_over(host, channel, text, except, None, &[])
}

/// Like [`say`], and also for gateways whose listeners are unknown: their queue is held until they have answered a
/// resync, which the caller must start.
pub(super) fn say_to_unknown<O: Hosts>(
    host: &Rc<O>,
    channel: &ChannelName,
    text: String,
    except: Except,
    unknown: &[GatewayName],
) -> (u64, Vec<GatewayName>) {
    hand_over(host, channel, text, except, None, unknown)
}

/// Like [`say`] without exceptions, for a frame about something: [`Hosts::reached`] gets the users that it was sent to.
pub(crate) fn publish_about<O: Hosts>(
    host: &Rc<O>,
    channel: &ChannelName,
    text: String,
    about: &str,
) -> (u64, Vec<GatewayName>) {
    hand_over(host, channel, text, Except::Nobody, Some(about.to_owned()), &[])
}

fn hand_over<O: Hosts>(
    host: &Rc<O>,
    channel: &ChannelName,
    text: String,
    except: Except,
    about: Option<String>,
    unknown: &[GatewayName],
) -> (u64, Vec<GatewayName>) {
    let subscriptions = host.subscriptions();
    let number = subscriptions.take_number();
    let mut gateways = subscriptions.roster.borrow().gateways_of(channel);
    let known = gateways.len();
    let is_new = |gateway: &&GatewayName| !gateways.contains(gateway);
    let unknown: Vec<GatewayName> = unknown.iter().filter(is_new).cloned().collect();
    gateways.extend(unknown);
    if gateways.is_empty() {
        return (number, gateways);
    }
    let frame = Rc::new(Frame { number, channel: channel.clone(), text, except, about });
    if channel.is_presence() {
        resync::count_soon(host);
    }
    for (at, gateway) in gateways.iter().enumerate() {
        let has_room = {
            let mut delivery_queues = subscriptions.delivery_queues.borrow_mut();
            let queue = delivery_queues.entry(gateway.clone()).or_default();
            queue.is_held |= at >= known && !queue.runs;
            queue.push(Rc::clone(&frame))
        };
        if !has_room {
            note_missed(host, gateway);
        }
        start(host, gateway.clone());
    }
    (number, gateways)
}

/// Releases a held queue after a resync. If the gateway's listeners are known, sends the frames that have listeners.
/// Otherwise drops all.
pub(super) fn release<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) {
    let subscriptions = host.subscriptions();
    let is_known = !subscriptions.roster.borrow().stale().contains(gateway);
    {
        let mut delivery_queues = subscriptions.delivery_queues.borrow_mut();
        let Some(queue) = delivery_queues.get_mut(gateway).filter(|queue| queue.is_held) else { return };
        queue.is_held = false;
        if is_known {
            let roster = subscriptions.roster.borrow();
            queue.keep_listened_to(|channel| roster.gateways_of(channel).contains(gateway));
        } else {
            queue.give_up();
        }
    }
    if is_known {
        start(host, gateway.clone());
    } else {
        note_missed(host, gateway);
    }
}

/// Stores the channels that a gateway has missed.
fn note_missed<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) {
    let channels = host
        .subscriptions()
        .delivery_queues
        .borrow()
        .get(gateway)
        .map(|queue| queue.missed.clone())
        .unwrap_or_default();
    missed::note(host, gateway, &channels);
    mark_stored(host.subscriptions(), gateway);
}

/// Notes that the database records missed frames of a gateway.
pub(super) fn mark_stored(subscriptions: &SubscriptionRegistry, gateway: &GatewayName) {
    if let Some(queue) = subscriptions.delivery_queues.borrow_mut().get_mut(gateway) {
        queue.is_noted = true;
    }
}

/// Whether a gateway has queued frames, a delivery in flight, or missed channels.
pub(super) fn is_waiting_for(subscriptions: &SubscriptionRegistry, gateway: &GatewayName) -> bool {
    subscriptions.delivery_queues.borrow().contains_key(gateway)
}

/// Waits until the gateways have the frames up to these numbers. False if one could not be reached.
pub(crate) fn delivered(
    subscriptions: &SubscriptionRegistry,
    sent: BTreeMap<GatewayName, u64>,
) -> impl Future<Output = bool> + use<> {
    let mut delivery_queues = subscriptions.delivery_queues.borrow_mut();
    let arrivals: Vec<oneshot::Receiver<bool>> = sent
        .into_iter()
        .filter_map(|(gateway, number)| {
            let (waiter, arrival) = oneshot::channel();
            delivery_queues.get_mut(&gateway)?.waiters.push((number, waiter));
            Some(arrival)
        })
        .collect();
    async move { join_all(arrivals).await.into_iter().all(|arrived| arrived == Ok(true)) }
}

/// Marks a channel as missed at a gateway. The gateway is notified once it answers.
pub(super) fn miss<O: Hosts>(host: &Rc<O>, gateway: &GatewayName, channel: &ChannelName) {
    host.subscriptions().delivery_queues.borrow_mut().entry(gateway.clone()).or_default().missed(channel.clone());
    note_missed(host, gateway);
}

/// For the alarm: retries gateways that did not answer, webhook events, resyncs and the record of cached events.
pub(crate) fn deliver_missed<O: Hosts>(host: &Rc<O>) {
    webhook_events::hand_over(host);
    resync::count_soon(host);
    cached_events::record_soon(host);
    let delivery_queues = host.subscriptions().delivery_queues.borrow();
    let late: Vec<GatewayName> = delivery_queues
        .iter()
        .filter(|(_, queue)| !queue.missed.is_empty())
        .map(|(gateway, _)| gateway.clone())
        .collect();
    if delivery_queues.values().any(|queue| queue.is_noted) {
        // If the instance is lost before these are delivered, the next alarm wakes the object.
        host.wake_at(host.context().now().plus_millis(missed::LATER_MS));
    }
    drop(delivery_queues);
    for gateway in late {
        start(host, gateway);
    }
}

fn start<O: Hosts>(host: &Rc<O>, gateway: GatewayName) {
    if let Some(queue) = host.subscriptions().delivery_queues.borrow_mut().get_mut(&gateway)
        && (queue.is_held || std::mem::replace(&mut queue.runs, true))
    {
        return;
    }
    let runner = Rc::clone(host);
    host.context().spawn(async move { run(&runner, &gateway).await });
}

async fn run<O: Hosts>(host: &Rc<O>, gateway: &GatewayName) {
    let subscriptions = host.subscriptions();
    loop {
        let (batch, missed) = {
            let mut delivery_queues = subscriptions.delivery_queues.borrow_mut();
            let Some(queue) = delivery_queues.get_mut(gateway) else { return };
            let (batch, missed) = (queue.take(), std::mem::take(&mut queue.missed));
            if batch.is_empty() && missed.is_empty() {
                queue.arrived(u64::MAX);
                let is_noted = queue.is_noted;
                delivery_queues.remove(gateway);
                drop(delivery_queues);
                if is_noted {
                    missed::settle(subscriptions, gateway);
                }
                return;
            }
            (batch, missed)
        };
        let last = batch.last().map(|frame| frame.number);
        let is_delivered = deliver(host, gateway, &batch, &missed).await;
        let mut delivery_queues = subscriptions.delivery_queues.borrow_mut();
        let Some(queue) = delivery_queues.get_mut(gateway) else { return };
        if is_delivered {
            queue.arrived(last.unwrap_or(0));
            continue;
        }
        queue.missed.extend(missed);
        queue.missed.extend(batch.iter().map(|frame| frame.channel.clone()));
        queue.give_up();
        queue.runs = false;
        drop(delivery_queues);
        note_missed(host, gateway);
        return;
    }
}

async fn deliver<O: Hosts>(
    host: &Rc<O>,
    gateway: &GatewayName,
    batch: &[Rc<Frame>],
    missed: &BTreeSet<ChannelName>,
) -> bool {
    let Some((settings, target)) = host.subscriptions().known.borrow().clone() else { return true };
    let frames = batch.iter().map(|frame| Frame::clone(frame)).collect();
    let delivery = Delivery { target, frames, missed: missed.iter().cloned().collect() };
    for pause in PAUSES_MS.into_iter().map(Some).chain([None]) {
        match post::<Handed>(host.context(), &settings.tenant, gateway, ("deliver", &delivery), DELIVERY_TIMEOUT_MS)
            .await
        {
            Ok(Handed { reached }) => {
                if !reached.is_empty() {
                    host.reached(reached);
                }
                return true;
            }
            Err(error) => {
                tracing::warn!(at = "subscriptions.deliver", detail = %error);
            }
        }
        if let Some(pause) = pause {
            host.context().sleep(pause).await;
        }
    }
    false
}

/// Posts a request to a path of a gateway.
pub(super) async fn post<T: DeserializeOwned>(
    context: &Context,
    tenant: &TenantId,
    gateway: &GatewayName,
    (path, body): (&str, &impl Serialize),
    timeout_ms: u32,
) -> Result<T, CallError> {
    let gateway = Address { namespace: "GATEWAY", name: gateway.object_name(tenant) };
    context.ask(&gateway, path, body, timeout_ms).await
}
