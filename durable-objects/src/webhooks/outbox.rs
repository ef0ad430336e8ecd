//! Outbox of an object's channel events to its app's Webhooks object.
//!
//! Events are appended in the turn of the change ([`Outbox`]). The object drains the outbox in the background, and from
//! its alarm. It arms the alarm in the same turn for [`LOOK_AFTER_MS`] later, and for the retry time of a failed drain.

use super::queries;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{ChannelEvent, Handover, MAX_HANDOVER};
use campana_runtime::Context;
use campana_runtime::outbox::{self, Batch, Outbox};
use campana_runtime::retry::Backoff;
use campana_schema::objects::HERALD;

/// Delay of the alarm that drains the outbox if the instance is lost before the drain, milliseconds.
pub(crate) const LOOK_AFTER_MS: i64 = 5_000;
pub(crate) const STATEMENTS: outbox::Statements = outbox::Statements {
    append: queries::outbox::APPEND,
    truncate: queries::outbox::TRUNCATE,
    page: queries::outbox::PAGE,
    remove: queries::outbox::REMOVE,
    source: queries::outbox::SOURCE,
    name: queries::outbox::NAME,
};
const POLICY: outbox::Policy = outbox::Policy {
    log_name: "webhooks.outbox",
    namespace: "WEBHOOKS",
    path: "happenings",
    timeout_ms: 5_000,
    max_rows: 10_000,
    batch: MAX_HANDOVER,
    backoff: Backoff { first_ms: 1_000, longest_ms: 30_000 },
};

/// Outbox to the app's Webhooks object.
pub(crate) struct WebhookOutbox(Outbox);

impl WebhookOutbox {
    /// Creates the outbox in the object's database.
    pub(crate) fn new(context: Context) -> Self {
        Self(Outbox::new(context, &HERALD, STATEMENTS, POLICY))
    }

    /// Appends events in order. Events without a subscribed webhook ([`ChannelEvent::matters_to`]) may be left out.
    pub(crate) fn append(&self, events: &[ChannelEvent]) -> Result<(), Problem> {
        self.0.append(events)
    }

    /// Whether everything was handed over.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Resets the state after the database was emptied.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }

    /// Hands over everything. Returns the retry time if it failed.
    pub(crate) async fn drain(&self, tenant: &TenantId) -> Option<Timestamp> {
        let handover = |batch: Batch<_>| Handover { tenant: tenant.clone(), source: batch.source, events: batch.rows };
        self.0.drain(tenant.as_str(), handover).await
    }
}
