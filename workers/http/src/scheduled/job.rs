//! A scheduled job, and its progress in a run.

use crate::App;
use crate::ports::BoxFuture;
use campana_core::shared::timestamp::Timestamp;
use campana_logging::SUMMARY;
use campana_storage::StorageError;

pub(super) const HOUR_MS: i64 = 60 * 60 * 1_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// A job that works in steps. Every run creates a new instance.
pub(super) trait Job: Send {
    /// Runs the next step, which is bounded in work.
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>>;
}

/// Result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Number of rows or events removed, or of rows brought up to date.
    pub(super) purged: u64,
    /// Whether there may be more to do.
    pub(super) more: bool,
}

impl Step {
    /// A step that removes at most `limit` rows: reaching the limit means that more may be left.
    pub(super) fn of(purged: u64, limit: u32) -> Self {
        Self { purged, more: purged >= u64::from(limit) }
    }
}

/// A failed step.
#[derive(Debug)]
pub(super) struct Failure {
    /// Storage error. Its text contains no stored values.
    pub(super) error: StorageError,
    /// Whether this run can continue with something else.
    pub(super) more: bool,
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self { error, more: false }
    }
}

/// Progress of a job in a run.
pub(super) struct Turn {
    schedule: &'static str,
    name: &'static str,
    job: Box<dyn Job>,
    scheduled_at: Timestamp,
    purged: u64,
    steps: u32,
    failures: u32,
    goes_on: bool,
    ms: u64,
}

impl Turn {
    pub(super) fn new(schedule: &'static str, name: &'static str, job: Box<dyn Job>, scheduled_at: Timestamp) -> Self {
        Self { schedule, name, job, scheduled_at, purged: 0, steps: 0, failures: 0, goes_on: true, ms: 0 }
    }

    /// Whether the job has more to do in this run.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Runs a step. A failure is logged and does not affect other jobs.
    pub(super) async fn step(&mut self, app: &App) {
        let began = app.now();
        self.steps = self.steps.saturating_add(1);
        match self.job.step(app).await {
            Ok(step) => {
                self.purged = self.purged.saturating_add(step.purged);
                self.goes_on = step.more;
            }
            Err(failure) => {
                self.failures = self.failures.saturating_add(1);
                self.goes_on = failure.more;
                tracing::error!(
                    at = "scheduled",
                    schedule = self.schedule,
                    job = self.name,
                    detail = %failure.error,
                    scheduled_at = self.scheduled_at.to_rfc3339(),
                );
            }
        }
        self.ms = self.ms.saturating_add(app.now().since(began));
    }

    /// Logs the job's summary of this run.
    pub(super) fn log(&self) {
        tracing::info!(
            target: SUMMARY,
            at = "scheduled",
            schedule = self.schedule,
            job = self.name,
            purged = self.purged,
            steps = self.steps,
            failures = self.failures,
            more = self.goes_on || self.failures > 0,
            ms = self.ms,
            scheduled_at = self.scheduled_at.to_rfc3339(),
        );
    }
}
