//! The events that any endpoint needs, and what the present turn changed.

use super::delivery::{GivenUp, Reason, Turn};
use super::history::{Report, Step};
use std::collections::BTreeMap;

/// Events of the largest group that can be dropped at once, even if it is then smaller than another.
const DROPPED_AT_ONCE: usize = 100;

/// An event in a queue.
pub trait QueuedEvent: Clone {
    /// Its delivery id; empty if its batch gets one.
    fn id(&self) -> &str;

    /// Estimated size in bytes.
    fn size(&self) -> usize;

    /// Events of one group share a part of the queue: see [`super::DeliveryQueue`].
    #[expect(clippy::unnecessary_literal_bound, reason = "other kinds of events return a part of themselves")]
    fn group(&self) -> &str {
        ""
    }
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

/// The queued events in order, and the results of the present turn.
#[derive(Debug)]
pub struct EventLog<E, S, D> {
    /// Number of the newest event.
    pub(super) last: i64,
    pub(super) events: BTreeMap<i64, E>,
    pub(super) bytes: usize,
    pub(super) turn: Turn<Change<E, S, D>>,
}

impl<E, S, D> Default for EventLog<E, S, D> {
    fn default() -> Self {
        Self { last: 0, events: BTreeMap::new(), bytes: 0, turn: Turn::default() }
    }
}

impl<E: QueuedEvent, S, D> EventLog<E, S, D> {
    /// Takes the next number.
    pub(super) fn next_number(&mut self) -> i64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    pub(super) fn insert(&mut self, number: i64, event: E) {
        self.last = self.last.max(number);
        self.bytes = self.bytes.saturating_add(event.size());
        self.events.insert(number, event);
    }

    /// Gives up a row that cannot be parsed; `removal` removes it. Its number is not used again.
    pub(super) fn skip_unreadable(&mut self, number: i64, removal: Change<E, S, D>) {
        self.last = self.last.max(number);
        self.give_up("", number, Reason::Unreadable);
        self.change(removal);
    }

    /// The events to drop so that the largest group has no more bytes than the next one: its oldest, and at least
    /// [`DROPPED_AT_ONCE`], because finding the group costs a pass over all events.
    pub(super) fn droppable(&self) -> Vec<i64> {
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        for event in self.events.values() {
            let bytes = groups.entry(event.group()).or_default();
            *bytes = bytes.saturating_add(event.size());
        }
        let Some((largest, bytes)) =
            groups.iter().max_by_key(|(_, bytes)| **bytes).map(|(group, bytes)| (*group, *bytes))
        else {
            return Vec::new();
        };
        let next = groups.iter().filter(|(group, _)| **group != largest).map(|(_, bytes)| *bytes).max().unwrap_or(0);
        let mut excess = bytes.saturating_sub(next);
        let oldest = self.events.iter().filter(|(_, event)| event.group() == largest);
        let take = |(at, (number, event)): (usize, (&i64, &E))| {
            let is_droppable = excess > 0 || at < DROPPED_AT_ONCE;
            excess = excess.saturating_sub(event.size());
            is_droppable.then_some(*number)
        };
        oldest.enumerate().map_while(take).collect()
    }

    /// Removes an event. Changes that remove neighbours become one.
    pub(super) fn remove(&mut self, number: i64) {
        let Some(event) = self.events.remove(&number) else { return };
        self.bytes = self.bytes.saturating_sub(event.size());
        let first = self.events.range(..number).next_back().map_or(0, |(before, _)| before.saturating_add(1));
        match self.turn.changes.last_mut() {
            Some(Change::Removed(from, to)) if first <= *from && *to < number => (*from, *to) = (first, number),
            _ => self.turn.changes.push(Change::Removed(first, number)),
        }
    }

    /// Adds a change to the turn.
    pub(super) fn change(&mut self, change: Change<E, S, D>) {
        self.turn.changes.push(change);
    }

    /// Reports a step of a delivery.
    pub(super) fn report(&mut self, endpoint: &str, id: &str, step: Step) {
        self.turn.reports.push(Report { endpoint: endpoint.to_owned(), id: id.to_owned(), step });
    }

    /// Reports an event as given up.
    pub(super) fn give_up(&mut self, endpoint: &str, number: i64, reason: Reason) {
        let id = self.events.get(&number).map(|event| event.id().to_owned());
        self.give_up_delivery(endpoint, &id.unwrap_or_default(), 1, reason);
    }

    /// Reports events as given up, together with those of the same delivery and reason.
    pub(super) fn give_up_delivery(&mut self, endpoint: &str, id: &str, events: usize, reason: Reason) {
        let is_same = |known: &&mut GivenUp| known.endpoint == endpoint && known.id == id && known.reason == reason;
        if let Some(known) = self.turn.given_up.iter_mut().find(is_same) {
            known.events = known.events.saturating_add(events);
        } else {
            let (endpoint, id) = (endpoint.to_owned(), id.to_owned());
            self.turn.given_up.push(GivenUp { endpoint, id, events, reason });
        }
    }
}
