//! Who asks. Every endpoint but the open ones takes a [`Caller`], which exists only for a verified token.

mod apps;
mod connecting;
mod keys;
mod people;
mod rates;
pub(crate) mod signature;
mod ticket;
mod token;

pub(crate) use apps::{AppName, app_named, good_secrets};
pub(crate) use connecting::{Connecting, Watching, is_welcome_from, wants_socket};
pub(crate) use rates::{count_app, count_stranger};
pub(crate) use ticket::issue_ticket;
pub(crate) use token::Claims;

use crate::App;
use crate::response::{Exchange, Refusal};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use campana_core::accounts::principal::Principal;
use campana_core::alerts::command::{DeskCommand, DeskRequest};
use campana_core::alerts::pager::{PagerCommand, PagerRequest};
use campana_core::chat::command::{Command, Envelope};
use campana_core::chat::policy::{Place, Role, Standing};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use campana_storage::App as AppRecord;
use std::sync::Arc;

/// Names the Pusher client's socket that is to get no echo.
const SOCKET_ID: &str = "x-socket-id";

/// A verified person, with the app they belong to.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Who.
    pub(crate) principal: Principal,
    /// Their app.
    pub(crate) app: Arc<AppRecord>,
    /// The request they make.
    pub(crate) request_id: Option<String>,
    /// Their Pusher client's socket, if the request names one.
    pub(crate) socket: Option<SocketId>,
}

/// A verified person who calls for help, or answers somebody who does. Their requests count like all others and are never
/// too many, from whatever address they come; and nobody waits until the record has taken the person in.
#[derive(Debug, Clone)]
pub(crate) struct Urgent(pub(crate) Caller);

impl Caller {
    /// Their tenant: part of every question to the record.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.principal.tenant
    }

    /// Their id.
    pub(crate) fn user_id(&self) -> &UserId {
        &self.principal.user_id
    }

    /// Where they stand in a place, for the policy. Whether they are muted only their conversation's object knows.
    pub(crate) fn standing(&self, place: Place, role: Option<Role>) -> Standing {
        Standing { admin: self.principal.admin, role, place, muted_until: None }
    }

    /// A request of theirs to their tenant's pager.
    pub(crate) fn pager_request(&self, command: PagerCommand) -> PagerRequest {
        PagerRequest {
            principal: self.principal.clone(),
            push_days: self.app.alerts.push_days,
            request_id: self.request_id.clone(),
            command,
        }
    }

    /// A request of theirs to their tenant's alert desk.
    pub(crate) fn desk_request(&self, command: DeskCommand) -> DeskRequest {
        DeskRequest {
            app_config: self.app.app_config(),
            settings: self.app.alerts.clone(),
            principal: self.principal.clone(),
            request_id: self.request_id.clone(),
            command,
        }
    }

    /// A command of theirs to a conversation's object.
    pub(crate) fn envelope(
        &self,
        conversation_id: &ConversationId,
        origin_client_id: Option<String>,
        command: Command,
    ) -> Envelope {
        Envelope {
            conversation_id: conversation_id.clone(),
            principal: self.principal.clone(),
            limits: self.app.limits.clone(),
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
                // Told as it is, whoever else failed there: with a new token they get through.
                let _counted = rates::count_failure(app, &exchange, problem.clone()).await;
                Err(problem.into())
            }
        }
    }
}

/// Whether somebody may be kept waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Haste {
    /// Like everybody.
    None,
    /// They watch for alerts: a record that does not take them in keeps them from nothing.
    OfWatch,
    /// See [`Urgent`].
    OfLife,
}

async fn by_header(app: &App, headers: &HeaderMap, exchange: &Exchange, haste: Haste) -> Result<Caller, Problem> {
    let token = bearer(headers)?.ok_or_else(|| unauthenticated("send Authorization: Bearer <token>"))?;
    let caller = by_token(app, &token, exchange, haste).await?;
    let socket = headers.get(SOCKET_ID).and_then(|value| SocketId::parse(value.to_str().ok()?));
    Ok(Caller { socket, ..caller })
}

/// 401.
fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, detail)
}

/// The token of the `Authorization` header, if there is such a header.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let credentials = value.to_str().ok().and_then(|text| text.split_once(' '));
    match credentials {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim().to_owned())),
        _ => Err(unauthenticated("the Authorization header is not of the form: Bearer <token>")),
    }
}

/// The caller whose token this is.
async fn by_token(app: &App, token: &str, exchange: &Exchange, haste: Haste) -> Result<Caller, Problem> {
    let unverified = token::Unverified::read(token)?;
    let record = match haste {
        Haste::None | Haste::OfWatch => apps::find(app, unverified.tenant(), exchange).await?,
        Haste::OfLife => apps::find_at_once(app, unverified.tenant()).await?,
    };
    let record = record.ok_or_else(|| unauthenticated("the signature does not fit"))?;
    exchange.names(&record);
    apps::refuse_demo_secret(app, &record)?;
    let key = keys::key_for(app, &record, unverified.algorithm(), unverified.key_id()).await?;
    let principal = unverified.verify(&key, app.now())?;
    admit(app, principal, record, exchange, haste).await
}

/// The last checks, the same for tokens and tickets.
async fn admit(
    app: &App,
    principal: Principal,
    record: Arc<AppRecord>,
    exchange: &Exchange,
    haste: Haste,
) -> Result<Caller, Problem> {
    if record.disabled {
        return Err(Problem::new(Kind::Forbidden, "this app is disabled"));
    }
    let counted = rates::count(app, &principal, &record, exchange).await;
    match haste {
        Haste::None => {
            counted?;
            people::record(app, &principal).await?;
        }
        Haste::OfWatch => {
            counted?;
            let _next_time = people::record(app, &principal).await;
        }
        Haste::OfLife => {}
    }
    Ok(Caller { principal, app: record, request_id: exchange.request_id().map(str::to_owned), socket: None })
}

#[cfg(test)]
mod tests;
