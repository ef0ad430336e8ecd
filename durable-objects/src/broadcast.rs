//! Telling everybody at an object: hands in to the fan-out, and attends to it until everybody has it.

use crate::fan_out::{Except, FanOut, Next};
use crate::platform;
use crate::reclaim::HoldsSessions;
use std::cell::RefCell;
use std::rc::Rc;
use worker::State;

/// An object that tells all of its connections.
pub(crate) trait Broadcasts: HoldsSessions {
    /// What waits to go out.
    fn fan_out(&self) -> &RefCell<FanOut>;
    /// What the platform gave it.
    fn state(&self) -> &State;
}

/// Tells those who are here by native connections.
pub(crate) fn publish<O: Broadcasts>(object: &Rc<O>, text: &str, seq: Option<i64>, except: Except) {
    let sockets = object.sessions().borrow().len();
    if sockets == 0 {
        return;
    }
    let next = object.fan_out().borrow_mut().push(text, seq, except, sockets, platform::now());
    match next {
        Next::Nothing => {}
        Next::SendAll => flush(object),
        Next::SendSlice => {
            let next = send_slice(object);
            attend(object, next);
        }
        later @ Next::SendSliceAfter(_) => attend(object, later),
    }
}

/// Sends all that is waiting to go out, to everybody, in this turn.
pub(crate) fn flush<O: Broadcasts>(object: &Rc<O>) {
    let gone = object.fan_out().borrow_mut().send_all(&mut object.sessions().borrow_mut(), platform::now());
    forget_all(object, gone);
}

/// In the background: goes on until nothing waits and everybody has what was going out.
fn attend<O: Broadcasts>(object: &Rc<O>, next: Next) {
    if next == Next::Nothing {
        return;
    }
    let attended = Rc::clone(object);
    object.state().wait_until(async move {
        let mut next = next;
        while next != Next::Nothing {
            if let Next::SendSliceAfter(millis) = next {
                platform::sleep(millis).await;
            }
            next = send_slice(&attended);
        }
    });
}

fn send_slice<O: Broadcasts>(object: &Rc<O>) -> Next {
    let (next, gone) = object.fan_out().borrow_mut().send_slice(&mut object.sessions().borrow_mut(), platform::now());
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
