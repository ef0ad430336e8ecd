//! Mutes and bans that ended. They count as none from then on; here they only leave room.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// How long one stays that ended.
const KEPT_FOR_MS: i64 = DAY_MS;
/// Rows in one step at most.
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
