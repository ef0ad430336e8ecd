//! Retries of failed attempts: after fixed pauses within a task, or with exponential back-off.

use crate::context::Context;
use campana_core::shared::backoff::doubled;
use campana_core::shared::timestamp::Timestamp;
use std::cell::Cell;

/// Delays between attempts, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Delay after the first failure; each further failure doubles it.
    pub first_ms: i64,
    /// The longest delay.
    pub longest_ms: i64,
}

/// Failure count and next due time, in memory.
#[derive(Debug)]
pub struct Retry {
    backoff: Backoff,
    failures: Cell<u32>,
    at: Cell<Option<Timestamp>>,
}

impl Retry {
    /// A state without failures.
    pub fn new(backoff: Backoff) -> Self {
        Self { backoff, failures: Cell::new(0), at: Cell::new(None) }
    }

    /// Records a failure. Returns when the next attempt is due.
    pub fn failed(&self, now: Timestamp) -> Timestamp {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        let at = now.plus_millis(doubled(self.backoff.first_ms, self.backoff.longest_ms, failures));
        self.at.set(Some(at));
        at
    }

    /// Resets the back-off.
    pub fn succeeded(&self) {
        self.failures.set(0);
        self.at.set(None);
    }

    /// When the next attempt is due, if the last one failed.
    pub fn at(&self) -> Option<Timestamp> {
        self.at.get()
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures.get()
    }

    /// Whether the last attempt failed.
    pub fn is_failing(&self) -> bool {
        self.failures() > 0
    }
}

/// Repeats an attempt until it succeeds, with these pauses in milliseconds in between: one attempt more than pauses.
/// Returns the last outcome.
pub async fn with_pauses<T, E>(
    context: &Context,
    pauses_ms: &[u32],
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    for pause in pauses_ms {
        if let Ok(value) = attempt().await {
            return Ok(value);
        }
        context.sleep(*pause).await;
    }
    attempt().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_until_an_attempt_succeeds() {
        let now = Timestamp::from_millis(0);
        let retry = Retry::new(Backoff { first_ms: 100, longest_ms: 300 });
        let delays: Vec<_> = (0..4).map(|_| retry.failed(now).millis()).collect();
        assert_eq!(delays, [100, 200, 300, 300]);
        assert!(retry.is_failing());
        assert_eq!(retry.at().map(Timestamp::millis), Some(300));
        retry.succeeded();
        assert_eq!((retry.is_failing(), retry.at()), (false, None));
        assert_eq!(retry.failed(now).millis(), 100);
    }
}
