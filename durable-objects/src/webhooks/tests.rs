//! Deliveries of channel webhooks on their real tables, with crashes at any statement, lost and late calls, and tasks
//! in any order.

use super::deliveries::AppWebhooks;
use crate::tests::receivers::{FLAKY, GOOD, HANGING, Received, Receivers, given_up_during};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::ids::TenantId;
use campana_core::webhooks::channels::{AppKey, ChannelEndpoint, ChannelEvent, DELIVERY_HEADER, EventKind, Handover};
use campana_runtime::ports::Answer;
use campana_runtime::testing::{Faults, Node, Object, World};
use futures_util::future::LocalBoxFuture;
use proptest::prelude::*;
use serde_json::Value;
use std::rc::Rc;

struct Webhooks(Rc<AppWebhooks>);

impl Object for Webhooks {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let webhooks = Rc::clone(&self.0);
        Box::pin(async move {
            let taken = webhooks.take(serde_json::from_slice(&body).expect("a handover"));
            Answer { status: if taken.is_ok() { 204 } else { 500 }, body: Vec::new(), retry_after: None }
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let webhooks = Rc::clone(&self.0);
        Box::pin(async move { webhooks.run_due().await })
    }
}

/// An app's webhooks with these endpoints. The record fails once in `record_fails`, or never for 0.
fn add_webhooks(world: &World, urls: &'static [&'static str], record_fails: u64) -> Node {
    let outer = world.clone();
    world.add("webhooks", move |context| {
        let world = outer.clone();
        Rc::new(Webhooks(AppWebhooks::new(
            context,
            Box::new(move |_| {
                let answers = record_fails == 0 || world.draw(record_fails) > 0;
                let events = WebhookEvent::ALL.to_vec();
                let endpoint = |url: &&str| ChannelEndpoint {
                    url: (*url).to_owned(),
                    events: events.clone(),
                    ..ChannelEndpoint::default()
                };
                let key = AppKey { key: "key".to_owned(), secrets: vec!["secret".to_owned()] };
                let receivers = answers.then(|| (urls.iter().map(endpoint).collect(), key));
                Box::pin(async { receivers })
            }),
        )))
    })
}

/// Hands over events from the first to the last of these numbers.
fn hand_over(world: &World, first: i64, last: i64) -> impl Fn() -> bool + use<> {
    let event = |number: i64| {
        let subscription_count = u64::try_from(number).expect("positive");
        let what = EventKind::SubscriptionCount { subscription_count };
        (number, ChannelEvent { at: world.now(), channel: ChannelName::trusted("x"), gateway: None, what })
    };
    let events = (first..=last).map(event).collect();
    let handover = Handover { tenant: TenantId::trusted("demo"), source: "a".to_owned(), events };
    let body = serde_json::to_vec(&handover).expect("JSON");
    let answer = world.call("webhooks", "happenings", body);
    move || matches!(&*answer.borrow(), Some(Ok(answer)) if answer.status == 204)
}

/// Hands over all events, each until it is acknowledged.
fn hand_over_all(world: &World, count: i64) {
    let mut first = 1;
    for last in 1..=count {
        let is_taken = hand_over(world, first, last);
        world.run_within(world.draw(80), SETTLED_MS);
        if is_taken() {
            first = last.saturating_add(1);
        }
    }
    while first <= count {
        let is_taken = hand_over(world, first, count);
        world.run_within(200, SETTLED_MS);
        if is_taken() {
            first = count.saturating_add(1);
        }
    }
}

fn counts(received: &[Received]) -> Vec<i64> {
    let body = |one: &Received| serde_json::from_str::<Value>(&one.body).expect("JSON");
    let events = received.iter().flat_map(|one| body(one)["events"].as_array().expect("events").clone());
    events.map(|event| event["subscription_count"].as_i64().expect("a count")).collect()
}

fn rows(world: &World, node: Node, statement: &'static str) -> usize {
    world.look(node).rows(statement, []).expect("the tables exist").len()
}

const COUNT: i64 = 30;
/// Longer than a batch is retried, milliseconds.
const SETTLED_MS: i64 = 6 * 60_000;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_endpoint_gets_each_event_once_and_in_order_under_all_faults(
        seed in any::<u64>(),
        lost in 0_u64..200,
        unheard in 0_u64..200,
        late in 0_u64..400,
        killed in 0_u64..30,
        panics in 0_u64..30,
    ) {
        let world = World::new(seed);
        let receivers = Receivers::add(&world, DELIVERY_HEADER);
        let node = add_webhooks(&world, &[GOOD, FLAKY], 4);
        let ((), given_up) = given_up_during(|| {
            world.set_faults(Faults { lost, unheard, late, killed, panics });
            receivers.set_flaky(true);
            hand_over_all(&world, COUNT);
            world.run_within(1_000, SETTLED_MS);
            world.set_faults(Faults::default());
            receivers.set_flaky(false);
            // No alarm was lost: what waits is sent after the longest pause, not when the history is next trimmed.
            world.run_within(u64::MAX, SETTLED_MS);
        });
        let reported: u64 = given_up.iter().filter_map(|line| line["events"].as_u64()).sum();
        let got = [GOOD, FLAKY].map(|url| counts(&receivers.of(url)));
        for counts in &got {
            prop_assert!(counts.is_sorted_by(|one, next| one < next), "once and in order: {counts:?}");
        }
        let received = u64::try_from(got.concat().len()).expect("small");
        prop_assert!(received.saturating_add(reported) >= COUNT.unsigned_abs().saturating_mul(2), "{reported} are reported: {got:?}");
        prop_assert_eq!(rows(&world, node, "SELECT number FROM ready"), 0);
        prop_assert_eq!(rows(&world, node, "SELECT url FROM endpoints WHERE batch IS NOT NULL"), 0);
    }
}

#[test]
fn without_faults_nothing_is_given_up_and_a_hanging_endpoint_delays_no_other() {
    let world = World::new(1);
    let receivers = Receivers::add(&world, DELIVERY_HEADER);
    add_webhooks(&world, &[GOOD, HANGING], 0);
    let ((), given_up) = given_up_during(|| {
        for number in 1..=COUNT {
            let handed_over_at = world.now();
            let is_taken = hand_over(&world, number, number);
            while receivers.of(GOOD).len() < usize::try_from(number).expect("small") || !is_taken() {
                world.run(1);
            }
            assert_eq!(receivers.of(GOOD).last().map(|last| last.at), Some(handed_over_at), "immediately");
        }
        world.run(u64::MAX);
    });
    assert_eq!(counts(&receivers.of(GOOD)), (1..=COUNT).collect::<Vec<_>>());
    let lost: i64 = given_up.iter().filter_map(|line| line["events"].as_i64()).sum();
    assert_eq!(lost, COUNT, "the hanging endpoint's events are reported");
    assert!(given_up.iter().all(|line| line["given_up"] == "exhausted" && line["webhook"].is_null()));
}
