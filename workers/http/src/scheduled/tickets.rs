//! Purge of tickets that expired unused.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Maximum number of rows per step.
const ROWS: u32 = 1_000;

pub(super) struct Tickets;

impl Job for Tickets {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move { Ok(Step::of(app.store().purge_tickets(app.now(), ROWS).await?, ROWS)) })
    }
}
