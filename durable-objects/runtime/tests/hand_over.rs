//! Hand-over from outbox to inbox across crashes at any statement, lost and late calls, and any order of tasks: each
//! row that the sender committed arrives once, in the sender's order.

use campana_core::shared::problem::Problem;
use campana_runtime::context::Context;
use campana_runtime::inbox::{self, Inbox};
use campana_runtime::outbox::{self, Batch, Outbox};
use campana_runtime::ports::Answer;
use campana_runtime::retry::Backoff;
use campana_runtime::sql::{int, text};
use campana_runtime::testing::{Faults, Node, Object, World};
use campana_schema::objects::TableSet;
use futures_util::future::LocalBoxFuture;
use proptest::prelude::*;
use std::rc::Rc;

const SENDER_TABLES: &str =
    "CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS source (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (value INTEGER NOT NULL)";
const RECEIVER_TABLES: &str =
    "CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, last INTEGER NOT NULL, heard_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS taken (place INTEGER PRIMARY KEY AUTOINCREMENT, value INTEGER NOT NULL)";
const OUTBOX: outbox::Statements = outbox::Statements {
    append: "INSERT INTO outbox (row) VALUES (?1)",
    truncate: "DELETE FROM outbox WHERE number <= (SELECT MAX(number) FROM outbox) - ?1",
    page: "SELECT number, row FROM outbox ORDER BY number LIMIT ?1",
    remove: "DELETE FROM outbox WHERE number <= ?1",
    source: "SELECT name FROM source",
    name: "INSERT INTO source (id, name) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING",
};
const INBOX: inbox::Statements = inbox::Statements {
    log_name: "inbox",
    last: "SELECT last FROM sources WHERE source = ?1",
    save: "INSERT INTO sources (source, last, heard_at) VALUES (?1, ?2, ?3)
ON CONFLICT (source) DO UPDATE SET last = excluded.last, heard_at = excluded.heard_at",
    forget: "DELETE FROM sources WHERE source IN (SELECT source FROM sources WHERE heard_at < ?1 LIMIT ?2)",
};
const SENDER: TableSet = TableSet { version_key: "outbox", first_table: "outbox", steps: &[SENDER_TABLES] };
const POLICY: outbox::Policy = outbox::Policy {
    log_name: "outbox",
    namespace: "RECEIVER",
    path: "rows",
    timeout_ms: 3_000,
    max_rows: 10_000,
    batch: 3,
    backoff: Backoff { first_ms: 500, longest_ms: 4_000 },
};
/// Delay of the alarm that drains appended rows, milliseconds.
const LOOK_AFTER_MS: i64 = 5_000;

const fn answer(status: u16) -> Answer {
    Answer { status, body: Vec::new(), retry_after: None }
}

fn status(outcome: &Result<(), Problem>) -> Answer {
    answer(if outcome.is_ok() { 204 } else { 500 })
}

/// Stores each requested change, appends its row in the same transaction, and hands rows over.
struct Sender {
    context: Context,
    outbox: Outbox,
}

impl Sender {
    fn start(context: Context) -> Rc<Self> {
        let _made = context.sql.upgrade(&SENDER);
        let outbox = Outbox::new(context.clone(), &SENDER, OUTBOX, POLICY);
        Rc::new(Self { context, outbox })
    }

    fn append(self: &Rc<Self>, value: i64) -> Result<(), Problem> {
        self.context.sql.transaction(|| {
            self.context.sql.run("INSERT INTO changes (value) VALUES (?1)", vec![int(value)])?;
            self.outbox.append(&[value])
        })?;
        self.context.wake_at(self.context.now().plus_millis(LOOK_AFTER_MS));
        let sender = Rc::clone(self);
        self.context.spawn(async move { sender.drain().await });
        Ok(())
    }

    async fn drain(&self) {
        self.outbox.drain("receiver", |batch: Batch<i64>| (batch.source, batch.rows)).await;
        if let Some(at) = self.next_look() {
            self.context.wake_at(at);
        }
    }

    /// When to drain again: rows that are not acknowledged keep the alarm armed.
    fn next_look(&self) -> Option<campana_core::shared::timestamp::Timestamp> {
        let is_empty = self.outbox.is_empty();
        let later = self.context.now().plus_millis(LOOK_AFTER_MS);
        self.outbox.retry_at().or_else(|| (!is_empty).then_some(later))
    }
}

struct SenderObject(Rc<Sender>);

impl Object for SenderObject {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let sender = Rc::clone(&self.0);
        Box::pin(async move { status(&sender.append(serde_json::from_slice(&body).unwrap_or(-1))) })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let sender = Rc::clone(&self.0);
        Box::pin(async move {
            sender.context.alarm().fired();
            sender.drain().await;
        })
    }
}

/// Takes rows into a table.
struct Receiver {
    context: Context,
}

impl Object for Receiver {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let context = self.context.clone();
        Box::pin(async move {
            let Ok((source, rows)) = serde_json::from_slice::<(String, Vec<(i64, i64)>)>(&body) else {
                return answer(400);
            };
            let inbox = Inbox::new(context.sql.clone(), INBOX);
            let take = |values: Vec<i64>| {
                values
                    .into_iter()
                    .try_for_each(|value| context.sql.run("INSERT INTO taken (value) VALUES (?1)", vec![int(value)]))
            };
            status(&inbox.accept(&source, rows, context.now(), take).map(drop))
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

fn numbers(world: &World, node: Node, statement: &'static str) -> Vec<i64> {
    let rows = world.look(node).rows(statement, []).unwrap_or_default();
    rows.iter().filter_map(|row| row.int(0)).collect()
}

struct Outcome {
    acknowledged: Vec<i64>,
    committed: Vec<i64>,
    taken: Vec<i64>,
    left: usize,
    crashes: u64,
}

fn run(seed: u64, faults: Faults) -> Outcome {
    let world = World::new(seed);
    let sender = world.add("sender", |context| Rc::new(SenderObject(Sender::start(context))));
    let receiver = world.add("receiver", |context| {
        let _made = context.sql.script(RECEIVER_TABLES);
        Rc::new(Receiver { context })
    });
    world.set_faults(faults);
    let mut calls = Vec::new();
    for value in 0..30 {
        calls.push((value, world.call("sender", "append", value.to_string().into_bytes())));
        // The number of turns before the next call varies from none to many.
        world.run(world.draw(60));
    }
    world.run(2_000);
    world.set_faults(Faults::default());
    world.run(u64::MAX);
    let is_acknowledged =
        |answer: &Option<Result<Answer, String>>| matches!(answer, Some(Ok(answer)) if answer.status == 204);
    let acknowledged =
        calls.iter().filter(|(_, answer)| is_acknowledged(&answer.borrow())).map(|(value, _)| *value).collect();
    Outcome {
        acknowledged,
        committed: numbers(&world, sender, "SELECT value FROM changes ORDER BY rowid"),
        taken: numbers(&world, receiver, "SELECT value FROM taken ORDER BY place"),
        left: numbers(&world, sender, "SELECT number FROM outbox").len(),
        crashes: world.crashes(),
    }
}

#[track_caller]
fn check(outcome: &Outcome) {
    assert_eq!(outcome.taken, outcome.committed, "committed rows arrive once, in the sender's order");
    let is_taken = |value: &i64| outcome.taken.contains(value);
    assert!(outcome.acknowledged.iter().all(is_taken), "acknowledged rows arrive");
    assert_eq!(outcome.left, 0, "the outbox is empty");
}

#[test]
fn rows_arrive_once_and_in_order_without_faults() {
    let outcome = run(7, Faults::default());
    check(&outcome);
    assert_eq!((outcome.taken.len(), outcome.acknowledged.len(), outcome.crashes), (30, 30, 0));
}

#[test]
fn an_outbox_whose_tables_were_deleted_begins_a_new_numbering_under_a_new_name() {
    let world = World::new(3);
    let receiver = world.add("receiver", |context| {
        let _made = context.sql.script(RECEIVER_TABLES);
        Rc::new(Receiver { context })
    });
    let sender = world.add("sender", |context| Rc::new(SenderObject(Sender::start(context))));
    world.call("sender", "append", b"1".to_vec());
    world.run(u64::MAX);
    for table in ["DELETE FROM outbox", "DELETE FROM source", "DELETE FROM sqlite_sequence"] {
        assert!(world.look(sender).script(table).is_ok());
    }
    world.call("sender", "append", b"2".to_vec());
    world.run(u64::MAX);
    assert_eq!(numbers(&world, receiver, "SELECT value FROM taken ORDER BY place"), [1, 2]);
}

#[test]
fn rows_deleted_before_they_were_handed_over_are_counted_as_lost() {
    let world = World::new(5);
    let receiver = world.add("receiver", |context| {
        let _made = context.sql.script(RECEIVER_TABLES);
        Rc::new(Receiver { context })
    });
    let sql = world.look(receiver);
    assert!(sql.script(RECEIVER_TABLES).is_ok());
    let inbox = Inbox::new(sql, INBOX);
    let accept = |rows: Vec<(i64, i64)>| inbox.accept("a", rows, world.now(), |_| Ok(())).ok();
    assert_eq!(accept(vec![(1, 1), (2, 2)]), Some(0));
    assert_eq!(accept(vec![(2, 2), (5, 5)]), Some(2));
    assert_eq!(accept(vec![(1, 1)]), Some(0), "a late repetition of a known row");
}

#[test]
fn a_batch_that_fails_leaves_no_writes() {
    let world = World::new(5);
    let receiver = world.add("receiver", |context| Rc::new(Receiver { context }));
    let sql = world.look(receiver);
    assert!(sql.script(RECEIVER_TABLES).is_ok());
    let inbox = Inbox::new(sql.clone(), INBOX);
    let fails = |_: Vec<i64>| {
        sql.run("INSERT INTO taken (value) VALUES (?1)", vec![int(1)])?;
        Err(Problem::internal("full"))
    };
    assert!(inbox.accept("a", vec![(1, 1)], world.now(), fails).is_err());
    assert_eq!(numbers(&world, receiver, "SELECT value FROM taken"), [0; 0]);
    assert!(matches!(sql.first(INBOX.last, vec![text("a")]), Ok(None)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rows_arrive_once_and_in_order_under_all_faults(
        seed in any::<u64>(),
        lost in 0_u64..300,
        unheard in 0_u64..300,
        late in 0_u64..500,
        killed in 0_u64..60,
        panics in 0_u64..60,
    ) {
        check(&run(seed, Faults { lost, unheard, late, killed, panics }));
    }
}
