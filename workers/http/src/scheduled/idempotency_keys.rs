//! First results of creating calls, which a repeat gets for a day.

use super::job::{DAY_MS, Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// How long a first result is kept.
const KEPT_FOR_MS: i64 = DAY_MS;
/// Rows in one step at most.
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
