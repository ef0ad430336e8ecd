//! Property test: despite failures, a receiver that recovers by the deadline gets every event once and in order.

use super::*;
use crate::pusher::webhook_event::WebhookEvent;
use proptest::prelude::*;
use std::collections::{BTreeSet, VecDeque};

const OTHER: &str = "https://example.org/other";
/// Consecutive failures at most: few enough to stay within a batch's retry time.
const MOST_FAILURES: usize = 8;

/// Outcome of an attempt.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Accepted,
    Refused,
    /// The receiver gets it, but the sender counts a failure.
    AnswerLost,
    /// The receiver gets it, but the sender crashes.
    Crash,
}

/// An event on one of three channels, with the delay since the previous one.
#[derive(Debug, Clone, Copy)]
struct Act {
    after_ms: i64,
    channel: usize,
    /// Whether the channel becomes occupied or vacated; otherwise it is a `subscription_count`.
    moves: bool,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0_i64..4_000, 0_usize..3, any::<bool>());
    prop::collection::vec(act.prop_map(|(after_ms, channel, moves)| Act { after_ms, channel, moves }), 1..60)
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![Just(Fault::Accepted), Just(Fault::Refused), Just(Fault::AnswerLost), Just(Fault::Crash)];
    prop::collection::vec(fault, 0..MOST_FAILURES)
}

/// A receiver that drops repeated deliveries.
#[derive(Default)]
struct Receiver {
    seen: BTreeSet<String>,
    received: Vec<String>,
}

impl Receiver {
    fn receive(&mut self, delivery: &Delivery) {
        if self.seen.insert(delivery.id.clone()) {
            self.received.extend(events_of(delivery).iter().map(line));
        }
    }
}

/// The events, and whether each channel is occupied at the end.
fn story(acts: &[Act]) -> (Vec<ChannelEvent>, [bool; 3]) {
    let (mut now, mut occupied, mut count) = (0, [false; 3], 0);
    let mut events = Vec::new();
    for act in acts {
        now += act.after_ms;
        let channel = format!("c{}", act.channel);
        let what = if act.moves {
            occupied[act.channel] = !occupied[act.channel];
            if occupied[act.channel] { EventKind::ChannelOccupied } else { EventKind::ChannelVacated }
        } else {
            count += 1;
            EventKind::SubscriptionCount { subscription_count: count }
        };
        events.push(happened(now, &channel, what));
    }
    (events, occupied)
}

/// Runs the events with these faults; later attempts succeed.
fn receive(events: Vec<ChannelEvent>, faults: Vec<Fault>) -> (World, Receiver, Receiver) {
    let counts = endpoint(OTHER, &[WebhookEvent::SubscriptionCount]);
    let mut world = World::new(vec![endpoint(URL, &WebhookEvent::ALL), counts]);
    let (mut receiver, mut other) = (Receiver::default(), Receiver::default());
    let mut events = VecDeque::from(events);
    let mut faults = VecDeque::from(faults);
    loop {
        let deliveries = world.deliveries();
        for delivery in &deliveries {
            let to = if delivery.url == URL { &mut receiver } else { &mut other };
            match faults.pop_front().unwrap_or(Fault::Accepted) {
                Fault::Accepted => {
                    to.receive(delivery);
                    world.delivered(delivery);
                }
                Fault::Refused => assert_eq!(world.failed(delivery, 3), []),
                Fault::AnswerLost => {
                    to.receive(delivery);
                    assert_eq!(world.failed(delivery, 3), []);
                }
                Fault::Crash => {
                    to.receive(delivery);
                    world.crash();
                }
            }
        }
        let next = events.front().map(|event| event.at);
        match (next, world.due_at()) {
            (Some(next), wake) if wake.is_none_or(|wake| next.millis() <= wake) => {
                world.now = world.now.max(next.millis());
                world.accept(events.pop_front());
            }
            (_, Some(wake)) => world.now = world.now.max(wake),
            (_, None) => return (world, receiver, other),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_is_received_once_and_in_order(acts in acts(), faults in faults()) {
        let (events, occupied) = story(&acts);
        let counts: Vec<String> = events
            .iter()
            .filter(|event| event.kind() == WebhookEvent::SubscriptionCount)
            .map(|event| line(&event.published()))
            .collect();
        let (world, receiver, other) = receive(events, faults);
        let is_count = |line: &&String| line.starts_with("subscription_count");
        prop_assert_eq!(receiver.received.iter().filter(is_count).cloned().collect::<Vec<_>>(), counts.clone());
        prop_assert_eq!(other.received, counts);
        for (channel, is_occupied) in occupied.into_iter().enumerate() {
            let of_channel = |line: &&String| !is_count(line) && line.ends_with(&format!("c{channel}"));
            let moves: Vec<bool> =
                receiver.received.iter().filter(of_channel).map(|line| line.starts_with("channel_occupied")).collect();
            prop_assert!(moves.iter().enumerate().all(|(at, occupied)| *occupied == (at % 2 == 0)), "events alternate");
            prop_assert_eq!(moves.last().copied().unwrap_or(false), is_occupied, "the last one matches the state");
        }
        prop_assert!(world.rows.is_empty() && world.queue.is_empty(), "no rows remain");
    }
}
