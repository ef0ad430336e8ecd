//! Purge of quarantined log entries. They are retained for repairs.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::shared::limits::LOG_KEPT_MS;

/// Maximum number of rows per step.
const ROWS: u32 = 500;

pub(super) struct QuarantinedEntries;

impl Job for QuarantinedEntries {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        let before = app.now().plus_millis(-LOG_KEPT_MS);
        Box::pin(async move { Ok(Step::of(app.store().purge_quarantined_entries(before, ROWS).await?, ROWS)) })
    }
}
