//! The desk's alarm and maintenance.

use super::Object;
use crate::record::read_app;
use crate::{maintenance, quota_reporter, subscriptions};
use campana_core::alerts::AlertSettings;
use campana_core::shared::ids::TenantId;
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use std::rc::Rc;

/// How long a closed alert stays here, milliseconds, so that dashboards can resume. D1 keeps it longer.
const CLOSED_KEPT_MS: i64 = 24 * 60 * 60_000;
/// TTL of a deleted alert's id, milliseconds: a request repeated later raises a new alert.
const KNOWN_KEPT_MS: i64 = 60 * CLOSED_KEPT_MS;
/// Alerts deleted by one step.
const FORGET_AT_ONCE: i64 = 50;
/// Delay before a retry, milliseconds.
const AGAIN_MS: i64 = 5_000;

impl Object {
    /// Arms the alarm for the earliest due time. All pending work is either in progress or has a due time here.
    pub(super) fn arm_for_what_is_due(&self) {
        let now = self.context.now();
        let sessions = self.sessions.borrow();
        let silent = maintenance::next_look(&sessions, self.limits().idle_timeout_ms, now);
        let mut due: Vec<Timestamp> =
            silent.into_iter().chain(self.outbox.retry_at()).chain(self.flush.retry_at()).collect();
        if self.rows.are_made() {
            due.extend(self.rows.next_due().ok().flatten());
            let waits = self.rows.has_untold() || !self.outbox.is_empty() || self.is_behind();
            due.extend(waits.then(|| now.plus_millis(AGAIN_MS)));
            let closed = self.rows.first_closed().ok().flatten();
            due.extend(closed.map(|at| at.plus_millis(CLOSED_KEPT_MS).max(now.plus_millis(AGAIN_MS))));
        }
        if let Some(at) = due.into_iter().min() {
            self.wake_at(at.max(now));
        }
    }

    /// Runs what is due. Failed work is retried.
    pub(super) async fn run_due(self: &Rc<Self>) {
        self.context.alarm().fired();
        // Escalation steps first: people wait for help.
        if self.do_what_is_due().is_err() {
            self.wake_at(self.context.now().plus_millis(AGAIN_MS));
        }
        self.tell_again();
        self.run_errands();
        maintenance::close_overdue(self, self.limits().idle_timeout_ms);
        self.flush_all().await;
        if self.delete_old().is_err() {
            self.wake_at(self.context.now().plus_millis(AGAIN_MS));
        }
        quota_reporter::report_soon(self);
        subscriptions::deliver_missed(self);
        self.arm_for_what_is_due();
    }

    /// Deletes old alerts that D1 has, expired subscriptions and old ids.
    fn delete_old(&self) -> Result<(), Problem> {
        if !self.rows.are_made() {
            return Ok(());
        }
        let now = self.context.now();
        while self.rows.forget_closed(now.plus_millis(-CLOSED_KEPT_MS), now, FORGET_AT_ONCE)? > 0 {}
        self.rows.end_old_subscriptions(now)?;
        self.rows.forget_known(now.plus_millis(-KNOWN_KEPT_MS))
    }

    /// Stores the desk's tenant, limits and alert settings. A new desk reads the settings from D1; afterwards each
    /// command brings them.
    pub(super) async fn know(&self, tenant: &TenantId, limits: &Limits) -> Result<(), Problem> {
        let known = self.known.borrow().as_ref().map(|known| known.settings.clone());
        let settings = match known {
            Some(settings) => settings,
            // Watching works while D1 does not answer.
            None => self.settings_of(tenant).await.unwrap_or_default(),
        };
        self.remember(tenant, limits, &settings)
    }

    async fn settings_of(&self, tenant: &TenantId) -> Option<AlertSettings> {
        read_app(&self.context.record().ok()?, tenant, "alert_desk.record").await.map(|app| app.alerts)
    }
}
