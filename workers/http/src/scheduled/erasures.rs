//! Erasures of users whose next step is due, longest waiting first.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::erasing;
use crate::ports::BoxFuture;

/// Steps of an erasure that run before it is another one's turn.
const STEPS: u32 = 5;

pub(super) struct PendingErasures;

impl Job for PendingErasures {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let Some(mut erasure) = app.store().due_erasure(app.now()).await? else {
                return Ok(Step { purged: 0, more: false });
            };
            match erasing::run(app, &mut erasure, STEPS).await {
                Ok(ran) => Ok(Step { purged: ran.into(), more: true }),
                Err(error) => {
                    erasing::put_off(app, &erasure).await?;
                    Err(Failure { error, more: true })
                }
            }
        })
    }
}
