//! Webhooks object: sends an app's channel events to its backend.
//!
//! **Atomicity.** A handover is processed and stored in one turn without awaits. The answer leaves once that is
//! durable, so the sender may delete its rows. A batch is stored with its id and bytes before it is sent, and its
//! outcome before the next batch.
//!
//! **What survives hibernation.** In SQLite: the queue, each endpoint's batch, and each sender's position. Requests in
//! flight are lost, which is harmless: they are sent again with the same id. URLs and secrets are read from the record
//! again. One alarm serves held events, retries and expired attempt leases.
//!
//! [`deliveries`] has everything but the platform: it is also tested natively.

pub(crate) mod deliveries;
pub(crate) mod outbox;
pub(crate) mod queries;
mod record;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use outbox::{LOOK_AFTER_MS, WebhookOutbox};

use crate::{host, platform, sql};
use campana_core::shared::ids::TenantId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::webhooks::channels::Handover;
use campana_runtime::Context;
use deliveries::AppWebhooks;
use futures_util::future::LocalBoxFuture;
use record::Receivers;
use std::rc::Rc;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// Webhooks object, named by the tenant. Endpoint: `POST /happenings` with a [`Handover`].
#[durable_object(alarm)]
pub struct Webhooks {
    webhooks: Rc<AppWebhooks>,
}

impl DurableObject for Webhooks {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        let context = host::context(&state, &env, sql::database(&state));
        let asked = context.clone();
        let record = move |tenant: TenantId| -> LocalBoxFuture<'static, Option<Receivers>> {
            let context = asked.clone();
            Box::pin(async move { read_receivers(&context, &tenant).await })
        };
        Self { webhooks: AppWebhooks::new(context, Box::new(record)) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let outcome = match (request.method(), request.path().as_str()) {
            (Method::Post, "/happenings") => match read_stored::<Handover>(&request.text().await?) {
                Ok(handover) => self.webhooks.take(handover),
                _ => Err(Problem::new(Kind::Internal, "a handover of another version")),
            },
            _ => Err(Problem::not_found()),
        };
        match outcome {
            Ok(()) => Ok(Response::empty()?.with_status(204)),
            Err(problem) => platform::problem_response(&problem),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        Rc::clone(&self.webhooks).alarm().await;
        Response::ok("")
    }
}

async fn read_receivers(context: &Context, tenant: &TenantId) -> Option<Receivers> {
    let app = context.record().ok()?.app_by_tenant(tenant).await;
    let app = app.inspect_err(|error| tracing::warn!(at = "webhooks.record", detail = %error)).ok()?;
    Some(record::receivers(app, context.reach(), context.now()))
}
