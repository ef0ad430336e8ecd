//! The `Pager` object: sends a tenant's web push pages and alert webhooks for its alert desk.
//!
//! **Atomicity.** One turn without an await turns a hand-over into stored jobs. The answer leaves when they are
//! durable, so the desk may delete its rows. An attempt is counted before its request, and its outcome is stored before
//! the next attempt: a lost request is sent again. After `/forget` returns, none of the user's devices is paged: each
//! attempt checks its job in the turn in which the request starts.
//!
//! **What survives hibernation.** In SQLite: devices, webhooks and their secrets, jobs with their attempts, the inbox
//! positions, reports that the desk lacks. Lost and harmless: requests in flight, which are sent again (a device shows
//! one notification per alert, a webhook event has an id). One alarm serves all due times; the object arms it anew from
//! its tables when it wakes.

mod commands;
mod devices;
mod notifications;
mod pushing;
pub(crate) mod queries;
mod refusals;
mod reporting;
#[cfg(test)]
mod tests;
mod webhooks;

use crate::platform::log_failure;
use crate::push_signing::Signing;
use crate::sql::Sql;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::delivery::Deliveries;
use campana_runtime::inbox::{self, Inbox};
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::ports::Answer;
use campana_runtime::retry::Retry;
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::sql::Tables;
use campana_schema::objects::PAGER;
use queries::{jobs, pages};
use std::rc::Rc;
use webhooks::AlertBackend;

/// Delay of the alarm after the database failed, milliseconds.
const SAFETY_MS: i64 = 5_000;
/// Shortest delay of the alarm, milliseconds.
const SOONEST_MS: i64 = 50;
/// Shortest delay of the alarm while pages are being sent, milliseconds.
const BUSY_MS: i64 = 1_000;
pub(crate) const INBOX: inbox::Statements = inbox::Statements {
    log_name: "pager.handover",
    last: queries::inbox::LAST,
    save: queries::inbox::SAVE,
    forget: queries::inbox::FORGET,
};
/// Key in `meta`: the tenant.
const TENANT: &str = "tenant";

/// A tenant's pager. Requests: from the desk `/errands`
/// ([`Notifications`](campana_core::alerts::notification::Notifications)) and `/forget`
/// ([`Forget`](campana_core::alerts::notification::Forget)), from functions `/command`
/// ([`PagerRequest`](campana_core::alerts::pager::PagerRequest)).
pub(crate) struct Object {
    sql: Sql,
    context: Context,
    inbox: Inbox,
    tables: Tables,
    webhooks: Rc<Deliveries<AlertBackend>>,
    pushing: pushing::Pushing,
    signing: Rc<Signing>,
    reports: SingleFlight,
    reports_retry: Retry,
}

impl Instance for Object {
    fn start(context: Context) -> Rc<Self> {
        let sql = context.sql.clone();
        Rc::new(Self {
            inbox: Inbox::new(sql.clone(), INBOX),
            webhooks: Deliveries::new(context.clone(), AlertBackend::new(context.clone())),
            pushing: pushing::Pushing::default(),
            signing: Signing::of(&context),
            reports: SingleFlight::default(),
            reports_retry: Retry::new(reporting::BACKOFF),
            tables: Tables::new(sql.clone(), &PAGER),
            sql,
            context,
        })
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/command" => answer(body, async |request| self.command(request)).await,
            "/errands" => Answer::done(read_request(body).and_then(|notifications| self.take(notifications))),
            "/forget" => Answer::done(read_request(body).and_then(|forget| self.forget(&forget))),
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.context.alarm().fired();
        if self.tables.exist() {
            // First what is due soon: if the instance is lost below, the alarm must not be the history's, days later.
            self.arm();
            if let Err(problem) = self.clean_up() {
                log_failure("pager.maintenance", None, &problem);
            }
            self.go_on();
        }
    }
}

/// Result of the pager's functions.
type Outcome<T> = Result<T, Problem>;

impl Object {
    /// Starts all due work in the background, and arms the alarm for the rest.
    fn go_on(self: &Rc<Self>) {
        self.push();
        self.context.spawn(Rc::clone(&self.webhooks).run());
        self.report();
        self.arm();
    }

    fn tenant(&self) -> Outcome<Option<TenantId>> {
        Ok(self.sql.recall(TENANT)?.map(TenantId::trusted))
    }

    /// Stores the tenant, which the first request names.
    fn belong_to(&self, tenant: &TenantId) -> Outcome<()> {
        self.tables.make()?;
        if self.tenant()?.is_none() {
            self.sql.keep(TENANT, tenant.as_str())?;
        }
        Ok(())
    }

    /// The earliest due time of jobs, pages and devices.
    fn next_due(&self) -> Outcome<Option<Timestamp>> {
        let mut first = None;
        for statement in
            [jobs::NEXT, pages::NEXT_END, queries::devices::NEXT_EXPIRY].iter().filter(|_| self.tables.exist())
        {
            let next = self.sql.find(statement, [], |row| row.time(0))?;
            first = first.into_iter().chain(next).min();
        }
        Ok(first)
    }

    /// Arms the alarm for all that is due, read from the tables: an object that just woke does not know the alarm's
    /// time.
    fn arm(&self) {
        let now = self.context.now();
        let soonest = now.plus_millis(if self.pushing.is_busy() { BUSY_MS } else { SOONEST_MS });
        // The database logs its failures; the alarm retries.
        let tables = self.next_due().unwrap_or_else(|_| Some(now.plus_millis(SAFETY_MS)));
        if let Some(at) = tables.into_iter().chain(self.reports_retry.at()).min() {
            self.context.wake_at(at.max(soonest));
        }
        self.webhooks.arm();
    }
}
