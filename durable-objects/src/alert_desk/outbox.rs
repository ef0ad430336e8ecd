//! Outbox of notifications to the pager. Rows are appended in the turn of the change and handed over in order.

use super::Object;
use super::queries;
use campana_core::alerts::Alert;
use campana_core::alerts::notification::{Forget, MAX_HANDOVER, Notification, Notifications};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_runtime::outbox::{Batch, Fair, Policy, Statements};
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
/// Statements of rows that have an owner, who has a budget of rows: rounds of raising and cancelling in an outage of the
/// pager crowd out no page of another user's alert.
pub(crate) const FAIR: Fair =
    Fair { append: queries::outbox::APPEND_OF_OWNER, shed: queries::outbox::SHED_OF_OWNER, rows_per_owner: 100 };
/// `max_rows` is reached only in a very long outage of the pager, and by many owners.
pub(crate) const POLICY: Policy = Policy {
    log_name: "alert_desk.outbox",
    namespace: "PAGER",
    path: "errands",
    timeout_ms: TIMEOUT_MS,
    max_rows: 100_000,
    batch: MAX_HANDOVER,
    backoff: Backoff { first_ms: 500, longest_ms: 30_000 },
};

/// Whose budget a row about an alert counts against. Drills have their own.
pub(super) fn owner_of(alert: &Alert) -> String {
    format!("{}{}", if alert.drill { "drill:" } else { "" }, alert.user.id)
}

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
        let forget = Forget { tenant, user: user.clone(), before: None };
        let durable = self.context.hand_over(&pager, "forget", &forget, TIMEOUT_MS).await;
        durable.map_err(|error| Problem::unavailable(error.to_string()))
    }
}
