//! How many random histories a test runs: its own number, times the environment variable `HISTORIES`.

/// Numbers of the histories, which are their seeds.
pub(crate) fn seeds(usual: u64) -> std::ops::RangeInclusive<u64> {
    let factor = std::env::var("HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    1..=usual.saturating_mul(factor)
}
