//! Adapter from [`Channels`] to Durable Objects: gateways and the objects behind channels. Names:
//! [`Target::object_name`] and [`GatewayName::object_name`].

use crate::objects::{post, silent};
use axum::response::Response;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::link::{Ask, Attach, ChannelState, CloseAll, GatewayName, Occupied, Publish, Target};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_http::{Attached, BoxFuture, Channels};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::send::SendFuture;
use worker::{Env, Headers, Method, ObjectNamespace, Request, RequestInit, Result, Stub, WebSocketPair};

/// HTTP status of a gateway that has no room for another socket.
const FULL: u16 = 503;

/// Namespaces of the objects. Stubs belong to one request, so each call creates its own.
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

    fn stub(&self, tenant: &TenantId, target: &Target) -> Result<Stub> {
        let namespace = match target {
            Target::Conversation(_) => &self.conversations,
            Target::Person(_) | Target::Channel(_) => &self.channels,
            Target::AlertDesk => &self.desks,
        };
        namespace.get_by_name(&target.object_name(tenant))
    }

    /// Posts JSON to a target and reads the JSON answer: a result or a problem.
    async fn post<T: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        target: &Target,
        path: &str,
        body: &impl Serialize,
    ) -> std::result::Result<T, Problem> {
        let asked = async {
            let text = serde_json::to_string(body)?;
            post::<std::result::Result<T, Problem>>(&self.stub(tenant, target)?, path, text).await
        };
        asked.await.unwrap_or_else(|error| Err(silent(&error, None)))
    }

    async fn open(&self, attach: Attach) -> Result<Attached> {
        let headers = Headers::new();
        let text = js_sys::encode_uri_component(&serde_json::to_string(&attach)?);
        headers.set(Attach::HEADER, &String::from(text))?;
        headers.set("upgrade", "websocket")?;
        let mut init = RequestInit::new();
        init.with_method(Method::Get).with_headers(headers);
        let request = Request::new_with_init("http://gateway/attach", &init)?;
        let stub = self.gateways.get_by_name(&attach.gateway.object_name(&attach.app_config.tenant))?;
        let response = stub.fetch_with_request(request).await?;
        if response.status_code() == FULL {
            return Ok(Attached::Full);
        }
        Ok(Attached::Open(crate::http::relay(response)?))
    }
}

impl Channels for DurableChannels {
    fn attach(&self, attach: Attach) -> BoxFuture<'_, std::result::Result<Attached, Problem>> {
        Box::pin(SendFuture::new(async move {
            let request_id = attach.request_id.clone();
            self.open(attach).await.map_err(|error| silent(&error, request_id.as_deref()))
        }))
    }

    fn refuse(&self, code: Code, message: &str) -> std::result::Result<Response, Problem> {
        refusing_socket(code, message).map_err(|error| silent(&error, None))
    }

    fn publish(&self, publish: Publish) -> BoxFuture<'_, std::result::Result<Vec<ChannelState>, Problem>> {
        Box::pin(SendFuture::new(async move {
            self.post(&publish.app_config.tenant, &publish.target, "pusher/publish", &publish).await
        }))
    }

    fn ask(&self, ask: Ask) -> BoxFuture<'_, std::result::Result<Vec<ChannelState>, Problem>> {
        Box::pin(SendFuture::new(async move {
            self.post(&ask.app_config.tenant, &ask.target, "pusher/channels", &ask).await
        }))
    }

    fn occupied<'a>(
        &'a self,
        tenant: &'a TenantId,
        gateway: &'a GatewayName,
    ) -> BoxFuture<'a, std::result::Result<Occupied, Problem>> {
        Box::pin(SendFuture::new(async move {
            let asked = async {
                post(&self.gateways.get_by_name(&gateway.object_name(tenant))?, "occupied", String::from("{}")).await
            };
            asked.await.map_err(|error| silent(&error, None))
        }))
    }

    fn close_all(&self, close: CloseAll) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        Box::pin(SendFuture::new(async move {
            let target = Target::Person(close.user.clone());
            self.post(&close.app_config.tenant, &target, "pusher/close", &close).await
        }))
    }
}

/// Accepts the socket, sends the error and closes: browsers do not expose the response to a refused upgrade, and
/// clients act on the close code.
fn refusing_socket(code: Code, message: &str) -> Result<Response> {
    let pair = WebSocketPair::new()?;
    pair.server.accept()?;
    pair.server.send_with_str(error_frame(Some(code), message))?;
    pair.server.close(Some(code.number()), Some(code.message()))?;
    crate::http::relay(worker::Response::from_websocket(pair.client)?)
}
