//! Purge of deleted messages. Until then, the history shows them as deleted.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// How long the history shows a deleted message, milliseconds.
const KEPT_FOR_MS: i64 = 30 * DAY_MS;
/// Maximum number of rows per step.
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
