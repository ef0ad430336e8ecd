//! Leases of sockets whose object died without a word. They count as offline from their end on; here they only leave
//! room, and when their people were last seen stays.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Rows in one step at most.
const ROWS: u32 = 1_000;

pub(super) struct StalePresence;

impl Job for StalePresence {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move { Ok(Step::of(app.store().purge_presence(app.now(), ROWS).await?, ROWS)) })
    }
}
