//! Authentication. Every endpoint except the public ones takes a [`Caller`], which exists only for a verified token.

mod apps;
mod connecting;
pub(crate) mod failures;
mod file_link;
mod keys;
mod people;
mod rates;
mod revocations;
pub(crate) mod signature;
mod tenants;
mod ticket;
mod token;

pub(crate) use apps::{AppName, app_named, good_secrets, open_app};
#[cfg(feature = "schema")]
pub(crate) use connecting::ConnectParams;
pub(crate) use connecting::{Connecting, Watching, is_welcome_from, wants_socket};
pub(crate) use failures::Failures;
pub(crate) use file_link::{FileReader, ScannerReader};
pub(crate) use keys::KeySet;
pub(crate) use rates::{count_app, count_export, count_opening, count_search, count_stranger};
pub(crate) use revocations::hand_over;
pub(crate) use ticket::issue_ticket;

use failures::Denied;

use crate::App;
use crate::response::{Exchange, Refusal};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::command::{DeskAnswer, DeskCommand, DeskRequest};
use campana_core::alerts::pager::{PagerAnswer, PagerCommand, PagerRequest};
use campana_core::chat::command::{Answer, Command, Envelope};
use campana_core::chat::own_channel::OwnEvent;
use campana_core::chat::policy::{ActorRights, Place, Role};
use campana_core::chat::wire::Event;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{App as AppRecord, Store};
use serde_json::Value;
use std::sync::Arc;

/// Header with the Pusher socket id that is excluded from the echo.
const SOCKET_ID: &str = "x-socket-id";

/// A verified user and their app, with the functions' state that serves the request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// State of the functions.
    pub(crate) app: App,
    /// Verified user.
    pub(crate) principal: Principal,
    /// The user's app, as D1 has it.
    pub(crate) record: Arc<AppRecord>,
    /// Id of the current request.
    pub(crate) request_id: Option<String>,
    /// Socket of the user's Pusher client, if the request names one.
    pub(crate) socket: Option<SocketId>,
}

/// A verified user who raises an alert or acts on one. These requests count towards rate limits but are never refused
/// by them, and they do not wait for D1 to record the user.
#[derive(Debug, Clone)]
pub(crate) struct Urgent(pub(crate) Caller);

impl Caller {
    /// Tenant, part of every D1 query.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.principal.tenant
    }

    /// User id.
    pub(crate) fn user_id(&self) -> &UserId {
        &self.principal.user_id
    }

    /// The caller's standing for the policy. Only the conversation's object knows what restricts writing there.
    pub(crate) fn standing(&self, place: Place, role: Option<Role>) -> ActorRights {
        ActorRights::new(self.principal.admin, role, place)
    }

    /// Access to D1.
    pub(crate) fn store(&self) -> &Store {
        self.app.store()
    }

    /// Current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// An audit entry of an act of the caller, see [`Audit::new`].
    pub(crate) fn audit(&self, act: Act, target_id: &str, about: Value) -> Result<Audit, Problem> {
        Ok(Audit::new(&self.principal, act, target_id, about, self.now(), self.app.random()?))
    }

    /// Sends a command to the pager of the caller's tenant.
    pub(crate) async fn ask_pager(&self, command: PagerCommand) -> PagerAnswer {
        let request = PagerRequest {
            principal: self.principal.clone(),
            push_days: self.record.alerts.push_days,
            request_id: self.request_id.clone(),
            command,
        };
        self.app.desks().page(request).await
    }

    /// Sends a command to the alert desk of the caller's tenant.
    pub(crate) async fn ask_desk(&self, command: DeskCommand) -> DeskAnswer {
        let request = DeskRequest {
            app_config: self.record.app_config(),
            settings: self.record.alerts.clone(),
            principal: self.principal.clone(),
            request_id: self.request_id.clone(),
            command,
        };
        self.app.desks().command(request).await
    }

    /// Names of the app's own emoji.
    pub(crate) fn custom_emoji(&self) -> &[String] {
        &self.record.limits.custom_emoji
    }

    /// Sends a command to a conversation's object. Errors are those of [`crate::app::KnownObjects::command`].
    pub(crate) async fn command(
        &self,
        conversation_id: &ConversationId,
        origin_client_id: Option<String>,
        command: Command,
    ) -> Answer {
        self.app.objects().command(self.envelope(conversation_id, origin_client_id, command)).await
    }

    /// Sends an event to the caller's other devices. What it tells is durable already, and a device that reconnects
    /// fetches it, so a failure is only logged.
    pub(crate) async fn notify_own(&self, event: Event) {
        let own = OwnEvent {
            tenant: self.tenant().clone(),
            user: self.user_id().clone(),
            event,
            origin_socket: self.socket.clone(),
        };
        if let Err(problem) = self.app.objects().notify(own).await {
            tracing::warn!(at = "person", request_id = self.request_id, detail = problem.detail);
        }
    }

    /// A command of the caller to a conversation's object.
    pub(crate) fn envelope(
        &self,
        conversation_id: &ConversationId,
        origin_client_id: Option<String>,
        command: Command,
    ) -> Envelope {
        Envelope {
            conversation_id: conversation_id.clone(),
            principal: self.principal.clone(),
            limits: self.record.limits.clone(),
            origin_client_id,
            origin_socket: self.socket.clone(),
            request_id: self.request_id.clone(),
            command,
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let exchange = parts.extensions.get::<Exchange>().cloned().unwrap_or_default();
        match by_header(app, &parts.headers, &exchange, Haste::None).await {
            Ok(caller) => Ok(caller),
            Err(problem) => Err(rates::count_failure(app, &exchange, problem).await.into()),
        }
    }
}

impl FromRequestParts<App> for Urgent {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let exchange = parts.extensions.get::<Exchange>().cloned().unwrap_or_default();
        match by_header(app, &parts.headers, &exchange, Haste::OfLife).await {
            Ok(caller) => Ok(Self(caller)),
            Err(problem) => {
                // The original problem is returned even if the address is over its limit: a retry with a valid token
                // succeeds.
                let _counted = rates::count_failure(app, &exchange, problem.clone()).await;
                Err(problem.into())
            }
        }
    }
}

/// Urgency of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Haste {
    /// Normal: rate limits apply, and the user is recorded first.
    None,
    /// A dashboard connection: a failure to record the user is ignored.
    OfWatch,
    /// See [`Urgent`].
    OfLife,
}

async fn by_header(app: &App, headers: &HeaderMap, exchange: &Exchange, haste: Haste) -> Result<Caller, Problem> {
    let missing = || Denied::new(AuthFailure::MissingToken, "send Authorization: Bearer <token>").on(exchange);
    let token = bearer(headers, exchange)?.ok_or_else(missing)?;
    let caller = by_token(app, &token, exchange, haste).await?;
    let socket = headers.get(SOCKET_ID).and_then(|value| SocketId::parse(value.to_str().ok()?));
    Ok(Caller { socket, ..caller })
}

/// The bearer token of the `Authorization` header, if the header is present.
fn bearer(headers: &HeaderMap, exchange: &Exchange) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let credentials = value.to_str().ok().and_then(|text| text.split_once(' '));
    match credentials {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim().to_owned())),
        _ => {
            let detail = "the Authorization header is not of the form: Bearer <token>";
            Err(Denied::new(AuthFailure::MalformedToken, detail).on(exchange))
        }
    }
}

/// Authenticates a token.
async fn by_token(app: &App, token: &str, exchange: &Exchange, haste: Haste) -> Result<Caller, Problem> {
    let noted = |denied: Denied| denied.on(exchange);
    let unverified = token::Unverified::read(token).map_err(noted)?;
    let record = match haste {
        Haste::None | Haste::OfWatch => apps::find(app, unverified.tenant(), exchange).await?,
        Haste::OfLife => apps::find_at_once(app, unverified.tenant(), exchange).await?,
    };
    let unknown = || Denied::new(AuthFailure::UnknownApp, "the signature does not fit").on(exchange);
    let record = record.ok_or_else(unknown)?;
    exchange.names(&record);
    apps::refuse_demo_secret(app, &record).map_err(noted)?;
    let key = keys::key_for(app, &record, unverified.algorithm(), unverified.key_id()).await.map_err(noted)?;
    let principal = unverified.verify(&key, &record.auth, app.now()).map_err(noted)?;
    admit(app, principal, record, exchange, haste).await
}

/// Final checks, shared by tokens and tickets.
async fn admit(
    app: &App,
    principal: Principal,
    record: Arc<AppRecord>,
    exchange: &Exchange,
    haste: Haste,
) -> Result<Caller, Problem> {
    if record.disabled {
        exchange.denied(AuthFailure::DisabledApp);
        return Err(Problem::new(Kind::Forbidden, "this app is disabled"));
    }
    if !record.auth.accepts_life(principal.issued_at_ms, principal.expires_at_ms, token::LEEWAY_MS) {
        let detail = "the token is valid for longer than the app allows, or has no iat";
        return Err(Denied::new(AuthFailure::LifeTooLong, detail).on(exchange));
    }
    revocations::check(app, &principal, &record).await.map_err(|denied| denied.on(exchange))?;
    let counted = rates::count(app, &principal, &record, exchange).await;
    match haste {
        Haste::None => {
            counted?;
            people::record(app, &principal, &record).await?;
        }
        Haste::OfWatch => {
            counted?;
            let _next_time = people::record(app, &principal, &record).await;
        }
        Haste::OfLife => {}
    }
    let request_id = exchange.request_id().map(str::to_owned);
    Ok(Caller { app: app.clone(), principal, record, request_id, socket: None })
}

/// What fuzz targets call.
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing {
    pub(crate) use super::connecting::last_event;
    pub(crate) use super::signature::{Algorithm, Key};
    pub(crate) use super::token::Unverified;
}

#[cfg(test)]
mod tests;
