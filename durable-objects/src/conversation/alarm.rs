//! The alarm: retries what the record does not have, and looks after the connections. Idempotent, and
//! re-armed as long as there is a reason to.

use super::Object;
use crate::presence::RENEW_MS;
use crate::{platform, teller, upkeep};
use campana_core::limits::Limits;
use campana_core::timestamp::Timestamp;
use std::rc::Rc;

impl Object {
    /// Arms the alarm unless it already comes sooner.
    pub(super) fn arm(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }

    /// There are connections to look after.
    pub(super) fn arm_for_connections(&self) {
        let due = upkeep::next_look(&self.sessions.borrow(), self.idle_timeout_ms(), platform::now());
        if let Some(due) = due {
            self.arm(due);
        }
    }

    /// Something is due.
    pub(super) async fn alarm(self: &Rc<Self>) {
        self.alarm.fired();
        if self.loaded.borrow().is_none() {
            return;
        }
        let overdue = upkeep::overdue(&self.state, &self.sessions.borrow(), self.idle_timeout_ms(), platform::now());
        for (session, code) in overdue {
            self.dismiss(&session, code);
        }
        self.flush_from_alarm().await;
        // A failure is in the log of the engine, and the next alarm tries again.
        let _reported = self.renew_presence();
        teller::tell_soon(self);
        self.arm_for_connections();
    }

    /// How often a silent event stream says that it is alive.
    pub(super) fn keep_alive_ms(&self) -> u32 {
        self.with(|loaded| Ok(loaded.rules.limits().keep_alive())).unwrap_or_else(|_| Limits::default().keep_alive())
    }

    fn idle_timeout_ms(&self) -> i64 {
        self.with(|loaded| Ok(loaded.rules.limits().idle_timeout_ms)).unwrap_or(RENEW_MS)
    }
}
