//! Outbox of notifications to the pager. Rows are appended in the turn of the change and handed over in order.

use super::Object;
use super::queries;
use campana_core::alerts::notification::{Forget, MAX_HANDOVER, Notification, Notifications};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_runtime::outbox::{Batch, Policy, Statements};
use campana_runtime::ports::Address;
use campana_runtime::retry::Backoff;
use std::rc::Rc;

/// Time-out of a request to the pager, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// The outbox's statements.
pub(crate) const OUTBOX: Statements = Statements {
    append: queries::outbox::APPEND,
    truncate: queries::outbox::TRUNCATE,
    page: queries::outbox::PAGE,
    remove: queries::outbox::REMOVE,
    source: queries::outbox::SOURCE,
    name: queries::outbox::NAME,
};
/// `max_rows` is reached only in a very long outage of the pager.
pub(crate) const POLICY: Policy = Policy {
    log_name: "alert_desk.outbox",
    namespace: "PAGER",
    path: "errands",
    timeout_ms: TIMEOUT_MS,
    max_rows: 10_000,
    batch: MAX_HANDOVER,
    backoff: Backoff { first_ms: 500, longest_ms: 30_000 },
};

impl Object {
    /// Drains the outbox in the background.
    pub(super) fn run_errands(self: &Rc<Self>) {
        let Some(tenant) = self.tenant().filter(|_| !self.outbox.is_empty()) else { return };
        self.spawn(async move |object| {
            let notifications = |batch: Batch<Notification>| Notifications {
                tenant: tenant.clone(),
                source: batch.source,
                notifications: batch.rows,
            };
            object.outbox.drain(tenant.as_str(), notifications).await;
        });
    }

    /// Has the pager forget the user's devices. When this returns, none of them is paged again.
    pub(super) async fn forget_devices(&self, user: &UserId) -> Result<(), Problem> {
        let Some(tenant) = self.tenant() else { return Ok(()) };
        let pager = Address { namespace: POLICY.namespace, name: tenant.as_str().to_owned() };
        let forget = Forget { tenant, user: user.clone() };
        let durable = self.context.hand_over(&pager, "forget", &forget, TIMEOUT_MS).await;
        durable.map_err(|error| Problem::unavailable(error.to_string()))
    }
}
