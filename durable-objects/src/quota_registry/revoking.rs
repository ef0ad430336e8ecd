//! Passing on of revocations to the objects that hold connections.
//!
//! A revocation and the list of its receivers, an outbox, become durable in one turn, before the function that handed it
//! over gets its answer. Receivers are the objects whose lease has connections of the subject. An object whose report
//! arrives later gets the revocation with the answer to that report, so no connection is missed: a report is handled
//! either before the list is made or after it.
//!
//! A receiver closes connections before it acknowledges. It may get a revocation twice, which closes nothing more. The
//! record keeps revocations; they stay here for [`KEPT_MS`], and until every receiver has acknowledged them.

use super::queries::revocations;
use super::{Object, TIMEOUT_MS};
use crate::sql::{Row, int, text};
use campana_core::accounts::quota::Kind;
use campana_core::accounts::revocation::{Revocation, Subject};
use campana_core::live::Holder;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_runtime::ports::Address;
use campana_runtime::retry::Backoff;
use futures_util::{StreamExt, stream};
use std::rc::Rc;

/// Path at which objects with connections take revocations.
pub(crate) const PATH: &str = "revoked";
/// How long a revocation that is effective stays here, milliseconds. Functions refuse an identity that was revoked
/// earlier before it reaches an object.
const KEPT_MS: i64 = 3_600_000;
/// Receivers of one page, and how many are called at a time.
const RECEIVERS: i64 = 100;
const CONCURRENT_CALLS: usize = 20;
/// Revocations of one call, and those that become effective in one step.
const BATCH: i64 = 100;
/// Delays before calls are repeated.
pub(super) const BACKOFF: Backoff = Backoff { first_ms: 500, longest_ms: 60_000 };

impl Object {
    /// Takes a revocation. It is durable with the answer.
    pub(super) fn revoke(self: &Rc<Self>, tenant: &TenantId, revocation: &Revocation) -> Result<(), Problem> {
        self.load()?;
        self.context.sql.transaction(|| {
            self.context.sql.keep(super::TENANT, tenant.as_str())?;
            let Revocation { subject, before, version, effective_at } = revocation;
            let (kind, name) = (subject.kind(), subject.name());
            let params = [text(kind), text(&name), int(before.millis()), int(*version), int(effective_at.millis())];
            self.context.sql.run(revocations::SAVE, params)?;
            self.list_due()
        })?;
        self.arm();
        self.spawn(async move |object| object.pass_on().await);
        Ok(())
    }

    /// Lists the receivers of the revocations that have become effective.
    fn list_due(&self) -> Result<(), Problem> {
        let due =
            self.context.sql.list(revocations::DUE, [int(self.context.now().millis()), int(BATCH)], revocation)?;
        for Revocation { subject, version, .. } in due {
            let (kind, name) = (subject.kind(), subject.name());
            let params = [text(kind), text(&name), int(version)];
            let list = match subject {
                Subject::App | Subject::Key(_) => revocations::LIST_OBJECTS,
                Subject::User(_) => revocations::LIST_OBJECTS_OF_USER,
            };
            self.context.sql.run(list, params.clone())?;
            self.context.sql.run(revocations::MARK_LISTED, params)?;
        }
        Ok(())
    }

    /// The revocations for the answer to a report with these users: a JSON list of pairs of user and connections.
    pub(super) fn recent(&self, named: &str) -> Result<Vec<Revocation>, Problem> {
        self.context.sql.list(revocations::RECENT, [text(named)], revocation)
    }

    /// Runs what is due: revocations that become effective, calls that failed, and the end of old revocations.
    pub(super) async fn run_due(self: &Rc<Self>) {
        self.context.alarm().fired();
        let listed = self.load().and_then(|()| self.context.sql.transaction(|| self.list_due()));
        if listed.is_err() {
            return self.wake_at(self.retry.failed(self.context.now()));
        }
        self.pass_on().await;
        // If this fails, they stay a little longer.
        let oldest = self.context.now().plus_millis(-KEPT_MS);
        let _reported = self.context.sql.run(revocations::FORGET, [int(oldest.millis())]);
        self.arm();
    }

    /// Arms the alarm for the next revocation that becomes effective or can be forgotten, and for repeated calls.
    fn arm(&self) {
        let time = |statement| self.context.sql.find(statement, [], |row| row.time(0)).ok().flatten();
        let due = time(revocations::NEXT_DUE);
        // Later than the calls that are being made: the alarm is for those that are lost with the instance.
        let soon = self.context.now().plus_millis(i64::from(TIMEOUT_MS).saturating_mul(2));
        let retry = self.retry.at().filter(|at| *at > self.context.now());
        let waits = self.has_receivers().then(|| retry.unwrap_or(soon));
        let forget = time(revocations::FIRST_LISTED).map(|at| at.plus_millis(KEPT_MS.saturating_add(1)));
        let forget = forget.map(|at| at.max(self.context.now().plus_millis(BACKOFF.longest_ms)));
        if let Some(at) = due.into_iter().chain(waits).chain(forget).min() {
            self.wake_at(at.max(self.context.now()));
        }
    }

    fn has_receivers(&self) -> bool {
        self.context.sql.first(revocations::RECEIVERS, [text(""), int(1)]).is_ok_and(|row| row.is_some())
    }

    /// Calls every receiver, until none is left or one did not answer. Single-flight: a run in progress reaches
    /// receivers that are listed later.
    pub(super) async fn pass_on(self: &Rc<Self>) {
        let Some(_flight) = self.flight.begin() else { return };
        let tenant = match self.context.sql.recall(super::TENANT) {
            Ok(Some(tenant)) => TenantId::trusted(tenant),
            Ok(None) | Err(_) => return,
        };
        while self.has_receivers() {
            if !self.pass_on_to_all(&tenant).await {
                return self.wake_at(self.retry.failed(self.context.now()));
            }
        }
        self.retry.succeeded();
    }

    /// Calls every listed receiver once. Returns whether all acknowledged.
    async fn pass_on_to_all(&self, tenant: &TenantId) -> bool {
        let (mut after, mut all) = (String::new(), true);
        loop {
            let page =
                self.context.sql.list(revocations::RECEIVERS, [text(&after), int(RECEIVERS)], |row| row.string(0));
            let Ok(page) = page else { return false };
            let Some(last) = page.last().cloned() else { return all };
            let calls = stream::iter(page).map(|source| self.pass_on_to(tenant, source));
            let outcomes: Vec<bool> = calls.buffer_unordered(CONCURRENT_CALLS).collect().await;
            all &= outcomes.into_iter().all(|is_acknowledged| is_acknowledged);
            after = last;
        }
    }

    /// Calls a receiver. Returns whether it acknowledged.
    async fn pass_on_to(&self, tenant: &TenantId, source: String) -> bool {
        let read = |row: &Row| Some((revocation(row)?, Kind::parse(row.text(5)?)?));
        let found = self.context.sql.list(revocations::OF_RECEIVER, [text(&source), int(BATCH)], read);
        let Ok(found) = found else { return false };
        let Some(to) = found.first().map(|(_, kind)| address(tenant, *kind, &source)) else {
            // Its lease ended: it has no connections, or reports those that it has.
            return self.context.sql.run(revocations::REMOVE_RECEIVER, [text(&source)]).is_ok();
        };
        let found: Vec<Revocation> = found.into_iter().map(|(revocation, _)| revocation).collect();
        if let Err(error) = self.context.hand_over(&to, PATH, &found, TIMEOUT_MS).await {
            tracing::warn!(at = "quota.revoke", detail = %error);
            return false;
        }
        found.iter().all(|Revocation { subject, version, .. }| {
            let name = subject.name();
            let params = [text(&source), text(subject.kind()), text(&name), int(*version)];
            self.context.sql.run(revocations::ACKNOWLEDGE, params).is_ok()
        })
    }
}

fn revocation(row: &Row) -> Option<Revocation> {
    Some(Revocation {
        subject: Subject::parse(row.text(0)?, row.text(1)?)?,
        before: row.time(2)?,
        version: row.int(3)?,
        effective_at: row.time(4)?,
    })
}

/// The address of a lease's object. Each kind of object names its lease in `quota.rs` beside it.
fn address(tenant: &TenantId, kind: Kind, source: &str) -> Address {
    let (namespace, name) = Holder { source: source.to_owned(), kind }.address(tenant);
    Address { namespace, name }
}
