//! An app's webhooks on the ports of their host.

use super::occupancy;
use super::queries;
use super::record::{Receivers, Record};
use super::rows;
use crate::delivery_history::History;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::ChangeOf;
use campana_core::webhooks::channels::{BatchQueue, ChannelQueue, Handover, MAX_HANDOVER};
use campana_core::webhooks::history::Report;
use campana_runtime::Context;
use campana_runtime::delivery::{Backend, Deliveries};
use campana_runtime::inbox::{self, Inbox};
use campana_runtime::sql::Tables;
use campana_schema::objects::WEBHOOKS;
use std::cell::Cell;
use std::rc::Rc;

/// TTL of the record's answer, and pause after a failed query, milliseconds.
const ASK_EVERY_MS: i64 = 10_000;
/// TTL of a silent sender's position, milliseconds. After that, rows that it hands over again are accepted again.
const SOURCE_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
pub(crate) const INBOX: inbox::Statements = inbox::Statements {
    log_name: "webhooks.handover",
    last: queries::inbox::LAST,
    save: queries::inbox::SAVE,
    forget: queries::inbox::FORGET,
};
/// Key in `meta` of the tenant.
const TENANT: &str = "tenant";

/// An app's webhooks.
pub(crate) struct AppWebhooks {
    pub(super) context: Context,
    inbox: Inbox,
    pub(super) deliveries: Rc<Deliveries<ChannelBackend>>,
}

impl AppWebhooks {
    pub(super) fn new(context: Context, record: Record) -> Rc<Self> {
        let backend = ChannelBackend {
            tables: Tables::new(context.sql.clone(), &WEBHOOKS),
            history: History::new(context.clone()),
            context: context.clone(),
            record,
            asked_at: Cell::default(),
            question: Cell::default(),
        };
        let inbox = Inbox::new(context.sql.clone(), INBOX);
        Rc::new(Self { deliveries: Deliveries::new(context.clone(), backend), inbox, context })
    }

    /// Stores a handover. Sending starts in the background.
    pub(super) fn take(&self, handover: Handover) -> Result<(), Problem> {
        let (now, deliveries) = (self.context.now(), &self.deliveries);
        let Handover { tenant, source, events } = handover;
        if i64::try_from(events.len()).is_ok_and(|count| count > MAX_HANDOVER) {
            return Err(Problem::internal("a handover of another version"));
        }
        if events.is_empty() {
            return Ok(());
        }
        deliveries.backend.tables.make()?;
        let taken = self.inbox.accept(&source, events, now, |events| {
            if self.context.sql.recall(TENANT)?.is_none() {
                self.context.sql.keep(TENANT, tenant.as_str())?;
            }
            let events = occupancy::of_all_gateways(&self.context.sql, events)?;
            deliveries.with(|queue| queue.accept(events, now))
        });
        taken.inspect_err(|_| deliveries.reload())?;
        self.context.spawn(Rc::clone(deliveries).run());
        Ok(())
    }

    /// Runs everything that is due.
    pub(super) async fn run_due(&self) {
        self.context.alarm().fired();
        let since = self.context.now().plus_millis(-SOURCE_KEPT_MS);
        // On failure the next alarm retries.
        let made = self.deliveries.backend.tables.make();
        // First what is due soon: if the instance is lost below, the alarm must not be the history's, days later.
        self.deliveries.arm();
        let _logged = made
            .and_then(|()| self.inbox.forget_silent(since))
            .and_then(|()| self.deliveries.backend.history.forget_old());
        Rc::clone(&self.deliveries).run().await;
    }
}

pub(super) struct ChannelBackend {
    context: Context,
    pub(super) tables: Tables,
    pub(super) history: History,
    record: Record,
    /// When the record was last asked for the endpoints of the queue in memory.
    asked_at: Cell<Option<Timestamp>>,
    /// Number of the newest question.
    question: Cell<u64>,
}

impl ChannelBackend {
    /// The present endpoints. `None` if the record does not answer, or if a later call asked it before the answer.
    pub(super) async fn ask(&self, tenant: TenantId) -> Option<Receivers> {
        let question = self.question.get().wrapping_add(1);
        self.question.set(question);
        self.asked_at.set(Some(self.context.now()));
        (self.record)(tenant).await.filter(|_| self.question.get() == question)
    }
}

impl Backend for ChannelBackend {
    type Policy = BatchQueue;
    const LOG_NAME: &'static str = "webhooks.delivery";

    fn counted_as(&self) -> Option<(TenantId, &'static str)> {
        Some((TenantId::trusted(self.context.sql.recall(TENANT).ok()??), "webhook"))
    }

    fn load(&self) -> Result<ChannelQueue, Problem> {
        self.asked_at.set(None);
        self.tables.make()?;
        rows::load(&self.context.sql)
    }

    fn store(&self, change: ChangeOf<BatchQueue>) -> Result<(), Problem> {
        rows::store(&self.context.sql, change)
    }

    fn report(&self, report: Report) -> Result<(), Problem> {
        self.history.report(report)
    }

    /// Refreshes the endpoints from the record, if events wait and the last answer is older than [`ASK_EVERY_MS`]. If
    /// the record does not answer, the known endpoints stay. Without any, all events stay in the queue.
    async fn prepare(&self, deliveries: &Rc<Deliveries<Self>>) {
        let is_idle = deliveries.with(|queue| queue.is_empty()).unwrap_or(true);
        let now = self.context.now();
        if is_idle || self.asked_at.get().is_some_and(|at| now < at.plus_millis(ASK_EVERY_MS)) {
            return;
        }
        let Ok(Some(tenant)) = self.context.sql.recall(TENANT) else { return };
        let Some((endpoints, key)) = self.ask(TenantId::trusted(tenant)).await else { return };
        // The database logs its failures. The queue is then loaded again, and the record asked again.
        let _logged = deliveries.with(|queue| queue.set_endpoints(endpoints, key));
    }
}
