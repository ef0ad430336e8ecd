//! Adapter from [`Objects`] to Durable Objects. Names: `{tenant}/{conversation_id}` for a conversation,
//! `{tenant}/user.{user_id}` for a user's own channel, `{tenant}` for an app's quota registry.

use crate::call::{ask, hand_over, open, opening, refuse, silent};
use axum::response::Response;
use campana_core::accounts::metrics::{Measurements, Report, Series, Taken};
use campana_core::accounts::quota::Stats;
use campana_core::accounts::revocation::Revocation;
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::chat::erasure::{EraseMessages, ErasedMessages};
use campana_core::chat::own_channel::{OwnEvent, OwnNotification};
use campana_core::chat::push::PushMessage;
use campana_core::chat::scheduled::SendDue;
use campana_core::chat::wire::SUBPROTOCOL;
use campana_core::files::scan::FileDecided;
use campana_core::pusher::link::Target;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, Connection, Objects};
use campana_objects::{AskSeries, Revoke};
use futures_util::future::{Either, select};
use serde::Serialize;
use std::time::Duration;
use worker::send::SendFuture;
use worker::{Delay, Env, Method, ObjectNamespace, Request, Result};

/// Time-out for an object to trim its log, to send what is due, or to show the status of a file, milliseconds.
const PATIENCE_MS: u64 = 10_000;
/// Time-out for an object to erase a page of messages, milliseconds. After it the object may still finish.
const ERASING_MS: u64 = 30_000;

/// Namespaces of the objects.
pub(crate) struct DurableObjects {
    conversations: ObjectNamespace,
    channels: ObjectNamespace,
    pushes: ObjectNamespace,
    quota_registries: ObjectNamespace,
}

impl DurableObjects {
    /// Reads the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self {
            conversations: env.durable_object("CONVERSATION")?,
            channels: env.durable_object("CHANNEL")?,
            pushes: env.durable_object("CHAT_PUSH")?,
            quota_registries: env.durable_object("QUOTA_REGISTRY")?,
        })
    }

    /// Asks a conversation's object for work that it may finish after the time-out.
    fn ask_in_time(
        &self,
        name: String,
        path: &'static str,
        request: impl Serialize + 'static,
    ) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        let answer = ask(&self.conversations, name, path, request, None);
        let patience = Delay::from(Duration::from_millis(PATIENCE_MS));
        Box::pin(SendFuture::new(async move {
            match select(answer, patience).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(Problem::unavailable("the conversation did not answer in time")),
            }
        }))
    }

    async fn ask_registry(&self, tenant: &TenantId) -> Result<Stats> {
        let request = Request::new("http://quota/stats", Method::Get)?;
        self.quota_registries.get_by_name(tenant.as_str())?.fetch_with_request(request).await?.json().await
    }
}

impl Objects for DurableObjects {
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer> {
        let name = format!("{}/{}", envelope.principal.tenant, envelope.conversation_id);
        let request_id = envelope.request_id.clone();
        ask(&self.conversations, name, "command", envelope, request_id)
    }

    fn connect(
        &self,
        connect: Connect,
        connection: Connection,
    ) -> BoxFuture<'_, std::result::Result<Response, Problem>> {
        let tenant = &connect.principal.tenant;
        let (namespace, name) = match &connect.conversation_id {
            Some(id) => (&self.conversations, format!("{tenant}/{id}")),
            None => (&self.channels, format!("{tenant}/user.{}", connect.principal.user_id)),
        };
        open(namespace, name, connection_request(&connect, connection), connect.request_id)
    }

    fn notify(&self, event: OwnEvent) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        let name = Target::Person(event.user.clone()).object_name(&event.tenant);
        hand_over(&self.channels, name, "own", event)
    }

    fn notify_of_notification(&self, own: OwnNotification) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        let name = Target::Person(own.user.clone()).object_name(&own.tenant);
        hand_over(&self.channels, name, "notification", own.event)
    }

    fn push(&self, message: PushMessage) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        hand_over(&self.pushes, message.object_name(), "push", message)
    }

    /// After the time-out the object may still finish the trim.
    fn trim(&self, trim: TrimLog) -> BoxFuture<'_, std::result::Result<Trimmed, Problem>> {
        let name = format!("{}/{}", trim.tenant, trim.conversation_id);
        let answer = ask(&self.conversations, name, "trim", trim, None);
        let patience = Delay::from(Duration::from_millis(PATIENCE_MS));
        Box::pin(SendFuture::new(async move {
            match select(answer, patience).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(Problem::unavailable("the conversation did not answer in time")),
            }
        }))
    }

    fn send_due(&self, due: SendDue) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        let name = format!("{}/{}", due.tenant, due.conversation_id);
        self.ask_in_time(name, "scheduled", due)
    }

    fn file_decided(&self, decided: FileDecided) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        let name = format!("{}/{}", decided.tenant, decided.conversation_id);
        self.ask_in_time(name, "scanned", decided)
    }

    fn erase(&self, erase: EraseMessages) -> BoxFuture<'_, std::result::Result<ErasedMessages, Problem>> {
        let name = format!("{}/{}", erase.tenant, erase.conversation_id);
        let answer = ask(&self.conversations, name, "erase", erase, None);
        let patience = Delay::from(Duration::from_millis(ERASING_MS));
        Box::pin(SendFuture::new(async move {
            match select(answer, patience).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(Problem::unavailable("the conversation did not answer in time")),
            }
        }))
    }

    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, std::result::Result<Stats, Problem>> {
        Box::pin(SendFuture::new(async move { self.ask_registry(tenant).await.map_err(|error| silent(&error, None)) }))
    }

    fn measure<'a>(
        &'a self,
        tenant: &'a TenantId,
        report: &'a Report,
    ) -> BoxFuture<'a, std::result::Result<Taken, Problem>> {
        ask(&self.quota_registries, tenant.to_string(), "measure", report, None)
    }

    fn measurements<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, std::result::Result<Measurements, Problem>> {
        ask(&self.quota_registries, tenant.to_string(), "metrics", (), None)
    }

    fn series<'a>(
        &'a self,
        tenant: &'a TenantId,
        series: Series,
        minutes: i64,
    ) -> BoxFuture<'a, std::result::Result<Vec<Option<u64>>, Problem>> {
        ask(&self.quota_registries, tenant.to_string(), "series", AskSeries { series, minutes }, None)
    }

    fn revoke<'a>(
        &'a self,
        tenant: &'a TenantId,
        revocation: &'a Revocation,
    ) -> BoxFuture<'a, std::result::Result<(), Problem>> {
        let request = Revoke { tenant: tenant.clone(), revocation: revocation.clone() };
        ask(&self.quota_registries, tenant.to_string(), "revoke", request, None)
    }

    fn refuse(&self, problem: &Problem) -> std::result::Result<Response, Problem> {
        let code = CloseCode::refusing(problem.kind);
        refuse(&problem.to_frame(None).to_string(), (code.code(), code.reason()), Some(SUBPROTOCOL))
    }
}

/// Builds the request that asks an object to open a connection.
pub(crate) fn connection_request(connect: &Connect, connection: Connection) -> Result<Request> {
    const UPGRADE: (&str, &str) = ("upgrade", "websocket");
    let (url, headers): (_, &[_]) = match connection {
        Connection::Events => ("http://object/events", &[]),
        Connection::Socket { offered: false } => ("http://object/socket", &[UPGRADE]),
        Connection::Socket { offered: true } => {
            ("http://object/socket", &[UPGRADE, ("sec-websocket-protocol", SUBPROTOCOL)])
        }
    };
    opening(url, headers, Connect::HEADER, connect)
}
