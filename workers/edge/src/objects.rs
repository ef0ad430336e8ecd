//! Adapter from [`Objects`] to Durable Objects. Names: `{tenant}/{conversation_id}` for a conversation,
//! `{tenant}/user.{user_id}` for a user's own channel, `{tenant}` for an app's quota registry.

use axum::response::Response;
use campana_core::accounts::quota::Stats;
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::chat::wire::SUBPROTOCOL;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::TenantId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, Connection, Objects};
use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use std::pin::pin;
use std::time::Duration;
use worker::send::SendFuture;
use worker::{Delay, Env, Headers, Method, ObjectNamespace, Request, RequestInit, Result, Stub, WebSocketPair};

/// Time-out for an object to trim its log, milliseconds.
const TRIM_PATIENCE_MS: u64 = 10_000;

/// Namespaces of the objects. Stubs belong to one request, so each call creates its own.
pub(crate) struct DurableObjects {
    conversations: ObjectNamespace,
    channels: ObjectNamespace,
    quota_registries: ObjectNamespace,
}

impl DurableObjects {
    /// Reads the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self {
            conversations: env.durable_object("CONVERSATION")?,
            channels: env.durable_object("CHANNEL")?,
            quota_registries: env.durable_object("QUOTA_REGISTRY")?,
        })
    }

    fn stub(&self, connect: &Connect) -> Result<Stub> {
        let tenant = &connect.principal.tenant;
        match &connect.conversation_id {
            Some(id) => self.conversations.get_by_name(&format!("{tenant}/{id}")),
            None => self.channels.get_by_name(&format!("{tenant}/user.{}", connect.principal.user_id)),
        }
    }

    async fn send(&self, envelope: Envelope) -> Result<Answer> {
        let name = format!("{}/{}", envelope.principal.tenant, envelope.conversation_id);
        self.post(&name, "command", serde_json::to_string(&envelope)?).await
    }

    /// Posts JSON to a conversation's object and reads the JSON answer.
    async fn post<T: DeserializeOwned>(&self, name: &str, path: &str, text: String) -> Result<T> {
        post(&self.conversations.get_by_name(name)?, path, text).await
    }

    /// Asks an object to trim its log. After the time-out the object may still finish the trim.
    async fn ask_to_trim(&self, trim: TrimLog) -> Result<std::result::Result<Trimmed, Problem>> {
        let name = format!("{}/{}", trim.tenant, trim.conversation_id);
        let answer = self.post(&name, "trim", serde_json::to_string(&trim)?);
        let patience = Delay::from(Duration::from_millis(TRIM_PATIENCE_MS));
        match select(pin!(answer), patience).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Ok(Err(Problem::unavailable("the conversation did not answer in time"))),
        }
    }

    async fn ask_registry(&self, tenant: &TenantId) -> Result<Stats> {
        let request = Request::new("http://quota/stats", Method::Get)?;
        self.quota_registries.get_by_name(tenant.as_str())?.fetch_with_request(request).await?.json().await
    }

    async fn open(&self, connect: Connect, connection: Connection) -> Result<Response> {
        let request = connection_request(&connect, connection)?;
        crate::http::relay(self.stub(&connect)?.fetch_with_request(request).await?)
    }
}

impl Objects for DurableObjects {
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer> {
        Box::pin(SendFuture::new(async move {
            let request_id = envelope.request_id.clone();
            self.send(envelope).await.unwrap_or_else(|error| Err(silent(&error, request_id.as_deref())))
        }))
    }

    fn connect(
        &self,
        connect: Connect,
        connection: Connection,
    ) -> BoxFuture<'_, std::result::Result<Response, Problem>> {
        Box::pin(SendFuture::new(async move {
            let request_id = connect.request_id.clone();
            self.open(connect, connection).await.map_err(|error| silent(&error, request_id.as_deref()))
        }))
    }

    fn trim(&self, trim: TrimLog) -> BoxFuture<'_, std::result::Result<Trimmed, Problem>> {
        Box::pin(SendFuture::new(async move {
            self.ask_to_trim(trim).await.unwrap_or_else(|error| Err(silent(&error, None)))
        }))
    }

    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, std::result::Result<Stats, Problem>> {
        Box::pin(SendFuture::new(async move { self.ask_registry(tenant).await.map_err(|error| silent(&error, None)) }))
    }

    fn refuse(&self, problem: &Problem) -> std::result::Result<Response, Problem> {
        refusing_socket(problem).map_err(|error| silent(&error, None))
    }
}

/// Builds the request that asks an object to open a connection.
pub(crate) fn connection_request(connect: &Connect, connection: Connection) -> Result<Request> {
    let headers = Headers::new();
    let text = js_sys::encode_uri_component(&serde_json::to_string(connect)?);
    headers.set(Connect::HEADER, &String::from(text))?;
    let path = match connection {
        Connection::Events => "http://object/events",
        Connection::Socket { offered } => {
            headers.set("upgrade", "websocket")?;
            if offered {
                headers.set("sec-websocket-protocol", SUBPROTOCOL)?;
            }
            "http://object/socket"
        }
    };
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    Request::new_with_init(path, &init)
}

/// Posts JSON to an object and reads the JSON answer.
pub(crate) async fn post<T: DeserializeOwned>(stub: &Stub, path: &str, text: String) -> Result<T> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(text.into()));
    let request = Request::new_with_init(&format!("http://object/{path}"), &init)?;
    let text = stub.fetch_with_request(request).await?.text().await?;
    Ok(read_stored(&text)?)
}

/// Logs that an object failed or sent an unreadable answer, and returns 503.
pub(crate) fn silent(error: &worker::Error, request_id: Option<&str>) -> Problem {
    tracing::error!(at = "edge.objects", request_id, detail = %error);
    Problem::unavailable("the object did not answer")
}

fn refusing_socket(problem: &Problem) -> Result<Response> {
    let pair = WebSocketPair::new()?;
    pair.server.accept()?;
    pair.server.send_with_str(problem.to_frame(None).to_string())?;
    let code = CloseCode::refusing(problem.kind);
    pair.server.close(Some(code.code()), Some(code.reason()))?;
    let response = worker::Response::from_websocket(pair.client)?;
    response.headers().set("sec-websocket-protocol", SUBPROTOCOL)?;
    crate::http::relay(response)
}
