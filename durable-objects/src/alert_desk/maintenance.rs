//! The alarm, and what it looks after.

use super::Object;
use crate::platform;
use crate::record::read_app;
use crate::{maintenance, quota_reporter, reclaim, subscriptions};
use campana_core::alerts::AlertSettings;
use campana_core::shared::ids::TenantId;
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::rc::Rc;

/// How long an alert stays here after it has ended, milliseconds: long enough to be resumed from. The record has it.
const CLOSED_KEPT_MS: i64 = 24 * 60 * 60_000;
/// How long the id of an alert that has left is known, milliseconds: a call that is repeated later is a new one.
const KNOWN_KEPT_MS: i64 = 60 * CLOSED_KEPT_MS;
/// Alerts let go of at once.
const FORGET_AT_ONCE: i64 = 50;
/// When what did not work is tried again, milliseconds.
const AGAIN_MS: i64 = 5_000;

impl Object {
    /// Arms the alarm for what is due first. Everything that waits is either on its way or has its time here.
    pub(super) fn arm_for_what_is_due(&self) {
        let now = platform::now();
        let sessions = self.sessions.borrow();
        let silent = maintenance::next_look(&sessions, self.limits().idle_timeout_ms, now);
        let mut due: Vec<Timestamp> =
            silent.into_iter().chain(self.outbox.retry_at()).chain(self.flush.retry_at()).collect();
        if self.rows.are_made() {
            due.extend(self.rows.next_due().ok().flatten());
            let waits = self.rows.has_untold() || self.rows.has_errands() || self.is_behind();
            due.extend(waits.then(|| now.plus_millis(AGAIN_MS)));
            let closed = self.rows.first_closed().ok().flatten();
            due.extend(closed.map(|at| at.plus_millis(CLOSED_KEPT_MS).max(now.plus_millis(AGAIN_MS))));
        }
        if let Some(at) = due.into_iter().min() {
            self.alarm.arm(&self.state, at.max(now));
        }
    }

    /// Something is due. Whatever fails is tried again.
    pub(super) async fn alarm(self: &Rc<Self>) {
        self.alarm.fired();
        // First of all: people wait for it.
        if self.do_what_is_due().is_err() {
            self.alarm.arm(&self.state, platform::now().plus_millis(AGAIN_MS));
        }
        self.tell_again();
        self.run_errands();
        self.close_overdue();
        self.flush_all().await;
        if self.let_go().is_err() {
            self.alarm.arm(&self.state, platform::now().plus_millis(AGAIN_MS));
        }
        quota_reporter::report_soon(self);
        subscriptions::deliver_missed(self);
        self.arm_for_what_is_due();
    }

    fn close_overdue(self: &Rc<Self>) {
        let idle_timeout_ms = self.limits().idle_timeout_ms;
        let overdue = maintenance::overdue(&self.state, &self.sessions.borrow(), idle_timeout_ms, platform::now());
        for (session, code) in overdue {
            self.dismiss(&session, code);
        }
        reclaim::drop_unread(self);
    }

    /// Lets go of what the record has and nobody needs here any more.
    fn let_go(&self) -> Result<(), Problem> {
        if !self.rows.are_made() {
            return Ok(());
        }
        let now = platform::now();
        while self.rows.forget_closed(now.plus_millis(-CLOSED_KEPT_MS), now, FORGET_AT_ONCE)? > 0 {}
        self.rows.end_old_subscriptions(now)?;
        self.rows.forget_known(now.plus_millis(-KNOWN_KEPT_MS))
    }

    /// Makes sure that the desk knows whose it is and what the app has set of alerts: of a new one the record says it,
    /// afterwards every command does. Nothing is asked while nothing happens.
    pub(super) async fn know(&self, tenant: &TenantId, limits: &Limits) -> Result<(), Problem> {
        let known = self.known.borrow().as_ref().map(|known| known.settings.clone());
        let settings = match known {
            Some(settings) => settings,
            // A record that does not answer keeps nobody from watching.
            None => self.settings_of(tenant).await.unwrap_or_default(),
        };
        self.remember(tenant, limits, &settings)
    }

    async fn settings_of(&self, tenant: &TenantId) -> Option<AlertSettings> {
        read_app(&self.record()?, tenant, "alert_desk.record").await.map(|app| app.alerts)
    }
}
