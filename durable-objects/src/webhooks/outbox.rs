//! Outbox of an object's channel events to its app's Webhooks object.
//!
//! Events are appended in the turn of the change ([`Outbox`]). The object drains the outbox in the background, and from
//! its alarm, which it arms in the same turn for [`LOOK_AFTER_MS`] later.

use super::queries;
use campana_core::shared::ids::TenantId;
use campana_core::webhooks::channels::{Handover, MAX_HANDOVER};
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

/// An object's outbox to its app's Webhooks object. Events without a subscribed webhook
/// ([`ChannelEvent::matters_to`](campana_core::webhooks::channels::ChannelEvent::matters_to)) may be left out.
pub(crate) fn outbox(context: Context) -> Outbox {
    Outbox::new(context, &HERALD, STATEMENTS, POLICY)
}

/// Hands over everything.
pub(crate) async fn drain(outbox: &Outbox, tenant: &TenantId) {
    let handover = |batch: Batch<_>| Handover { tenant: tenant.clone(), source: batch.source, events: batch.rows };
    outbox.drain(tenant.as_str(), handover).await;
}
