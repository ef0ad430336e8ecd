//! Purge of audit entries past their app's retention. The schema refuses to delete younger ones.
//!
//! The first step finds the apps. Each later step takes the next app and purges some of its entries.

use super::job::{Failure, HOUR_MS, Job, Step};
use super::overdue::{cutoff, overdue};
use crate::App;
use crate::ports::BoxFuture;
use campana_storage::Keeping;
use std::collections::VecDeque;

/// Maximum number of rows per step.
const ROWS: u32 = 1_000;
/// Tolerance for the database's own clock, by which the schema refuses deletion.
const MARGIN_MS: i64 = HOUR_MS;

/// Apps that remain to be purged; `None` until the first step.
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
