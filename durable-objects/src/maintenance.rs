//! Maintenance of native connections: expired tokens, silent sockets.

use crate::presence::RENEW_MS;
use crate::reclaim::ANSWER_MS;
use crate::sessions::{Link, Session, Sessions};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use std::cell::Cell;
use std::rc::Rc;

/// How long limits read from the record stay fresh, in milliseconds: alarms also fire for other reasons.
const LIMITS_FRESH_MS: u64 = 10_000;

/// Rate limit for reading the app's settings.
#[derive(Default)]
pub(crate) struct SettingsWatch {
    looked_at: Cell<Option<Timestamp>>,
}

impl SettingsWatch {
    /// Whether the settings are due to be read; true makes the caller read them.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let due = self.looked_at.get().is_none_or(|at| now.since(at) >= LIMITS_FRESH_MS);
        if due {
            self.looked_at.set(Some(now));
        }
        due
    }
}

/// When to check the connections next, if there are any: at the first token expiry, when the first socket may exceed
/// the idle time-out, at the first probe deadline, and often enough to renew presence.
pub(crate) fn next_look(sessions: &Sessions, idle_timeout_ms: i64, now: Timestamp) -> Option<Timestamp> {
    let expiry = sessions.next_expiry()?;
    let look = now.plus_millis(idle_timeout_ms.clamp(1_000, RENEW_MS));
    let probed = sessions.iter().filter_map(|session| session.probed_at.get()).min();
    let answer = probed.map_or(look, |at| at.plus_millis(ANSWER_MS));
    Some(expiry.min(look).min(answer).max(now))
}

/// The connections to close: expired tokens, sockets that exceeded the idle time-out, and unanswered probes.
pub(crate) fn overdue(context: &Context, sessions: &Sessions, idle_timeout_ms: i64) -> Vec<(Rc<Session>, CloseCode)> {
    let now = context.now();
    let idle = u64::try_from(idle_timeout_ms).unwrap_or(u64::MAX);
    let verdict = |session: &Rc<Session>| {
        if session.attachment.borrow().is_expired(now) {
            return Some(CloseCode::TokenExpired);
        }
        if matches!(session.link, Link::Events { .. }) {
            return None;
        }
        let heard = session.attachment.borrow().heard_at();
        let pinged_at = session.pinged_at(context);
        if pinged_at > session.probed_at.get() {
            session.probed_at.set(None);
        }
        let is_unanswered = session.probed_at.get().is_some_and(|at| now >= at.plus_millis(ANSWER_MS));
        let heard = pinged_at.map_or(heard, |at| at.max(heard));
        (is_unanswered || now.since(heard) > idle).then_some(CloseCode::Idle)
    };
    sessions.iter().filter_map(|session| Some((Rc::clone(session), verdict(session)?))).collect()
}
