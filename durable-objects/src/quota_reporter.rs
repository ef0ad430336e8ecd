//! What an object with connections reports to its app's quota registry, and whether it has room for another one.
//!
//! Nobody waits for a report: it goes out in the background, at once when a count changes, at most once a second in an
//! app with a quota and once in two seconds in others; what has to wait longer goes with the next flush or the alarm.
//! An object that does not call [`admit`] is exempt: its connections count, and none is refused or closed.

use crate::reclaim::{self, HoldsSessions};
use crate::sessions::{Session, Sessions};
use crate::{platform, quota_registry};
use campana_core::accounts::quota::{Connections, Due, Exceeded, Here, Kind, Quota, Reporter};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{Env, State};

/// Longest wait that is worth keeping the object awake for; a longer one is left to the alarm.
const SHORT_WAIT_MS: u64 = 1_000;
/// How soon the alarm reports what nothing else has reported.
const SAFETY_MS: i64 = 5_000;

/// An object with connections, as the registry knows it.
pub(crate) struct Holder {
    pub(crate) tenant: TenantId,
    pub(crate) source: String,
    pub(crate) kind: Kind,
    /// Messages ever sent here.
    pub(crate) sent: i64,
    /// Of them, those that the registry has counted.
    pub(crate) sent_counted: i64,
    pub(crate) quota: Quota,
}

impl Holder {
    /// One in which no messages are sent.
    pub(crate) const fn new(tenant: TenantId, source: String, kind: Kind, quota: Quota) -> Self {
        Self { tenant, source, kind, sent: 0, sent_counted: 0, quota }
    }

    fn here<O: HoldsConnections>(&self, object: &O) -> Here<'_> {
        let connections = object.connections().borrow();
        Here {
            source: &self.source,
            kind: self.kind,
            connections: number(connections.len()),
            people: number(connections.people_count()),
            sent: self.sent,
            sent_counted: self.sent_counted,
            quota: self.quota,
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The open connections of an object.
pub(crate) trait ConnectionTable {
    /// How many there are.
    fn len(&self) -> usize;
    /// How many people are behind them, 0 where nobody counts.
    fn people_count(&self) -> usize;
    /// How many of them are a person's.
    fn count_of(&self, user: &UserId) -> usize;
    /// All of them.
    fn list(&self) -> Connections;
}

impl ConnectionTable for Sessions {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn people_count(&self) -> usize {
        Self::people_count(self)
    }

    fn count_of(&self, user: &UserId) -> usize {
        Self::count_of(self, user)
    }

    fn list(&self) -> Connections {
        let of = |session: &Rc<Session>| (session.id, Some(session.attachment.borrow().principal.user_id.clone()));
        self.iter().map(of).collect()
    }
}

/// An object that has a lease at the registry.
pub(crate) trait HoldsLease: 'static {
    /// Its reporter.
    fn reporter(&self) -> &QuotaReporter;
    /// What the platform gave it.
    fn platform(&self) -> (&State, &Env);
    /// Who it is; nothing as long as it does not know whose it is.
    fn holder(&self) -> Option<Holder>;
    /// The registry has counted so many of the messages sent here.
    fn counted(&self, _sent: i64) {}
}

/// The connections that the lease counts.
pub(crate) trait HoldsConnections: HoldsLease {
    /// How they are kept.
    type Table: ConnectionTable;
    /// The connections.
    fn connections(&self) -> &RefCell<Self::Table>;
    /// Closes a connection that is too many, and forgets it.
    fn turn_away(self: &Rc<Self>, connection: u32, reason: Exceeded);
    /// Arms the alarm, from which the object calls [`report_soon`].
    fn arm_reporter(&self, at: Timestamp);
}

impl<O: HoldsSessions + HoldsLease> HoldsConnections for O {
    type Table = Sessions;

    fn connections(&self) -> &RefCell<Sessions> {
        self.sessions()
    }

    fn turn_away(self: &Rc<Self>, connection: u32, reason: Exceeded) {
        reclaim::turn_away(self, connection, reason);
    }

    fn arm_reporter(&self, at: Timestamp) {
        self.look_at(at);
    }
}

/// Where reporting stands, in memory.
#[derive(Default)]
pub(crate) struct QuotaReporter {
    state: RefCell<Reporter>,
    sleeps: Cell<bool>,
}

impl QuotaReporter {
    /// A connection closed, or it became known whose it is; [`report_soon`] is to follow.
    pub(crate) fn changed(&self, user: Option<&UserId>) {
        self.state.borrow_mut().changed(user);
    }
}

/// Whether there is room for one more connection, of this person if that is known. The connection is to be opened in the
/// same turn.
pub(crate) fn admit<O: HoldsConnections>(object: &Rc<O>, user: Option<&UserId>) -> Result<(), Problem> {
    let Some(holder) = object.holder().filter(|holder| holder.quota.any()) else { return Ok(()) };
    let connections = object.connections().borrow();
    let theirs = user.map(|user| (user, number(connections.count_of(user))));
    let state = object.reporter().state.borrow();
    state.admit(number(connections.len()), theirs, holder.quota, platform::now()).map_err(Exceeded::problem)
}

/// A connection opened, which has been admitted.
pub(crate) fn opened<O: HoldsConnections>(object: &Rc<O>, connection: u32, user: Option<&UserId>) {
    let quota = object.holder().map(|holder| holder.quota).unwrap_or_default();
    object.reporter().state.borrow_mut().opened(connection, user, quota);
    report_soon(object);
}

/// Reports what changed, now or later, never on the path of whoever calls.
pub(crate) fn report_soon<O: HoldsConnections>(object: &Rc<O>) {
    let Some(holder) = object.holder() else { return };
    let now = platform::now();
    let reporter = object.reporter();
    let due = reporter.state.borrow().due(&holder.here(&**object), now);
    match due {
        Due::No => {}
        Due::Now => {
            let object = Rc::clone(object);
            Rc::clone(&object).platform().0.wait_until(async move { report(&object).await });
        }
        Due::At(at) if holder.quota.any() && at.since(now) <= SHORT_WAIT_MS => {
            if reporter.sleeps.replace(true) {
                return;
            }
            let sleeper = Rc::clone(object);
            object.platform().0.wait_until(async move {
                platform::sleep(u32::try_from(at.since(now)).unwrap_or(0)).await;
                sleeper.reporter().sleeps.set(false);
                report_soon(&sleeper);
            });
        }
        Due::At(at) => object.arm_reporter(at.max(now.plus_millis(SAFETY_MS))),
    }
}

/// Reports, unless that already happens, and closes what the answer says is too many.
async fn report<O: HoldsConnections>(object: &Rc<O>) {
    let Some(holder) = object.holder() else { return };
    let state = &object.reporter().state;
    let list = || object.connections().borrow().list();
    let report = state.borrow_mut().write(&holder.here(&**object), platform::now(), list);
    let Some(report) = report else { return };
    match quota_registry::report(object.platform().1, &holder.tenant, &report).await {
        Ok(answer) => {
            if answer.turn == report.turn {
                object.counted(report.sent);
            }
            let too_many = state.borrow_mut().answered(&report, &answer, list, platform::now());
            for (connection, reason) in too_many {
                object.turn_away(connection, reason);
            }
        }
        Err(error) => {
            tracing::warn!(at = "quota", detail = %error);
            state.borrow_mut().failed(platform::now());
        }
    }
    report_soon(object);
}
