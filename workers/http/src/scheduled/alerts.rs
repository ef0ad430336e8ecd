//! Sweep of overdue alerts: alerts with a step that their desk should have taken, because its alarm was lost or is
//! late. Each affected desk is asked to process its alerts; only the desk decides which steps are due.
//!
//! D1 lags slightly behind the desks. This causes no duplicate actions: a desk that is up to date finds nothing to do.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::alerts::command::Sweep;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_storage::{Overdue, StorageError};
use futures_util::future::join_all;
use std::collections::{HashSet, VecDeque};

/// Grace period, milliseconds: desks act on time and flush soon after.
const GRACE_MS: i64 = 60_000;
/// Alerts per query. One tenant may have many.
const ALERTS: u32 = 500;
/// Maximum number of desks per step.
const DESKS: usize = 30;
/// Desks asked concurrently.
const AT_ONCE: usize = 6;

/// Desks that remain to be asked, and the position in the list of overdue alerts.
#[derive(Default)]
pub(super) struct OverdueAlerts {
    waiting: VecDeque<TenantId>,
    found: HashSet<TenantId>,
    last: Option<Overdue>,
    is_read: bool,
}

impl Job for OverdueAlerts {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            if self.waiting.is_empty() {
                self.look(app).await?;
            }
            let asked: Vec<TenantId> = self.waiting.drain(..self.waiting.len().min(DESKS)).collect();
            let (mut overdue, mut silent, mut failed) = (0, 0, None);
            for wave in asked.chunks(AT_ONCE) {
                for answer in join_all(wave.iter().map(|tenant| sweep(app, tenant))).await {
                    match answer {
                        Ok(Ok(alerts)) => overdue = u64::from(alerts).saturating_add(overdue),
                        Ok(Err(_)) => silent = 1_usize.saturating_add(silent),
                        Err(error) => failed = Some(error),
                    }
                }
            }
            if silent > 0 {
                tracing::warn!(at = "scheduled", job = "alerts", desks_without_answer = silent);
            }
            let more = !self.waiting.is_empty() || !self.is_read;
            match failed {
                Some(error) => Err(Failure { error, more }),
                None => Ok(Step { purged: overdue, more }),
            }
        })
    }
}

impl OverdueAlerts {
    /// Reads the next page of overdue alerts and queues desks not seen before in this run.
    async fn look(&mut self, app: &App) -> Result<(), StorageError> {
        let before = app.now().plus_millis(-GRACE_MS);
        let page = app.store().overdue_alerts(before, self.last.as_ref(), ALERTS).await?;
        self.is_read = page.len() < ALERTS as usize;
        self.last = page.last().cloned().or_else(|| self.last.take());
        for Overdue { tenant, .. } in page {
            if self.found.insert(tenant.clone()) {
                self.waiting.push_back(tenant);
            }
        }
        Ok(())
    }
}

/// Asks a tenant's desk to process its overdue alerts. Returns how many there were.
async fn sweep(app: &App, tenant: &TenantId) -> Result<Result<u32, Problem>, StorageError> {
    let Some(record) = app.store().app_by_tenant(tenant).await? else { return Ok(Ok(0)) };
    let sweep = Sweep { app_config: record.app_config(), settings: record.alerts };
    Ok(app.desks().sweep(sweep).await.map(|swept| swept.overdue))
}
