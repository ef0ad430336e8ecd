//! The object's one alarm, armed for the earliest of all due times.
//!
//! The alarm is durable, its time in memory is not: an object that wakes reads all due times from its tables and arms
//! the alarm again. The alarm may therefore fire with nothing due.
//!
//! A new instance that first arms it for something far away would replace an earlier time that it does not know, so the
//! first call is limited to [`UNKNOWN_MS`]: the handler then arms it for all due times. A handler arms it for what is
//! due soon before anything that is due much later, because a crash between the two keeps the later time.

use crate::context::Context;
use campana_core::shared::timestamp::Timestamp;
use std::cell::Cell;

/// Longest delay of the alarm while its present time is unknown, milliseconds.
const UNKNOWN_MS: i64 = 60_000;

/// The alarm of an object.
#[derive(Debug, Default)]
pub struct Alarm {
    armed: Cell<Option<Timestamp>>,
    /// Whether this instance has armed the alarm, or handles it.
    is_known: Cell<bool>,
}

impl Alarm {
    /// Arms the alarm unless it is armed for an earlier time.
    pub fn arm(&self, context: &Context, at: Timestamp) {
        let latest = context.now().plus_millis(UNKNOWN_MS);
        let at = if self.is_known.replace(true) { at } else { at.min(latest) };
        if self.armed.get().is_none_or(|armed| at < armed) {
            self.armed.set(Some(at));
            context.host().set_alarm(at);
        }
    }

    /// Call when the alarm fires, before anything arms it again.
    pub fn fired(&self) {
        self.armed.set(None);
        self.is_known.set(true);
    }
}
