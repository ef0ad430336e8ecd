//! Scans of files that wait: for the scanner, which failed or was not asked yet, or for conversations that do not show the verdict yet.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use crate::scanning;
use campana_core::files::scan::LEASE_MS;
use futures_util::{StreamExt, stream};

/// Scans of a step, and of these at once. A scanner that does not answer takes the time-out of a request.
const LIMIT: u32 = 12;
const AT_ONCE: usize = 6;
/// Steps of a run in which nothing was decided: the scanners are out of order, and other jobs go first.
const MAX_IDLE_STEPS: u32 = 2;

#[derive(Default)]
pub(super) struct FileScans {
    idle_steps: u32,
}

impl Job for FileScans {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let now = app.now();
            let taken = app.store().take_scans(now, now.plus_millis(LEASE_MS), LIMIT).await?;
            let found = u64::try_from(taken.len()).unwrap_or(u64::MAX);
            let works = stream::iter(taken).map(|due| async move { scanning::work(app, &due.tenant, &due.file).await });
            let outcomes: Vec<bool> = works.buffer_unordered(AT_ONCE).collect().await;
            let decided = outcomes.into_iter().map(u64::from).sum();
            if decided == 0 {
                self.idle_steps = self.idle_steps.saturating_add(1);
            }
            let more = Step::of(found, LIMIT).more && self.idle_steps < MAX_IDLE_STEPS;
            Ok(Step { purged: decided, more })
        })
    }
}
