//! Delivery policy of alerts: an endpoint gets single events, each retried by a schedule.
//!
//! The oldest due event goes first: an endpoint that accepts everything gets events in order. A failed event waits for
//! its retry while later events are sent, because an alert must not wait behind an event that fails for days. An
//! attempt is counted before it starts, so that a crash counts, too. An endpoint that answers 410, or accepts nothing
//! for three days, is disabled.

use super::{AlertEndpoint, Disabled, Event};
use crate::shared::backoff::shortened;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::history::Step;
use crate::webhooks::{Change, Delivery, Headers, LEASE_MS, LogOf, Moment, Outcome, Policy, Reason};
use std::collections::BTreeMap;

/// Pauses after the first attempt, the second, and so on, in milliseconds: from 5 s to 24 h, more than four days in all.
/// After the last the event is given up. Jitter shortens each pause by up to a fifth.
pub const SCHEDULE_MS: [i64; 11] =
    [5_000, 30_000, 120_000, 600_000, HOUR, 3 * HOUR, 8 * HOUR, 16 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR];
const HOUR: i64 = 60 * 60 * 1_000;
/// An endpoint that accepts nothing for this long is disabled, in milliseconds: sooner than an event to it is given up.
pub const DISABLE_AFTER_MS: i64 = 72 * HOUR;
/// Jitter shortens a pause by at most one part in this many.
const LEFT_OUT: i64 = 5;

/// Pause after this many attempts, from 1; `None` after the last. `chance` is a random number for jitter.
fn pause_ms(tries: u32, chance: u32) -> Option<i64> {
    let at = usize::try_from(tries).ok()?.checked_sub(1)?;
    Some(shortened(*SCHEDULE_MS.get(at)?, LEFT_OUT, chance))
}

/// An endpoint, and the events that it has not accepted yet.
#[derive(Debug)]
pub struct ScheduleQueue {
    pub(super) endpoint: AlertEndpoint,
    pub(super) pending: BTreeMap<i64, Pending>,
}

/// An event in an endpoint's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Number of attempts, including one in progress.
    pub tries: u32,
    /// Time of the next attempt.
    pub next_at: Timestamp,
}

/// A change of an event in an endpoint's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChange {
    /// Endpoint id.
    pub endpoint: String,
    /// The event's number.
    pub number: i64,
    /// Its new state. `None` if it left the queue.
    pub pending: Option<Pending>,
}

impl ScheduleQueue {
    fn set(&mut self, log: &mut LogOf<Self>, number: i64, pending: Option<Pending>) {
        match pending {
            Some(pending) => drop(self.pending.insert(number, pending)),
            None => drop(self.pending.remove(&number)),
        }
        log.change(Change::Detail(PendingChange { endpoint: self.endpoint.id.clone(), number, pending }));
    }

    /// Queues an event that is in the log.
    pub(super) fn queue(&mut self, log: &mut LogOf<Self>, number: i64, event: &Event, now: Timestamp) {
        self.set(log, number, Some(Pending { tries: 0, next_at: now }));
        let payload = serde_json::to_string(event).unwrap_or_default();
        log.report(&self.endpoint.id, &event.id, Step::Queued { kinds: vec![event.kind.clone()], events: 1, payload });
    }

    /// Reports a step of an event's delivery.
    fn report(&self, log: &mut LogOf<Self>, number: i64, step: Step) {
        if let Some(id) = log.events.get(&number).map(|event| event.id.clone()) {
            log.report(&self.endpoint.id, &id, step);
        }
    }

    /// Removes an event. `is_alive` if the endpoint accepted it.
    fn end(&mut self, log: &mut LogOf<Self>, number: i64, is_alive: bool) {
        self.set(log, number, None);
        // With an empty queue, an old failure says nothing about the next event.
        if (is_alive || self.pending.is_empty()) && self.endpoint.failing_since.take().is_some() {
            log.change(Change::Endpoint(self.state()));
        }
    }

    /// Gives up all events.
    pub(super) fn give_up_all(&mut self, log: &mut LogOf<Self>, reason: Reason) {
        while let Some(number) = self.pending.keys().next().copied() {
            self.give_up(log, number, reason);
        }
    }

    pub(super) fn disable(&mut self, log: &mut LogOf<Self>, why: Disabled, now: Timestamp) {
        self.give_up_all(log, Reason::Disabled);
        (self.endpoint.failing_since, self.endpoint.disabled) = (None, Some((now, why)));
        log.change(Change::Endpoint(self.state()));
    }
}

impl Policy for ScheduleQueue {
    type Event = Event;
    type State = AlertEndpoint;
    type Detail = PendingChange;
    type Shared = ();

    const MAX_EVENTS: usize = 2_000;
    const MAX_BYTES: usize = usize::MAX;

    fn id(&self) -> &str {
        &self.endpoint.id
    }

    fn state(&self) -> AlertEndpoint {
        self.endpoint.clone()
    }

    fn accept(&mut self, log: &mut LogOf<Self>, number: i64, event: &Event, now: Timestamp) {
        if self.endpoint.wants(event) {
            self.queue(log, number, event, now);
        }
    }

    fn needs(&self, number: i64) -> bool {
        self.pending.contains_key(&number)
    }

    fn give_up(&mut self, log: &mut LogOf<Self>, number: i64, reason: Reason) {
        log.give_up(&self.endpoint.id, number, reason);
        self.report(log, number, Step::GivenUp(reason));
        self.end(log, number, false);
    }

    fn start(&mut self, log: &mut LogOf<Self>, moment: Moment) -> Option<Delivery> {
        let (number, pending) = self.pending.iter().find(|(_, pending)| pending.next_at <= moment.now)?;
        let (number, tries) = (*number, pending.tries.saturating_add(1));
        let Event { id, body, .. } = log.events.get(&number)?.clone();
        let pause = pause_ms(tries, moment.chance()).unwrap_or(0).max(LEASE_MS);
        self.set(log, number, Some(Pending { tries, next_at: moment.now.plus_millis(pause) }));
        let (endpoint, url) = (self.endpoint.id.clone(), self.endpoint.url.clone());
        Some(Delivery { endpoint, url, id, body, events: 1, attempt: tries })
    }

    fn settle(&mut self, log: &mut LogOf<Self>, delivery: &Delivery, outcome: Outcome, moment: Moment) {
        let is_meant = |number: &i64| log.events.get(number).is_some_and(|event| event.id == delivery.id);
        let pending = self.pending.iter().find(|(number, _)| is_meant(number));
        let Some((number, tries)) = pending.map(|(number, pending)| (*number, pending.tries)) else { return };
        let Moment { now, .. } = moment;
        match outcome {
            Outcome::Accepted => {
                self.report(log, number, Step::Delivered);
                self.end(log, number, true);
            }
            Outcome::Gone => self.disable(log, Disabled::Gone, now),
            Outcome::Failed => {
                let since = *self.endpoint.failing_since.get_or_insert(now);
                if since == now {
                    log.change(Change::Endpoint(self.state()));
                }
                if now >= since.plus_millis(DISABLE_AFTER_MS) {
                    self.disable(log, Disabled::Silent, now);
                } else if let Some(pause) = pause_ms(tries, moment.chance()) {
                    let next_at = now.plus_millis(pause);
                    self.set(log, number, Some(Pending { tries, next_at }));
                    self.report(log, number, Step::Postponed(next_at));
                } else {
                    self.give_up(log, number, Reason::Exhausted);
                }
            }
        }
    }

    fn due_at(&self, _log: &LogOf<Self>, _now: Timestamp) -> Option<Timestamp> {
        self.pending.values().map(|pending| pending.next_at).min()
    }

    fn headers(&self, (): &(), delivery: &Delivery, now: Timestamp) -> Option<Headers> {
        Some(self.endpoint.headers(delivery, now))
    }

    fn logged_name(endpoint: &str) -> Option<&str> {
        Some(endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_retried_longer_than_a_silent_endpoint_stays_enabled() {
        let shortest: i64 = SCHEDULE_MS.iter().map(|pause| pause - pause / LEFT_OUT).sum();
        assert!(shortest > DISABLE_AFTER_MS);
        assert_eq!(pause_ms(1, 0), Some(5_000));
        assert_eq!(pause_ms(11, 0), Some(24 * HOUR));
        assert_eq!((pause_ms(12, 0), pause_ms(0, 0)), (None, None));
        assert_eq!(pause_ms(5, u32::MAX).map(|pause| (HOUR / 5 * 4..=HOUR).contains(&pause)), Some(true));
    }
}
