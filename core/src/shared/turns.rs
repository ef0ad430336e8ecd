//! Turns: a rate limit that delays actions instead of refusing them. The caller provides the time.

use crate::shared::timestamp::Timestamp;

/// How often turns come, and how long one waits for them.
#[derive(Debug, Clone, Copy)]
pub struct TurnRate {
    /// Time between turns, milliseconds.
    pub interval_ms: u32,
    /// Turns that come at once.
    pub burst: u32,
    /// Longest wait for a turn, milliseconds; beyond it none is reserved.
    pub longest_wait_ms: u32,
}

/// Turns of one user.
#[derive(Debug, Clone, Copy, Default)]
pub struct Turns {
    /// End of the last reserved turn, if each lasts the interval.
    reserved_until: Timestamp,
}

impl Turns {
    /// Reserves the next turn. Returns the wait until it, milliseconds. The error is the wait if it is too long.
    pub fn reserve(&mut self, rate: TurnRate, now: Timestamp) -> Result<u64, u64> {
        let interval = u64::from(rate.interval_ms);
        let at_once = interval.saturating_mul(rate.burst.saturating_sub(1).into());
        let longest = u64::from(rate.longest_wait_ms);
        let ahead = self.reserved_until.since(now);
        // Only a clock that was set back leads to more.
        let ahead = if ahead > at_once.saturating_add(longest).saturating_add(interval) { 0 } else { ahead };
        let wait = ahead.saturating_sub(at_once);
        if wait > longest {
            return Err(wait);
        }
        self.reserved_until = now.plus_millis(ahead.saturating_add(interval).cast_signed());
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: TurnRate = TurnRate { interval_ms: 100, burst: 3, longest_wait_ms: 200 };

    #[test]
    fn a_burst_comes_at_once_and_later_turns_one_after_the_other() {
        let mut turns = Turns::default();
        let mut at = |millis: i64| turns.reserve(RATE, Timestamp::from_millis(1_000_000 + millis));
        let waits: Vec<Result<u64, u64>> = (0..7).map(|_| at(0)).collect();
        assert_eq!(waits, [Ok(0), Ok(0), Ok(0), Ok(100), Ok(200), Err(300), Err(300)]);
        assert_eq!((at(50), at(100), at(100)), (Err(250), Ok(200), Err(300)));
        assert_eq!((0..4).map(|_| at(10_000)).collect::<Vec<_>>(), [Ok(0), Ok(0), Ok(0), Ok(100)]);
    }

    #[test]
    fn a_clock_that_was_set_back_far_delays_nothing() {
        let mut turns = Turns::default();
        assert_eq!(turns.reserve(RATE, Timestamp::from_millis(3_600_000)), Ok(0));
        assert_eq!(turns.reserve(RATE, Timestamp::from_millis(0)), Ok(0));
    }
}
