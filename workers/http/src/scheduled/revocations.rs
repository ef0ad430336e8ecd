//! Hand-over of revocations that no quota registry has yet, because the function that made them, or the next one that
//! read the app, could not reach it.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::identity::hand_over;
use crate::ports::BoxFuture;
use futures_util::{StreamExt, stream};

/// Revocations per step.
const LIMIT: u32 = 100;
/// Registries called concurrently.
const AT_ONCE: usize = 6;

#[derive(Default)]
pub(super) struct PendingRevocations;

impl Job for PendingRevocations {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let pending = app.store().revocations_to_hand_over(app.now(), LIMIT).await?;
            let found = pending.len();
            let calls = stream::iter(pending).map(|(tenant, it)| async move { hand_over(app, &tenant, &it).await });
            let outcomes: Vec<bool> = calls.buffer_unordered(AT_ONCE).collect().await;
            let handed_over = outcomes.into_iter().filter(|is_handed_over| *is_handed_over).count();
            // Those that fail are the first of the next step, too: only a step without failures may have a next one.
            let more = found == LIMIT as usize && handed_over == found;
            Ok(Step { purged: u64::try_from(handed_over).unwrap_or(u64::MAX), more })
        })
    }
}
