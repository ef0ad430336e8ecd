//! Letting go of events that are too old to be kept for resume, when the scheduled function asks for it. What comes
//! back from before them gets `reset`.
//!
//! Only what the record has goes, and the keys of sends stay. The log may become empty: where it stood is remembered
//! in the same turn as the rows go. Where messages are kept for a time only, a later change to one that is over goes
//! on to say that something changed, but not what to. A step takes a bounded number of events, and others have their
//! turn in between.

use super::Object;
use super::log::{Bounds, TRIM_STEP};
use crate::platform;
use campana_core::chat::command::{TrimLog, Trimmed};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;

/// Steps in one call at most: more than a log has whose flush is not far behind.
const MAX_STEPS: u32 = 10;
/// Time between two steps, for those who chat meanwhile, milliseconds.
const BREATH_MS: u32 = 5;

impl Object {
    /// Lets go of events from before a time. An object that was never used has none, and is not made one by this.
    pub(super) async fn trim_log(&self, trim: &TrimLog) -> Result<Trimmed, Problem> {
        if self.loaded.borrow().is_none() {
            return match self.log.meta()? {
                None => Ok(Trimmed { events: 0, oldest_at: None }),
                Some(_) => Err(Problem::new(Kind::Internal, "the conversation did not wake")),
            };
        }
        let (tenant, conversation) = self.names()?;
        if tenant != trim.tenant || conversation != trim.conversation_id {
            return Err(Problem::not_found());
        }
        let mut events = 0;
        for _ in 0..MAX_STEPS {
            let went = self.trim_step(trim.before)?;
            events = went.saturating_add(events);
            if went < TRIM_STEP {
                break;
            }
            platform::sleep(BREATH_MS).await;
        }
        if let Some(before) = trim.erase_before {
            self.log.erase(self.may_go_up_to()?, before)?;
        }
        let bounds = self.bounds()?;
        let oldest_at = self.log.times(bounds.floor, bounds.head, 1)?.first().map(|(_, at)| *at);
        Ok(Trimmed { events, oldest_at })
    }

    /// One step. How many events went.
    fn trim_step(&self, before: Timestamp) -> Result<i64, Problem> {
        let bounds = self.bounds()?;
        let times = self.log.times(bounds.floor, self.may_go_up_to()?, TRIM_STEP)?;
        let due = times.iter().take_while(|(_, at)| *at < before);
        let Some((last, _)) = due.clone().last() else { return Ok(0) };
        self.log.let_go(*last, bounds.message_count)?;
        if let Some(loaded) = self.loaded.borrow_mut().as_mut() {
            loaded.bounds_floor = *last;
        }
        Ok(i64::try_from(due.count()).unwrap_or(TRIM_STEP))
    }

    /// What the record has; of a deleted conversation everything, since the record has let go of it.
    fn may_go_up_to(&self) -> Result<i64, Problem> {
        let head = self.bounds()?.head;
        let loaded = self.loaded.borrow();
        let loaded = loaded.as_ref().ok_or_else(Problem::not_found)?;
        Ok(if loaded.deleted { head } else { loaded.flushed.min(head) })
    }

    /// Where the log stands, also of a deleted conversation.
    fn bounds(&self) -> Result<Bounds, Problem> {
        let loaded = self.loaded.borrow();
        let loaded = loaded.as_ref().ok_or_else(Problem::not_found)?;
        let (head, message_count) = (loaded.rules.head(), loaded.rules.message_count());
        Ok(Bounds { floor: loaded.bounds_floor, head, message_count })
    }
}
