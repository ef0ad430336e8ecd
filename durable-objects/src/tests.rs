//! Tests of the objects' inbox and outbox statements on their real tables.

pub(crate) mod receivers;

use crate::{alert_desk, pager, webhooks};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::inbox::{self, Inbox};
use campana_runtime::outbox::{self, Batch, Outbox};
use campana_runtime::ports::Answer;
use campana_runtime::sql::Sql;
use campana_runtime::testing::{Object, World};
use campana_schema::objects::{ALERT_DESK, HERALD, PAGER, TableSet, WEBHOOKS};
use futures_util::future::LocalBoxFuture;
use std::cell::RefCell;
use std::rc::Rc;

#[track_caller]
fn database(tables: &TableSet) -> Sql {
    let world = World::new(1);
    let sql = world.look(world.add("object", |_| Rc::new(Draining::of(|_| Box::pin(async {})))));
    assert_eq!(sql.upgrade(tables), Ok(()));
    sql
}

#[track_caller]
fn check_inbox(tables: &TableSet, statements: inbox::Statements) {
    let inbox = Inbox::new(database(tables), statements);
    let at = Timestamp::from_millis;
    let taken = RefCell::new(Vec::new());
    let accept = |rows: Vec<(i64, i64)>, now| {
        inbox.accept("source", rows, at(now), |rows| {
            taken.borrow_mut().extend(rows);
            Ok(())
        })
    };
    assert_eq!(accept(vec![(1, 1), (2, 2)], 10), Ok(0));
    assert_eq!(accept(vec![(2, 2), (4, 4)], 20), Ok(1), "one row is missing");
    assert_eq!(inbox.forget_silent(at(20)), Ok(()));
    assert_eq!(accept(vec![(4, 4)], 30), Ok(0), "the source is still known");
    assert_eq!(inbox.forget_silent(at(31)), Ok(()));
    assert_eq!(accept(vec![(4, 4)], 40), Ok(0));
    assert_eq!(taken.take(), [1, 2, 4, 4], "rows of a forgotten source are accepted again");
}

#[test]
fn inboxes_remember_sources_and_forget_silent_ones() {
    check_inbox(&WEBHOOKS, webhooks::deliveries::INBOX);
    check_inbox(&PAGER, pager::INBOX);
}

type Drain = Box<dyn Fn(Context) -> LocalBoxFuture<'static, ()>>;

/// An object that runs one action when it is called.
struct Draining {
    context: Option<Context>,
    act: Rc<Drain>,
}

impl Draining {
    fn of(act: impl Fn(Context) -> LocalBoxFuture<'static, ()> + 'static) -> Self {
        Self { context: None, act: Rc::new(Box::new(act)) }
    }
}

impl Object for Draining {
    fn fetch(&self, _path: &str, _body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let (context, act) = (self.context.clone(), Rc::clone(&self.act));
        Box::pin(async move {
            if let Some(context) = context {
                act(context).await;
            }
            Answer { status: 204, body: Vec::new(), retry_after: None }
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

#[track_caller]
fn check_outbox(tables: &'static TableSet, statements: outbox::Statements) {
    const POLICY: outbox::Policy = outbox::Policy { max_rows: 3, batch: 2, ..alert_desk::outbox::POLICY };
    let world = World::new(1);
    let sent: Rc<RefCell<Vec<Batch<i64>>>> = Rc::default();
    let batches = Rc::clone(&sent);
    let drain: Rc<Drain> = Rc::new(Box::new(move |context: Context| {
        let batches = Rc::clone(&batches);
        Box::pin(async move {
            assert_eq!(context.sql.upgrade(tables), Ok(()));
            let outbox = Outbox::new(context.sql.clone(), statements, POLICY);
            assert_eq!(outbox.append(&[1_i64, 2, 3, 4]), Ok(()));
            let take = |batch| {
                batches.borrow_mut().push(batch);
                async { Ok(()) }
            };
            assert_eq!(outbox.drain::<i64, _>(&context, take).await, Ok(()));
            assert_eq!(outbox.is_empty(), Ok(true));
        })
    }));
    world.add("object", move |context| Rc::new(Draining { context: Some(context), act: Rc::clone(&drain) }));
    world.call("object", "drain", Vec::new());
    world.run(1_000);
    let sent = sent.take();
    let rows: Vec<_> = sent.iter().flat_map(|batch| batch.rows.clone()).collect();
    assert_eq!(rows, [(2, 2), (3, 3), (4, 4)], "the newest rows, in order");
    assert!(sent.iter().all(|batch| batch.source.len() == 32 && batch.source == sent[0].source));
}

#[test]
fn outboxes_keep_the_newest_rows_and_hand_them_over() {
    check_outbox(&HERALD, webhooks::outbox::STATEMENTS);
    check_outbox(&ALERT_DESK, alert_desk::outbox::OUTBOX);
}
