//! Adapter from [`Desks`] to Durable Objects: one alert desk and one pager per tenant, named after the tenant.

use crate::objects::{connection_request, post, silent};
use axum::response::Response;
use campana_core::alerts::command::{DeskAnswer, DeskCommand, DeskRequest, Sweep, Swept};
use campana_core::alerts::pager::{PagerAnswer, PagerRequest};
use campana_core::chat::command::Connect;
use campana_core::pusher::link::Target;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, Connection, Desks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::send::SendFuture;
use worker::{Env, ObjectNamespace, Result};

/// Namespaces of the objects. Stubs belong to one request, so each call creates its own.
pub(crate) struct DurableDesks {
    desks: ObjectNamespace,
    pagers: ObjectNamespace,
}

impl DurableDesks {
    /// Reads the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self { desks: env.durable_object(Target::AlertDesk.namespace())?, pagers: env.durable_object("PAGER")? })
    }

    async fn open(&self, connect: &Connect, offered: bool) -> Result<Response> {
        let request = connection_request(connect, Connection::Socket { offered })?;
        let stub = self.desks.get_by_name(connect.principal.tenant.as_str())?;
        crate::http::relay(stub.fetch_with_request(request).await?)
    }
}

/// Posts JSON to the tenant's object and reads the JSON answer.
async fn ask<T: DeserializeOwned>(
    namespace: &ObjectNamespace,
    tenant: &TenantId,
    path: &str,
    body: &impl Serialize,
) -> Result<T> {
    post(&namespace.get_by_name(tenant.as_str())?, path, serde_json::to_string(body)?).await
}

impl Desks for DurableDesks {
    fn command(&self, request: DeskRequest) -> BoxFuture<'_, DeskAnswer> {
        Box::pin(SendFuture::new(async move {
            if matches!(request.command, DeskCommand::Raise { .. }) {
                campana_objects::expect_alert();
            }
            let asked = ask::<DeskAnswer>(&self.desks, &request.app_config.tenant, "command", &request).await;
            asked.unwrap_or_else(|error| Err(silent(&error, request.request_id.as_deref()).into()))
        }))
    }

    fn connect(&self, connect: Connect, offered: bool) -> BoxFuture<'_, std::result::Result<Response, Problem>> {
        Box::pin(SendFuture::new(async move {
            self.open(&connect, offered).await.map_err(|error| silent(&error, connect.request_id.as_deref()))
        }))
    }

    fn sweep(&self, sweep: Sweep) -> BoxFuture<'_, std::result::Result<Swept, Problem>> {
        Box::pin(SendFuture::new(async move {
            let asked: Result<std::result::Result<Swept, Problem>> =
                ask(&self.desks, &sweep.app_config.tenant, "sweep", &sweep).await;
            asked.unwrap_or_else(|error| Err(silent(&error, None)))
        }))
    }

    fn page(&self, request: PagerRequest) -> BoxFuture<'_, PagerAnswer> {
        Box::pin(SendFuture::new(async move {
            let asked = ask::<PagerAnswer>(&self.pagers, &request.principal.tenant, "command", &request).await;
            asked.unwrap_or_else(|error| Err(silent(&error, request.request_id.as_deref())))
        }))
    }
}
