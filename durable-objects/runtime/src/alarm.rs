//! Several due times on the object's one alarm.
//!
//! The alarm is durable, the due times are memory: an object that wakes computes what is due from its tables and sets it
//! again. The alarm may therefore come for nothing, and never too late.

use crate::context::Context;
use campana_core::shared::timestamp::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What is due when, by reason.
#[derive(Debug)]
pub struct Alarm<R> {
    due: RefCell<BTreeMap<R, Timestamp>>,
    armed: Cell<Option<Timestamp>>,
}

impl<R> Default for Alarm<R> {
    fn default() -> Self {
        Self { due: RefCell::default(), armed: Cell::default() }
    }
}

impl<R: Ord + Copy> Alarm<R> {
    /// This is due then, and not at the time set before; `None` if it is not due at all. Arms the alarm unless it comes
    /// sooner already.
    pub fn set(&self, context: &Context, reason: R, at: Option<Timestamp>) {
        match at {
            Some(at) => self.due.borrow_mut().insert(reason, at),
            None => self.due.borrow_mut().remove(&reason),
        };
        self.arm(context);
    }

    /// This is due then, unless it is due sooner already.
    pub fn set_at_latest(&self, context: &Context, reason: R, at: Timestamp) {
        let known = self.due.borrow().get(&reason).copied();
        self.set(context, reason, Some(known.map_or(at, |known| known.min(at))));
    }

    /// The alarm went off. Returns what is due by now, and arms the alarm for the rest.
    pub fn fired(&self, context: &Context) -> Vec<R> {
        self.armed.set(None);
        let now = context.now();
        let due: Vec<R> = self.due.borrow().iter().filter(|(_, at)| **at <= now).map(|(reason, _)| *reason).collect();
        for reason in &due {
            self.due.borrow_mut().remove(reason);
        }
        self.arm(context);
        due
    }

    fn arm(&self, context: &Context) {
        let Some(first) = self.due.borrow().values().min().copied() else { return };
        if self.armed.get().is_some_and(|armed| armed <= first) {
            return;
        }
        self.armed.set(Some(first));
        context.host().set_alarm(first);
    }
}
