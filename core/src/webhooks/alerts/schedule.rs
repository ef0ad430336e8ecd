//! Retry schedule of an event.

use crate::shared::backoff::shortened;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Pauses after the first attempt, the second, and so on, in milliseconds: more than four days in all. After the last
/// the event is dropped. Jitter shortens each pause by up to a fifth.
pub const SCHEDULE_MS: [i64; 11] = [
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    HOUR,
    3 * HOUR,
    8 * HOUR,
    16 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
];
/// An endpoint that accepts nothing for this long is disabled, in milliseconds: sooner than an event to it is dropped.
pub const DISABLE_AFTER_MS: i64 = 72 * HOUR;
/// Attempt lease in milliseconds: an unfinished attempt counts as lost after it. Must exceed the request time-out.
pub const UNDER_WAY_MS: i64 = 15 * SECOND;
/// Jitter shortens a pause by at most one part in this many.
const LEFT_OUT: i64 = 5;

/// Pause after this many attempts, from 1; `None` after the last. `chance` is a random number for jitter.
pub(super) fn pause_ms(tries: u32, chance: u32) -> Option<i64> {
    let at = usize::try_from(tries).ok()?.checked_sub(1)?;
    Some(shortened(*SCHEDULE_MS.get(at)?, LEFT_OUT, chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_retried_longer_than_a_silent_endpoint_stays_enabled() {
        let shortest: i64 = SCHEDULE_MS.iter().map(|pause| pause - pause / LEFT_OUT).sum();
        assert!(shortest > DISABLE_AFTER_MS);
        assert_eq!(pause_ms(1, 0), Some(5 * SECOND));
        assert_eq!(pause_ms(11, 0), Some(24 * HOUR));
        assert_eq!((pause_ms(12, 0), pause_ms(0, 0)), (None, None));
        assert_eq!(pause_ms(5, u32::MAX).map(|pause| (48 * MINUTE..=HOUR).contains(&pause)), Some(true));
    }
}
