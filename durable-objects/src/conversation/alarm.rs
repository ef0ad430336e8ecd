//! Alarm of the conversation: retries flushes, and manages the connections. Idempotent; re-armed while there is work.

use super::Object;
use crate::presence::{KeepsPresence, RENEW_MS};
use crate::record::read_app;
use crate::{maintenance, quota_reporter, revoking, subscriptions};
use campana_core::shared::limits::Limits;
use std::rc::Rc;

impl Object {
    /// Arms the alarm for the next check of the connections.
    pub(super) fn arm_for_connections(&self) {
        self.arm_for(self.idle_timeout_ms());
    }

    /// [`Self::arm_for_connections`] with a given idle time-out.
    pub(super) fn arm_for(&self, idle_timeout_ms: i64) {
        // Members by gateways have no sockets here, but their leases must be renewed.
        let has_others = self.subscriptions.with(|roster| !roster.members().is_empty());
        maintenance::arm(self, idle_timeout_ms, has_others);
    }

    /// Runs all maintenance when the alarm fires.
    pub(super) async fn run_due(self: &Rc<Self>) {
        self.context.alarm().fired();
        if self.loaded.borrow().is_none() {
            return;
        }
        self.arm_for_links();
        self.catch_up();
        self.refresh_limits().await;
        maintenance::close_overdue(self, self.idle_timeout_ms());
        self.run_scheduled().await;
        self.recover_or_later().await;
        self.flush_from_alarm().await;
        let here = self.ids_here();
        if self.renew_presence(here.clone()) {
            // The record logs a failure, and the next renewal asks again.
            let _reviewed = self.review_visibility(&here).await;
        }
        quota_reporter::report_soon(self);
        subscriptions::deliver_missed(self);
        self.preview_links();
        self.index_soon();
        self.arm_for_connections();
        // Last, since a gateway may answer slowly.
        self.announce().await;
    }

    /// Reads the app's current limits and revocations before connections are checked, since no request may have brought
    /// them since they changed. Keeps the known limits if the record is unavailable.
    async fn refresh_limits(self: &Rc<Self>) {
        if self.sessions.borrow().len() == 0 || !self.settings.is_due(self.context.now()) {
            return;
        }
        let (Ok((tenant, _)), Ok(store)) = (self.names(), self.context.record()) else { return };
        if let Some(app) = read_app(&store, &tenant, "conversation.record").await {
            // The engine logs a failure, and the next check tries again.
            let _reported = self.with(|loaded| self.follow(loaded, &app.limits));
            revoking::close_revoked(self, app.revocations.effective(self.context.now()));
        }
    }

    /// Interval of keep-alive comments on silent event streams, in milliseconds.
    pub(super) fn stream_keep_alive_ms(&self) -> u32 {
        let set = self.with(|loaded| Ok(loaded.rules.limits().stream_keep_alive()));
        set.unwrap_or_else(|_| Limits::default().stream_keep_alive())
    }

    fn idle_timeout_ms(&self) -> i64 {
        self.with(|loaded| Ok(loaded.rules.limits().idle_timeout_ms)).unwrap_or(RENEW_MS)
    }
}
