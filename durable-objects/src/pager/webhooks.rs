//! Storage of the queue of alert webhooks.

use super::TENANT;
use super::queries::webhooks;
use crate::delivery_history::History;
use crate::sql::{Row, Sql, int, json, text};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::alerts::{AlertQueue, Pending, PendingChange, ScheduleQueue};
use campana_core::webhooks::history::Report;
use campana_core::webhooks::{Change, ChangeOf};
use campana_runtime::Context;
use campana_runtime::delivery::Backend;
use campana_runtime::sql::{Tables, Value};
use campana_schema::objects::PAGER;

/// The pager's tables as storage of the queue.
pub(super) struct AlertBackend {
    sql: Sql,
    tables: Tables,
    /// The history of deliveries.
    pub(super) history: History,
}

impl AlertBackend {
    pub(super) fn new(context: Context) -> Self {
        let sql = context.sql.clone();
        Self { tables: Tables::new(sql.clone(), &PAGER), sql, history: History::new(context) }
    }
}

impl Backend for AlertBackend {
    type Policy = ScheduleQueue;
    const LOG_NAME: &'static str = "pager.webhook";

    fn counted_as(&self) -> Option<(TenantId, &'static str)> {
        Some((TenantId::trusted(self.sql.recall(TENANT).ok()??), "alert_webhook"))
    }

    fn load(&self) -> Result<AlertQueue, Problem> {
        let mut queue = AlertQueue::default();
        if !self.tables.exist() {
            return Ok(queue);
        }
        let sql = &self.sql;
        for endpoint in sql.list(webhooks::ALL, [], |row| row.json(0))? {
            queue.restore_endpoint(endpoint);
        }
        let read = |row: &Row| Some((row.int(0)?, row.json(1)));
        let events = sql.pages(webhooks::EVENTS_PAGE, &[Value::Int(0)], &[0], read)?;
        for (number, event) in events {
            queue.restore_event(number, event);
        }
        let start = [Value::Text(String::new()), Value::Int(0)];
        let pending = sql.pages(webhooks::PENDING_PAGE, &start, &[0, 1], |row| {
            Some((row.string(0)?, row.int(1)?, Pending { tries: row.number(2)?, next_at: row.time(3)? }))
        })?;
        for (hook, number, pending) in pending {
            queue.restore_pending(hook, number, pending);
        }
        Ok(queue)
    }

    fn store(&self, change: ChangeOf<ScheduleQueue>) -> Result<(), Problem> {
        let sql = &self.sql;
        match change {
            Change::Appended(number, event) => sql.run(webhooks::ADD_EVENT, vec![int(number), json(&event)]),
            Change::Removed(first, last) => sql.run(webhooks::REMOVE_EVENTS, vec![int(first), int(last)]),
            Change::Detail(PendingChange { endpoint, number, pending: Some(Pending { tries, next_at }) }) => {
                let params = vec![text(&endpoint), int(number), int(tries.into()), int(next_at.millis())];
                sql.run(webhooks::SAVE_PENDING, params)
            }
            Change::Detail(PendingChange { endpoint, number, pending: None }) => {
                sql.run(webhooks::REMOVE_PENDING, vec![text(&endpoint), int(number)])
            }
            Change::Endpoint(endpoint) => sql.run(webhooks::SAVE, vec![text(&endpoint.id), json(&endpoint)]),
            Change::EndpointRemoved(id) => {
                sql.run(webhooks::REMOVE, vec![text(&id)])?;
                self.history.remove_endpoint(&id)
            }
        }
    }

    fn report(&self, report: Report) -> Result<(), Problem> {
        self.history.report(report)
    }
}
