//! Purge of stored responses for idempotency keys. Retries get them for one day.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Retention of a stored response, milliseconds.
const KEPT_FOR_MS: i64 = DAY_MS;
/// Maximum number of rows per step.
const ROWS: u32 = 1_000;

pub(super) struct IdempotencyKeys;

impl Job for IdempotencyKeys {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let before = app.now().plus_millis(-KEPT_FOR_MS);
            Ok(Step::of(app.store().purge_idempotency_keys(before, ROWS).await?, ROWS))
        })
    }
}
