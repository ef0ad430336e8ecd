//! Delivery queues across lost, late and repeated calls and receivers that die at any statement.

#![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test may panic")]

use campana_runtime::Context;
use campana_runtime::delivery_queue::{Deliver, Overflow, Policy, Queue, Queues};
use campana_runtime::ports::{Address, Answer};
use campana_runtime::sql::int;
use campana_runtime::testing::{Faults, Node, Object, World};
use futures_util::future::LocalBoxFuture;
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

const RECEIVERS: usize = 3;
const TABLES: &str =
    "CREATE TABLE IF NOT EXISTS received (place INTEGER PRIMARY KEY AUTOINCREMENT, item INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS missed (item INTEGER PRIMARY KEY)";
const TIMEOUT_MS: u32 = 3_000;
const ALARM_MS: i64 = 5_000;

type Body = (Vec<i64>, Vec<i64>);

/// What the sender knows of a receiver beyond its queue: items that it missed.
#[derive(Default)]
struct Missed {
    unreported: BTreeSet<i64>,
    reporting: BTreeSet<i64>,
    is_held: bool,
}

struct Sender {
    context: Context,
    queues: Queues<usize, i64, Missed>,
    in_flight: [Cell<usize>; RECEIVERS],
    most_in_flight: Cell<usize>,
    largest_batch: Cell<usize>,
    waits: RefCell<Vec<(i64, bool)>>,
}

#[derive(Clone)]
struct Handle(Rc<Sender>);

impl Deliver for Handle {
    type Key = usize;
    type Item = i64;
    type State = Missed;
    type Request = Body;
    type Answer = ();

    /// Each item counts 10 bytes.
    const POLICY: Policy = Policy {
        batch_items: 4,
        batch_bytes: 30,
        max_items: 12,
        max_bytes: 1_000,
        overflow: Overflow::All,
        pauses_ms: &[50, 250],
    };

    fn context(&self) -> &Context {
        &self.0.context
    }

    fn queues(&self) -> &Queues<usize, i64, Missed> {
        &self.0.queues
    }

    fn is_due(state: &Missed) -> bool {
        !state.unreported.is_empty()
    }

    fn is_held(state: &Missed) -> bool {
        state.is_held
    }

    fn request(&self, _key: &usize, queue: &mut Queue<i64, Missed>) -> Result<Body, String> {
        let unreported = std::mem::take(&mut queue.state.unreported);
        queue.state.reporting.extend(unreported);
        Ok((queue.batch().copied().collect(), queue.state.reporting.iter().copied().collect()))
    }

    async fn send(&self, key: &usize, request: Body) -> Result<(), String> {
        let in_flight = &self.0.in_flight[*key];
        in_flight.set(in_flight.get() + 1);
        self.0.most_in_flight.set(self.0.most_in_flight.get().max(in_flight.get()));
        self.0.largest_batch.set(self.0.largest_batch.get().max(request.0.len()));
        let to = Address { namespace: "RECEIVER", name: receiver(*key) };
        let outcome = self.0.context.hand_over(&to, "items", &request, TIMEOUT_MS).await;
        in_flight.set(in_flight.get() - 1);
        outcome.map_err(|error| error.to_string())
    }

    fn failed(&self, state: &mut Missed, _error: &str) {
        state.unreported.append(&mut state.reporting);
    }

    fn delivered(&self, key: &usize, _items: Vec<i64>, (): ()) {
        self.0.queues.with(key, |queue| queue.state.reporting.clear());
    }

    fn lost(&self, key: &usize, items: Vec<i64>) {
        self.0.queues.with(key, |queue| queue.state.unreported.extend(items));
        self.arm();
    }

    fn emptied(&self, _key: &usize, state: Missed) {
        assert!(state.unreported.is_empty() && state.reporting.is_empty());
    }
}

impl Handle {
    fn arm(&self) {
        self.0.context.host().set_alarm(self.0.context.now().plus_millis(ALARM_MS));
    }
}

impl Object for Handle {
    fn fetch(&self, _path: &str, _body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        Box::pin(async { Answer { status: 204, body: Vec::new(), retry_after: None } })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let sender = self.clone();
        Box::pin(async move {
            if !sender.0.queues.keys(Handle::is_due).is_empty() {
                sender.arm();
            }
            sender.start_due();
        })
    }
}

/// Takes items once and in order, by their numbers, and stores the reports of missed ones.
struct Receiver {
    context: Context,
}

impl Object for Receiver {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let sql = self.context.sql.clone();
        Box::pin(async move {
            let (items, missed): Body = serde_json::from_slice(&body).unwrap_or_default();
            let stored = sql.transaction(|| {
                let newest = sql.first("SELECT MAX(item) FROM received", [])?.and_then(|row| row.int(0));
                for item in items.into_iter().filter(|item| newest.is_none_or(|newest| *item > newest)) {
                    sql.run("INSERT INTO received (item) VALUES (?1)", vec![int(item)])?;
                }
                missed
                    .into_iter()
                    .try_for_each(|item| sql.run("INSERT OR IGNORE INTO missed VALUES (?1)", vec![int(item)]))
            });
            Answer { status: if stored.is_ok() { 204 } else { 500 }, body: Vec::new(), retry_after: None }
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

fn receiver(key: usize) -> String {
    format!("receiver {key}")
}

struct Test {
    world: World,
    sender: Handle,
    receivers: Vec<Node>,
}

impl Test {
    /// A sender and receivers, of which the first `alive` exist: calls to others are never answered.
    fn new(seed: u64, alive: usize) -> Self {
        let world = World::new(seed);
        let made = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&made);
        world.add("sender", move |context| {
            let sender = Handle(Rc::new(Sender {
                context,
                queues: Queues::default(),
                in_flight: Default::default(),
                most_in_flight: Cell::default(),
                largest_batch: Cell::default(),
                waits: RefCell::default(),
            }));
            *slot.borrow_mut() = Some(sender.clone());
            Rc::new(sender)
        });
        let start = |key| {
            world.add(&receiver(key), |context| {
                let _made = context.sql.script(TABLES);
                Rc::new(Receiver { context })
            })
        };
        let receivers: Vec<Node> = (0..alive).map(start).collect();
        for node in &receivers {
            assert!(world.look(*node).script(TABLES).is_ok());
        }
        // The first call makes the sender.
        world.call("sender", "", Vec::new());
        world.run(u64::MAX);
        let sender = made.take().expect("the sender was called");
        Self { world, sender, receivers }
    }

    /// Queues items, and notes when all queued so far are delivered or lost.
    fn push(&self, key: usize, items: impl IntoIterator<Item = i64>) {
        let mut last = 0;
        for item in items {
            self.sender.push(&key, item, 10);
            last = item;
        }
        let (sender, outcome) = (self.sender.clone(), self.sender.0.queues.with(&key, Queue::wait));
        self.sender.0.context.spawn(async move {
            let is_delivered = outcome.await.is_ok();
            sender.0.waits.borrow_mut().push((last, is_delivered));
        });
    }

    fn numbers(&self, key: usize, statement: &'static str) -> Vec<i64> {
        let rows = self.world.look(self.receivers[key]).rows(statement, []).unwrap_or_default();
        rows.iter().filter_map(|row| row.int(0)).collect()
    }

    fn received(&self, key: usize) -> Vec<i64> {
        self.numbers(key, "SELECT item FROM received ORDER BY place")
    }

    fn missed(&self, key: usize) -> Vec<i64> {
        self.numbers(key, "SELECT item FROM missed ORDER BY item")
    }
}

#[test]
fn items_queued_during_a_delivery_share_bounded_batches() {
    let test = Test::new(1, 1);
    test.push(0, 1..=10);
    test.world.run(u64::MAX);
    assert_eq!(test.received(0), (1..=10).collect::<Vec<_>>());
    assert_eq!(test.sender.0.largest_batch.get(), 3, "30 bytes hold three items");
    assert!(test.sender.0.queues.is_empty());
    assert_eq!(*test.sender.0.waits.borrow(), [(10, true)]);
}

#[test]
fn a_receiver_that_does_not_answer_delays_no_other() {
    let test = Test::new(2, 2);
    let begun = test.world.now();
    test.push(2, 1..=10);
    test.push(1, 1..=10);
    // No call takes time here but those that are not answered.
    while test.received(1).len() < 10 {
        test.world.run(1);
    }
    assert_eq!(test.world.now(), begun);
    test.world.run(3_000);
    assert_eq!(test.sender.0.waits.borrow().last(), Some(&(10, false)), "the caller learns of the loss");
    let unreported = test.sender.0.queues.get(&2, |queue| queue.state.unreported.iter().copied().collect::<Vec<_>>());
    assert_eq!(unreported, Some((1..=10).collect()), "the loss waits for the receiver");
}

#[test]
fn overflow_drops_what_is_not_in_flight_and_reports_it() {
    let test = Test::new(3, 1);
    test.push(0, [1]);
    while test.sender.0.most_in_flight.get() == 0 {
        test.world.run(1);
    }
    test.push(0, 2..=13);
    test.world.run(u64::MAX);
    assert_eq!(test.received(0), [1]);
    assert_eq!(test.missed(0), (2..=13).collect::<Vec<_>>());
}

#[test]
fn held_items_wait_and_those_that_are_not_needed_are_removed() {
    let test = Test::new(4, 1);
    test.sender.0.queues.with(&0, |queue| queue.state.is_held = true);
    test.push(0, 1..=6);
    test.world.run(u64::MAX);
    assert_eq!(test.received(0), [0; 0]);
    test.sender.0.queues.with(&0, |queue| {
        queue.state.is_held = false;
        queue.retain(|item| item % 2 == 0);
    });
    test.sender.start(&0);
    test.world.run(u64::MAX);
    assert_eq!((test.received(0), test.missed(0)), (vec![2, 4, 6], Vec::new()));
    assert_eq!(test.sender.0.waits.borrow().last(), Some(&(6, true)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_item_arrives_once_and_in_order_or_is_reported_as_missed(
        seed in any::<u64>(),
        lost in 0_u64..400,
        unheard in 0_u64..400,
        late in 0_u64..600,
        killed in 0_u64..60,
        panics in 0_u64..60,
    ) {
        let test = Test::new(seed, RECEIVERS);
        test.world.set_faults(Faults { lost, unheard, late, killed, panics });
        let mut pushed = vec![Vec::new(); RECEIVERS];
        for item in 1..=60 {
            let key = usize::try_from(test.world.draw(3)).unwrap_or_default();
            pushed[key].push(item);
            test.push(key, [item]);
            test.world.run(test.world.draw(40));
        }
        test.world.set_faults(Faults::default());
        test.world.run(u64::MAX);
        for (key, pushed) in pushed.iter().enumerate() {
            let (received, missed) = (test.received(key), test.missed(key));
            prop_assert!(received.is_sorted_by(|one, next| one < next), "{received:?}");
            let lacking = pushed.iter().find(|item| !received.contains(item) && !missed.contains(item));
            prop_assert_eq!(lacking, None, "received {:?}, missed {:?}", &received, &missed);
        }
        let waits = test.sender.0.waits.borrow();
        prop_assert_eq!(waits.len(), 60, "each caller learns the outcome");
        prop_assert!(test.sender.0.most_in_flight.get() <= 1);
        prop_assert!(test.sender.0.queues.is_empty());
    }
}
