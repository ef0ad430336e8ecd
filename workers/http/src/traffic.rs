//! What an isolate has answered, by app and endpoint: how often, with what outcome, and how long it took. Memory, which
//! monitors read; losing it loses nobody's request.

use axum::http::StatusCode;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// Endpoints that are counted by name; there are not as many.
const MAX_PATHS: usize = 300;
/// The newest times of an endpoint that are looked at.
const MAX_TIMES: usize = 256;

/// What was answered to one app.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    by_path: BTreeMap<String, Answered>,
}

/// What one endpoint has answered.
#[derive(Debug, Clone, Default)]
struct Answered {
    ok: u64,
    refused: u64,
    failed: u64,
    times_ms: VecDeque<u64>,
}

/// An endpoint as monitors see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct EndpointReading {
    /// The endpoint's path, with its parameters' names.
    pub(crate) path: String,
    /// Requests that did what was asked.
    pub(crate) ok: u64,
    /// Requests that were refused (4xx).
    pub(crate) refused: u64,
    /// Requests that failed by a fault of ours or of what we need (5xx).
    pub(crate) failed: u64,
    /// The middle one of the newest times, milliseconds.
    pub(crate) p50_ms: u64,
    /// Of a hundred of them, the longest but one.
    pub(crate) p99_ms: u64,
}

impl Traffic {
    /// A request was answered.
    pub(crate) fn count(&mut self, path: &str, status: StatusCode, took_ms: u64) {
        if !self.by_path.contains_key(path) {
            if self.by_path.len() >= MAX_PATHS {
                return;
            }
            self.by_path.insert(path.to_owned(), Answered::default());
        }
        let Some(answered) = self.by_path.get_mut(path) else { return };
        match status.as_u16() {
            500.. => answered.failed = answered.failed.saturating_add(1),
            400.. => answered.refused = answered.refused.saturating_add(1),
            _ => answered.ok = answered.ok.saturating_add(1),
        }
        answered.times_ms.push_back(took_ms);
        if answered.times_ms.len() > MAX_TIMES {
            answered.times_ms.pop_front();
        }
    }

    /// Every endpoint that was used, by name.
    pub(crate) fn read(&self) -> Vec<EndpointReading> {
        self.by_path.iter().map(|(path, answered)| answered.read(path)).collect()
    }
}

impl Answered {
    fn read(&self, path: &str) -> EndpointReading {
        let mut times: Vec<u64> = self.times_ms.iter().copied().collect();
        times.sort_unstable();
        let at = |percent: usize| {
            times.get(times.len().saturating_mul(percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
        };
        EndpointReading {
            path: path.to_owned(),
            ok: self.ok,
            refused: self.refused,
            failed: self.failed,
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_and_times_are_of_each_endpoint() {
        let mut traffic = Traffic::default();
        for took in 1..=100 {
            traffic.count("/api/me", StatusCode::OK, took);
        }
        traffic.count("/api/me", StatusCode::FORBIDDEN, 0);
        traffic.count("/healthz", StatusCode::SERVICE_UNAVAILABLE, 7);
        let (path, p50_ms, p99_ms) = ("/api/me".to_owned(), 50, 99);
        let me = EndpointReading { path, ok: 100, refused: 1, failed: 0, p50_ms, p99_ms };
        let path = "/healthz".to_owned();
        let health = EndpointReading { path, ok: 0, refused: 0, failed: 1, p50_ms: 7, p99_ms: 7 };
        assert_eq!(traffic.read(), [me, health]);
    }

    #[test]
    fn old_times_make_room_for_new_ones_and_names_are_bounded() {
        let mut traffic = Traffic::default();
        for _ in 0..MAX_TIMES {
            traffic.count("/a", StatusCode::OK, 1_000);
        }
        for _ in 0..MAX_TIMES {
            traffic.count("/a", StatusCode::OK, 1);
        }
        assert_eq!(traffic.read()[0].p99_ms, 1);
        for number in 0..=MAX_PATHS {
            traffic.count(&format!("/{number}"), StatusCode::OK, 1);
        }
        assert_eq!(traffic.read().len(), MAX_PATHS);
    }
}
