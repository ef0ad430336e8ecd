//! Delivery engine: the events, the endpoints, and the attempts in progress.
//!
//! Each endpoint has at most one attempt in progress, so a slow endpoint delays no other. An attempt holds a lease; if
//! its outcome is unknown when the lease ends, it counts as lost and may be repeated with the same delivery id. An
//! event is removed once no endpoint needs it.

use super::delivery::{Delivery, LEASE_MS, Moment, Outcome, Reason, Turn};
use crate::shared::timestamp::Timestamp;
use std::collections::BTreeMap;

/// An event in a queue.
pub trait QueuedEvent: Clone {
    /// Its delivery id; empty if its batch gets one.
    fn id(&self) -> &str;

    /// Estimated size in bytes.
    fn size(&self) -> usize;
}

/// Change to store. The order matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<E, S, D> {
    /// The event got this number.
    Appended(i64, E),
    /// All events of these numbers were removed, the first and the last included.
    Removed(i64, i64),
    /// New state of an endpoint.
    Endpoint(S),
    /// The endpoint was removed, with its queue.
    EndpointRemoved(String),
    /// A change of a detail that only this kind of queue has.
    Detail(D),
}

/// The turn of an endpoint's queue.
pub type TurnOf<Q> =
    Turn<Change<<Q as EndpointQueue>::Event, <Q as EndpointQueue>::State, <Q as EndpointQueue>::Detail>>;

/// Stored events by number. `None` for one that cannot be parsed.
pub type StoredEvents<E> = Vec<(i64, Option<E>)>;

/// An endpoint's queue: a policy of order and retries.
pub trait EndpointQueue {
    /// An event.
    type Event: QueuedEvent;
    /// The endpoint's stored state.
    type State;
    /// See [`Change::Detail`].
    type Detail;

    /// Events of all endpoints at most; beyond it the oldest are given up.
    const MAX_EVENTS: usize;
    /// Size of these events at most, in bytes: objects share memory.
    const MAX_BYTES: usize;

    /// Endpoint id.
    fn id(&self) -> &str;

    /// The state to store.
    fn state(&self) -> Self::State;

    /// Takes a new event, if the policy decides about each by itself.
    fn accept(&mut self, number: i64, event: &Self::Event, now: Timestamp, turn: &mut TurnOf<Self>);

    /// Whether a later attempt needs the event.
    fn needs(&self, number: i64) -> bool;

    /// Gives up a needed event.
    fn give_up(&mut self, log: &EventLog<Self::Event>, number: i64, reason: Reason, turn: &mut TurnOf<Self>);

    /// Starts an attempt, if one is due. Not called while one is in progress.
    fn start(&mut self, log: &EventLog<Self::Event>, moment: Moment, turn: &mut TurnOf<Self>) -> Option<Delivery>;

    /// Takes an attempt's outcome, unless the delivery has ended already.
    fn settle(
        &mut self,
        log: &EventLog<Self::Event>,
        delivery: &Delivery,
        outcome: Outcome,
        moment: Moment,
        turn: &mut TurnOf<Self>,
    );

    /// When the next attempt is due while none is in progress.
    fn due_at(&self, log: &EventLog<Self::Event>, now: Timestamp) -> Option<Timestamp>;
}

/// The events that any endpoint needs, in order.
#[derive(Debug)]
pub struct EventLog<E> {
    /// Number of the newest event.
    pub(super) last: i64,
    pub(super) events: BTreeMap<i64, E>,
    bytes: usize,
}

impl<E: QueuedEvent> EventLog<E> {
    /// Takes the next number.
    pub(super) fn next_number(&mut self) -> i64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    fn insert(&mut self, number: i64, event: E) {
        self.last = self.last.max(number);
        self.bytes = self.bytes.saturating_add(event.size());
        self.events.insert(number, event);
    }

    /// Removes an event, and what the store has between it and the event before: rows that could not be parsed.
    fn remove<S, D>(&mut self, number: i64, turn: &mut Turn<Change<E, S, D>>) {
        let Some(event) = self.events.remove(&number) else { return };
        self.bytes = self.bytes.saturating_sub(event.size());
        let first = self.events.range(..number).next_back().map_or(0, |(before, _)| before.saturating_add(1));
        match turn.changes.last_mut() {
            Some(Change::Removed(from, to)) if first <= *from && *to < number => (*from, *to) = (first, number),
            _ => turn.changes.push(Change::Removed(first, number)),
        }
    }
}

#[derive(Debug)]
struct Slot<Q> {
    queue: Q,
    /// Delivery id of the attempt in progress, and the end of its lease.
    in_flight: Option<(String, Timestamp)>,
}

/// The queues of all endpoints.
#[derive(Debug)]
pub struct DeliveryQueue<Q: EndpointQueue> {
    pub(super) log: EventLog<Q::Event>,
    slots: BTreeMap<String, Slot<Q>>,
    unreadable: usize,
}

impl<Q: EndpointQueue> Default for DeliveryQueue<Q> {
    fn default() -> Self {
        let log = EventLog { last: 0, events: BTreeMap::new(), bytes: 0 };
        Self { log, slots: BTreeMap::new(), unreadable: 0 }
    }
}

impl<Q: EndpointQueue> DeliveryQueue<Q> {
    /// Restores a stored queue. Events that cannot be parsed are reported as given up in the next step.
    pub fn open(events: StoredEvents<Q::Event>, queues: impl IntoIterator<Item = Q>) -> Self {
        let mut all = Self::default();
        for (number, event) in events {
            match event {
                Some(event) => all.log.insert(number, event),
                None => all.skip_unreadable(number),
            }
        }
        let slots = queues.into_iter().map(|queue| (queue.id().to_owned(), Slot { queue, in_flight: None }));
        all.slots.extend(slots);
        all
    }

    /// Counts a stored event that cannot be parsed. Its number is not assigned again.
    pub(super) fn skip_unreadable(&mut self, number: i64) {
        self.log.last = self.log.last.max(number);
        self.unreadable = self.unreadable.saturating_add(1);
    }

    /// The endpoints' queues, ordered by id.
    pub(super) fn queues(&self) -> impl Iterator<Item = &Q> {
        self.slots.values().map(|slot| &slot.queue)
    }

    /// An endpoint's queue.
    pub(super) fn queue(&self, id: &str) -> Option<&Q> {
        self.slots.get(id).map(|slot| &slot.queue)
    }

    /// The events, and the endpoints' queues to change.
    pub(super) fn parts(&mut self) -> (&EventLog<Q::Event>, impl Iterator<Item = &mut Q>) {
        (&self.log, self.slots.values_mut().map(|slot| &mut slot.queue))
    }

    /// The events, and an endpoint's queue to change.
    pub(super) fn parts_of(&mut self, id: &str) -> Option<(&EventLog<Q::Event>, &mut Q)> {
        Some((&self.log, &mut self.slots.get_mut(id)?.queue))
    }

    /// Adds an endpoint.
    pub(super) fn insert(&mut self, queue: Q, turn: &mut TurnOf<Q>) {
        turn.changes.push(Change::Endpoint(queue.state()));
        self.slots.insert(queue.id().to_owned(), Slot { queue, in_flight: None });
    }

    /// Removes an endpoint with its queue.
    pub(super) fn remove(&mut self, id: &str, turn: &mut TurnOf<Q>) {
        if self.slots.remove(id).is_some() {
            turn.changes.push(Change::EndpointRemoved(id.to_owned()));
        }
    }

    /// Adds an event for all endpoints.
    pub(super) fn append(&mut self, event: Q::Event, now: Timestamp, turn: &mut TurnOf<Q>) {
        let number = self.log.next_number();
        turn.changes.push(Change::Appended(number, event.clone()));
        for slot in self.slots.values_mut() {
            slot.queue.accept(number, &event, now, turn);
        }
        self.log.insert(number, event);
    }

    /// Gives up the oldest events beyond the limits.
    pub(super) fn drop_excess(&mut self, turn: &mut TurnOf<Q>) {
        while self.log.events.len() > Q::MAX_EVENTS || self.log.bytes > Q::MAX_BYTES {
            let Some((number, event)) = self.log.events.first_key_value() else { return };
            let number = *number;
            if self.slots.is_empty() {
                turn.give_up("", event.id(), 1, Reason::Overflow);
            }
            for slot in self.slots.values_mut().filter(|slot| slot.queue.needs(number)) {
                slot.queue.give_up(&self.log, number, Reason::Overflow, turn);
            }
            self.log.remove(number, turn);
        }
    }

    /// Removes events that no endpoint needs any more.
    pub(super) fn collect(&mut self, turn: &mut TurnOf<Q>) {
        let is_needed = |number: i64| self.slots.values().any(|slot| slot.queue.needs(number));
        let done: Vec<i64> = self.log.events.keys().copied().filter(|number| !is_needed(*number)).collect();
        for number in done {
            self.log.remove(number, turn);
        }
    }

    /// Whether no event is queued.
    pub fn is_empty(&self) -> bool {
        self.log.events.is_empty()
    }

    /// Starts all due attempts, at most one per endpoint.
    pub(super) fn start_due(&mut self, moment: Moment, turn: &mut TurnOf<Q>) {
        let Moment { now, random } = moment;
        if self.unreadable > 0 {
            turn.give_up("", "", std::mem::take(&mut self.unreadable), Reason::Unreadable);
        }
        self.drop_excess(turn);
        for (index, slot) in (0_u128..).zip(self.slots.values_mut()) {
            if slot.in_flight.as_ref().is_some_and(|(_, until)| now < *until) {
                continue;
            }
            let delivery = slot.queue.start(&self.log, Moment { now, random: random.wrapping_add(index) }, turn);
            slot.in_flight = delivery.as_ref().map(|delivery| (delivery.id.clone(), now.plus_millis(LEASE_MS)));
            turn.deliveries.extend(delivery);
        }
        self.collect(turn);
    }

    /// Takes an attempt's outcome.
    pub(super) fn end(&mut self, delivery: &Delivery, outcome: Outcome, moment: Moment, turn: &mut TurnOf<Q>) {
        let Some(slot) = self.slots.get_mut(&delivery.endpoint) else { return };
        slot.in_flight.take_if(|(id, _)| *id == delivery.id);
        slot.queue.settle(&self.log, delivery, outcome, moment, turn);
        self.collect(turn);
    }

    /// When the next attempt is due, or a lease ends.
    pub(super) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.slots.values().filter_map(|slot| match &slot.in_flight {
            Some((_, until)) => Some(*until),
            None => slot.queue.due_at(&self.log, now),
        });
        due.min()
    }
}
