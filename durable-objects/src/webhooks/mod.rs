//! Webhooks object: sends an app's channel events to its backend.
//!
//! **Atomicity.** A handover is processed and stored in one turn without awaits. The answer leaves once that is
//! durable, so the sender may delete its rows. A batch is stored with its id and bytes before it is sent, and its
//! outcome before the next batch.
//!
//! **What survives hibernation.** In SQLite: the queue, each endpoint's batch, and each sender's position. Requests in
//! flight are lost, which is harmless: they are sent again with the same id. URLs and secrets are read from the record
//! again. One alarm serves held events, retries and expired attempt leases.

mod administration;
pub(crate) mod deliveries;
mod occupancy;
pub(crate) mod outbox;
pub(crate) mod queries;
mod record;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use deliveries::AppWebhooks;
pub(crate) use outbox::LOOK_AFTER_MS;

use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_runtime::Context;
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::ports::Answer;
use futures_util::future::LocalBoxFuture;
use record::Receivers;
use std::rc::Rc;

impl Instance for AppWebhooks {
    fn start(context: Context) -> Rc<Self> {
        let asked = context.clone();
        let record = move |tenant: TenantId| -> LocalBoxFuture<'static, Option<Receivers>> {
            let context = asked.clone();
            Box::pin(async move { read_receivers(&context, &tenant).await })
        };
        Self::new(context, Box::new(record))
    }

    /// Answers `/happenings` with a [`Handover`](campana_core::webhooks::channels::Handover), and `/command` with a
    /// [`WebhooksRequest`](campana_core::webhooks::history::WebhooksRequest).
    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/happenings" => Answer::done(read_request(body).and_then(|handover| self.take(handover))),
            "/command" => answer(body, async |request| self.command(request).await).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.run_due().await;
    }
}

async fn read_receivers(context: &Context, tenant: &TenantId) -> Option<Receivers> {
    let app = context.record().ok()?.app_by_tenant(tenant).await;
    let app = app.inspect_err(|error| tracing::warn!(at = "webhooks.record", detail = %error)).ok()?;
    Some(record::receivers(app, context.reach(), context.now()))
}
