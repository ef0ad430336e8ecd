//! Token bucket. The caller provides the time.

use crate::shared::timestamp::Timestamp;

/// Units per token, chosen so that a rate per minute is a whole number of units per millisecond.
const TOKEN: u64 = 60_000;
const SECONDS_PER_MINUTE: u64 = 60;
/// A clock that is behind the last refill by more than this was set back, milliseconds.
const SET_BACK_MS: u64 = 60_000;

/// Rate limiter: permits a burst, then the sustained rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBucket {
    units: u64,
    refilled_at: Timestamp,
}

impl TokenBucket {
    /// A full bucket.
    pub fn full(burst: u32, now: Timestamp) -> Self {
        Self { units: u64::from(burst) * TOKEN, refilled_at: now }
    }

    /// Takes one token. The error is the time until one is available, milliseconds.
    pub fn take(&mut self, per_second: u32, burst: u32, now: Timestamp) -> Result<(), u64> {
        self.take_many(1, per_second, burst, now)
    }

    /// Like [`Self::take`], for several tokens together. Never succeeds for more than `burst`.
    pub fn take_many(&mut self, count: u32, per_second: u32, burst: u32, now: Timestamp) -> Result<(), u64> {
        self.take_at(count, u64::from(per_second.max(1)) * SECONDS_PER_MINUTE, burst, now)
    }

    /// Like [`Self::take`], with a rate per minute.
    pub fn take_per_minute(&mut self, per_minute: u32, burst: u32, now: Timestamp) -> Result<(), u64> {
        self.take_at(1, u64::from(per_minute.max(1)), burst, now)
    }

    fn take_at(&mut self, count: u32, per_milli: u64, burst: u32, now: Timestamp) -> Result<(), u64> {
        self.refill(per_milli, burst, now);
        let wanted = u64::from(count) * TOKEN;
        if let Some(rest) = self.units.checked_sub(wanted) {
            self.units = rest;
            return Ok(());
        }
        Err(wanted.saturating_sub(self.units).div_ceil(per_milli))
    }

    fn refill(&mut self, per_milli: u64, burst: u32, now: Timestamp) {
        let refill = now.since(self.refilled_at).saturating_mul(per_milli);
        self.units = self.units.saturating_add(refill).min(u64::from(burst) * TOKEN);
        // A clock that steps back refills nothing twice. One that was set back far must not stop the refill until then.
        let is_set_back = self.refilled_at.since(now) > SET_BACK_MS;
        self.refilled_at = if is_set_back { now } else { self.refilled_at.max(now) };
    }

    /// Returns a token that was not used.
    pub fn give_back(&mut self, burst: u32) {
        self.units = self.units.saturating_add(TOKEN).min(u64::from(burst) * TOKEN);
    }

    /// Remaining tokens, and milliseconds until the bucket is full, at a rate per minute.
    pub fn left(&mut self, per_minute: u32, burst: u32, now: Timestamp) -> (u64, u64) {
        let per_milli = u64::from(per_minute.max(1));
        self.refill(per_milli, burst, now);
        (self.units / TOKEN, (u64::from(burst) * TOKEN).saturating_sub(self.units).div_ceil(per_milli))
    }

    /// Whether the bucket is full and can be evicted without loss.
    pub fn is_full(&self, per_second: u32, burst: u32, now: Timestamp) -> bool {
        let per_milli = u64::from(per_second.max(1)) * SECONDS_PER_MINUTE;
        let refill = now.since(self.refilled_at).saturating_mul(per_milli);
        self.units.saturating_add(refill) >= u64::from(burst) * TOKEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn several_are_taken_together_or_not_at_all() {
        let mut bucket = TokenBucket::full(10, at(0));
        assert_eq!(bucket.take_many(7, 1, 10, at(0)), Ok(()));
        assert_eq!(bucket.take_many(4, 1, 10, at(0)), Err(1_000));
        assert_eq!(bucket.take_many(3, 1, 10, at(0)), Ok(()));
        assert_eq!(bucket.take_many(2, 1, 10, at(2_000)), Ok(()));
    }

    #[test]
    fn a_burst_passes_then_the_rate_applies() {
        let mut bucket = TokenBucket::full(3, at(0));
        for _ in 0..3 {
            assert_eq!(bucket.take(10, 3, at(0)), Ok(()));
        }
        assert_eq!(bucket.take(10, 3, at(0)), Err(100));
        assert_eq!(bucket.take(10, 3, at(99)), Err(1));
        assert_eq!(bucket.take(10, 3, at(100)), Ok(()));
    }

    #[test]
    fn a_clock_that_steps_back_refills_nothing() {
        let mut bucket = TokenBucket::full(1, at(1_000));
        assert_eq!(bucket.take(1, 1, at(1_000)), Ok(()));
        assert!(bucket.take(1, 1, at(0)).is_err());
        assert!(bucket.take(1, 1, at(1_500)).is_err());
        assert_eq!(bucket.take(1, 1, at(2_000)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_far_refills_from_its_new_time() {
        let mut bucket = TokenBucket::full(1, at(3_600_000));
        assert_eq!(bucket.take(1, 1, at(3_600_000)), Ok(()));
        assert!(bucket.take(1, 1, at(0)).is_err());
        assert_eq!(bucket.take(1, 1, at(1_000)), Ok(()));
    }

    #[test]
    fn a_token_given_back_can_be_taken_again() {
        let mut bucket = TokenBucket::full(1, at(0));
        bucket.give_back(1);
        assert_eq!(bucket.take(1, 1, at(0)), Ok(()));
        assert!(bucket.take(1, 1, at(0)).is_err(), "a bucket never exceeds the burst");
        bucket.give_back(1);
        assert_eq!(bucket.take(1, 1, at(0)), Ok(()));
    }

    #[test]
    fn a_rate_per_minute_need_not_be_a_rate_per_second() {
        let mut bucket = TokenBucket::full(2, at(0));
        assert_eq!(bucket.left(2, 2, at(0)), (2, 0));
        assert_eq!(bucket.take_per_minute(2, 2, at(0)), Ok(()));
        assert_eq!(bucket.left(2, 2, at(0)), (1, 30_000));
        assert_eq!(bucket.take_per_minute(2, 2, at(0)), Ok(()));
        assert_eq!(bucket.take_per_minute(2, 2, at(10_000)), Err(20_000));
        assert_eq!(bucket.take_per_minute(2, 2, at(30_000)), Ok(()));
        assert_eq!(bucket.left(2, 2, at(30_000)), (0, 60_000));
        assert_eq!(bucket.left(2, 1, at(45_000)), (0, 15_000), "a smaller burst takes effect immediately");
    }

    #[test]
    fn an_unused_bucket_can_be_evicted() {
        let mut bucket = TokenBucket::full(2, at(0));
        assert!(bucket.is_full(1, 2, at(0)));
        assert_eq!(bucket.take(1, 2, at(0)), Ok(()));
        assert!(!bucket.is_full(1, 2, at(999)));
        assert!(bucket.is_full(1, 2, at(1_000)));
    }
}
