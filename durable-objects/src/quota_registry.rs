//! Quota registry of an app: counts its connections and users over all of its objects. Its table set keeps the name
//! `ledger` of earlier releases.
//!
//! **Atomicity.** A report is applied and persisted in one turn, without an await; the platform holds the answer back
//! until the write is durable.
//!
//! **What survives hibernation.** The leases, their users, the message count, recent revocations and who has yet to get
//! them (SQLite). Lost without harm: the rate of the last minute. The alarm is armed only for revocations: expired leases
//! are removed by the next request.

mod holders;
pub(crate) mod metrics;
pub(crate) mod queries;
pub(crate) mod revoking;
#[cfg(test)]
mod tests;

use crate::sql::{Row, int, text};
use campana_core::accounts::quota::{Answer, Kind, Lease, People, Registry, RegistryChange, Report};
use campana_core::accounts::revocation::Revocation;
use campana_core::live::ListHolders;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::objects::CallError;
use campana_runtime::ports::{self, Address};
use campana_runtime::retry::Retry;
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::sql::Value;
use campana_runtime::{Context, Hosted};
use campana_schema::objects::LEDGER;
use metrics::Metering;
use queries::{leases, users};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;

/// Time-out of a call to the registry, in milliseconds.
const TIMEOUT_MS: u32 = 2_000;
/// `meta` key: count of sent messages.
const MESSAGES_TOTAL: &str = "messages_total";
/// `meta` key: the app's tenant, known once a revocation came.
const TENANT: &str = "tenant";

/// Sends an object's report to its app's quota registry.
pub(crate) async fn report(context: &Context, tenant: &TenantId, report: &Report) -> Result<Answer, CallError> {
    let registry = Address { namespace: "QUOTA_REGISTRY", name: tenant.to_string() };
    context.ask(&registry, "tally", report, TIMEOUT_MS).await
}

/// A request of a function: an app's revocation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Revoke {
    /// The app's tenant.
    pub tenant: TenantId,
    /// The revocation.
    pub revocation: Revocation,
}

/// An app's quota registry. Requests: `/tally` with a [`Report`], `/revoke` with a [`Revoke`], `/holders` with a
/// [`ListHolders`], `/stats`, and those about metrics: `/measure`, `/metrics` and `/series`.
pub(crate) struct Object {
    context: Context,
    registry: RefCell<Option<Registry>>,
    metering: RefCell<Option<Metering>>,
    flight: SingleFlight,
    retry: Retry,
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Instance for Object {
    fn start(context: Context) -> Rc<Self> {
        let (flight, retry) = (SingleFlight::default(), Retry::new(revoking::BACKOFF));
        Rc::new(Self { context, registry: RefCell::default(), metering: RefCell::default(), flight, retry })
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> ports::Answer {
        match path {
            "/tally" => ports::Answer::value(read_request(body).and_then(|report| self.take(&report))),
            "/revoke" => answer(body, async |Revoke { tenant, revocation }| self.revoke(&tenant, &revocation)).await,
            "/measure" => answer(body, async |report| self.measure(&report)).await,
            "/metrics" => answer(body, async |(): ()| self.measurements()).await,
            "/series" => answer(body, async |asked| self.series(asked)).await,
            "/holders" => answer(body, async |asked: ListHolders| self.holders(&asked)).await,
            "/stats" => ports::Answer::value(self.with(Registry::stats)),
            _ => ports::Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.run_due().await;
    }
}

impl Object {
    /// Takes a report. The lease and its people are stored together, or neither is and the registry is reloaded.
    fn take(&self, report: &Report) -> Result<Answer, Problem> {
        self.load()?;
        let messages_before = self.registry.borrow().as_ref().map_or(0, Registry::messages_total);
        let answer = self.context.sql.transaction(|| self.store(report));
        if answer.is_err() {
            *self.registry.borrow_mut() = None;
        }
        let answer = answer?;
        let messages = self.registry.borrow().as_ref().map_or(0, Registry::messages_total);
        let sent = u64::try_from(messages.saturating_sub(messages_before)).unwrap_or_default();
        // The database logs a failure; the report is taken.
        let _noted = self.note_traffic(answer.connections, sent);
        Ok(answer)
    }

    fn store(&self, report: &Report) -> Result<Answer, Problem> {
        let mut answer = self.with(|registry, now| registry.take(report, now))?;
        if answer.turn == report.turn {
            let named = serde_json::to_string(report.holders.named()).unwrap_or_default();
            self.keep_people(report, &named)?;
            if report.quota.person.is_some() {
                answer.people = self.context.sql.list(users::TOTALS, [text(&named)], total)?;
            }
            answer.revocations = self.recent(&named)?;
        }
        Ok(answer)
    }

    /// Stores the users of an object's connections. Writes only rows that change.
    fn keep_people(&self, report: &Report, named: &str) -> Result<(), Problem> {
        let source = || text(&report.source);
        match &report.holders {
            People::Nobody => return self.context.sql.run(users::REMOVE_SOURCE, vec![source()]),
            People::Everybody(_) => self.context.sql.run(users::REMOVE_OTHERS, vec![source(), text(named)])?,
            People::Changed(changed) if changed.is_empty() => return Ok(()),
            People::Changed(_) => self.context.sql.run(users::REMOVE, vec![source(), text(named)])?,
        }
        self.context.sql.run(users::SAVE, vec![source(), text(named)])
    }

    /// Applies `act` and persists its changes. If that fails, the registry is reloaded at the next call.
    fn with<T>(&self, act: impl FnOnce(&mut Registry, Timestamp) -> (T, Vec<RegistryChange>)) -> Result<T, Problem> {
        self.load()?;
        let mut cached = self.registry.borrow_mut();
        let Some(mut registry) = cached.take() else { return Err(Problem::internal("the quota registry is in use")) };
        let (value, changes) = act(&mut registry, self.context.now());
        for change in changes {
            self.keep(change)?;
        }
        *cached = Some(registry);
        Ok(value)
    }

    /// Loads the registry unless it is in memory. Outside of a transaction, since it also upgrades the tables.
    fn load(&self) -> Result<(), Problem> {
        if self.registry.borrow().is_none() {
            let registry = self.open()?;
            *self.registry.borrow_mut() = Some(registry);
        }
        Ok(())
    }

    fn open(&self) -> Result<Registry, Problem> {
        self.context.sql.upgrade(&LEDGER)?;
        let total = self.context.sql.recall_json(MESSAGES_TOTAL)?.unwrap_or(0);
        let leases = self.context.sql.pages(leases::PAGE, &[Value::Text(String::new())], &[0], lease)?;
        Ok(Registry::reopen(leases, total))
    }

    fn keep(&self, change: RegistryChange) -> Result<(), Problem> {
        match change {
            RegistryChange::Lease(source, lease) => self.context.sql.run(
                leases::SAVE,
                vec![
                    text(&source),
                    text(lease.kind.as_str()),
                    int(lease.connections.into()),
                    int(lease.people.into()),
                    int(lease.sent),
                    int(lease.turn),
                    int(lease.until.millis()),
                ],
            ),
            RegistryChange::Gone(source) => {
                self.context.sql.run(users::REMOVE_SOURCE, vec![text(&source)])?;
                self.context.sql.run(leases::REMOVE, vec![text(&source)])
            }
            RegistryChange::Messages(total) => self.context.sql.keep_json(MESSAGES_TOTAL, &total),
        }
    }
}

fn lease(row: &Row) -> Option<(String, Lease)> {
    let lease = Lease {
        kind: Kind::parse(row.text(1)?)?,
        connections: row.number(2)?,
        people: row.number(3)?,
        sent: row.int(4)?,
        turn: row.int(5)?,
        until: row.time(6)?,
    };
    Some((row.string(0)?, lease))
}

fn total(row: &Row) -> Option<(UserId, u64)> {
    Some((UserId::trusted(row.text(0)?), row.number(1)?))
}
