//! When what an endpoint did not take is sent again.

use crate::shared::backoff::shortened;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The pauses after the first try, the second, and so on, milliseconds; after the last an event is given up: more than four
/// days in all. Of each, chance leaves out up to a fifth.
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
/// An endpoint that has taken nothing for so long is disabled, milliseconds: before an event to it is given up.
pub const DISABLE_AFTER_MS: i64 = 72 * HOUR;
/// After so long nobody waits for the outcome of a try any more, milliseconds: longer than a request may take.
pub const UNDER_WAY_MS: i64 = 15 * SECOND;
/// One in so many parts is what chance leaves out of a pause at most.
const LEFT_OUT: i64 = 5;

/// How long to wait after so many tries, 1 after the first; `None` if that was the last. `chance` is any number.
pub(super) fn pause_ms(tries: u32, chance: u32) -> Option<i64> {
    let at = usize::try_from(tries).ok()?.checked_sub(1)?;
    Some(shortened(*SCHEDULE_MS.get(at)?, LEFT_OUT, chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_longer_than_a_silent_endpoint_is_borne() {
        let shortest: i64 = SCHEDULE_MS.iter().map(|pause| pause - pause / LEFT_OUT).sum();
        assert!(shortest > DISABLE_AFTER_MS);
        assert_eq!(pause_ms(1, 0), Some(5 * SECOND));
        assert_eq!(pause_ms(11, 0), Some(24 * HOUR));
        assert_eq!((pause_ms(12, 0), pause_ms(0, 0)), (None, None));
        assert_eq!(pause_ms(5, u32::MAX).map(|pause| (48 * MINUTE..=HOUR).contains(&pause)), Some(true));
    }
}
