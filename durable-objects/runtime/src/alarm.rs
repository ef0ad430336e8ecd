//! The object's one alarm, armed for the earliest of all due times.
//!
//! The alarm is durable, its time in memory is not: an object that wakes reads all due times from its tables and arms
//! the alarm again. The alarm may therefore fire with nothing due, but never too late.

use crate::context::Context;
use campana_core::shared::timestamp::Timestamp;
use std::cell::Cell;

/// The alarm of an object.
#[derive(Debug, Default)]
pub struct Alarm {
    armed: Cell<Option<Timestamp>>,
}

impl Alarm {
    /// Arms the alarm unless it is armed for an earlier time.
    pub fn arm(&self, context: &Context, at: Timestamp) {
        if self.armed.get().is_none_or(|armed| at < armed) {
            self.armed.set(Some(at));
            context.host().set_alarm(at);
        }
    }

    /// Call when the alarm fires, before anything arms it again.
    pub fn fired(&self) {
        self.armed.set(None);
    }
}
