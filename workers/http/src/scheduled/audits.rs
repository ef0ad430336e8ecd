//! The audit log's rows that their app does not keep any longer. The schema refuses to delete others.
//!
//! The first step finds the apps; after it each takes away from one app, in turn.

use super::job::{Failure, HOUR_MS, Job, Step};
use super::overdue::{cutoff, overdue};
use crate::App;
use crate::ports::BoxFuture;
use campana_storage::Keeping;
use std::collections::VecDeque;

/// Rows in one step at most.
const ROWS: u32 = 1_000;
/// The database has a clock of its own, by which it refuses.
const MARGIN_MS: i64 = HOUR_MS;

/// The apps that are still to be served, once they are known.
#[derive(Default)]
pub(super) struct OldAudits {
    apps: Option<VecDeque<Keeping>>,
}

impl Job for OldAudits {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let now = app.now().plus_millis(-MARGIN_MS);
            let Some(apps) = &mut self.apps else {
                let found = overdue(app.store(), |s, after, n| Box::pin(s.apps_with_audits(after, n)), now);
                let apps = self.apps.insert(found.await?);
                return Ok(Step { purged: 0, more: !apps.is_empty() });
            };
            let Some(next) = apps.pop_front() else { return Ok(Step { purged: 0, more: false }) };
            match app.store().purge_audits(&next.tenant, cutoff(&next, now), ROWS).await {
                Ok(purged) => {
                    apps.extend((purged >= u64::from(ROWS)).then_some(next));
                    Ok(Step { purged, more: !apps.is_empty() })
                }
                Err(error) => Err(Failure { error, more: !apps.is_empty() }),
            }
        })
    }
}
