//! The objects, by their names: a conversation is `{tenant}/{conversation_id}`, a person's own channel
//! `{tenant}/user.{user_id}`, an app's ledger `{tenant}`.

use axum::response::Response;
use campana_core::close_code::CloseCode;
use campana_core::command::{Answer, Connect, Envelope};
use campana_core::ids::TenantId;
use campana_core::ledger::Stats;
use campana_core::problem::Problem;
use campana_core::wire::SUBPROTOCOL;
use campana_http::{BoxFuture, Connection, Objects};
use worker::send::SendFuture;
use worker::{Env, Headers, Method, ObjectNamespace, Request, RequestInit, Result, Stub, WebSocketPair};

/// Reaches objects through their namespaces. Stubs belong to one request and are made for each.
pub(crate) struct DurableObjects {
    conversations: ObjectNamespace,
    channels: ObjectNamespace,
    ledgers: ObjectNamespace,
}

impl DurableObjects {
    /// With the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self {
            conversations: env.durable_object("CONVERSATION")?,
            channels: env.durable_object("CHANNEL")?,
            ledgers: env.durable_object("LEDGER")?,
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
        let text = serde_json::to_string(&envelope)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(text.into()));
        let request = Request::new_with_init("http://conversation/command", &init)?;
        let text = self.conversations.get_by_name(&name)?.fetch_with_request(request).await?.text().await?;
        Ok(serde_json::from_str(&text)?)
    }

    async fn ask_ledger(&self, tenant: &TenantId) -> Result<Stats> {
        let request = Request::new("http://ledger/stats", Method::Get)?;
        self.ledgers.get_by_name(tenant.as_str())?.fetch_with_request(request).await?.json().await
    }

    async fn open(&self, connect: Connect, connection: Connection) -> Result<Response> {
        let headers = Headers::new();
        let text = js_sys::encode_uri_component(&serde_json::to_string(&connect)?);
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
        let request = Request::new_with_init(path, &init)?;
        crate::http::relay(self.stub(&connect)?.fetch_with_request(request).await?)
    }
}

impl Objects for DurableObjects {
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer> {
        Box::pin(SendFuture::new(async move { self.send(envelope).await.unwrap_or_else(|error| Err(silent(&error))) }))
    }

    fn connect(
        &self,
        connect: Connect,
        connection: Connection,
    ) -> BoxFuture<'_, std::result::Result<Response, Problem>> {
        Box::pin(SendFuture::new(async move { self.open(connect, connection).await.map_err(|error| silent(&error)) }))
    }

    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, std::result::Result<Stats, Problem>> {
        Box::pin(SendFuture::new(async move { self.ask_ledger(tenant).await.map_err(|error| silent(&error)) }))
    }

    fn refuse(&self, problem: &Problem) -> std::result::Result<Response, Problem> {
        refusing_socket(problem).map_err(|error| silent(&error))
    }
}

/// The object did not answer, or not as one of ours.
fn silent(error: &worker::Error) -> Problem {
    worker::console_error!(
        "{}",
        serde_json::json!({"level": "error", "at": "edge.objects", "detail": error.to_string()})
    );
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
