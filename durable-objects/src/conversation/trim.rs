//! Deletion of events that are too old to be kept for resume, on request of the scheduled function. A client that
//! resumes from an older position gets `reset`.
//!
//! Only events that the record has are deleted, and the keys of sends stay. The log may become empty: its position is
//! stored in the turn that deletes the rows. If the app limits message retention, later changes of an expired message
//! stay in the log without their text. A step deletes a bounded number of events; other work runs between steps.

use super::Object;
use super::log::{Bounds, TRIM_STEP};
use campana_core::chat::command::{TrimLog, Trimmed};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// Maximum number of steps per call: enough for a log whose flush is not far behind.
const MAX_STEPS: u32 = 10;
/// Pause between two steps, in milliseconds, so that other work can run.
const BREATH_MS: u32 = 5;

impl Object {
    /// Deletes events from before `trim.before`. An object that was never used stays unused.
    pub(super) async fn trim_log(&self, trim: &TrimLog) -> Result<Trimmed, Problem> {
        if self.loaded.borrow().is_none() {
            return match self.log.meta()? {
                None => Ok(Trimmed { events: 0, oldest_at: None }),
                Some(_) => Err(Problem::internal("the conversation did not wake")),
            };
        }
        self.slow_mode.forget_old(self.context.now())?;
        let (tenant, conversation) = self.names()?;
        if tenant != trim.tenant || conversation != trim.conversation_id {
            return Err(Problem::not_found());
        }
        let mut events = 0;
        for _ in 0..MAX_STEPS {
            let deleted = self.trim_step(trim.before)?;
            events = deleted.saturating_add(events);
            if deleted < TRIM_STEP {
                break;
            }
            self.context.sleep(BREATH_MS).await;
        }
        if let Some(before) = trim.erase_before {
            self.log.erase(self.deletable_up_to()?, before)?;
            self.annotations.forget_pins(before)?;
        }
        let bounds = self.bounds()?;
        let oldest_at = self.log.times(bounds.floor, bounds.head, 1)?.first().map(|(_, at)| *at);
        Ok(Trimmed { events, oldest_at })
    }

    /// Runs one step and returns the number of deleted events.
    fn trim_step(&self, before: Timestamp) -> Result<i64, Problem> {
        let bounds = self.bounds()?;
        let times = self.log.times(bounds.floor, self.deletable_up_to()?, TRIM_STEP)?;
        let due = times.iter().take_while(|(_, at)| *at < before);
        let Some((last, _)) = due.clone().last() else { return Ok(0) };
        self.log.let_go(*last, bounds.counts)?;
        self.annotations.let_go(*last)?;
        if let Some(loaded) = self.loaded.borrow_mut().as_mut() {
            loaded.bounds_floor = *last;
        }
        Ok(i64::try_from(due.count()).unwrap_or(TRIM_STEP))
    }

    /// Last position that may be deleted: that of the flush, or the head if the record has deleted the conversation.
    fn deletable_up_to(&self) -> Result<i64, Problem> {
        let head = self.bounds()?.head;
        let loaded = self.loaded.borrow();
        let loaded = loaded.as_ref().ok_or_else(Problem::not_found)?;
        Ok(if loaded.deleted { head } else { loaded.flushed.min(head) })
    }

    /// The log's extent, also of a deleted conversation.
    fn bounds(&self) -> Result<Bounds, Problem> {
        let loaded = self.loaded.borrow();
        let loaded = loaded.as_ref().ok_or_else(Problem::not_found)?;
        let (head, counts) = (loaded.rules.head(), loaded.rules.counts());
        Ok(Bounds { floor: loaded.bounds_floor, head, counts })
    }
}
