//! Adapter from [`Channels`] to Durable Objects: gateways and the objects behind channels. Names:
//! [`Target::object_name`] and [`GatewayName::object_name`].

use crate::call::{self, open, opening, post, refuse, silent};
use axum::http::StatusCode;
use axum::response::Response;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::link::{Ask, Attach, ChannelState, CloseAll, GatewayName, Occupied, Publish, Target};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_http::{Attached, BoxFuture, Channels};
use serde_json::json;
use worker::send::SendFuture;
use worker::{Env, ObjectNamespace, Result};

/// HTTP status of a gateway that has no room for another socket.
const FULL: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// Namespaces of the objects.
pub(crate) struct DurableChannels {
    conversations: ObjectNamespace,
    channels: ObjectNamespace,
    desks: ObjectNamespace,
    gateways: ObjectNamespace,
}

impl DurableChannels {
    /// Reads the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self {
            conversations: env.durable_object("CONVERSATION")?,
            channels: env.durable_object("CHANNEL")?,
            desks: env.durable_object(Target::AlertDesk.namespace())?,
            gateways: env.durable_object("GATEWAY")?,
        })
    }

    /// Namespace and name of a target's object.
    fn object(&self, tenant: &TenantId, target: &Target) -> (&ObjectNamespace, String) {
        let namespace = match target {
            Target::Conversation(_) => &self.conversations,
            Target::Person(_) | Target::Channel(_) => &self.channels,
            Target::AlertDesk => &self.desks,
        };
        (namespace, target.object_name(tenant))
    }
}

impl Channels for DurableChannels {
    fn attach(&self, attach: Attach) -> BoxFuture<'_, std::result::Result<Attached, Problem>> {
        let name = attach.gateway.object_name(&attach.app_config.tenant);
        let request = opening("http://gateway/attach", &[("upgrade", "websocket")], Attach::HEADER, &attach);
        let opened = open(&self.gateways, name, request, attach.request_id);
        Box::pin(async move {
            let response = opened.await?;
            Ok(if response.status() == FULL { Attached::Full } else { Attached::Open(response) })
        })
    }

    fn refuse(&self, code: Code, message: &str) -> std::result::Result<Response, Problem> {
        refuse(&error_frame(Some(code), None, message), (code.number(), code.message()), None)
    }

    fn publish(&self, publish: Publish) -> BoxFuture<'_, std::result::Result<Vec<ChannelState>, Problem>> {
        let (namespace, name) = self.object(&publish.app_config.tenant, &publish.target);
        call::ask(namespace, name, "pusher/publish", publish, None)
    }

    fn ask(&self, ask: Ask) -> BoxFuture<'_, std::result::Result<Vec<ChannelState>, Problem>> {
        let (namespace, name) = self.object(&ask.app_config.tenant, &ask.target);
        call::ask(namespace, name, "pusher/channels", ask, None)
    }

    fn occupied<'a>(
        &'a self,
        tenant: &'a TenantId,
        gateway: &'a GatewayName,
    ) -> BoxFuture<'a, std::result::Result<Occupied, Problem>> {
        Box::pin(SendFuture::new(async move {
            let answer = post(&self.gateways, &gateway.object_name(tenant), "occupied", &json!({})).await;
            answer.map_err(|error| silent(&error, None))
        }))
    }

    fn close_all(&self, close: CloseAll) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        let (namespace, name) = self.object(&close.app_config.tenant, &Target::Person(close.user.clone()));
        call::ask(namespace, name, "pusher/close", close, None)
    }
}
