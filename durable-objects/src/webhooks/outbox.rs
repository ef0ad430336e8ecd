//! Outbox of an object's channel events to its app's Webhooks object.
//!
//! Events are appended in the turn of the change ([`Outbox`]). The object drains the outbox in the background, and from
//! its alarm. It arms the alarm in the same turn for [`LOOK_AFTER_MS`] later, and for the retry time of a failed drain.

use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{ChannelEvent, Handover, MAX_HANDOVER};
use campana_runtime::Context;
use campana_runtime::outbox::{self, Batch, Outbox};
use campana_runtime::ports::Address;
use campana_runtime::retry::Backoff;
use campana_runtime::sql::Tables;
use campana_schema::objects::{HERALD, herald};

/// Delay of the alarm that drains the outbox if the instance is lost before the drain, milliseconds.
pub(crate) const LOOK_AFTER_MS: i64 = 5_000;
/// Time-out of a handover, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
pub(crate) const STATEMENTS: outbox::Statements = outbox::Statements {
    append: herald::NOTE,
    truncate: herald::LET_FALL,
    page: herald::PAGE,
    remove: herald::TAKEN,
    source: herald::SOURCE,
    name: herald::NAME,
};
const POLICY: outbox::Policy =
    outbox::Policy { max_rows: 10_000, batch: MAX_HANDOVER, backoff: Backoff { first_ms: 1_000, longest_ms: 30_000 } };

/// Outbox to the app's Webhooks object.
pub(crate) struct WebhookOutbox {
    context: Context,
    outbox: Outbox,
    tables: Tables,
}

impl WebhookOutbox {
    /// Creates the outbox in the object's database.
    pub(crate) fn new(context: Context) -> Self {
        let outbox = Outbox::new(context.sql.clone(), STATEMENTS, POLICY);
        let tables = Tables::new(context.sql.clone(), &HERALD);
        Self { context, outbox, tables }
    }

    /// Appends events in order. Events without a subscribed webhook ([`ChannelEvent::matters_to`]) may be left out.
    pub(crate) fn append(&self, events: &[ChannelEvent]) -> Result<(), Problem> {
        self.tables.make()?;
        self.outbox.append(events)
    }

    /// Whether everything was handed over.
    pub(crate) fn is_empty(&self) -> bool {
        !self.tables.exist() || self.outbox.is_empty().unwrap_or(false)
    }

    /// Resets the state after the database was emptied.
    pub(crate) fn forget(&self) {
        self.tables.forget();
    }

    /// Hands over everything. Returns the retry time if it failed.
    pub(crate) async fn drain(&self, tenant: &TenantId) -> Option<Timestamp> {
        if !self.tables.exist() {
            return None;
        }
        let webhooks = Address { namespace: "WEBHOOKS", name: tenant.as_str().to_owned() };
        let hand_over = |batch: Batch<ChannelEvent>| {
            let handover = Handover { tenant: tenant.clone(), source: batch.source, events: batch.rows };
            let (context, webhooks) = (&self.context, &webhooks);
            async move {
                let durable = context.hand_over(webhooks, "happenings", &handover, TIMEOUT_MS).await;
                durable.map_err(|error| error.to_string())
            }
        };
        if let Err(detail) = self.outbox.drain(&self.context, hand_over).await {
            tracing::warn!(at = "webhooks.outbox", detail);
        }
        self.outbox.retry_at()
    }
}
