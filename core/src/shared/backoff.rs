//! Delays before retries.

/// Pause with jitter, so that clients that failed together do not retry together. `chance` is a random number; the
/// pause is shortened by at most `pause_ms / part`.
pub fn shortened(pause_ms: i64, part: i64, chance: u32) -> i64 {
    let choices = pause_ms.max(0).checked_div(part.max(1)).unwrap_or_default().saturating_add(1);
    pause_ms.saturating_sub(i64::from(chance).checked_rem(choices).unwrap_or_default())
}

/// Exponential back-off: the first pause, doubled per attempt, up to the longest.
pub fn doubled(first_ms: i64, longest_ms: i64, attempts: u32) -> i64 {
    /// Keeps the shift far from overflow.
    const MAX_DOUBLINGS: u32 = 30;
    first_ms.saturating_mul(1_i64 << attempts.min(MAX_DOUBLINGS)).min(longest_ms)
}

/// Pause before a request to an external server is repeated, after `attempts` earlier failures: 1 s doubled up to 30 s,
/// with jitter of up to a half.
pub fn request_pause_ms(attempts: u32, chance: u32) -> i64 {
    shortened(doubled(1_000, 30_000, attempts), 2, chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_shortens_a_pause_by_at_most_its_part() {
        let pauses = (0..10_000).map(|chance| shortened(1_000, 2, chance));
        assert_eq!((pauses.clone().min(), pauses.max()), (Some(500), Some(1_000)));
        assert_eq!(shortened(1_000, 5, u32::MAX), 1_000 - i64::from(u32::MAX) % 201);
        assert_eq!(shortened(0, 2, 7), 0);
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (0..5).map(|attempts| doubled(1_000, 5_000, attempts)).collect();
        assert_eq!(pauses, [1_000, 2_000, 4_000, 5_000, 5_000]);
        assert_eq!(doubled(1_000, 5_000, u32::MAX), 5_000);
    }
}
