//! Delivery queue from a tenant's alerts to its webhook endpoints.
//!
//! Each endpoint has its own queue with at most one attempt in progress, so that a slow endpoint delays no other. The
//! oldest due event goes first: an endpoint that accepts everything gets events in order. A failed event waits for its
//! retry while later events are sent, because an alert must not wait behind an event that fails for days. An attempt is
//! counted before it starts, so that a crash counts, too.
//!
//! The queue decides and its object stores: every call returns the [`AlertQueueChange`]s that [`AlertQueue::reopen`] needs.

use super::schedule::pause_ms;
use super::turn::{AlertQueueChange, Attempt, AttemptOutcome, GivenUp, Reason, StoredAlertQueue, Turn, Waiting};
use super::{AlertEndpoint, DISABLE_AFTER_MS, Disabled, Event, SECRET_OVERLAP_MS, Secret, UNDER_WAY_MS};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use std::collections::BTreeMap;

/// Endpoints of a tenant at most.
pub const MAX_ENDPOINTS: usize = 20;
/// Queued events per endpoint at most; beyond it the oldest is dropped.
pub const MAX_QUEUED: usize = 500;
/// Queued events of all endpoints at most.
pub(super) const MAX_EVENTS: usize = 2_000;

#[derive(Debug)]
struct EndpointQueue {
    endpoint: AlertEndpoint,
    waiting: BTreeMap<i64, Waiting>,
    under_way: Option<i64>,
}

impl EndpointQueue {
    fn of(endpoint: AlertEndpoint) -> Self {
        Self { endpoint, waiting: BTreeMap::new(), under_way: None }
    }

    fn waits(&self, number: i64, waiting: Waiting) -> AlertQueueChange {
        AlertQueueChange::Waits(self.endpoint.id.clone(), number, waiting)
    }
}

/// The delivery queue of a tenant.
#[derive(Debug, Default)]
pub struct AlertQueue {
    last: i64,
    events: BTreeMap<i64, Event>,
    places: BTreeMap<String, EndpointQueue>,
}

impl AlertQueue {
    /// Restores a stored queue.
    pub fn reopen(kept: StoredAlertQueue) -> Self {
        let mut queue = Self::default();
        for endpoint in kept.endpoints {
            queue.places.insert(endpoint.id.clone(), EndpointQueue::of(endpoint));
        }
        for (number, event) in kept.events {
            queue.last = queue.last.max(number);
            queue.events.insert(number, event);
        }
        for (endpoint, number, waiting) in kept.waiting {
            if let Some(place) = queue.places.get_mut(&endpoint).filter(|_| queue.events.contains_key(&number)) {
                place.waiting.insert(number, waiting);
            }
        }
        queue
    }

    /// The endpoints, ordered by id.
    pub fn endpoints(&self) -> impl Iterator<Item = &AlertEndpoint> {
        self.places.values().map(|place| &place.endpoint)
    }

    /// Adds an endpoint. 409 if there are [`MAX_ENDPOINTS`] already.
    pub fn add(&mut self, endpoint: AlertEndpoint) -> Result<Turn, Problem> {
        if self.places.len() >= MAX_ENDPOINTS && !self.places.contains_key(&endpoint.id) {
            return Err(Problem::new(Kind::Conflict, format!("there are {MAX_ENDPOINTS} webhooks already")));
        }
        let place = self.places.entry(endpoint.id.clone()).or_insert_with(|| EndpointQueue::of(endpoint));
        Ok(Turn { changes: vec![AlertQueueChange::Endpoint(place.endpoint.clone())], given_up: Vec::new() })
    }

    /// Removes an endpoint. 404 if it does not exist.
    pub fn remove(&mut self, id: &str) -> Result<Turn, Problem> {
        let mut turn = Turn::default();
        self.give_up_all(id, Reason::Removed, &mut turn);
        self.places.remove(id).ok_or_else(Problem::not_found)?;
        turn.changes.push(AlertQueueChange::EndpointGone(id.to_owned()));
        Ok(turn)
    }

    /// Replaces an endpoint's secret; the previous one stays valid for [`SECRET_OVERLAP_MS`]. 404 if it does not exist.
    pub fn rotate(&mut self, id: &str, secret: Secret, now: Timestamp) -> Result<(AlertEndpoint, Turn), Problem> {
        self.change(id, |endpoint| {
            let before = std::mem::replace(&mut endpoint.secret, secret);
            endpoint.retiring = Some((before, now.plus_millis(SECRET_OVERLAP_MS)));
        })
    }

    /// Enables a disabled endpoint for later events. 404 if it does not exist.
    pub fn enable(&mut self, id: &str) -> Result<(AlertEndpoint, Turn), Problem> {
        self.change(id, |endpoint| (endpoint.disabled, endpoint.failing_since) = (None, None))
    }

    fn change(&mut self, id: &str, act: impl FnOnce(&mut AlertEndpoint)) -> Result<(AlertEndpoint, Turn), Problem> {
        let endpoint = &mut self.places.get_mut(id).ok_or_else(Problem::not_found)?.endpoint;
        act(endpoint);
        let changes = vec![AlertQueueChange::Endpoint(endpoint.clone())];
        Ok((endpoint.clone(), Turn { changes, given_up: Vec::new() }))
    }

    /// Queues an event for the endpoints that want it. An event that is queued already is ignored.
    pub fn accept(&mut self, event: Event, now: Timestamp) -> Turn {
        let mut turn = Turn::default();
        if self.events.values().any(|known| known.id == event.id) {
            return turn;
        }
        if event.answers {
            self.withdraw_pages(&event, &mut turn);
        }
        let wants = |place: &&mut EndpointQueue| place.endpoint.disabled.is_none() && place.endpoint.wants(&event);
        let mut places = self.places.values_mut().filter(wants).peekable();
        if places.peek().is_none() {
            return turn;
        }
        self.last = self.last.saturating_add(1);
        let (number, waiting) = (self.last, Waiting { tries: 0, next_at: now });
        turn.changes.push(AlertQueueChange::Event(number, event.clone()));
        for place in places {
            place.waiting.insert(number, waiting);
            turn.changes.push(place.waits(number, waiting));
        }
        self.events.insert(number, event);
        self.drop_excess(&mut turn);
        turn
    }

    /// Drops the answered alert's escalation events that have not been tried yet.
    fn withdraw_pages(&mut self, answer: &Event, turn: &mut Turn) {
        let is_page = |event: &Event| event.is_page && event.alert == answer.alert;
        let pages: Vec<i64> =
            self.events.iter().filter(|(_, event)| is_page(event)).map(|(number, _)| *number).collect();
        for number in pages {
            let untried = |place: &&EndpointQueue| place.waiting.get(&number).is_some_and(|waiting| waiting.tries == 0);
            let ids: Vec<String> =
                self.places.values().filter(untried).map(|place| place.endpoint.id.clone()).collect();
            for id in ids {
                self.give_up(&id, number, Reason::Answered, turn);
            }
        }
    }

    fn drop_excess(&mut self, turn: &mut Turn) {
        let full: Vec<(String, i64)> = self
            .places
            .values()
            .filter(|place| place.waiting.len() > MAX_QUEUED)
            .filter_map(|place| Some((place.endpoint.id.clone(), *place.waiting.keys().next()?)))
            .collect();
        for (id, number) in full {
            self.give_up(&id, number, Reason::Overflow, turn);
        }
        while self.events.len() > MAX_EVENTS
            && let Some(number) = self.events.keys().next().copied()
        {
            let ids: Vec<String> = self.places.keys().cloned().collect();
            for id in ids {
                self.give_up(&id, number, Reason::Overflow, turn);
            }
            // An event that no endpoint waits for.
            if self.events.remove(&number).is_some() {
                turn.changes.push(AlertQueueChange::EventGone(number));
            }
        }
    }

    fn give_up_all(&mut self, id: &str, reason: Reason, turn: &mut Turn) {
        let numbers: Vec<i64> =
            self.places.get(id).map_or_else(Vec::new, |place| place.waiting.keys().copied().collect());
        for number in numbers {
            self.give_up(id, number, reason, turn);
        }
    }

    fn give_up(&mut self, id: &str, number: i64, reason: Reason, turn: &mut Turn) {
        let event = self.events.get(&number).map(|event| event.id.clone());
        if self.stop_waiting(id, number, turn) {
            turn.given_up.push(GivenUp { endpoint: id.to_owned(), event: event.unwrap_or_default(), reason });
        }
    }

    /// Removes an event from an endpoint's queue. Returns whether it was queued.
    fn stop_waiting(&mut self, id: &str, number: i64, turn: &mut Turn) -> bool {
        let Some(place) = self.places.get_mut(id) else { return false };
        if place.waiting.remove(&number).is_none() {
            return false;
        }
        if place.under_way == Some(number) {
            place.under_way = None;
        }
        // With an empty queue, an old failure says nothing about the next event.
        if place.waiting.is_empty() && place.endpoint.failing_since.take().is_some() {
            turn.changes.push(AlertQueueChange::Endpoint(place.endpoint.clone()));
        }
        turn.changes.push(AlertQueueChange::WaitsNoMore(id.to_owned(), number));
        if !self.places.values().any(|place| place.waiting.contains_key(&number)) {
            self.events.remove(&number);
            turn.changes.push(AlertQueueChange::EventGone(number));
        }
        true
    }

    /// Starts due attempts, at most one per endpoint. `chance` is a random number for jitter.
    pub fn step(&mut self, now: Timestamp, chance: u32) -> (Turn, Vec<Attempt>) {
        let (mut turn, mut attempts) = (Turn::default(), Vec::new());
        for place in self.places.values_mut() {
            if place.endpoint.disabled.is_some() || place.under_way.is_some() {
                continue;
            }
            let due = place.waiting.iter_mut().find(|(_, waiting)| waiting.next_at <= now);
            let Some((number, waiting)) = due else { continue };
            let Some(event) = self.events.get(number) else { continue };
            waiting.tries = waiting.tries.saturating_add(1);
            waiting.next_at = now.plus_millis(pause_ms(waiting.tries, chance).unwrap_or(0).max(UNDER_WAY_MS));
            let (number, waiting) = (*number, *waiting);
            place.under_way = Some(number);
            turn.changes.push(place.waits(number, waiting));
            let endpoint = place.endpoint.clone();
            attempts.push(Attempt { endpoint, event: event.clone(), tries: waiting.tries });
        }
        (turn, attempts)
    }

    /// Records the outcome of an attempt. `chance` is a random number for jitter.
    pub fn settle(
        &mut self,
        endpoint: &str,
        event: &str,
        outcome: AttemptOutcome,
        now: Timestamp,
        chance: u32,
    ) -> Turn {
        let mut turn = Turn::default();
        let Some(place) = self.places.get_mut(endpoint) else { return turn };
        let waits = |number: &&i64| self.events.get(number).is_some_and(|waiting| waiting.id == event);
        let Some(number) = place.waiting.keys().find(waits).copied() else { return turn };
        if place.under_way == Some(number) {
            place.under_way = None;
        }
        match outcome {
            AttemptOutcome::Taken => {
                if place.endpoint.failing_since.take().is_some() {
                    turn.changes.push(AlertQueueChange::Endpoint(place.endpoint.clone()));
                }
                self.stop_waiting(endpoint, number, &mut turn);
            }
            AttemptOutcome::Gone => self.disable(endpoint, Disabled::Gone, now, &mut turn),
            AttemptOutcome::NotTaken => self.not_taken(endpoint, number, now, chance, &mut turn),
        }
        turn
    }

    fn not_taken(&mut self, id: &str, number: i64, now: Timestamp, chance: u32, turn: &mut Turn) {
        let Some(place) = self.places.get_mut(id) else { return };
        let since = *place.endpoint.failing_since.get_or_insert(now);
        if since == now {
            turn.changes.push(AlertQueueChange::Endpoint(place.endpoint.clone()));
        }
        if now >= since.plus_millis(DISABLE_AFTER_MS) {
            return self.disable(id, Disabled::Silent, now, turn);
        }
        let Some(waiting) = place.waiting.get_mut(&number) else { return };
        match pause_ms(waiting.tries, chance) {
            Some(pause) => {
                waiting.next_at = now.plus_millis(pause);
                let waiting = *waiting;
                turn.changes.push(place.waits(number, waiting));
            }
            None => self.give_up(id, number, Reason::Exhausted, turn),
        }
    }

    fn disable(&mut self, id: &str, why: Disabled, now: Timestamp, turn: &mut Turn) {
        self.give_up_all(id, Reason::Disabled, turn);
        let Some(place) = self.places.get_mut(id) else { return };
        (place.endpoint.failing_since, place.endpoint.disabled) = (None, Some((now, why)));
        turn.changes.push(AlertQueueChange::Endpoint(place.endpoint.clone()));
    }

    /// When to call [`AlertQueue::step`] next, if nothing happens before.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let places = self.places.values().filter(|place| place.endpoint.disabled.is_none());
        let wakes = places.filter_map(|place| match place.under_way {
            Some(_) => Some(now.plus_millis(UNDER_WAY_MS)),
            None => place.waiting.values().map(|waiting| waiting.next_at).min(),
        });
        wakes.min()
    }

    /// Whether no events are queued.
    pub fn is_idle(&self) -> bool {
        self.events.is_empty()
    }
}
