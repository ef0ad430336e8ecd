//! Purge of rows past their app's retention: messages, for apps that limit it (the trim of the objects' logs is
//! scheduled together with it), audit entries, reports, closed alerts with all their rows and, with a shorter retention, their
//! location trails. The schema refuses to delete younger entries and other timelines.
//!
//! The first step finds the apps. Each later step takes the next app and purges some of its entries, some messages of
//! one conversation, or a chunk of its earliest-closed alert.

use super::job::{DAY_MS, Failure, HOUR_MS, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Keeping, Retained, StorageError, Store};
use std::collections::VecDeque;

/// Apps per query, and maximum number of queries per run.
const PAGE: u32 = 500;
const PAGES: u32 = 20;
/// Maximum number of audit entries, or of reports, per step.
const AUDITS: u32 = 1_000;
/// Maximum number of messages, or of rows of each kind of an alert, per step.
const ROWS: u32 = 500;
/// Tolerance for the database's own clock, by which the schema refuses deletion.
const MARGIN_MS: i64 = HOUR_MS;

pub(super) struct Retention {
    rows: Retained,
    /// Apps that remain to be purged; `None` until the first step.
    apps: Option<VecDeque<Keeping>>,
}

impl Retention {
    pub(super) fn of(rows: Retained) -> Box<dyn Job> {
        Box::new(Self { rows, apps: None })
    }
}

impl Job for Retention {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let (store, now) = (app.store(), app.now());
            let ends_by = match self.rows {
                Retained::Messages | Retained::Reports => now,
                Retained::Audits | Retained::Trails | Retained::Alerts => now.plus_millis(-MARGIN_MS),
            };
            let Some(apps) = &mut self.apps else {
                let apps = self.apps.insert(overdue(store, self.rows, ends_by).await?);
                return Ok(Step { purged: 0, more: !apps.is_empty() });
            };
            let Some(next) = apps.pop_front() else { return Ok(Step { purged: 0, more: false }) };
            match purge(store, self.rows, &next.tenant, cutoff(&next, ends_by), now).await {
                Ok(Step { purged, more }) => {
                    apps.extend(more.then_some(next));
                    Ok(Step { purged, more: !apps.is_empty() })
                }
                Err(error) => Err(Failure { error, more: !apps.is_empty() }),
            }
        })
    }
}

/// Purges some of an app's rows from before the cutoff.
async fn purge(
    store: &Store,
    rows: Retained,
    tenant: &TenantId,
    before: Timestamp,
    now: Timestamp,
) -> Result<Step, StorageError> {
    let purged = match rows {
        Retained::Audits => return Ok(Step::of(store.purge_audits(tenant, before, AUDITS).await?, AUDITS)),
        Retained::Reports => return Ok(Step::of(store.purge_reports(tenant, before, AUDITS).await?, AUDITS)),
        Retained::Messages => match store.conversation_with_messages_before(tenant, before).await? {
            Some(conversation) => Some(store.purge_messages(tenant, &conversation, before, now, ROWS).await?),
            None => None,
        },
        Retained::Trails => store.purge_trail(tenant, before, ROWS).await?,
        Retained::Alerts => store.purge_alert(tenant, before, ROWS).await?,
    };
    Ok(Step { purged: purged.unwrap_or(0), more: purged.is_some() })
}

/// Data older than this is past the app's retention.
fn cutoff(app: &Keeping, now: Timestamp) -> Timestamp {
    now.plus_millis(app.days.saturating_mul(DAY_MS).saturating_neg())
}

/// Apps with data past its retention, most overdue first, so that no app starves if a run cannot serve all.
async fn overdue(store: &Store, rows: Retained, now: Timestamp) -> Result<VecDeque<Keeping>, StorageError> {
    let mut found = Vec::new();
    let mut after: Option<TenantId> = None;
    for _ in 0..PAGES {
        let page = store.apps_keeping(rows, after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map(|app| app.tenant.clone());
        found.extend(page.into_iter().filter_map(|app| {
            let late = cutoff(&app, now).since(app.oldest_at?);
            (late > 0).then_some((late, app))
        }));
        if is_last {
            break;
        }
    }
    found.sort_by_key(|(late, _)| std::cmp::Reverse(*late));
    Ok(found.into_iter().map(|(_, app)| app).collect())
}
