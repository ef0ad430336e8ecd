//! Apps with data past its retention, as a queue.

use super::job::DAY_MS;
use crate::ports::BoxFuture;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Keeping, StorageError, Store};
use std::collections::VecDeque;

/// Apps per query, and maximum number of queries per run.
const PAGE: u32 = 500;
const PAGES: u32 = 20;

/// Query for a page of apps with a retention, by tenant.
pub(super) type List =
    for<'a> fn(&'a Store, Option<&'a TenantId>, u32) -> BoxFuture<'a, Result<Vec<Keeping>, StorageError>>;

/// Data older than this is past the app's retention.
pub(super) fn cutoff(app: &Keeping, now: Timestamp) -> Timestamp {
    now.plus_millis(app.days.saturating_mul(DAY_MS).saturating_neg())
}

/// Apps with data past its retention, most overdue first, so that no app starves if a run cannot serve all.
pub(super) async fn overdue(store: &Store, list: List, now: Timestamp) -> Result<VecDeque<Keeping>, StorageError> {
    let mut found = Vec::new();
    let mut after: Option<TenantId> = None;
    for _ in 0..PAGES {
        let page = list(store, after.as_ref(), PAGE).await?;
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
