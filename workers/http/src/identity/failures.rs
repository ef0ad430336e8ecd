//! Counts of failed authentications, by app and reason.
//!
//! An isolate adds them up in memory and writes them to D1 in one statement at most once in [`WRITE_EVERY_MS`], in the
//! background: a flood of bad tokens costs no D1 write per request. What an isolate has not written when it ends is lost.

use crate::App;
use crate::ports::Background;
use crate::response::Exchange;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Interval between writes, milliseconds.
const WRITE_EVERY_MS: u32 = 2_000;
/// After this time, a write that did not end counts as lost, milliseconds.
const LOST_AFTER_MS: u64 = 60_000;
/// Largest number of counts in memory. More are dropped until the next write.
const MAX_COUNTS: usize = 1_000;

/// A refusal, and its reason for the metrics.
#[derive(Debug)]
pub(crate) struct Denied {
    reason: AuthFailure,
    problem: Problem,
}

impl Denied {
    /// 401 with this detail.
    pub(super) fn new(reason: AuthFailure, detail: &str) -> Self {
        Self::with(reason, Problem::new(Kind::Unauthenticated, detail))
    }

    /// Any problem.
    pub(super) fn with(reason: AuthFailure, problem: Problem) -> Self {
        Self { reason, problem }
    }

    /// The problem, after its reason is noted.
    pub(super) fn on(self, exchange: &Exchange) -> Problem {
        exchange.denied(self.reason);
        self.problem
    }
}

/// Failures of an isolate that are not in D1 yet.
#[derive(Default)]
pub(crate) struct Failures(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    counts: HashMap<(Option<TenantId>, AuthFailure), u32>,
    /// When a write began that has not ended.
    writing_since: Option<Timestamp>,
}

impl Failures {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds failures.
    fn add(&self, tenant: Option<TenantId>, reason: AuthFailure, count: u32) {
        let counts = &mut self.pending().counts;
        let key = (tenant, reason);
        if counts.len() < MAX_COUNTS || counts.contains_key(&key) {
            let total = counts.entry(key).or_default();
            *total = total.saturating_add(count);
        }
    }

    /// Whether the caller has to begin a write.
    fn begin(&self, now: Timestamp) -> bool {
        let mut pending = self.pending();
        let is_writing = pending.writing_since.is_some_and(|since| now.since(since) < LOST_AFTER_MS);
        if !is_writing {
            pending.writing_since = Some(now);
        }
        !is_writing
    }

    fn take(&self) -> HashMap<(Option<TenantId>, AuthFailure), u32> {
        let mut pending = self.pending();
        pending.writing_since = None;
        std::mem::take(&mut pending.counts)
    }
}

/// Counts the failed authentication of a request, if there is one. Without a background the counts are written now.
pub(crate) async fn count(app: &App, exchange: &Exchange, background: Option<&Background>) {
    let Some(reason) = exchange.denial() else { return };
    let tenant = exchange.app().map(|app| app.tenant_id.clone());
    let failures = &app.caches().failures;
    failures.add(tenant, reason, 1);
    if !failures.begin(app.now()) {
        return;
    }
    let Some(background) = background else { return write(app).await };
    let app = app.clone();
    background.spawn(Box::pin(async move {
        app.clock().sleep(WRITE_EVERY_MS).await;
        write(&app).await;
    }));
}

/// Writes the counts of this isolate to D1. If that fails, they stay for the next write.
pub(crate) async fn write(app: &App) {
    let counts = app.caches().failures.take();
    if counts.is_empty() {
        return;
    }
    let rows: Vec<_> = counts.into_iter().map(|((tenant, reason), count)| (tenant, reason, count)).collect();
    if let Err(error) = app.store().count_auth_failures(&rows).await {
        tracing::warn!(at = "identity.failures", detail = %error);
        for (tenant, reason, count) in rows {
            app.caches().failures.add(tenant, reason, count);
        }
    }
}
