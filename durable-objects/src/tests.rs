//! Tests of several objects together, and of their inbox and outbox statements on the real tables.

mod alerts;
pub(crate) mod desk;
mod duress;
mod flooding;
pub(crate) mod group;
pub(crate) mod histories;
pub(crate) mod metering;
mod queries;
pub(crate) mod receivers;
mod releasing;
pub(crate) mod slow;
mod slow_readers;
mod traces;

use crate::{alert_desk, pager, webhooks};
use campana_core::shared::timestamp::Timestamp;
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
    let sql = world.look(world.add("object", |_| Rc::new(Acting::of(|_| Box::pin(async {})))));
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

/// Name of a numbering, and numbered rows.
type SentBatch = (String, Vec<(i64, i64)>);
type Act = Rc<dyn Fn(Vec<u8>) -> LocalBoxFuture<'static, ()>>;

/// An object that runs one action when it is called.
struct Acting(Act);

impl Acting {
    fn of(act: impl Fn(Vec<u8>) -> LocalBoxFuture<'static, ()> + 'static) -> Self {
        Self(Rc::new(act))
    }
}

impl Object for Acting {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let act = Rc::clone(&self.0);
        Box::pin(async move {
            act(body).await;
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
    world.add("sender", move |context| {
        let outbox = Rc::new(Outbox::new(context, tables, statements, POLICY));
        Rc::new(Acting::of(move |_| {
            let outbox = Rc::clone(&outbox);
            Box::pin(async move {
                assert!(outbox.is_empty());
                assert_eq!(outbox.append(&[1_i64, 2, 3, 4]), Ok(()));
                let body = |batch: Batch<i64>| (batch.source, batch.rows);
                outbox.drain("receiver", body).await;
                assert_eq!(outbox.retry_at(), None);
                assert!(outbox.is_empty());
            })
        }))
    });
    let sent: Rc<RefCell<Vec<SentBatch>>> = Rc::default();
    let batches = Rc::clone(&sent);
    world.add("receiver", move |_| {
        let batches = Rc::clone(&batches);
        Rc::new(Acting::of(move |body| {
            batches.borrow_mut().push(serde_json::from_slice(&body).expect("a batch"));
            Box::pin(async {})
        }))
    });
    world.call("sender", "drain", Vec::new());
    world.run(1_000);
    let sent = sent.take();
    let rows: Vec<_> = sent.iter().flat_map(|(_, rows)| rows.clone()).collect();
    assert_eq!(rows, [(2, 2), (3, 3), (4, 4)], "the newest rows, in order");
    assert!(sent.iter().all(|(source, _)| source.len() == 32 && *source == sent[0].0));
}

#[test]
fn outboxes_keep_the_newest_rows_and_hand_them_over() {
    check_outbox(&HERALD, webhooks::outbox::STATEMENTS);
    check_outbox(&ALERT_DESK, alert_desk::outbox::OUTBOX);
}
