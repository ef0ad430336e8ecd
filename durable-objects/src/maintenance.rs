//! Maintenance of native connections: expired tokens, silent sockets.

use crate::presence::RENEW_MS;
use crate::reclaim::{self, ANSWER_MS, HoldsSessions};
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

/// Arms the alarm for the next check of the connections, and for the next renewal of leases if other users are here.
pub(crate) fn arm<O: HoldsSessions>(object: &O, idle_timeout_ms: i64, has_others: bool) {
    let now = object.context().now();
    let look = next_look(&object.sessions().borrow(), idle_timeout_ms, now);
    if let Some(due) = look.into_iter().chain(has_others.then(|| now.plus_millis(RENEW_MS))).min() {
        object.wake_at(due);
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

/// Closes and forgets the connections that are overdue or do not read.
pub(crate) fn close_overdue<O: HoldsSessions>(object: &Rc<O>, idle_timeout_ms: i64) {
    let overdue = overdue(object.context(), &object.sessions().borrow(), idle_timeout_ms);
    for (session, code) in overdue {
        object.dismiss(&session, code);
    }
    reclaim::drop_unread(object);
}

/// The connections to close: expired tokens, sockets that exceeded the idle time-out, and unanswered probes.
fn overdue(context: &Context, sessions: &Sessions, idle_timeout_ms: i64) -> Vec<(Rc<Session>, CloseCode)> {
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
