//! Purge of rows some time after they ended, over all tenants.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use campana_storage::Ended;

pub(super) struct Purge {
    pub(super) rows: Ended,
    /// How long the rows are kept after their end, milliseconds.
    pub(super) kept_for_ms: i64,
    /// Maximum number of rows per step.
    pub(super) limit: u32,
}

impl Job for Purge {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let before = app.now().plus_millis(self.kept_for_ms.saturating_neg());
            Ok(Step::of(app.store().purge(self.rows, before, self.limit).await?, self.limit))
        })
    }
}
