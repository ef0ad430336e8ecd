//! Tests of the queue together with its stored rows.

mod delivered;
mod exactly_once;
mod shapes;

use super::batch::RETRY_FOR_MS;
use super::queue::RETURN_MS;
use super::*;
use crate::pusher::webhook_event::WebhookEvent;
use std::collections::BTreeMap;

const URL: &str = "https://example.org/hooks";

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn happened(millis: i64, channel: &str, what: EventKind) -> ChannelEvent {
    ChannelEvent { at: at(millis), channel: ChannelName::trusted(channel), what }
}

fn counted(millis: i64, channel: &str, subscription_count: u64) -> ChannelEvent {
    happened(millis, channel, EventKind::SubscriptionCount { subscription_count })
}

fn endpoint(url: &str, events: &[WebhookEvent]) -> ChannelEndpoint {
    ChannelEndpoint { url: url.to_owned(), events: events.to_vec() }
}

/// Rows as the object stores them.
#[derive(Default, Clone)]
struct Rows {
    waiting: BTreeMap<i64, (Timestamp, ChannelEvent)>,
    ready: BTreeMap<i64, ChannelEvent>,
    endpoints: BTreeMap<String, EndpointState>,
}

impl Rows {
    fn keep(&mut self, changes: impl IntoIterator<Item = QueueChange>) {
        for change in changes {
            match change {
                QueueChange::Waits(number, until, happening) => drop(self.waiting.insert(number, (until, happening))),
                QueueChange::WaitsNoMore(number) => drop(self.waiting.remove(&number)),
                QueueChange::Appended(number, happening) => drop(self.ready.insert(number, happening)),
                QueueChange::ForgotUpTo(number) => self.ready.retain(|ready, _| *ready > number),
                QueueChange::Endpoint(standing) => drop(self.endpoints.insert(standing.endpoint.url.clone(), standing)),
                QueueChange::EndpointGone(url) => drop(self.endpoints.remove(&url)),
            }
        }
    }

    fn kept(&self) -> StoredQueue {
        let waiting = self.waiting.iter().map(|(number, (until, happening))| (*number, *until, happening.clone()));
        StoredQueue {
            waiting: waiting.collect(),
            ready: self.ready.iter().map(|(number, happening)| (*number, happening.clone())).collect(),
            endpoints: self.endpoints.values().cloned().collect(),
        }
    }

    fn is_empty(&self) -> bool {
        let is_idle = |standing: &EndpointState| standing.batch.is_none();
        self.waiting.is_empty() && self.ready.is_empty() && self.endpoints.values().all(is_idle)
    }
}

/// A queue with its rows and a clock.
struct World {
    queue: ChannelQueue,
    rows: Rows,
    now: i64,
    steps: u32,
    endpoints: Vec<ChannelEndpoint>,
}

impl World {
    fn new(endpoints: Vec<ChannelEndpoint>) -> Self {
        let mut world = Self { queue: ChannelQueue::default(), rows: Rows::default(), now: 0, steps: 0, endpoints };
        world.know_endpoints();
        world
    }

    fn know_endpoints(&mut self) {
        let changes = self.queue.set_endpoints(self.endpoints.clone());
        self.rows.keep(changes);
    }

    /// Loses everything but the rows.
    fn crash(&mut self) {
        self.queue = ChannelQueue::reopen(self.rows.kept());
        self.know_endpoints();
    }

    fn take(&mut self, happenings: impl IntoIterator<Item = ChannelEvent>) {
        let changes = self.queue.take(happenings, at(self.now));
        self.rows.keep(changes);
    }

    fn step(&mut self) -> Step {
        self.steps += 1;
        let step = self.queue.step(at(self.now), &format!("step{}", self.steps));
        self.rows.keep(step.changes.clone());
        step
    }

    fn deliveries(&mut self) -> Vec<Delivery> {
        self.step().deliveries
    }

    fn delivered(&mut self, delivery: &Delivery) {
        let change = self.queue.delivered(&delivery.url, &delivery.id);
        self.rows.keep(change);
    }

    fn failed(&mut self, delivery: &Delivery, luck: u32) -> Option<GivenUp> {
        let (change, given_up) = self.queue.failed(&delivery.url, &delivery.id, at(self.now), luck);
        self.rows.keep(change);
        given_up
    }

    /// Accepts everything that is due now. Returns the events: name, channel, and user or count.
    fn heard(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let deliveries = self.deliveries();
            if deliveries.is_empty() {
                return heard;
            }
            for delivery in deliveries {
                heard.extend(events_of(&delivery).iter().map(line));
                self.delivered(&delivery);
            }
        }
    }
}

fn events_of(delivery: &Delivery) -> Vec<Value> {
    let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
    let events = body["events"].as_array().expect("an array").clone();
    assert_eq!(events.len(), delivery.events);
    events
}

fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let about = event.get("subscription_count").map_or_else(|| text("user_id").to_owned(), ToString::to_string);
    format!("{} {} {about}", text("name"), text("channel")).trim_end().to_owned()
}
