//! Delivery policy of alerts: an endpoint gets single events, each retried by a schedule.
//!
//! The oldest due event goes first: an endpoint that accepts everything gets events in order. A failed event waits for
//! its retry while later events are sent, because an alert must not wait behind an event that fails for days. An
//! attempt is counted before it starts, so that a crash counts, too. An endpoint that answers 410, or accepts nothing
//! for three days, is disabled.

use super::{AlertEndpoint, Disabled, Event};
use crate::shared::backoff::shortened;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::{Change, Delivery, EndpointQueue, EventLog, LEASE_MS, Moment, Outcome, Reason, TurnOf};
use std::collections::BTreeMap;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Pauses after the first attempt, the second, and so on, in milliseconds: more than four days in all. After the last
/// the event is given up. Jitter shortens each pause by up to a fifth.
pub const SCHEDULE_MS: [i64; 11] = [
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    HOUR,
    3 * HOUR,
    8 * HOUR,
    16 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
];
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
    fn set(&mut self, number: i64, pending: Pending, turn: &mut TurnOf<Self>) {
        self.pending.insert(number, pending);
        let endpoint = self.endpoint.id.clone();
        turn.changes.push(Change::Detail(PendingChange { endpoint, number, pending: Some(pending) }));
    }

    /// Removes an event.
    fn end(&mut self, number: i64, turn: &mut TurnOf<Self>) {
        self.pending.remove(&number);
        // With an empty queue, an old failure says nothing about the next event.
        if self.pending.is_empty() && self.endpoint.failing_since.take().is_some() {
            turn.changes.push(Change::Endpoint(self.state()));
        }
        let endpoint = self.endpoint.id.clone();
        turn.changes.push(Change::Detail(PendingChange { endpoint, number, pending: None }));
    }

    /// Gives up all events.
    pub(super) fn give_up_all(&mut self, log: &EventLog<Event>, reason: Reason, turn: &mut TurnOf<Self>) {
        while let Some(number) = self.pending.keys().next().copied() {
            self.give_up(log, number, reason, turn);
        }
    }

    fn disable(&mut self, log: &EventLog<Event>, why: Disabled, now: Timestamp, turn: &mut TurnOf<Self>) {
        self.give_up_all(log, Reason::Disabled, turn);
        (self.endpoint.failing_since, self.endpoint.disabled) = (None, Some((now, why)));
        turn.changes.push(Change::Endpoint(self.state()));
    }
}

impl EndpointQueue for ScheduleQueue {
    type Event = Event;
    type State = AlertEndpoint;
    type Detail = PendingChange;

    const MAX_EVENTS: usize = 2_000;
    const MAX_BYTES: usize = usize::MAX;

    fn id(&self) -> &str {
        &self.endpoint.id
    }

    fn state(&self) -> AlertEndpoint {
        self.endpoint.clone()
    }

    fn accept(&mut self, number: i64, event: &Event, now: Timestamp, turn: &mut TurnOf<Self>) {
        if self.endpoint.wants(event) {
            self.set(number, Pending { tries: 0, next_at: now }, turn);
        }
    }

    fn needs(&self, number: i64) -> bool {
        self.pending.contains_key(&number)
    }

    fn give_up(&mut self, log: &EventLog<Event>, number: i64, reason: Reason, turn: &mut TurnOf<Self>) {
        let event = log.events.get(&number).map_or("", |event| &event.id);
        turn.give_up(&self.endpoint.id, event, 1, reason);
        self.end(number, turn);
    }

    fn start(&mut self, log: &EventLog<Event>, moment: Moment, turn: &mut TurnOf<Self>) -> Option<Delivery> {
        let mut due = self.pending.iter().filter(|(_, pending)| pending.next_at <= moment.now);
        let (number, event, tries) =
            due.find_map(|(number, pending)| Some((*number, log.events.get(number)?, pending.tries)))?;
        let tries = tries.saturating_add(1);
        let pause = pause_ms(tries, moment.chance()).unwrap_or(0).max(LEASE_MS);
        self.set(number, Pending { tries, next_at: moment.now.plus_millis(pause) }, turn);
        Some(Delivery {
            endpoint: self.endpoint.id.clone(),
            url: self.endpoint.url.clone(),
            id: event.id.clone(),
            body: event.body.clone(),
            events: 1,
            attempt: tries,
        })
    }

    fn settle(
        &mut self,
        log: &EventLog<Event>,
        delivery: &Delivery,
        outcome: Outcome,
        moment: Moment,
        turn: &mut TurnOf<Self>,
    ) {
        let Moment { now, .. } = moment;
        let is_meant = |number: &i64| log.events.get(number).is_some_and(|event| event.id == delivery.id);
        let pending = self.pending.iter().find(|(number, _)| is_meant(number));
        let Some((number, tries)) = pending.map(|(number, pending)| (*number, pending.tries)) else { return };
        match outcome {
            Outcome::Accepted => {
                if self.endpoint.failing_since.take().is_some() {
                    turn.changes.push(Change::Endpoint(self.state()));
                }
                self.end(number, turn);
            }
            Outcome::Gone => self.disable(log, Disabled::Gone, now, turn),
            Outcome::Failed => {
                let since = *self.endpoint.failing_since.get_or_insert(now);
                if since == now {
                    turn.changes.push(Change::Endpoint(self.state()));
                }
                if now >= since.plus_millis(DISABLE_AFTER_MS) {
                    self.disable(log, Disabled::Silent, now, turn);
                } else if let Some(pause) = pause_ms(tries, moment.chance()) {
                    self.set(number, Pending { tries, next_at: now.plus_millis(pause) }, turn);
                } else {
                    self.give_up(log, number, Reason::Exhausted, turn);
                }
            }
        }
    }

    fn due_at(&self, _: &EventLog<Event>, _: Timestamp) -> Option<Timestamp> {
        self.pending.values().map(|pending| pending.next_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_retried_longer_than_a_silent_endpoint_stays_enabled() {
        let shortest: i64 = SCHEDULE_MS.iter().map(|pause| pause - pause / LEFT_OUT).sum();
        assert!(shortest > DISABLE_AFTER_MS);
        assert_eq!(pause_ms(1, 0), Some(5 * SECOND));
        assert_eq!(pause_ms(11, 0), Some(24 * HOUR));
        assert_eq!((pause_ms(12, 0), pause_ms(0, 0)), (None, None));
        assert_eq!(pause_ms(5, u32::MAX).map(|pause| (48 * MINUTE..=HOUR).contains(&pause)), Some(true));
    }
}
