//! Reports of an object's connections to its app's quota registry, and admission of new connections.
//!
//! Reports are sent in the background: immediately when a count of connections changes, but at most once a second in an
//! app with a quota and once in two seconds in others. If only messages were sent, once in ten seconds. A longer wait is
//! left to the next flush or the alarm. An object that does not call [`admit`] is exempt: its connections count, but none
//! is refused or closed.

use crate::quota_registry;
use crate::reclaim::{self, HoldsSessions};
use crate::revoking::{self, KnownRevocations};
use crate::sessions::{Session, Sessions};
use campana_core::accounts::metrics::{CONNECTIONS_CLOSED, CONNECTIONS_OPENED};
use campana_core::accounts::quota::{Connections, Due, Exceeded, Here, Kind, Quota, Reporter};
use campana_core::accounts::revocation::Revocation;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_runtime::metrics;
use campana_runtime::single_flight::SingleFlight;
use std::cell::RefCell;
use std::rc::Rc;

/// Longest wait that keeps the object awake, in milliseconds; a longer one is left to the alarm.
const SHORT_WAIT_MS: u64 = 1_000;
/// Minimum delay of the alarm that sends a deferred report, in milliseconds.
const SAFETY_MS: i64 = 5_000;

/// An object with connections, as a lease holder at the registry.
pub(crate) struct Holder {
    pub(crate) tenant: TenantId,
    pub(crate) source: String,
    pub(crate) kind: Kind,
    /// Count of messages sent here.
    pub(crate) sent: i64,
    /// Count of these that the registry has counted.
    pub(crate) sent_counted: i64,
    pub(crate) quota: Quota,
}

impl Holder {
    /// A holder in which no messages are sent.
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

/// Table of an object's open connections.
pub(crate) trait ConnectionTable {
    /// Number of connections.
    fn len(&self) -> usize;
    /// Number of users; 0 where users are not counted.
    fn people_count(&self) -> usize;
    /// Number of a user's connections.
    fn count_of(&self, user: &UserId) -> usize;
    /// Number and user of each connection.
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

/// An object with a lease at the registry.
pub(crate) trait HoldsLease: Hosted {
    /// Its reporter.
    fn reporter(&self) -> &QuotaReporter;
    /// Identity and quota of the object; `None` until its tenant is known.
    fn holder(&self) -> Option<Holder>;
    /// Handles the registry's confirmation that it has counted this many of the messages sent here.
    fn counted(&self, _sent: i64) {}
}

/// An object whose connections count towards the quota.
pub(crate) trait HoldsConnections: HoldsLease {
    /// Type of the connection table.
    type Table: ConnectionTable;
    /// Connection table.
    fn connections(&self) -> &RefCell<Self::Table>;
    /// Closes and forgets a connection that exceeds a quota.
    fn turn_away(self: &Rc<Self>, connection: u32, reason: Exceeded);
    /// Closes and forgets the connections that revocations end.
    fn close_revoked(self: &Rc<Self>, revocations: &[Revocation]);
}

impl<O: HoldsSessions + HoldsLease> HoldsConnections for O {
    type Table = Sessions;

    fn connections(&self) -> &RefCell<Sessions> {
        self.sessions()
    }

    fn turn_away(self: &Rc<Self>, connection: u32, reason: Exceeded) {
        reclaim::turn_away(self, connection, reason);
    }

    fn close_revoked(self: &Rc<Self>, revocations: &[Revocation]) {
        revoking::close_revoked(self, revocations);
    }
}

/// State of the reporter, in memory.
#[derive(Default)]
pub(crate) struct QuotaReporter {
    state: RefCell<Reporter>,
    wait: SingleFlight,
    /// Revocations, most of which the registry has passed on.
    pub(crate) revocations: KnownRevocations,
}

impl QuotaReporter {
    /// Records that a connection closed or its user became known; the caller then calls [`report_soon`].
    pub(crate) fn changed(&self, user: Option<&UserId>) {
        self.state.borrow_mut().changed(user);
    }
}

/// Checks the quota for one more connection, of this user if known. The caller must open it in the same turn.
pub(crate) fn admit<O: HoldsConnections>(object: &Rc<O>, user: Option<&UserId>) -> Result<(), Problem> {
    let Some(holder) = object.holder().filter(|holder| holder.quota.any()) else { return Ok(()) };
    let connections = object.connections().borrow();
    let theirs = user.map(|user| (user, number(connections.count_of(user))));
    let state = object.reporter().state.borrow();
    state.admit(number(connections.len()), theirs, holder.quota, object.context().now()).map_err(Exceeded::problem)
}

/// Records that an admitted connection opened, and reports it.
pub(crate) fn opened<O: HoldsConnections>(object: &Rc<O>, connection: u32, user: Option<&UserId>) {
    let holder = object.holder();
    if let Some(Holder { tenant, kind, .. }) = &holder {
        metrics::count(tenant, |collector| collector.add(&CONNECTIONS_OPENED, &[kind.as_str()], 1));
    }
    let quota = holder.map(|holder| holder.quota).unwrap_or_default();
    object.reporter().state.borrow_mut().opened(connection, user, quota);
    report_soon(object);
}

/// Counts a connection that closed: with our code, or else by its client.
pub(crate) fn closed<O: HoldsLease>(object: &O, code: Option<u16>) {
    let Some(Holder { tenant, kind, .. }) = object.holder() else { return };
    let code = code.map(|code| code.to_string());
    let code = code.as_deref().unwrap_or("client");
    metrics::count(&tenant, |collector| collector.add(&CONNECTIONS_CLOSED, &[kind.as_str(), code], 1));
}

/// Sends a report in the background if one is due, else schedules it.
pub(crate) fn report_soon<O: HoldsConnections>(object: &Rc<O>) {
    let Some(holder) = object.holder() else { return };
    let now = object.context().now();
    let reporter = object.reporter();
    let due = reporter.state.borrow().due(&holder.here(&**object), now);
    match due {
        Due::No => {}
        Due::Now => {
            object.spawn(async move |object| report(&object).await);
        }
        Due::At(at) if holder.quota.any() && at.since(now) <= SHORT_WAIT_MS => {
            let Some(wait) = reporter.wait.begin() else { return };
            object.spawn(async move |object| {
                object.context().sleep(u32::try_from(at.since(now)).unwrap_or(0)).await;
                drop(wait);
                report_soon(&object);
            });
        }
        Due::At(at) => object.wake_at(at.max(now.plus_millis(SAFETY_MS))),
    }
}

/// Sends a report, unless one is in flight, and closes the connections that the answer rejects.
async fn report<O: HoldsConnections>(object: &Rc<O>) {
    let Some(holder) = object.holder() else { return };
    let state = &object.reporter().state;
    let list = || object.connections().borrow().list();
    let report = state.borrow_mut().write(&holder.here(&**object), object.context().now(), list);
    let Some(report) = report else { return };
    match quota_registry::report(object.context(), &holder.tenant, &report).await {
        Ok(answer) => {
            if answer.turn == report.turn {
                object.counted(report.sent);
            }
            metrics::report_soon(object.context(), &holder.tenant);
            let too_many = state.borrow_mut().answered(&report, &answer, list, object.context().now());
            for (connection, reason) in too_many {
                object.turn_away(connection, reason);
            }
            object.close_revoked(&answer.revocations);
        }
        Err(error) => {
            tracing::warn!(at = "quota", detail = %error);
            state.borrow_mut().failed(object.context().now());
        }
    }
    report_soon(object);
}
