//! Broadcast of events to an object's native connections: queues them at the fan-out and drives it until all are sent.

use crate::fan_out::{Exclusion, FanOut};
use crate::reclaim::{HoldsSessions, forget_all};
use campana_runtime::urgency;
use std::cell::RefCell;
use std::rc::Rc;

/// An object that broadcasts to its native connections.
pub(crate) trait Broadcasts: HoldsSessions {
    /// Fan-out queue.
    fn fan_out(&self) -> &RefCell<FanOut>;
}

/// Broadcasts a text to the native connections.
pub(crate) fn publish<O: Broadcasts>(object: &Rc<O>, text: &str, seq: Option<i64>, except: Exclusion) {
    if !object.subscriptions().traces.is_empty() {
        trace(object, text, seq);
    }
    if object.sessions().borrow().len() == 0 {
        return;
    }
    let is_full = object.fan_out().borrow_mut().push(text, seq, except, object.context().now());
    if is_full {
        return flush(object);
    }
    let Some(flight) = object.fan_out().borrow().attend() else { return };
    if next_slice_ms(object) == Some(0) && !must_give_way(object) {
        send_slice(object);
    }
    if next_slice_ms(object).is_none() {
        return;
    }
    object.spawn(async move |object| {
        while let Some(millis) = next_slice_ms(&object) {
            object.context().sleep(millis).await;
            if must_give_way(&object) {
                urgency::give_way(object.context().host()).await;
            }
            send_slice(&object);
        }
        drop(flight);
    });
}

/// Sends all queued events to all sessions in this turn.
pub(crate) fn flush<O: Broadcasts>(object: &Rc<O>) {
    let gone = object.fan_out().borrow_mut().send_all(&mut object.sessions().borrow_mut(), object.context());
    record_written(object);
    forget_all(object, gone);
}

/// Records that an event is published, and lets the fan-out list to which connections of traced users it is written.
fn trace<O: Broadcasts>(object: &Rc<O>, text: &str, seq: Option<i64>) {
    let (traces, sessions) = (&object.subscriptions().traces, object.sessions().borrow());
    traces.published_natively(text, seq, |user| sessions.count_of(user) > 0);
    object.fan_out().borrow_mut().trace(traces.users());
}

/// Records what the fan-out has written to connections of traced users.
fn record_written<O: Broadcasts>(object: &Rc<O>) {
    let all = object.fan_out().borrow_mut().take_written();
    for written in all {
        object.subscriptions().traces.written_natively(&written);
    }
}

/// Whether urgent work of another object goes first.
fn must_give_way<O: Broadcasts>(object: &Rc<O>) -> bool {
    urgency::is_pending(object.context().now()) && !object.fan_out().borrow().is_urgent()
}

fn next_slice_ms<O: Broadcasts>(object: &Rc<O>) -> Option<u32> {
    object.fan_out().borrow().next_slice_ms(object.sessions().borrow().len(), object.context().now())
}

fn send_slice<O: Broadcasts>(object: &Rc<O>) {
    let gone = object.fan_out().borrow_mut().send_slice(&mut object.sessions().borrow_mut(), object.context());
    record_written(object);
    forget_all(object, gone);
}
