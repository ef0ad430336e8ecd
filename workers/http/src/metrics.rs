//! Counters and histograms of the functions, by app.
//!
//! An isolate counts in memory and reports absolute numbers to the app's quota registry, in the background and at most
//! once in [`REPORT_EVERY_MS`] while there are requests: see [`campana_core::accounts::metrics`]. What an isolate has
//! not reported when it ends is lost. Requests that name no app are only logged.
//!
//! **Cost.** A request adds to four or five series under one lock, without an allocation unless a series is new.

use crate::App;
use crate::ports::Background;
use crate::response::Exchange;
use axum::http::{Method, StatusCode};
use campana_core::accounts::metrics::{
    ALERTS_RAISED, Collectors, EVENTS_PUBLISHED, FAILED_DELIVERIES, FEATURE_USES, FILE_SCANS, HTTP_DURATION,
    HTTP_REQUESTS, Metric, PROBLEMS, UPLOADS,
};
use campana_core::files::scan::Verdict;
use campana_core::shared::hex::hex;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::{Kind, Problem};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shortest interval between reports of an app, milliseconds.
const REPORT_EVERY_MS: u32 = 5_000;

/// Numbers of an isolate.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Collectors>);

impl Metrics {
    fn collectors(&self) -> MutexGuard<'_, Collectors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that was answered.
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a Method,
    /// Route template; empty for a path without a route.
    pub(crate) endpoint: &'a str,
    pub(crate) status: StatusCode,
    /// Type of the problem, if the response is one.
    pub(crate) problem: Option<&'static str>,
    pub(crate) ms: u64,
}

/// Counts a request of the app that it names, and reports soon in the background. Without a background the numbers wait
/// for [`report`].
pub(crate) fn count(app: &App, exchange: &Exchange, answered: &Answered<'_>, background: Option<&Background>) {
    let Some(record) = exchange.app() else { return };
    let (tenant, now) = (&record.tenant_id, app.now());
    let mut collectors = app.caches().metrics.collectors();
    let Some(collector) = collectors.of(tenant) else { return };
    let endpoint = if answered.endpoint.is_empty() { "other" } else { answered.endpoint };
    collector.add(&HTTP_REQUESTS, &[method_name(answered.method), endpoint, class(answered.status)], 1);
    collector.observe(&HTTP_DURATION, &[group(endpoint)], answered.ms);
    if let Some(problem) = answered.problem {
        collector.add(&PROBLEMS, &[problem], 1);
    } else if !answered.status.is_client_error() && !answered.status.is_server_error() {
        if let Some(feature) = feature(answered.method, endpoint) {
            collector.add(&FEATURE_USES, &[feature], 1);
        }
        if endpoint == "/api/security/alerts" && answered.status == StatusCode::CREATED {
            collector.add(&ALERTS_RAISED, &[], 1);
        }
    }
    if let Some(person) = exchange.person() {
        collector.active(person, now);
    }
    let Some(background) = background else { return };
    if collector.begin(now) {
        let (app, tenant) = (app.clone(), tenant.clone());
        background.spawn(Box::pin(async move {
            app.clock().sleep(REPORT_EVERY_MS).await;
            report(&app, &tenant).await;
        }));
    }
}

/// Counts events that a backend published.
pub(crate) fn published(app: &App, tenant: &TenantId, events: usize) {
    if let Some(collector) = app.caches().metrics.collectors().of(tenant) {
        collector.add(&EVENTS_PUBLISHED, &["backend"], u64::try_from(events).unwrap_or(u64::MAX));
    }
}

/// Counts an upload of a file that finished or failed. What concerns no upload, such as one that does not exist, is no failure of it.
pub(crate) fn uploaded(app: &App, tenant: &TenantId, kind: &str, outcome: Result<(), &Problem>) {
    let outcome = match outcome.map_err(|problem| problem.kind) {
        Ok(()) => "finished",
        Err(Kind::TooLarge) => "too_large",
        Err(Kind::UnsupportedMediaType) => "unsupported_type",
        Err(Kind::RateLimited) => "quota",
        Err(Kind::Malformed) => "broken_off",
        Err(Kind::ChecksumMismatch) => "checksum",
        Err(Kind::Unavailable | Kind::Internal) => "unavailable",
        Err(Kind::Invalid) => "invalid",
        Err(_) => return,
    };
    uploaded_as(app, tenant, kind, outcome);
}

/// Counts an upload with this outcome.
pub(crate) fn uploaded_as(app: &App, tenant: &TenantId, kind: &str, outcome: &str) {
    if let Some(collector) = app.caches().metrics.collectors().of(tenant) {
        collector.add(&UPLOADS, &[kind, outcome], 1);
    }
}

/// Counts a verdict about a file, and reports it: no request of the app may follow.
pub(crate) async fn scanned(app: &App, tenant: &TenantId, verdict: Verdict) {
    count_and_report(app, tenant, &FILE_SCANS, verdict.as_str()).await;
}

/// Counts a request to the scanner of files that failed, and reports it.
pub(crate) async fn scanner_failed(app: &App, tenant: &TenantId) {
    count_and_report(app, tenant, &FAILED_DELIVERIES, "file_scanner").await;
}

async fn count_and_report(app: &App, tenant: &TenantId, metric: &'static Metric, label: &str) {
    if let Some(collector) = app.caches().metrics.collectors().of(tenant) {
        collector.add(metric, &[label], 1);
    }
    report(app, tenant).await;
}

/// Reports an app's numbers to its quota registry. If that fails, they go with the next report.
pub(crate) async fn report(app: &App, tenant: &TenantId) {
    let metrics = &app.caches().metrics;
    let new_id = || app.random::<16>().map(|bytes| hex(&bytes));
    let written: Result<_, Problem> =
        metrics.collectors().of(tenant).map_or(Ok(None), |collector| collector.report(app.now(), new_id));
    let Ok(Some(report)) = written else { return };
    let answer = app.objects().measure(tenant, &report).await;
    let mut collectors = metrics.collectors();
    let Some(collector) = collectors.of(tenant) else { return };
    match answer {
        Ok(taken) => collector.answered(&report, taken.accepted),
        Err(problem) => {
            tracing::warn!(at = "metrics.report", problem = problem.kind.slug(), detail = problem.detail);
            collector.failed();
        }
    }
}

fn method_name(method: &Method) -> &str {
    match *method {
        Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::HEAD | Method::OPTIONS => {
            method.as_str()
        }
        _ => "other",
    }
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        0..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Group of an endpoint, by the beginning of its path.
fn group(endpoint: &str) -> &'static str {
    const GROUPS: [(&str, &str); 9] = [
        ("/api/chat", "chat"),
        ("/api/security", "alerts"),
        ("/api/admin", "admin"),
        ("/api/me", "me"),
        ("/apps/", "backend"),
        ("/app/", "pusher"),
        ("/broadcasting", "broadcasting"),
        ("/metrics", "metrics"),
        ("/api/", "api"),
    ];
    GROUPS.iter().find(|(prefix, _)| endpoint.starts_with(prefix)).map_or("other", |(_, group)| group)
}

/// The feature that a successful request uses, if it is one that is counted.
fn feature(method: &Method, endpoint: &str) -> Option<&'static str> {
    match (method, endpoint) {
        (&Method::POST, "/api/chat/rooms") => Some("rooms"),
        (&Method::POST, "/api/chat/conversations") => Some("conversations"),
        (&Method::POST, "/api/security/alerts") => Some("alerts"),
        (&Method::GET, "/api/chat/users") => Some("people_search"),
        (&Method::GET, "/app/{key}") => Some("pusher"),
        (&Method::GET, "/api/chat/conversations/{id}/events") => Some("event_stream"),
        (&Method::POST, "/api/security/push/subscriptions") => Some("web_push"),
        (&Method::GET, socket) if socket.starts_with("/api/") && socket.ends_with("/socket") => Some("native_socket"),
        (&Method::POST, invite) if invite.starts_with("/api/chat/") && invite.contains("/invites") => Some("invites"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
