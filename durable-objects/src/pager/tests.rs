//! Deliveries of alert webhooks on their real tables, with crashes at any statement, lost and late calls, and tasks in
//! any order.

mod devices;
mod queries;

use super::INBOX;
use super::webhooks::AlertBackend;
use crate::tests::receivers::{FLAKY, GOOD, HANGING, Received, Receivers, given_up_during};
use campana_core::alerts::AlertId;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::alerts::{AlertEndpoint, Event, Secret};
use campana_runtime::Context;
use campana_runtime::delivery::Deliveries;
use campana_runtime::inbox::Inbox;
use campana_runtime::ports::Answer;
use campana_runtime::testing::{Faults, Node, Object, World};
use campana_schema::objects::PAGER;
use futures_util::future::LocalBoxFuture;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;

const COUNT: i64 = 20;

/// A pager that has only webhooks.
#[derive(Clone)]
struct Pager {
    context: Context,
    webhooks: Rc<Deliveries<AlertBackend>>,
}

impl Pager {
    fn new(context: Context) -> Self {
        let webhooks = Deliveries::new(context.clone(), AlertBackend::new(context.clone()));
        Self { context, webhooks }
    }

    fn add(&self, url: &str) -> Result<(), Problem> {
        self.context.sql.upgrade(&PAGER)?;
        let (secret, now) = (Secret::new([1; 32]), self.context.now());
        let endpoint = AlertEndpoint::new(url.to_owned(), url.to_owned(), Vec::new(), secret, now);
        self.webhooks.with(|queue| queue.add(endpoint))?
    }

    fn take(&self, events: Vec<(i64, Event)>) -> Result<(), Problem> {
        self.context.sql.upgrade(&PAGER)?;
        let now = self.context.now();
        let inbox = Inbox::new(self.context.sql.clone(), INBOX);
        let accepted = inbox.accept("desk", events, now, |events| {
            self.webhooks.with(|queue| {
                for event in events {
                    queue.accept(event, now);
                }
            })
        });
        accepted.inspect_err(|_| self.webhooks.reload())?;
        self.context.spawn(Rc::clone(&self.webhooks).run());
        Ok(())
    }
}

impl Object for Pager {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let done = match path {
            "take" => self.take(serde_json::from_slice(&body).expect("events")),
            url => self.add(url),
        };
        let answer = Answer { status: if done.is_ok() { 204 } else { 500 }, body: Vec::new(), retry_after: None };
        Box::pin(async { answer })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        self.context.alarm().fired();
        Box::pin(Rc::clone(&self.webhooks).run())
    }
}

fn event(number: i64) -> (i64, Event) {
    let (id, body) = (format!("msg_{number}"), number.to_string());
    let alert = AlertId::trusted("a");
    (number, Event { id, kind: "alert.triggered".to_owned(), alert, body, is_page: false, answers: false })
}

fn is_done(answer: Option<&Result<Answer, String>>) -> bool {
    matches!(answer, Some(Ok(answer)) if answer.status == 204)
}

fn start(world: &World, urls: &[&str]) -> Node {
    let node = world.add("pager", |context| Rc::new(Pager::new(context)));
    for url in urls {
        let added = world.call("pager", url, Vec::new());
        world.run(u64::MAX);
        assert!(is_done(added.borrow().as_ref()));
    }
    node
}

/// Hands over all events, each until it is acknowledged.
fn hand_over_all(world: &World) {
    let mut first = 1;
    while first <= COUNT {
        let last = COUNT.min(first.saturating_add(i64::try_from(world.draw(3)).expect("small")));
        let events: Vec<_> = (first..=last).map(event).collect();
        let answer = world.call("pager", "take", serde_json::to_vec(&events).expect("JSON"));
        world.run(world.draw(120));
        if is_done(answer.borrow().as_ref()) {
            first = last.saturating_add(1);
        }
    }
}

fn numbers(received: &[Received]) -> Vec<i64> {
    received.iter().map(|one| one.body.parse().expect("a number")).collect()
}

/// Numbers of events that the log reports as given up for an endpoint, with a reason that begins like this.
fn reported<'a>(given_up: &'a [Value], url: &'a str, reason: &'a str) -> impl Iterator<Item = i64> + 'a {
    let text = |line: &'a Value, field: &str| line[field].as_str().unwrap_or_default();
    let lines = given_up.iter().filter(move |line| text(line, "webhook") == url);
    let lines = lines.filter(move |line| text(line, "given_up").starts_with(reason));
    lines.filter_map(move |line| text(line, "event").strip_prefix("msg_")?.parse().ok())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_endpoint_gets_each_event_or_it_is_reported_under_all_faults(
        seed in any::<u64>(),
        lost in 0_u64..200,
        unheard in 0_u64..200,
        late in 0_u64..400,
        killed in 0_u64..30,
        panics in 0_u64..30,
    ) {
        let world = World::new(seed);
        let receivers = Receivers::add(&world, "webhook-id");
        let node = start(&world, &[GOOD, FLAKY, HANGING]);
        let ((), given_up) = given_up_during(|| {
            world.set_faults(Faults { lost, unheard, late, killed, panics });
            receivers.set_flaky(true);
            hand_over_all(&world);
            world.run(1_000);
            world.set_faults(Faults::default());
            receivers.set_flaky(false);
            world.run(u64::MAX);
        });
        for url in [GOOD, FLAKY, HANGING] {
            let got = numbers(&receivers.of(url));
            let ended: BTreeSet<i64> = got.iter().copied().chain(reported(&given_up, url, "")).collect();
            prop_assert!(ended.iter().copied().eq(1..=i64::try_from(ended.len()).expect("small")), "{url}: {ended:?}");
            prop_assert!(got.len() == got.iter().collect::<BTreeSet<_>>().len(), "{url} got an event twice: {got:?}");
            // A disabled endpoint is not owed later events.
            let is_disabled = reported(&given_up, url, "disabled").next().is_some();
            prop_assert!(is_disabled || ended.contains(&COUNT), "{url}: {ended:?}");
        }
        for statement in ["SELECT number FROM events", "SELECT number FROM waiting"] {
            prop_assert_eq!(world.look(node).rows(statement, []).expect("the tables exist").len(), 0);
        }
    }
}

#[test]
fn without_faults_events_arrive_in_order_and_a_hanging_endpoint_delays_no_other() {
    let world = World::new(1);
    let receivers = Receivers::add(&world, "webhook-id");
    start(&world, &[HANGING, GOOD]);
    let began = world.now();
    let ((), given_up) = given_up_during(|| {
        let events: Vec<_> = (1..=COUNT).map(event).collect();
        world.call("pager", "take", serde_json::to_vec(&events).expect("JSON"));
        while receivers.of(GOOD).len() < usize::try_from(COUNT).expect("small") {
            world.run(1);
        }
        assert_eq!(receivers.of(GOOD).last().map(|last| last.at), Some(began), "immediately");
        world.run(u64::MAX);
    });
    assert_eq!(numbers(&receivers.of(GOOD)), (1..=COUNT).collect::<Vec<_>>());
    assert_eq!(given_up.len(), usize::try_from(COUNT).expect("small"), "the hanging endpoint's events are reported");
    assert!(given_up.iter().all(|line| line["webhook"] == HANGING && line["given_up"] == "disabled"));
}
