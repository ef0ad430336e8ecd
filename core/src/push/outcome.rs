//! Outcome of a push message, and its retry schedule.

use crate::shared::backoff::request_pause_ms;
use crate::shared::timestamp::Timestamp;

/// Life of a page in milliseconds: retries end after it, and it is the TTL at the push service. Later, a newer page
/// replaces it.
pub const PAGE_LIFE_MS: i64 = 5 * 60 * 1_000;
/// Life of a quiet status update in milliseconds: longer, because it replaces a page that the user may have seen long
/// before.
pub const QUIET_LIFE_MS: i64 = 60 * 60 * 1_000;

/// Result of a request to a push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted.
    Taken,
    /// The subscription no longer exists.
    Gone,
    /// Retry: rate limit or server error, with the delay of `Retry-After` in milliseconds, if any.
    Later(Option<i64>),
    /// Rejected: do not retry.
    Refused,
}

impl Outcome {
    /// From the response status (RFC 8030, section 5) and `Retry-After` in seconds.
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

impl Outcome {
    /// Whether an operator should know: the service refuses the sender or the message, not a device that is gone.
    pub fn is_refusal(self, status: u16) -> bool {
        self == Self::Refused || (self != Self::Gone && (400..500).contains(&status))
    }
}

/// Time of the next attempt after `attempts` earlier ones; `None` if it would be at `until` or later. `chance` is a
/// random number.
pub fn retry_at(
    attempts: u32,
    asked_ms: Option<i64>,
    until: Timestamp,
    now: Timestamp,
    chance: u32,
) -> Option<Timestamp> {
    let at = now.plus_millis(request_pause_ms(attempts, chance).max(asked_ms.unwrap_or(0)));
    (at < until).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_decides_the_outcome() {
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
            let is_refusal = ![200, 201, 202, 404, 410, 500, 503].contains(&status);
            assert_eq!(outcome.is_refusal(status), is_refusal, "{status}");
        }
    }

    #[test]
    fn pauses_double_and_retries_end_with_the_pages_life() {
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
