//! Percentiles of durations.

use serde::Serialize;
use std::time::Duration;

/// Percentiles of a list of durations, milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Latency {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latency {
    /// `None` for an empty list.
    pub(crate) fn of(mut samples: Vec<Duration>) -> Option<Self> {
        samples.sort_unstable();
        let max = samples.last()?;
        Some(Self {
            count: samples.len(),
            p50_ms: milliseconds(percentile(&samples, 50)),
            p99_ms: milliseconds(percentile(&samples, 99)),
            max_ms: milliseconds(*max),
        })
    }
}

/// Nearest-rank percentile. `samples` is sorted and not empty.
fn percentile(samples: &[Duration], percent: usize) -> Duration {
    let rank = (samples.len() * percent).div_ceil(100).max(1);
    samples[rank - 1]
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let samples = (1..=200).rev().map(Duration::from_millis).collect();
        let Some(latency) = Latency::of(samples) else { panic!("not empty") };
        assert!((latency.p50_ms - 100.0).abs() < 1e-9);
        assert!((latency.p99_ms - 198.0).abs() < 1e-9);
        assert!((latency.max_ms - 200.0).abs() < 1e-9);
        assert!(Latency::of(Vec::new()).is_none());
    }
}
