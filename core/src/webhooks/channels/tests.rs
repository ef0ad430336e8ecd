//! Tests of the queue together with its stored rows.

mod delivered;
mod exactly_once;
mod shapes;

use super::batch::RETRY_FOR_MS;
use super::queue::RETURN_MS;
use super::*;
use crate::pusher::webhook_event::WebhookEvent;
use crate::webhooks::{Change, ChangeOf, Delivery, GivenUp, Moment, Outcome, Reason, Turn};
use std::collections::BTreeMap;

const URL: &str = "https://example.org/hooks";

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn happened(millis: i64, channel: &str, what: EventKind) -> ChannelEvent {
    ChannelEvent { at: at(millis), channel: ChannelName::trusted(channel), gateway: None, what }
}

fn counted(millis: i64, channel: &str, subscription_count: u64) -> ChannelEvent {
    happened(millis, channel, EventKind::SubscriptionCount { subscription_count })
}

fn endpoint(url: &str, events: &[WebhookEvent]) -> ChannelEndpoint {
    ChannelEndpoint { url: url.to_owned(), events: events.to_vec(), ..ChannelEndpoint::default() }
}

/// Rows as the object stores them.
#[derive(Default, Clone)]
struct Rows {
    held: BTreeMap<i64, (Timestamp, ChannelEvent)>,
    events: BTreeMap<i64, ChannelEvent>,
    endpoints: BTreeMap<String, BatchQueue>,
}

impl Rows {
    fn keep(&mut self, changes: Vec<ChangeOf<BatchQueue>>) {
        for change in changes {
            match change {
                Change::Detail(HoldChange::Held(number, until, event)) => {
                    self.held.insert(number, (until, event));
                }
                Change::Detail(HoldChange::Released(number)) => drop(self.held.remove(&number)),
                Change::Appended(number, event) => drop(self.events.insert(number, event)),
                Change::Removed(first, last) => self.events.retain(|number, _| !(first..=last).contains(number)),
                Change::Endpoint(queue) => drop(self.endpoints.insert(queue.endpoint.url.clone(), queue)),
                Change::EndpointRemoved(url) => drop(self.endpoints.remove(&url)),
            }
        }
    }

    fn restore(&self, queue: &mut ChannelQueue) {
        self.held.iter().for_each(|(number, held)| queue.restore_held(*number, Some(held.clone())));
        self.events.iter().for_each(|(number, event)| queue.restore_event(*number, Some(event.clone())));
        self.endpoints.values().for_each(|endpoint| queue.restore_endpoint(endpoint.clone()));
    }

    fn is_empty(&self) -> bool {
        self.held.is_empty() && self.events.is_empty() && self.endpoints.values().all(|queue| queue.batch.is_none())
    }
}

/// A queue with its rows and a clock.
struct World {
    queue: ChannelQueue,
    rows: Rows,
    now: i64,
    steps: u128,
    endpoints: Vec<ChannelEndpoint>,
}

impl World {
    fn new(endpoints: Vec<ChannelEndpoint>) -> Self {
        let mut world = Self { queue: ChannelQueue::default(), rows: Rows::default(), now: 0, steps: 0, endpoints };
        world.know_endpoints();
        world
    }

    /// Decides and stores.
    fn turn(&mut self, decide: impl FnOnce(&mut ChannelQueue)) -> Turn<ChangeOf<BatchQueue>> {
        decide(&mut self.queue);
        let mut turn = self.queue.take_turn();
        self.rows.keep(std::mem::take(&mut turn.changes));
        turn
    }

    fn know_endpoints(&mut self) {
        let (endpoints, key) = (self.endpoints.clone(), AppKey { key: "key".to_owned(), secrets: Vec::new() });
        self.turn(|queue| queue.set_endpoints(endpoints, key));
    }

    /// Loses everything but the rows.
    fn crash(&mut self) {
        self.queue = ChannelQueue::default();
        self.rows.restore(&mut self.queue);
        self.know_endpoints();
    }

    fn accept(&mut self, events: impl IntoIterator<Item = ChannelEvent>) {
        let now = at(self.now);
        self.turn(|queue| queue.accept(events, now));
    }

    fn step(&mut self) -> Turn<ChangeOf<BatchQueue>> {
        self.steps += 1;
        let moment = Moment { now: at(self.now), random: self.steps << 64 };
        self.turn(|queue| queue.step(moment))
    }

    fn deliveries(&mut self) -> Vec<Delivery> {
        self.step().deliveries
    }

    fn due_at(&self) -> Option<i64> {
        self.queue.due_at(at(self.now)).map(Timestamp::millis)
    }

    fn settle(&mut self, delivery: &Delivery, outcome: Outcome, chance: u32) -> Vec<GivenUp> {
        let moment = Moment { now: at(self.now), random: u128::from(chance) };
        self.turn(|queue| queue.settle(delivery, outcome, moment)).given_up
    }

    fn delivered(&mut self, delivery: &Delivery) {
        assert_eq!(self.settle(delivery, Outcome::Accepted, 0), []);
    }

    fn failed(&mut self, delivery: &Delivery, chance: u32) -> Vec<GivenUp> {
        self.settle(delivery, Outcome::Failed, chance)
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
