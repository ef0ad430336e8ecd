//! What came of a page, and when it is tried again.

use crate::shared::backoff::{doubled, shortened};
use crate::shared::timestamp::Timestamp;

/// How long a page is tried, and kept for a device that cannot be reached, milliseconds: who sees it later sees a newer one.
pub const PAGE_LIFE_MS: i64 = 5 * 60 * 1_000;
/// The same of what only says how an alert stands: it takes the place of a page that may have been seen long before.
pub const QUIET_LIFE_MS: i64 = 60 * 60 * 1_000;
/// The first pause between two tries, doubled with every further one up to the longest, milliseconds. Of each, chance
/// leaves out up to a half.
const FIRST_PAUSE_MS: i64 = 1_000;
const MAX_PAUSE_MS: i64 = 30_000;
const LEFT_OUT: i64 = 2;

/// What a push service made of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has it.
    Taken,
    /// There is no such device any more.
    Gone,
    /// Not now: too much, or a fault of theirs. Perhaps after so many milliseconds.
    Later(Option<i64>),
    /// Never: it does not take this.
    Refused,
}

impl Outcome {
    /// By the status of its answer (RFC 8030, section 5), and its `Retry-After` in seconds.
    pub fn of(status: u16, retry_after: Option<&str>) -> Self {
        let seconds = retry_after.and_then(|text| text.trim().parse::<u32>().ok());
        match status {
            200..=299 => Self::Taken,
            404 | 410 => Self::Gone,
            408 | 425 | 429 | 500..=599 => Self::Later(seconds.map(|seconds| i64::from(seconds).saturating_mul(1_000))),
            _ => Self::Refused,
        }
    }
}

/// When to try again what was tried so often before; `None` if its life is over by then. `chance` is any number.
pub fn retry_at(
    attempts: u32,
    asked_ms: Option<i64>,
    until: Timestamp,
    now: Timestamp,
    chance: u32,
) -> Option<Timestamp> {
    let pause = shortened(doubled(FIRST_PAUSE_MS, MAX_PAUSE_MS, attempts), LEFT_OUT, chance);
    let at = now.plus_millis(pause.max(asked_ms.unwrap_or(0)));
    (at < until).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_becomes_of_the_device_and_the_page() {
        use Outcome::{Gone, Later, Refused, Taken};
        for (status, retry_after, outcome) in [
            (200, None, Taken),
            (201, None, Taken),
            (202, Some("5"), Taken),
            (404, None, Gone),
            (410, None, Gone),
            (429, Some("7"), Later(Some(7_000))),
            (429, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Later(None)),
            (503, None, Later(None)),
            (500, Some(" 1 "), Later(Some(1_000))),
            (400, None, Refused),
            (401, None, Refused),
            (403, None, Refused),
            (413, None, Refused),
            (301, None, Refused),
        ] {
            assert_eq!(Outcome::of(status, retry_after), outcome, "{status}");
        }
    }

    #[test]
    fn tries_become_rarer_and_end_with_the_pages_life() {
        let at = Timestamp::from_millis;
        let retry = |attempts, asked, now| retry_at(attempts, asked, at(PAGE_LIFE_MS), at(now), 0);
        assert_eq!(retry(0, None, 0), Some(at(1_000)));
        assert_eq!(retry(3, None, 0), Some(at(8_000)));
        assert_eq!(retry(60, None, 0), Some(at(30_000)));
        assert_eq!(retry(0, Some(20_000), 0), Some(at(20_000)));
        assert_eq!(retry(0, Some(PAGE_LIFE_MS), 0), None);
        assert_eq!(retry(60, None, PAGE_LIFE_MS - 30_000), None);
    }
}
