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
use crate::webhooks::{Change, ChangeOf, Delivery, GivenUp, Moment, Outcome, Reason};
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
    pending: BTreeMap<(String, i64), Pending>,
    endpoints: BTreeMap<String, AlertEndpoint>,
}

impl Rows {
    fn keep(&mut self, changes: Vec<ChangeOf<ScheduleQueue>>) {
        for change in changes {
            match change {
                Change::Appended(number, event) => drop(self.events.insert(number, event)),
                Change::Removed(first, last) => {
                    self.events.retain(|number, _| !(first..=last).contains(number));
                }
                Change::Detail(PendingChange { endpoint, number, pending: Some(pending) }) => {
                    self.pending.insert((endpoint, number), pending);
                }
                Change::Detail(PendingChange { endpoint, number, pending: None }) => {
                    self.pending.remove(&(endpoint, number));
                }
                Change::Endpoint(endpoint) => drop(self.endpoints.insert(endpoint.id.clone(), endpoint)),
                Change::EndpointRemoved(id) => drop(self.endpoints.remove(&id)),
            }
        }
    }

    fn restore(&self, queue: &mut AlertQueue) {
        self.events.iter().for_each(|(number, event)| queue.restore_event(*number, Some(event.clone())));
        self.endpoints.values().for_each(|endpoint| queue.restore_endpoint(endpoint.clone()));
        for ((endpoint, number), pending) in &self.pending {
            queue.restore_pending(endpoint.clone(), *number, *pending);
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

    /// Decides and stores.
    fn turn<T>(&mut self, decide: impl FnOnce(&mut AlertQueue) -> T) -> (T, Vec<Delivery>) {
        let value = decide(&mut self.queue);
        let turn = self.queue.take_turn();
        self.rows.keep(turn.changes);
        self.given_up.extend(turn.given_up);
        (value, turn.deliveries)
    }

    fn moment(&self) -> Moment {
        Moment { now: self.now(), random: 0 }
    }

    fn add(&mut self, id: &str, events: &[&str]) {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        let url = format!("https://{id}.example/");
        let endpoint = AlertEndpoint::new(id.to_owned(), url, events, Secret::new([7; 32]), self.now());
        self.turn(|queue| queue.add(endpoint)).0.expect("there is room");
    }

    fn accept(&mut self, event: Event) {
        let now = self.now();
        self.turn(|queue| queue.accept(event, now));
    }

    fn enable(&mut self, id: &str) {
        self.turn(|queue| queue.enable(id)).0.expect("the endpoint exists");
    }

    /// Loses everything but the rows.
    fn crash(&mut self) {
        self.queue = AlertQueue::default();
        self.rows.restore(&mut self.queue);
    }

    fn step(&mut self) -> Vec<Delivery> {
        let moment = self.moment();
        self.turn(|queue| queue.step(moment)).1
    }

    fn settle(&mut self, delivery: &Delivery, outcome: Outcome) {
        let moment = self.moment();
        self.turn(|queue| queue.settle(delivery, outcome, moment));
    }

    /// Accepts everything that is due now. Returns endpoints and event types.
    fn heard(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let deliveries = self.step();
            if deliveries.is_empty() {
                return heard;
            }
            for delivery in deliveries {
                heard.push(format!("{} {}", delivery.endpoint, kind_of(&delivery)));
                self.settle(&delivery, Outcome::Accepted);
            }
        }
    }

    /// Advances the clock to the next wake-up.
    fn pass(&mut self) -> bool {
        let Some(at) = self.queue.due_at(self.now()) else { return false };
        self.now = self.now.max(at.millis());
        true
    }

    fn reasons(&self) -> Vec<Reason> {
        self.given_up.iter().map(|given_up| given_up.reason).collect()
    }
}

/// The event type that a request's body names.
fn kind_of(delivery: &Delivery) -> String {
    let body: serde_json::Value = serde_json::from_str(&delivery.body).expect("JSON");
    body["type"].as_str().expect("a type").to_owned()
}
