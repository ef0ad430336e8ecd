//! Messages that somebody deleted. Until then they show as deleted in the history.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// How long a deleted message shows as such.
const KEPT_FOR_MS: i64 = 30 * DAY_MS;
/// Rows in one step at most.
const ROWS: u32 = 500;

pub(super) struct DeletedMessages;

impl Job for DeletedMessages {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let before = app.now().plus_millis(-KEPT_FOR_MS);
            Ok(Step::of(app.store().purge_deleted_messages(before, ROWS).await?, ROWS))
        })
    }
}
