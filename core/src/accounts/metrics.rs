//! Counters and histograms of an app, counted where things happen and summed by the app's quota registry.
//!
//! An isolate counts in memory ([`Collector`]) under a random id and reports **absolute** numbers ([`Report`]): a report
//! that is lost, repeated or overtaken changes nothing, since the registry ([`Totals`]) keeps the highest number per
//! isolate. Numbers of isolates that no longer report are folded into one sum. So totals never fall, whichever isolate
//! answers and however many have ended.

mod collector;
mod minutes;
mod people;
#[cfg(test)]
mod tests;
mod totals;

pub use collector::{Collector, Collectors};
pub use minutes::{MAX_MINUTES, Minute, Series, minute_of};
pub use people::{ActivePeople, Registers, hash_of};
pub use totals::{Source, Totals, TotalsChange};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A counter, or a histogram of durations.
#[derive(Debug)]
pub struct Metric {
    /// Name without the prefix `campana_`.
    pub name: &'static str,
    /// Description.
    pub help: &'static str,
    /// Names of its labels besides `app`.
    pub labels: &'static [&'static str],
    /// Upper bounds of a histogram's buckets, milliseconds; empty for a counter.
    pub bounds_ms: &'static [u64],
}

impl Metric {
    const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, help, labels, bounds_ms: &[] }
    }

    const fn histogram(
        name: &'static str,
        labels: &'static [&'static str],
        bounds_ms: &'static [u64],
        help: &'static str,
    ) -> Self {
        Self { name, help, labels, bounds_ms }
    }

    /// Whether this is a histogram.
    pub const fn is_histogram(&self) -> bool {
        !self.bounds_ms.is_empty()
    }

    /// Numbers of a series: one for a counter; for a histogram one per bucket, the last without a bound, and the sum in
    /// milliseconds.
    pub const fn width(&self) -> usize {
        if self.is_histogram() { self.bounds_ms.len().saturating_add(2) } else { 1 }
    }

    /// Adds a duration to the numbers of a histogram, which may be empty.
    pub fn observe(&self, numbers: &mut Vec<u64>, ms: u64) {
        let bucket = self.bounds_ms.iter().position(|bound| ms <= *bound).unwrap_or(self.bounds_ms.len());
        numbers.resize(self.width(), 0);
        for (at, by) in [(bucket, 1), (self.width().saturating_sub(1), ms)] {
            if let Some(number) = numbers.get_mut(at) {
                *number = number.saturating_add(by);
            }
        }
    }

    /// The metric and the label values of a series; `None` for a name that this release does not have.
    pub fn of_series(key: &str) -> Option<(&'static Self, Vec<&str>)> {
        let mut parts = key.split(SEPARATOR);
        let name = parts.next()?;
        let metric = METRICS.iter().find(|metric| metric.name == name)?;
        let values: Vec<_> = parts.collect();
        (values.len() == metric.labels.len()).then_some((*metric, values))
    }
}

/// Between the parts of a series' key: the metric's name and its label values, none of which contains it.
const SEPARATOR: char = '|';

/// Bounds for requests, milliseconds.
const REQUEST_BOUNDS: &[u64] = &[5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];
/// Bounds for delays of the index, milliseconds.
const LAG_BOUNDS: &[u64] = &[50, 100, 250, 500, 1_000, 2_500, 5_000, 15_000, 60_000, 300_000];
/// Bounds for deliveries, milliseconds.
const DELIVERY_BOUNDS: &[u64] = &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];

/// Requests that name the app.
pub const HTTP_REQUESTS: Metric = Metric::counter(
    "http_requests_total",
    &["method", "endpoint", "status"],
    "HTTP requests that name the app, by route template and class of the status.",
);
/// Duration of requests.
pub const HTTP_DURATION: Metric = Metric::histogram(
    "http_request_duration_seconds",
    &["group"],
    REQUEST_BOUNDS,
    "Time from a request to its response, by group of endpoints.",
);
/// Problems in responses.
pub const PROBLEMS: Metric =
    Metric::counter("problems_total", &["type"], "HTTP responses with a problem, by its type.");
/// Events that were published.
pub const EVENTS_PUBLISHED: Metric = Metric::counter(
    "events_published_total",
    &["by"],
    "Events published on channels, by the backend or by Pusher clients.",
);
/// Alerts that were raised.
pub const ALERTS_RAISED: Metric = Metric::counter("alerts_raised_total", &[], "Panic alerts raised, drills too.");
/// Deliveries to other systems that failed.
pub const FAILED_DELIVERIES: Metric = Metric::counter(
    "failed_deliveries_total",
    &["to"],
    "Attempts to deliver a webhook, an alert webhook, a file to the scanner or a push that failed.",
);
/// Connections that opened.
pub const CONNECTIONS_OPENED: Metric =
    Metric::counter("connections_opened_total", &["kind"], "Connections opened, by kind.");
/// Connections that closed.
pub const CONNECTIONS_CLOSED: Metric = Metric::counter(
    "connections_closed_total",
    &["kind", "code"],
    "Connections closed, by kind and our close code, or by the client.",
);
/// Uses of features.
pub const FEATURE_USES: Metric = Metric::counter("feature_uses_total", &["feature"], "Uses of a feature.");
/// Uploads of files.
pub const UPLOADS: Metric = Metric::counter(
    "uploads_total",
    &["kind", "outcome"],
    "Uploads of files that finished, failed or were interrupted, by their kind and outcome.",
);
/// Scans of files.
pub const FILE_SCANS: Metric = Metric::counter(
    "file_scans_total",
    &["verdict"],
    "Files that the app's scanner or backend has decided about, by the verdict.",
);
/// Time of a fan-out.
pub const DELIVERY: Metric = Metric::histogram(
    "delivery_duration_seconds",
    &["object"],
    DELIVERY_BOUNDS,
    "Time from the first event of a batch until it was handed to all native sockets, or to all sockets of a gateway.",
);
/// Time of a flush.
pub const FLUSH: Metric = Metric::histogram(
    "record_flush_duration_seconds",
    &["object"],
    REQUEST_BOUNDS,
    "Time that D1 took for a batch of an object's log.",
);

/// Delay of the index for search.
pub const SEARCH_LAG: Metric = Metric::histogram(
    "search_index_duration_seconds",
    &[],
    LAG_BOUNDS,
    "Time from a flush to the record until the index for search has its messages.",
);

/// Every metric that isolates count.
pub const METRICS: &[&Metric] = &[
    &HTTP_REQUESTS,
    &HTTP_DURATION,
    &PROBLEMS,
    &EVENTS_PUBLISHED,
    &ALERTS_RAISED,
    &FAILED_DELIVERIES,
    &CONNECTIONS_OPENED,
    &CONNECTIONS_CLOSED,
    &FEATURE_USES,
    &UPLOADS,
    &FILE_SCANS,
    &DELIVERY,
    &FLUSH,
    &SEARCH_LAG,
];

/// Numbers by series.
pub type Counts = BTreeMap<String, Vec<u64>>;

/// Absolute numbers of an isolate for one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Random id under which the isolate counts.
    pub source: String,
    /// Whether the registry may not know the id yet. Otherwise an unknown id is one whose numbers were folded, and is
    /// refused.
    pub opens: bool,
    /// Series that changed since the registry last took a report.
    pub counts: Counts,
    /// Hashes of users who were active since then, see [`hash_of`].
    #[serde(default)]
    pub people: Vec<u64>,
}

/// The registry's answer to a [`Report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// False if the id is unknown: the isolate goes on under another one.
    pub accepted: bool,
}

/// Metrics of an app at its quota registry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measurements {
    /// Sums over all isolates, by series.
    pub counts: Counts,
    /// Users who were active today and in the last seven days, estimated.
    pub people: ActivePeople,
    /// Isolates whose numbers are not folded yet.
    pub isolates: u64,
}

/// Adds numbers, place by place.
fn add(to: &mut Vec<u64>, more: &[u64]) {
    if to.len() < more.len() {
        to.resize(more.len(), 0);
    }
    for (sum, more) in to.iter_mut().zip(more) {
        *sum = sum.saturating_add(*more);
    }
}

/// What `now` has more than `before`, place by place.
fn beyond(now: &[u64], before: &[u64]) -> Vec<u64> {
    let before = before.iter().copied().chain(std::iter::repeat(0));
    now.iter().zip(before).map(|(now, before)| now.saturating_sub(before)).collect()
}
