//! Purge of ended invites. For a week, the list still shows how they ended.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Retention of an ended invite, milliseconds.
const KEPT_FOR_MS: i64 = 7 * DAY_MS;
/// Maximum number of rows per step.
const ROWS: u32 = 1_000;

pub(super) struct OldInvites;

impl Job for OldInvites {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let before = app.now().plus_millis(-KEPT_FOR_MS);
            Ok(Step::of(app.store().purge_invites(before, ROWS).await?, ROWS))
        })
    }
}
