//! The Prometheus text exposition format 0.0.4.

use campana_core::accounts::metrics::{Counts, METRICS, Metric};
use campana_core::alerts::command::DeliveryTimes;
use campana_storage::AuthFailures;
use std::collections::BTreeMap;
use std::fmt::{Display, Write};

/// Label names and values of a sample, besides the app's.
type Labels<'a> = Vec<(&'a str, &'a str)>;

/// A text in progress. Every sample has the app's label.
pub(super) struct Page {
    text: String,
    app: String,
}

impl Page {
    /// An empty page of this app.
    pub(super) fn new(app_id: &str) -> Self {
        Self { text: String::new(), app: escaped(app_id) }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help, value);
    }

    /// A metric with one sample.
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.labelled(name, kind, help, &[(Vec::new(), value)]);
    }

    /// Metrics of alert delivery: counts, and quantiles of the time to confirmation.
    pub(super) fn delivery(&mut self, delivery: &DeliveryTimes) {
        self.gauge("alert_deliveries", "The newest deliveries of alerts that are looked at.", delivery.sent);
        self.gauge("alert_deliveries_confirmed", "Of them, those that clients confirmed.", delivery.confirmed);
        let times = [("0.5", delivery.p50_ms), ("0.99", delivery.p99_ms)];
        let samples: Vec<_> =
            times.into_iter().filter_map(|(quantile, ms)| Some((vec![("quantile", quantile)], seconds(ms?)))).collect();
        self.labelled("alert_delivery_seconds", "summary", "Time until clients confirmed an alert.", &samples);
    }

    /// A counter for each reason of failed authentications.
    pub(super) fn by_reason(&mut self, name: &str, help: &str, counts: Option<&AuthFailures>) {
        let samples = counts.into_iter().flatten().map(|(reason, count)| (vec![("reason", *reason)], *count));
        self.labelled(name, "counter", help, &samples.collect::<Vec<_>>());
    }

    /// The counters and histograms that isolates report.
    pub(super) fn measured(&mut self, counts: &Counts) {
        let mut by_metric: BTreeMap<&str, Vec<(Labels<'_>, &[u64])>> = BTreeMap::new();
        for (key, numbers) in counts {
            if let Some((metric, values)) = Metric::of_series(key) {
                let labels = metric.labels.iter().copied().zip(values).collect();
                by_metric.entry(metric.name).or_default().push((labels, numbers));
            }
        }
        for metric in METRICS {
            let Some(series) = by_metric.get(metric.name) else { continue };
            if metric.is_histogram() {
                self.histogram(metric, series);
                continue;
            }
            let samples: Vec<_> = series
                .iter()
                .map(|(labels, numbers)| (labels.clone(), numbers.first().copied().unwrap_or_default()))
                .collect();
            self.labelled(metric.name, "counter", metric.help, &samples);
        }
    }

    /// A histogram: the number of durations up to each bound, all of them, and their sum.
    fn histogram(&mut self, metric: &Metric, series: &[(Labels<'_>, &[u64])]) {
        self.head(metric.name, "histogram", metric.help);
        let bounds: Vec<String> = metric.bounds_ms.iter().map(|bound| seconds(*bound)).collect();
        for (labels, numbers) in series {
            let mut total: u64 = 0;
            let all = bounds.iter().map(String::as_str).chain(["+Inf"]);
            for (bound, count) in all.zip(*numbers) {
                total = total.saturating_add(*count);
                let labels: Labels<'_> = labels.iter().copied().chain([("le", bound)]).collect();
                self.sample(&format!("{}_bucket", metric.name), &labels, total);
            }
            let sum_ms = numbers.last().copied().unwrap_or_default();
            self.sample(&format!("{}_sum", metric.name), labels, seconds(sum_ms));
            self.sample(&format!("{}_count", metric.name), labels, total);
        }
    }

    /// A metric; nothing without samples.
    pub(super) fn labelled(&mut self, name: &str, kind: &str, help: &str, samples: &[(Labels<'_>, impl Display)]) {
        if samples.is_empty() {
            return;
        }
        self.head(name, kind, help);
        for (labels, value) in samples {
            self.sample(name, labels, value);
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _never_fails = write!(self.text, "# HELP campana_{name} {help}\n# TYPE campana_{name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _never_fails = write!(self.text, "campana_{name}{{app=\"{}\"", self.app);
        for (label, value) in labels {
            let _never_fails = write!(self.text, ",{label}=\"{}\"", escaped(value));
        }
        let _never_fails = writeln!(self.text, "}} {value}");
    }
}

/// Milliseconds as decimal seconds, without floating point.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// Escapes a label value: backslashes, quotes and line ends.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
