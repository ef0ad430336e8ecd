//! Readings of an app per minute, for charts of the last day.

use super::{Counts, DELIVERY, HTTP_DURATION, HTTP_REQUESTS, Metric, add};
use crate::named;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Minutes that are kept: a day.
pub const MAX_MINUTES: i64 = 24 * 60;
const MINUTE_MS: i64 = 60_000;
const PER_THOUSAND: u64 = 1_000;

named! {
    /// A value per minute.
    pub enum Series {
        /// Open connections at the last report of the minute.
        Connections = "connections",
        /// Messages sent.
        Messages = "messages",
        /// HTTP requests.
        Requests = "requests",
        /// HTTP responses with a status of 500 or more.
        Errors = "errors",
        /// Median of the time of HTTP requests, milliseconds.
        RequestP50 = "request_p50",
        /// 99th percentile of the time of HTTP requests, milliseconds.
        RequestP99 = "request_p99",
        /// Median of the time of deliveries, milliseconds.
        DeliveryP50 = "delivery_p50",
        /// 99th percentile of the time of deliveries, milliseconds.
        DeliveryP99 = "delivery_p99",
    }
}

/// Number of a minute since 1970.
pub fn minute_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(MINUTE_MS)
}

/// Readings of one minute.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Minute {
    /// Open connections; `None` without a report of connections in this minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<u64>,
    /// Messages sent.
    #[serde(default)]
    pub messages: u64,
    /// HTTP requests.
    #[serde(default)]
    requests: u64,
    /// Of them, those answered with 500 or more.
    #[serde(default)]
    errors: u64,
    /// Histogram of the time of requests.
    #[serde(default)]
    request: Vec<u64>,
    /// Histogram of the time of deliveries.
    #[serde(default)]
    delivery: Vec<u64>,
}

impl Minute {
    /// Adds what the sums grew by.
    pub fn grow(&mut self, grown: &Counts) {
        for (key, more) in grown {
            let Some((metric, labels)) = Metric::of_series(key) else { continue };
            if metric.name == HTTP_REQUESTS.name {
                let count = more.first().copied().unwrap_or_default();
                self.requests = self.requests.saturating_add(count);
                if labels.last() == Some(&"5xx") {
                    self.errors = self.errors.saturating_add(count);
                }
            } else if metric.name == HTTP_DURATION.name {
                add(&mut self.request, more);
            } else if metric.name == DELIVERY.name {
                add(&mut self.delivery, more);
            }
        }
    }

    /// One value of a minute; `None` where nothing was measured.
    pub fn value(&self, series: Series) -> Option<u64> {
        match series {
            Series::Connections => self.connections,
            Series::Messages => Some(self.messages),
            Series::Requests => Some(self.requests),
            Series::Errors => Some(self.errors),
            Series::RequestP50 => quantile(&HTTP_DURATION, &self.request, 500),
            Series::RequestP99 => quantile(&HTTP_DURATION, &self.request, 990),
            Series::DeliveryP50 => quantile(&DELIVERY, &self.delivery, 500),
            Series::DeliveryP99 => quantile(&DELIVERY, &self.delivery, 990),
        }
    }
}

/// Upper bound, in milliseconds, of the bucket that has the quantile in thousandths; beyond the last bound, that bound.
fn quantile(metric: &Metric, histogram: &[u64], thousandths: u64) -> Option<u64> {
    let buckets = histogram.get(..=metric.bounds_ms.len())?;
    let total = buckets.iter().copied().fold(0, u64::saturating_add);
    if total == 0 {
        return None;
    }
    let rank = total.saturating_mul(thousandths).div_ceil(PER_THOUSAND);
    let mut seen: u64 = 0;
    let bucket = buckets.iter().position(|count| {
        seen = seen.saturating_add(*count);
        seen >= rank
    });
    metric.bounds_ms.get(bucket?).or(metric.bounds_ms.last()).copied()
}
