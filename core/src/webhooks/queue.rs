//! Delivery engine: the events, the endpoints, and the attempts in progress.
//!
//! Each endpoint has at most one attempt in progress, so a slow endpoint delays no other. An attempt holds a lease; if
//! its outcome is unknown when the lease ends, it counts as lost and may be repeated with the same delivery id. An
//! event is removed once no endpoint needs it.

use super::delivery::{Delivery, Headers, LEASE_MS, Moment, Outcome, Reason, Turn};
use super::history::Step;
use super::log::{Change, EventLog, QueuedEvent};
use crate::shared::timestamp::Timestamp;
use std::collections::BTreeMap;

/// The event log of a kind of queue.
pub type LogOf<P> = EventLog<<P as Policy>::Event, <P as Policy>::State, <P as Policy>::Detail>;
/// A change of a kind of queue.
pub type ChangeOf<P> = Change<<P as Policy>::Event, <P as Policy>::State, <P as Policy>::Detail>;

/// A policy of order and retries: the queue of one endpoint.
pub trait Policy: Sized {
    /// An event.
    type Event: QueuedEvent;
    /// The endpoint's stored state.
    type State;
    /// See [`Change::Detail`].
    type Detail;
    /// What the endpoints share besides the events.
    type Shared: Default;

    /// Events of all endpoints at most; beyond it the oldest of the largest group are given up.
    const MAX_EVENTS: usize;
    /// Size of these events at most, in bytes: objects share memory.
    const MAX_BYTES: usize;

    /// Endpoint id.
    fn id(&self) -> &str;

    /// The state to store.
    fn state(&self) -> Self::State;

    /// Takes a new event, if the policy decides about each by itself.
    fn accept(&mut self, _log: &mut LogOf<Self>, _number: i64, _event: &Self::Event, _now: Timestamp) {}

    /// Whether a later attempt needs the event.
    fn needs(&self, number: i64) -> bool;

    /// Gives up a needed event.
    fn give_up(&mut self, log: &mut LogOf<Self>, number: i64, reason: Reason);

    /// Starts an attempt, if one is due. Not called while one is in progress.
    fn start(&mut self, log: &mut LogOf<Self>, moment: Moment) -> Option<Delivery>;

    /// Takes an attempt's outcome, unless the delivery has ended already.
    fn settle(&mut self, log: &mut LogOf<Self>, delivery: &Delivery, outcome: Outcome, moment: Moment);

    /// When the next attempt is due while none is in progress.
    fn due_at(&self, log: &LogOf<Self>, now: Timestamp) -> Option<Timestamp>;

    /// A request's id and signature. `None` without a secret.
    fn headers(&self, shared: &Self::Shared, delivery: &Delivery, now: Timestamp) -> Option<Headers>;

    /// The endpoint's name in the log. `None` if its id is not for the log.
    fn logged_name(endpoint: &str) -> Option<&str>;

    /// Runs before attempts are started. False if none may start yet.
    fn prepare(_queue: &mut DeliveryQueue<Self>, _now: Timestamp) -> bool {
        true
    }

    /// When [`Self::prepare`] is due.
    fn prepare_at(_queue: &DeliveryQueue<Self>, _now: Timestamp) -> Option<Timestamp> {
        None
    }
}

struct Slot<P> {
    policy: P,
    /// Delivery id of the attempt in progress, and the end of its lease.
    in_flight: Option<(String, Timestamp)>,
}

/// The queues of all endpoints.
pub struct DeliveryQueue<P: Policy> {
    pub(super) log: LogOf<P>,
    pub(super) shared: P::Shared,
    slots: BTreeMap<String, Slot<P>>,
}

impl<P: Policy> Default for DeliveryQueue<P> {
    fn default() -> Self {
        Self { log: LogOf::<P>::default(), shared: P::Shared::default(), slots: BTreeMap::new() }
    }
}

impl<P: Policy> DeliveryQueue<P> {
    /// Restores a stored event. `None` for one that cannot be parsed: it is given up.
    pub fn restore_event(&mut self, number: i64, event: Option<P::Event>) {
        match event {
            Some(event) => self.log.insert(number, event),
            None => self.log.skip_unreadable(number, Change::Removed(number, number)),
        }
    }

    /// The changes since the last call, to be stored, and the requests to send then.
    pub fn take_turn(&mut self) -> Turn<ChangeOf<P>> {
        std::mem::take(&mut self.log.turn)
    }

    /// The endpoints' queues, ordered by endpoint id.
    pub(super) fn policies(&self) -> impl Iterator<Item = &P> {
        self.slots.values().map(|slot| &slot.policy)
    }

    /// The events, and the endpoints' queues.
    pub(super) fn parts(&mut self) -> (&mut LogOf<P>, impl Iterator<Item = &mut P>) {
        (&mut self.log, self.slots.values_mut().map(|slot| &mut slot.policy))
    }

    /// An endpoint's queue.
    pub(super) fn policy(&self, endpoint: &str) -> Option<&P> {
        Some(&self.slots.get(endpoint)?.policy)
    }

    /// The events, and an endpoint's queue.
    pub(super) fn parts_of(&mut self, endpoint: &str) -> Option<(&mut LogOf<P>, &mut P)> {
        Some((&mut self.log, &mut self.slots.get_mut(endpoint)?.policy))
    }

    /// Restores an endpoint.
    pub(super) fn restore(&mut self, policy: P) {
        self.slots.insert(policy.id().to_owned(), Slot { policy, in_flight: None });
    }

    /// Adds an endpoint.
    pub(super) fn insert(&mut self, policy: P) {
        self.log.change(Change::Endpoint(policy.state()));
        self.restore(policy);
    }

    /// Removes an endpoint with its queue.
    pub(super) fn remove(&mut self, endpoint: &str) {
        self.slots.remove(endpoint);
        self.log.change(Change::EndpointRemoved(endpoint.to_owned()));
    }

    /// Adds an event for all endpoints.
    pub(super) fn append(&mut self, event: P::Event, now: Timestamp) {
        let number = self.log.next_number();
        self.log.change(Change::Appended(number, event.clone()));
        let (log, policies) = self.parts();
        policies.for_each(|policy| policy.accept(log, number, &event, now));
        self.log.insert(number, event);
    }

    /// Gives up events beyond the limits: the oldest of the group that has the most, so that a flood of one channel
    /// costs the events of no other.
    pub(super) fn drop_excess(&mut self) {
        while self.is_over() {
            let droppable = self.log.droppable();
            if droppable.is_empty() {
                return;
            }
            for number in droppable {
                if self.is_over() {
                    self.drop_event(number);
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.log.events.len() > P::MAX_EVENTS || self.log.bytes > P::MAX_BYTES
    }

    fn drop_event(&mut self, number: i64) {
        if self.slots.is_empty() {
            self.log.give_up("", number, Reason::Overflow);
        }
        let (log, policies) = self.parts();
        policies.filter(|policy| policy.needs(number)).for_each(|policy| policy.give_up(log, number, Reason::Overflow));
        self.log.remove(number);
    }

    /// Removes events that no endpoint needs any more.
    pub(super) fn collect(&mut self) {
        let is_needed = |number: i64| self.policies().any(|policy| policy.needs(number));
        let done: Vec<i64> = self.log.events.keys().copied().filter(|number| !is_needed(*number)).collect();
        for number in done {
            self.log.remove(number);
        }
    }

    /// Starts all due attempts, at most one per endpoint.
    pub fn step(&mut self, Moment { now, random }: Moment) {
        let is_ready = P::prepare(self, now);
        self.drop_excess();
        if !is_ready {
            return;
        }
        for (index, slot) in (0_u128..).zip(self.slots.values_mut()) {
            if slot.in_flight.as_ref().is_some_and(|(_, until)| now < *until) {
                continue;
            }
            let delivery = slot.policy.start(&mut self.log, Moment { now, random: random.wrapping_add(index) });
            slot.in_flight = delivery.as_ref().map(|delivery| (delivery.id.clone(), now.plus_millis(LEASE_MS)));
            self.log.turn.deliveries.extend(delivery);
        }
        self.collect();
    }

    /// Reports an attempt that ended, before [`Self::settle`]: `error` is why it failed.
    pub fn report_attempt(&mut self, delivery: &Delivery, status: Option<u16>, error: Option<&'static str>) {
        let step = Step::Attempted { attempt: delivery.attempt, status, error };
        self.log.report(&delivery.endpoint, &delivery.id, step);
    }

    /// Takes the outcome of an attempt. One that came too late is ignored.
    pub fn settle(&mut self, delivery: &Delivery, outcome: Outcome, moment: Moment) {
        let Some(slot) = self.slots.get_mut(&delivery.endpoint) else { return };
        slot.in_flight.take_if(|(id, _)| *id == delivery.id);
        slot.policy.settle(&mut self.log, delivery, outcome, moment);
        self.collect();
    }

    /// When to call [`Self::step`] next, if nothing happens before; `now` or earlier if something is due.
    pub fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let attempts = self.slots.values().filter_map(|slot| match &slot.in_flight {
            Some((_, until)) => Some(*until),
            None => slot.policy.due_at(&self.log, now),
        });
        attempts.chain(P::prepare_at(self, now)).min()
    }

    /// A request's id and signature as headers. `None` without a secret, or if the endpoint was removed.
    pub fn headers(&self, delivery: &Delivery, now: Timestamp) -> Option<Headers> {
        self.slots.get(&delivery.endpoint)?.policy.headers(&self.shared, delivery, now)
    }
}
