//! Per-app requirements on tokens.

use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;

/// The settings of an app. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthSettings {
    /// Longest life of a token, from `iat` to `exp`, in hours, if the app limits it.
    pub max_token_hours: Option<u32>,
}

impl AuthSettings {
    /// Whether a token may live from its time of issue to its expiry, both in Unix milliseconds. A limited life needs a
    /// time of issue. `tolerated_ms` is the difference of clocks that verification tolerates.
    pub fn accepts_life(&self, issued_at_ms: Option<i64>, expires_at_ms: i64, tolerated_ms: i64) -> bool {
        self.max_token_hours.is_none_or(|hours| {
            let longest_ms = i64::from(hours).saturating_mul(HOUR_MS).saturating_add(tolerated_ms);
            issued_at_ms.is_some_and(|issued_at_ms| expires_at_ms.saturating_sub(issued_at_ms) <= longest_ms)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limited_life_needs_a_time_of_issue_and_ends_with_the_hour() {
        let settings = AuthSettings { max_token_hours: Some(2) };
        for (issued_at, expires_at, is_accepted) in [
            (Some(1_000), 1_000 + 2 * HOUR_MS, true),
            (Some(1_000), 1_050 + 2 * HOUR_MS, true),
            (Some(1_000), 1_051 + 2 * HOUR_MS, false),
            (Some(i64::MIN), i64::MAX, false),
            (None, 1_000, false),
        ] {
            assert_eq!(settings.accepts_life(issued_at, expires_at, 50), is_accepted, "{issued_at:?} {expires_at}");
        }
        assert!(AuthSettings::default().accepts_life(None, i64::MAX, 0));
    }
}
