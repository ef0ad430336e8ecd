//! Outbox of notifications to the pager. Rows are appended in the turn of the change and handed over in order.

use super::Object;
use campana_core::alerts::notification::{Forget, MAX_HANDOVER, Notification, Notifications};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_runtime::outbox::{Batch, Policy, Statements};
use campana_runtime::ports::Address;
use campana_runtime::retry::Backoff;
use campana_schema::objects::desk;
use serde::Serialize;
use std::rc::Rc;

/// Time-out of a request to the pager, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// The outbox's statements.
pub(crate) const OUTBOX: Statements = Statements {
    append: desk::ADD_ERRAND,
    truncate: desk::LET_ERRANDS_FALL,
    page: desk::ERRANDS,
    remove: desk::FORGET_ERRANDS,
    source: desk::ERRANDS_SOURCE,
    name: desk::NAME_ERRANDS,
};
/// The outbox's bounds. `max_rows` is reached only in a very long outage of the pager.
pub(crate) const POLICY: Policy =
    Policy { max_rows: 10_000, batch: MAX_HANDOVER, backoff: Backoff { first_ms: 500, longest_ms: 30_000 } };

impl Object {
    /// Drains the outbox in the background.
    pub(super) fn run_errands(self: &Rc<Self>) {
        if !self.rows.has_errands() {
            return;
        }
        let object = Rc::clone(self);
        self.context.spawn(async move {
            object.drain_errands().await;
            if let Some(again) = object.outbox.retry_at() {
                object.alarm.arm(&object.context, again);
            }
        });
    }

    async fn drain_errands(&self) {
        let Some(tenant) = self.tenant() else { return };
        let hand_over = |batch: Batch<Notification>| {
            let errands = Notifications { tenant: tenant.clone(), source: batch.source, notifications: batch.rows };
            let tenant = &tenant;
            async move { self.ask_pager(tenant, "errands", &errands).await.map_err(|problem| problem.detail) }
        };
        if let Err(detail) = self.outbox.drain(&self.context, hand_over).await {
            tracing::warn!(at = "alert_desk.outbox", detail);
        }
    }

    /// Has the pager forget the user's devices. When this returns, none of them is paged again.
    pub(super) async fn forget_devices(&self, user: &UserId) -> Result<(), Problem> {
        let Some(tenant) = self.tenant() else { return Ok(()) };
        self.ask_pager(&tenant, "forget", &Forget { tenant: tenant.clone(), user: user.clone() }).await
    }

    /// Posts to the pager. On success the request is durable there.
    async fn ask_pager(&self, tenant: &TenantId, path: &str, body: &impl Serialize) -> Result<(), Problem> {
        let pager = Address { namespace: "PAGER", name: tenant.as_str().to_owned() };
        let durable = self.context.hand_over(&pager, path, body, TIMEOUT_MS).await;
        durable.map_err(|error| Problem::unavailable(error.to_string()))
    }
}
