//! Alerts that ended longer ago than their app keeps them, with all that is of them, and, sooner, the places where somebody
//! was. The schema refuses to delete any other timeline.
//!
//! The first step finds the apps; after it each takes some of the alert that ended first of one app, in turn.

use super::job::{Failure, HOUR_MS, Job, Step};
use super::overdue::{List, cutoff, overdue};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Keeping, StorageError, Store};
use std::collections::VecDeque;

/// Rows of each kind in one step at most.
const ROWS: u32 = 500;
/// The database has a clock of its own, by which it refuses.
const MARGIN_MS: i64 = HOUR_MS;

/// Takes some rows away of what ended before then. How many, `None` if nothing has.
type Purge = for<'a> fn(&'a Store, &'a TenantId, Timestamp) -> BoxFuture<'a, Result<Option<u64>, StorageError>>;

/// The apps that are still to be served, once they are known.
pub(super) struct Old {
    list: List,
    purge: Purge,
    apps: Option<VecDeque<Keeping>>,
}

impl Old {
    /// Alerts.
    pub(super) fn alerts() -> Self {
        Self {
            list: |store, after, limit| Box::pin(store.apps_with_alerts(after, limit)),
            purge: |store, tenant, before| Box::pin(store.purge_alert(tenant, before, ROWS)),
            apps: None,
        }
    }

    /// Places.
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
