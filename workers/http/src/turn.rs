//! The isolate's turns: one picture at a time is in its memory.

use crate::App;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// How long a turn lasts at most, milliseconds: a request that the platform cancels never returns its turn.
const TURN_MS: i64 = 30_000;
/// Interval and number of looks at the turn of another request.
const LOOK_MS: u32 = 50;
const LOOKS: u32 = 200;

/// When the present turn ends, Unix milliseconds; 0 if there is none.
#[derive(Debug, Default)]
pub(crate) struct Turns(AtomicI64);

/// A turn, until it is dropped.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    until: i64,
}

impl Turns {
    /// Waits for a turn. 503 if there is none soon.
    pub(crate) async fn take<'a>(&'a self, app: &App) -> Result<Turn<'a>, Problem> {
        for _ in 0..LOOKS {
            if let Some(turn) = self.try_take(app.now()) {
                return Ok(turn);
            }
            app.clock().sleep(LOOK_MS).await;
        }
        Err(Problem::unavailable("too many pictures arrive at once"))
    }

    fn try_take(&self, now: Timestamp) -> Option<Turn<'_>> {
        let present = self.0.load(Ordering::Relaxed);
        let until = now.plus_millis(TURN_MS).millis().max(present.saturating_add(1));
        let is_free = present <= now.millis();
        let is_taken = is_free && self.0.compare_exchange(present, until, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        is_taken.then_some(Turn { turns: self, until })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let _ended_before = self.turns.0.compare_exchange(self.until, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_one_requests_until_it_is_dropped_or_ends() {
        let (turns, now) = (Turns::default(), Timestamp::from_millis(1_000));
        let first = turns.try_take(now).expect("a turn");
        assert!(turns.try_take(now).is_none());
        drop(first);
        let second = turns.try_take(now).expect("a turn");
        let third = turns.try_take(now.plus_millis(TURN_MS)).expect("the second one ended");
        drop(second);
        assert!(turns.try_take(now.plus_millis(TURN_MS)).is_none(), "the third one goes on");
        drop(third);
        assert!(turns.try_take(now).is_some());
    }
}
