//! Several due times on the object's one alarm.
//!
//! The alarm is durable, the due times are in memory: an object that wakes reads them from its tables and sets them
//! again. The alarm may therefore fire with nothing due, but never too late.

use crate::context::Context;
use campana_core::shared::timestamp::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Due times by reason.
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
    /// Replaces the due time of a reason; `None` removes it. Arms the alarm unless it is armed for an earlier time.
    pub fn set(&self, context: &Context, reason: R, at: Option<Timestamp>) {
        match at {
            Some(at) => self.due.borrow_mut().insert(reason, at),
            None => self.due.borrow_mut().remove(&reason),
        };
        self.arm_for_first(context);
    }

    /// Sets the due time of a reason, unless an earlier one is set.
    pub fn set_at_latest(&self, context: &Context, reason: R, at: Timestamp) {
        let known = self.due.borrow().get(&reason).copied();
        self.set(context, reason, Some(known.map_or(at, |known| known.min(at))));
    }

    /// Called when the alarm fires. Removes and returns the due reasons, and arms the alarm for the rest.
    pub fn fired(&self, context: &Context) -> Vec<R> {
        self.armed.set(None);
        let now = context.now();
        let due: Vec<R> = self.due.borrow().iter().filter(|(_, at)| **at <= now).map(|(reason, _)| *reason).collect();
        for reason in &due {
            self.due.borrow_mut().remove(reason);
        }
        self.arm_for_first(context);
        due
    }

    fn arm_for_first(&self, context: &Context) {
        let Some(first) = self.due.borrow().values().min().copied() else { return };
        if self.armed.get().is_some_and(|armed| armed <= first) {
            return;
        }
        self.armed.set(Some(first));
        context.host().set_alarm(first);
    }
}

impl Alarm<()> {
    /// Arms the alarm of an object whose handler looks what is due, unless it is armed for an earlier time.
    pub fn arm(&self, context: &Context, at: Timestamp) {
        self.set_at_latest(context, (), at);
    }
}
