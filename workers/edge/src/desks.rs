//! Adapter from [`Desks`] to Durable Objects: one alert desk, one pager and one object of webhooks per tenant, named after
//! the tenant.

use crate::call::{ask, hand_over, open};
use crate::objects::connection_request;
use axum::response::Response;
use campana_core::alerts::command::{DeskAnswer, DeskCommand, DeskRequest, Sweep, Swept};
use campana_core::alerts::notification::Forget;
use campana_core::alerts::pager::{PagerAnswer, PagerRequest};
use campana_core::chat::command::Connect;
use campana_core::chat::erasure::{ReleaseAlerts, ReleasedAlerts};
use campana_core::pusher::link::Target;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::history::{HistoryAnswer, WebhooksRequest};
use campana_http::{BoxFuture, Connection, Desks};
use worker::{Env, ObjectNamespace, Result};

/// Namespaces of the objects.
pub(crate) struct DurableDesks {
    desks: ObjectNamespace,
    pagers: ObjectNamespace,
    webhooks: ObjectNamespace,
}

impl DurableDesks {
    /// Reads the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self {
            desks: env.durable_object(Target::AlertDesk.namespace())?,
            pagers: env.durable_object("PAGER")?,
            webhooks: env.durable_object("WEBHOOKS")?,
        })
    }
}

impl Desks for DurableDesks {
    fn command(&self, request: DeskRequest) -> BoxFuture<'_, DeskAnswer> {
        if matches!(request.command, DeskCommand::Raise { .. }) {
            campana_objects::expect_alert();
        }
        let (name, request_id) = (request.app_config.tenant.to_string(), request.request_id.clone());
        ask(&self.desks, name, "command", request, request_id)
    }

    fn connect(&self, connect: Connect, offered: bool) -> BoxFuture<'_, std::result::Result<Response, Problem>> {
        let request = connection_request(&connect, Connection::Socket { offered });
        open(&self.desks, connect.principal.tenant.to_string(), request, connect.request_id)
    }

    fn sweep(&self, sweep: Sweep) -> BoxFuture<'_, std::result::Result<Swept, Problem>> {
        ask(&self.desks, sweep.app_config.tenant.to_string(), "sweep", sweep, None)
    }

    fn release(&self, asked: ReleaseAlerts) -> BoxFuture<'_, std::result::Result<ReleasedAlerts, Problem>> {
        ask(&self.desks, asked.tenant.to_string(), "release", asked, None)
    }

    fn page(&self, request: PagerRequest) -> BoxFuture<'_, PagerAnswer> {
        let (name, request_id) = (request.principal.tenant.to_string(), request.request_id.clone());
        ask(&self.pagers, name, "command", request, request_id)
    }

    fn webhooks(&self, request: WebhooksRequest) -> BoxFuture<'_, HistoryAnswer> {
        let (name, request_id) = (request.tenant.to_string(), request.request_id.clone());
        ask(&self.webhooks, name, "command", request, request_id)
    }

    fn forget(&self, forget: Forget) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        hand_over(&self.pagers, forget.tenant.to_string(), "forget", forget)
    }
}
