//! Broadcast of events to an object's native connections: queues them at the fan-out and drives it until all are sent.

use crate::fan_out::{Exclusion, FanOut, Next};
use crate::reclaim::HoldsSessions;
use campana_runtime::Hosted;
use std::cell::RefCell;
use std::rc::Rc;

/// An object that broadcasts to its native connections.
pub(crate) trait Broadcasts: HoldsSessions + Hosted {
    /// Fan-out queue.
    fn fan_out(&self) -> &RefCell<FanOut>;
}

/// Broadcasts a text to the native connections.
pub(crate) fn publish<O: Broadcasts>(object: &Rc<O>, text: &str, seq: Option<i64>, except: Exclusion) {
    let sockets = object.sessions().borrow().len();
    if sockets == 0 {
        return;
    }
    let next = object.fan_out().borrow_mut().push(text, seq, except, sockets, object.context().now());
    match next {
        Next::Nothing => {}
        Next::SendAll => flush(object),
        Next::SendSlice => {
            let next = send_slice(object);
            drive(object, next);
        }
        later @ Next::SendSliceAfter(_) => drive(object, later),
    }
}

/// Sends all queued events to all sessions in this turn.
pub(crate) fn flush<O: Broadcasts>(object: &Rc<O>) {
    let gone = object.fan_out().borrow_mut().send_all(&mut object.sessions().borrow_mut(), object.context());
    forget_all(object, gone);
}

/// Drives the fan-out in the background until it is idle.
fn drive<O: Broadcasts>(object: &Rc<O>, next: Next) {
    if next == Next::Nothing {
        return;
    }
    let owner = Rc::clone(object);
    object.context().spawn(async move {
        let mut next = next;
        while next != Next::Nothing {
            if let Next::SendSliceAfter(millis) = next {
                owner.context().sleep(millis).await;
            }
            next = send_slice(&owner);
        }
    });
}

fn send_slice<O: Broadcasts>(object: &Rc<O>) -> Next {
    let (next, gone) = object.fan_out().borrow_mut().send_slice(&mut object.sessions().borrow_mut(), object.context());
    forget_all(object, gone);
    next
}

fn forget_all<O: Broadcasts>(object: &Rc<O>, gone: Vec<u32>) {
    for id in gone {
        let session = object.sessions().borrow().get(id).cloned();
        if let Some(session) = session {
            object.forget(&session);
        }
    }
}
