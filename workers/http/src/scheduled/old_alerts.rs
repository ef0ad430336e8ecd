//! Purge of closed alerts past their app's retention, with all their rows, and, with a shorter retention, of location
//! trails. The schema refuses to delete any other timeline.
//!
//! The first step finds the apps. Each later step takes the next app and purges a chunk of its earliest-closed alert.

use super::job::{Failure, HOUR_MS, Job, Step};
use super::overdue::{List, cutoff, overdue};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Keeping, StorageError, Store};
use std::collections::VecDeque;

/// Maximum number of rows of each kind per step.
const ROWS: u32 = 500;
/// Tolerance for the database's own clock, by which the schema refuses deletion.
const MARGIN_MS: i64 = HOUR_MS;

/// Purges rows of an alert closed before the given time. Returns their number, `None` if there was no such alert.
type Purge = for<'a> fn(&'a Store, &'a TenantId, Timestamp) -> BoxFuture<'a, Result<Option<u64>, StorageError>>;

/// Job state: apps that remain to be purged; `None` until the first step.
pub(super) struct Old {
    list: List,
    purge: Purge,
    apps: Option<VecDeque<Keeping>>,
}

impl Old {
    /// Purge of alerts.
    pub(super) fn alerts() -> Self {
        Self {
            list: |store, after, limit| Box::pin(store.apps_with_alerts(after, limit)),
            purge: |store, tenant, before| Box::pin(store.purge_alert(tenant, before, ROWS)),
            apps: None,
        }
    }

    /// Purge of location trails.
    pub(super) fn trails() -> Self {
        Self {
            list: |store, after, limit| Box::pin(store.apps_with_trails(after, limit)),
            purge: |store, tenant, before| Box::pin(store.purge_trail(tenant, before, ROWS)),
            apps: None,
        }
    }
}

impl Job for Old {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let now = app.now().plus_millis(-MARGIN_MS);
            let Some(apps) = &mut self.apps else {
                let apps = self.apps.insert(overdue(app.store(), self.list, now).await?);
                return Ok(Step { purged: 0, more: !apps.is_empty() });
            };
            let Some(next) = apps.pop_front() else { return Ok(Step { purged: 0, more: false }) };
            match (self.purge)(app.store(), &next.tenant, cutoff(&next, now)).await {
                Ok(purged) => {
                    apps.extend(purged.map(|_| next));
                    Ok(Step { purged: purged.unwrap_or(0), more: !apps.is_empty() })
                }
                Err(error) => Err(Failure { error, more: !apps.is_empty() }),
            }
        })
    }
}
