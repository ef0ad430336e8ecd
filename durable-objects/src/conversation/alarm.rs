//! The alarm: retries what the record does not have, ends identities that ran out, sweeps silent sockets.
//!
//! One alarm serves all; it is armed for whatever is due first, is idempotent, and re-arms as long as there
//! is a reason to.

use super::Object;
use crate::platform;
use crate::sessions::{Link, Session};
use campana_core::timestamp::Timestamp;
use campana_core::wire::CloseCode;
use std::rc::Rc;

/// Longest time between two looks at open sockets, milliseconds.
const MAX_SWEEP_MS: i64 = crate::presence::RENEW_MS;

impl Object {
    /// Arms the alarm unless it already comes sooner.
    pub(super) fn arm(&self, at: Timestamp) {
        if self.alarm_at.get().is_some_and(|armed| armed <= at) {
            return;
        }
        self.alarm_at.set(Some(at));
        platform::arm_alarm(&self.state, at);
    }

    /// There are connections to look after.
    pub(super) fn arm_for_sweep(&self) {
        let sessions = self.sessions.borrow();
        if sessions.len() == 0 {
            return;
        }
        let idle = self.with(|loaded| Ok(loaded.rules.limits().idle_timeout_ms)).unwrap_or(MAX_SWEEP_MS);
        let sweep = platform::now().plus_millis(idle.clamp(1_000, MAX_SWEEP_MS));
        let due = sessions.next_expiry().map_or(sweep, |expiry| expiry.min(sweep));
        self.arm(due.max(platform::now()));
    }

    /// Something is due.
    pub(super) async fn alarm(self: &Rc<Self>) {
        self.alarm_at.set(None);
        if self.loaded.borrow().is_none() {
            return;
        }
        self.sweep();
        self.flush_from_alarm().await;
        self.renew_presence();
        self.arm_for_sweep();
    }

    /// Closes connections whose identity has run out, or that were silent for the idle time.
    fn sweep(self: &Rc<Self>) {
        let now = platform::now();
        let idle = self.with(|loaded| Ok(loaded.rules.limits().idle_timeout_ms)).unwrap_or(i64::MAX);
        let sessions: Vec<Rc<Session>> = self.sessions.borrow().iter().cloned().collect();
        for session in sessions {
            if session.attachment.borrow().is_expired(now) {
                self.dismiss(&session, CloseCode::TokenExpired);
                continue;
            }
            let Link::Socket(socket) = &session.link else { continue };
            let heard = session.attachment.borrow().heard_at();
            let heard = platform::answered_ping_at(&self.state, socket).map_or(heard, |at| at.max(heard));
            if now.since(heard) > u64::try_from(idle).unwrap_or(u64::MAX) {
                self.dismiss(&session, CloseCode::Idle);
            }
        }
    }
}
