//! Exponential back-off between failed tries of one thing.

use campana_core::shared::backoff::doubled;
use campana_core::shared::timestamp::Timestamp;
use std::cell::Cell;

/// Delays between tries, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure; doubled with every further one.
    pub first_ms: i64,
    /// The longest delay.
    pub longest_ms: i64,
}

/// How tries went, in memory.
#[derive(Debug)]
pub struct Retry {
    backoff: Backoff,
    failures: Cell<u32>,
    at: Cell<Option<Timestamp>>,
}

impl Retry {
    /// Nothing has failed yet.
    pub fn new(backoff: Backoff) -> Self {
        Self { backoff, failures: Cell::new(0), at: Cell::new(None) }
    }

    /// A try failed. Returns when to try again.
    pub fn failed(&self, now: Timestamp) -> Timestamp {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        let at = now.plus_millis(doubled(self.backoff.first_ms, self.backoff.longest_ms, failures));
        self.at.set(Some(at));
        at
    }

    /// A try succeeded.
    pub fn succeeded(&self) {
        self.failures.set(0);
        self.at.set(None);
    }

    /// When to try again, if the last try failed.
    pub fn at(&self) -> Option<Timestamp> {
        self.at.get()
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures.get()
    }

    /// Whether the last try failed.
    pub fn is_failing(&self) -> bool {
        self.failures() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_until_a_try_succeeds() {
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
