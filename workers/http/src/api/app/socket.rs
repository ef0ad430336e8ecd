//! `GET /app/{key}`: opens a socket at one of the app's gateways. Most refusals are sent on an accepted socket, because
//! browsers expose nothing else and clients act on the close code.
//!
//! Protocol versions 5, 6 and 7 need no different answers; all are answered as version 7. The published protocol also
//! accepts version 4, but its clients do not answer pings, so dead connections could not be detected.

use super::choosing::Search;
use crate::App;
use crate::identity::{AppName, app_named, count_opening, good_secrets, is_welcome_from, wants_socket};
use crate::ports::Attached;
use crate::response::{Exchange, Outcome};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::pusher::anonymous::address_hash;
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Attach, GatewayName};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::App as AppRecord;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Header with the client's region. Set by the edge, which drops the client's own value.
pub const REGION_HEADER: &str = "x-campana-region";
/// Region used when the client's region is unknown.
const UNKNOWN_REGION: &str = "xx";
/// Supported protocol versions.
const PROTOCOLS: RangeInclusive<u32> = 5..=7;
/// TTL of the number of gateways in use, milliseconds.
const IN_USE_MS: u64 = 60_000;

pub(super) async fn handle(
    State(app): State<App>,
    key: Result<Path<String>, PathRejection>,
    request: Request,
) -> Outcome {
    let (parts, _) = request.into_parts();
    if !wants_socket(&parts.headers) {
        return Err(Problem::new(Kind::UpgradeRequired, "this address takes a WebSocket upgrade").into());
    }
    let exchange = parts.extensions.get::<Exchange>().cloned().unwrap_or_default();
    let opened = match admit(&app, key.as_ref().map_or("", |Path(key)| key), &parts, &exchange).await {
        Ok(record) => open(&app, &record, region(&parts.headers), &exchange).await,
        Err(turned_away) => Err(turned_away),
    };
    match opened {
        Ok(response) => Ok(response),
        Err(TurnedAway::OnSocket(code)) => Ok(app.channels().refuse(code, code.message())?),
        Err(TurnedAway::InHttp(problem)) => Err(problem.into()),
    }
}

/// A refusal, and its transport.
enum TurnedAway {
    /// Sent on an accepted socket, for clients that act on the close code.
    OnSocket(Code),
    /// Sent as an HTTP response, for clients over a rate limit: accepting a socket would cost more.
    InHttp(Problem),
}

impl From<Code> for TurnedAway {
    fn from(code: Code) -> Self {
        Self::OnSocket(code)
    }
}

impl From<Problem> for TurnedAway {
    fn from(problem: Problem) -> Self {
        match problem.kind {
            Kind::Unavailable => Self::OnSocket(Code::OverCapacity),
            _ => Self::InHttp(problem),
        }
    }
}

/// The app, if this client may open a socket.
async fn admit(app: &App, key: &str, parts: &Parts, exchange: &Exchange) -> Result<Arc<AppRecord>, TurnedAway> {
    let record = app_named(app, AppName::Key(key), exchange).await?.ok_or(Code::NoSuchApp)?;
    // Without a usable secret nothing can be signed. In production, the demo secret is not usable.
    if record.disabled || good_secrets(app, &record).next().is_none() {
        exchange.names(&record);
        exchange.denied(if record.disabled { AuthFailure::DisabledApp } else { AuthFailure::DemoSecret });
        return Err(Code::AppDisabled.into());
    }
    speaks(parts.uri.query().unwrap_or_default())?;
    if !is_welcome_from(&record, parts) {
        return Err(Code::Unauthorized.into());
    }
    // Over a limit, the close code asks the client to retry later.
    count_opening(app, &record, exchange).await.map_err(|_| Code::OverCapacity)?;
    Ok(record)
}

/// Checks that the client's protocol version is supported. Other query parameters are ignored.
fn speaks(query: &str) -> Result<(), Code> {
    let protocol = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "protocol");
    let protocol = protocol.map(|(_, value)| value).filter(|value| !value.is_empty()).ok_or(Code::NoProtocol)?;
    let is_number = protocol.bytes().all(|byte| byte.is_ascii_digit());
    match protocol.parse() {
        Ok(version) if is_number && PROTOCOLS.contains(&version) => Ok(()),
        _ if is_number => Err(Code::UnsupportedProtocol),
        _ => Err(Code::BadVersion),
    }
}

fn region(headers: &HeaderMap) -> &str {
    let named = headers.get(REGION_HEADER).and_then(|region| region.to_str().ok());
    let is_region = |region: &&str| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_lowercase());
    named.filter(is_region).unwrap_or(UNKNOWN_REGION)
}

/// Opens the socket at the first gateway with room.
async fn open(app: &App, record: &AppRecord, region: &str, exchange: &Exchange) -> Result<Response, TurnedAway> {
    let place = (record.tenant_id.clone(), region.to_owned());
    let remembered = app.caches().gateways_in_use.fresh(&place, app.now(), IN_USE_MS);
    let began_with = remembered.unwrap_or_default().max(record.pusher.gateways);
    let mut search = Search::new(began_with);
    while let Some(number) = search.next(u32::from_be_bytes(app.random()?)) {
        let gateway = GatewayName::new(region, number);
        let request_id = exchange.request_id().map(str::to_owned);
        let address = exchange.network().map(|network| address_hash(network));
        let attach = Attach { app_config: record.app_config(), gateway, request_id, address };
        if let Attached::Open(response) = app.channels().attach(attach).await? {
            if search.in_use() > began_with {
                app.caches().gateways_in_use.keep(place, search.in_use(), app.now());
            }
            return Ok(response);
        }
    }
    Err(Code::OverCapacity.into())
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    let text = || json!({"type": "string"});
    operation
        .named("openPusherSocket", Tag::PusherClients, "Open a socket of the Pusher protocol")
        .about("For pusher-js, Laravel Echo and other clients of the protocol, versions 5 to 7. Other parameters are ignored.")
        .about(
            "Refusals are sent on an accepted socket, as a close code of the Pusher protocol, apart from those that are listed \
             here.",
        )
        .query_named("protocol", true, "Version of the protocol: 5 to 7.", &json!({"type": "integer", "minimum": 5, "maximum": 7}))
        .query_named("client", false, "Name of the client library; ignored.", &text())
        .query_named("version", false, "Version of the client library; ignored.", &text())
        .query_named("flash", false, "Ignored.", &text())
        .refuses(&[Kind::UpgradeRequired, Kind::RateLimited, Kind::Internal, Kind::Unavailable])
        .upgrades();
}
