//! Slow mode: a member sends one message within a time.
//!
//! The object stores when each member last sent, and passes it here: the time is the same after hibernation.

use super::{Actor, Conversation};
use crate::chat::policy::Action;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;

impl Conversation {
    /// Whether the times of the actor's messages are to be stored and passed to [`Self::pace`]: the room is in slow mode
    /// and the actor does not moderate it.
    pub fn is_paced(&self, actor: Actor<'_>) -> bool {
        self.posting.slow_mode_s > 0 && !self.rights_of(actor).moderates()
    }

    /// Decides whether slow mode lets the actor send now, given when they last sent. The caller accepts a repeat of a
    /// committed message regardless.
    ///
    /// Errors: 403 or 404 by policy, 429 with the time to wait.
    pub fn pace(&self, actor: Actor<'_>, last_sent_at: Option<Timestamp>, now: Timestamp) -> Result<(), Problem> {
        self.authorize(actor, Action::Send, now)?;
        let interval_ms = u64::from(self.posting.slow_mode_s).saturating_mul(1_000);
        match last_sent_at {
            Some(last) if self.is_paced(actor) && now.since(last) < interval_ms => {
                Err(Problem::slow_mode(self.posting.slow_mode_s, interval_ms.saturating_sub(now.since(last))))
            }
            _ => Ok(()),
        }
    }
}
