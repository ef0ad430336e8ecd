//! Folds names again that an earlier version folded, so that searches find them. Resumes with the rows that are left.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;

/// Rows per step.
const LIMIT: u32 = 100;

/// Names of users.
pub(super) struct UserNames;

/// Names of rooms.
pub(super) struct RoomNames;

impl Job for UserNames {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move { Ok(Step::of(app.store().refold_users(LIMIT).await?, LIMIT)) })
    }
}

impl Job for RoomNames {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move { Ok(Step::of(app.store().refold_rooms(LIMIT).await?, LIMIT)) })
    }
}
