//! Purge of ended mutes and bans. They have no effect after their end; the purge only frees space.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Retention of an ended mute or ban, milliseconds.
const KEPT_FOR_MS: i64 = DAY_MS;
/// Maximum number of rows per step.
const ROWS: u32 = 1_000;

pub(super) struct OldSanctions;

impl Job for OldSanctions {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let before = app.now().plus_millis(-KEPT_FOR_MS);
            Ok(Step::of(app.store().purge_sanctions(before, ROWS).await?, ROWS))
        })
    }
}
