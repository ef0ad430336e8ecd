//! Tests of the queue together with its stored rows.

mod delivered;
mod histories;
mod shapes;

use super::*;
use crate::alerts::notification::Notification;
use crate::alerts::samples::{RAISED_AT, notification};
use crate::alerts::{AlertId, Page, What};
use crate::shared::ids::TenantId;
use crate::shared::timestamp::Timestamp;
use std::collections::BTreeMap;

/// A notification of this alert.
fn notification_of(alert: &str, number: u32, what: What) -> Notification {
    let calls = Page { webhooks: true, ..Page::default() };
    let page = matches!(what, What::Escalated { .. }).then_some(calls);
    let mut notification = notification(what, page);
    notification.alert.id = AlertId::trusted(alert);
    notification.entry.number = number;
    notification
}

fn event_of(alert: &str, number: u32, what: What) -> Event {
    Event::of(&notification_of(alert, number, what), &TenantId::trusted("demo")).expect("an event")
}

fn raised() -> What {
    What::Triggered { left_out: Vec::new() }
}

fn escalated() -> What {
    What::Escalated { level: 1, page: Page { webhooks: true, ..Page::default() } }
}

/// Rows as the object stores them.
#[derive(Default, Clone)]
struct Rows {
    events: BTreeMap<i64, Event>,
    waiting: BTreeMap<(String, i64), Waiting>,
    endpoints: BTreeMap<String, AlertEndpoint>,
}

impl Rows {
    fn keep(&mut self, changes: Vec<AlertQueueChange>) {
        for change in changes {
            match change {
                AlertQueueChange::Event(number, event) => drop(self.events.insert(number, event)),
                AlertQueueChange::EventGone(number) => drop(self.events.remove(&number)),
                AlertQueueChange::Waits(endpoint, number, waiting) => {
                    self.waiting.insert((endpoint, number), waiting);
                }
                AlertQueueChange::WaitsNoMore(endpoint, number) => drop(self.waiting.remove(&(endpoint, number))),
                AlertQueueChange::Endpoint(endpoint) => drop(self.endpoints.insert(endpoint.id.clone(), endpoint)),
                AlertQueueChange::EndpointGone(id) => drop(self.endpoints.remove(&id)),
            }
        }
    }

    fn kept(&self) -> StoredAlertQueue {
        let waiting = self.waiting.iter().map(|((endpoint, number), waiting)| (endpoint.clone(), *number, *waiting));
        StoredAlertQueue {
            events: self.events.iter().map(|(number, event)| (*number, event.clone())).collect(),
            waiting: waiting.collect(),
            endpoints: self.endpoints.values().cloned().collect(),
        }
    }
}

/// A queue with its rows and a clock.
#[derive(Default)]
struct World {
    queue: AlertQueue,
    rows: Rows,
    now: i64,
    given_up: Vec<GivenUp>,
}

impl World {
    fn with(endpoints: &[&str]) -> Self {
        let mut world = Self { now: RAISED_AT.millis(), ..Self::default() };
        for id in endpoints {
            world.add(id, &[]);
        }
        world
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn keep(&mut self, turn: Turn) {
        self.rows.keep(turn.changes);
        self.given_up.extend(turn.given_up);
    }

    fn add(&mut self, id: &str, events: &[&str]) {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        let url = format!("https://{id}.example/");
        let endpoint = AlertEndpoint::new(id.to_owned(), url, events, Secret::new([7; 32]), self.now());
        let turn = self.queue.add(endpoint).expect("there is room");
        self.keep(turn);
    }

    fn accept(&mut self, event: Event) {
        let turn = self.queue.accept(event, self.now());
        self.keep(turn);
    }

    /// Loses everything but the rows.
    fn crash(&mut self) {
        self.queue = AlertQueue::reopen(self.rows.kept());
    }

    fn step(&mut self) -> Vec<Attempt> {
        let (turn, attempts) = self.queue.step(self.now(), 0);
        self.keep(turn);
        attempts
    }

    fn settle(&mut self, attempt: &Attempt, outcome: AttemptOutcome) {
        let turn = self.queue.settle(&attempt.endpoint.id, &attempt.event.id, outcome, self.now(), 0);
        self.keep(turn);
    }

    /// Accepts everything that is due now. Returns endpoints and event types.
    fn heard(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let attempts = self.step();
            if attempts.is_empty() {
                return heard;
            }
            for attempt in attempts {
                heard.push(format!("{} {}", attempt.endpoint.id, attempt.event.kind));
                self.settle(&attempt, AttemptOutcome::Taken);
            }
        }
    }

    /// Advances the clock to the next wake-up.
    fn pass(&mut self) -> bool {
        let Some(at) = self.queue.wake_at(self.now()) else { return false };
        self.now = self.now.max(at.millis());
        true
    }

    fn reasons(&self) -> Vec<Reason> {
        self.given_up.iter().map(|given_up| given_up.reason).collect()
    }
}
