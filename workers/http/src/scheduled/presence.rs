//! Purge of expired presence leases, which objects that died did not release. Users count as offline from the expiry
//! on; the purge only frees space. Their last-seen times stay.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Maximum number of rows per step.
const ROWS: u32 = 1_000;

pub(super) struct StalePresence;

impl Job for StalePresence {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move { Ok(Step::of(app.store().purge_presence(app.now(), ROWS).await?, ROWS)) })
    }
}
