//! Tickets that nobody used in their 30 seconds.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Rows in one step at most.
const ROWS: u32 = 1_000;

pub(super) struct Tickets;

impl Job for Tickets {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move { Ok(Step::of(app.store().purge_tickets(app.now(), ROWS).await?, ROWS)) })
    }
}
