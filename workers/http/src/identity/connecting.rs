//! Authentication of connections. Browsers cannot set headers on a WebSocket, so its token travels as a subprotocol
//! next to `campana.v1`, or the URL carries a ticket. The URL never carries the token.

use super::failures::Denied;
use super::{Caller, Haste, bearer, by_token, rates, ticket};
use crate::App;
use crate::ports::Connection;
use crate::request::{Query, Segment};
use crate::response::{Exchange, Refusal, allows_origin, is_same_host};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::chat::command::{Connect, Position};
use campana_core::chat::conversation::validate_client_id;
use campana_core::chat::wire::{BEARER_PREFIX, SUBPROTOCOL};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::App as AppRecord;
use serde::Deserialize;

/// Header that an `EventSource` sends when it reconnects.
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// Longest accepted epoch, characters. Generated epochs are shorter.
const MAX_EPOCH_CHARS: usize = 64;

/// A verified user who opens a connection. This extractor's rejections are complete responses: sent on an accepted
/// socket to clients that offer `campana.v1`, as HTTP responses to all others.
#[derive(Debug)]
pub(crate) struct Connecting<const EVENTS: bool, const WATCHES: bool = false> {
    /// Verified user.
    pub(crate) caller: Caller,
    /// Transport of the connection.
    pub(crate) connection: Connection,
    /// Id of the tab.
    pub(crate) client_id: Option<String>,
    /// Position to replay from.
    pub(crate) resume: Option<Position>,
}

/// Query parameters of a connection.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConnectParams {
    #[cfg_attr(feature = "schema", schemars(skip))]
    ticket: Option<String>,
    /// Id of the tab, which gets no echo of its own events: 1 to 64 characters.
    client_id: Option<String>,
    /// Numbering of `seq`, from `welcome`.
    epoch: Option<String>,
    /// The last event that the client has: later ones are replayed.
    seq: Option<i64>,
}

impl<const EVENTS: bool, const WATCHES: bool> FromRequestParts<App> for Connecting<EVENTS, WATCHES> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        if parts.method != Method::GET {
            // axum routes HEAD to the GET handler. The body of such a connection would never be read or closed.
            let problem = Problem::new(Kind::MethodNotAllowed, "a connection is opened with GET");
            return Err(Refusal(problem).into_response());
        }
        let protocols = Protocols::read(&parts.headers);
        let offered = protocols.campana;
        let connection = if EVENTS { Connection::Events } else { Connection::Socket { offered } };
        if !EVENTS && !wants_socket(&parts.headers) {
            let problem = Problem::new(Kind::Malformed, "this address takes a WebSocket upgrade");
            return Err(Refusal(problem).into_response());
        }
        let exchange = parts.extensions.get::<Exchange>().cloned().unwrap_or_default();
        let haste = if WATCHES { Haste::OfWatch } else { Haste::None };
        let identified = identify(parts, app, connection, protocols, &exchange, haste).await;
        let (caller, params) = match identified {
            Ok(identified) => identified,
            Err(TurnedAway::InHttp(problem)) => return Err(Refusal(problem).into_response()),
            Err(TurnedAway::OnSocket(problem)) => {
                let problem = rates::count_failure(app, &exchange, problem).await;
                return Err(refuse(app, connection, problem));
            }
        };
        let (client_id, resume) =
            params.checked(&parts.headers, connection).map_err(|problem| refuse(app, connection, problem))?;
        Ok(Self { caller, connection, client_id, resume })
    }
}

/// A refusal, and its allowed transports.
enum TurnedAway {
    /// Sent the way the client listens: on an accepted socket if possible.
    OnSocket(Problem),
    /// Sent only as an HTTP response: no socket is opened for a page from a foreign origin.
    InHttp(Problem),
}

fn refuse(app: &App, connection: Connection, problem: Problem) -> Response {
    if connection == (Connection::Socket { offered: true }) {
        return app.objects().refuse(&problem).unwrap_or_else(|problem| Refusal(problem).into_response());
    }
    Refusal(problem).into_response()
}

/// Refuses the same way as a conversation's object: on an accepted socket, even without an offered subprotocol.
/// Otherwise a client could tell missing conversations from invisible ones.
fn refuse_like_an_object(app: &App, connection: Connection, problem: Problem) -> Response {
    let Connection::Socket { offered } = connection else { return Refusal(problem).into_response() };
    let mut response = app.objects().refuse(&problem).unwrap_or_else(|problem| Refusal(problem).into_response());
    if !offered {
        // Browsers reject a subprotocol that the page did not offer.
        response.headers_mut().remove(header::SEC_WEBSOCKET_PROTOCOL);
    }
    response
}

impl From<Problem> for TurnedAway {
    fn from(problem: Problem) -> Self {
        Self::OnSocket(problem)
    }
}

async fn identify(
    parts: &mut Parts,
    app: &App,
    connection: Connection,
    protocols: Protocols,
    exchange: &Exchange,
    haste: Haste,
) -> Result<(Caller, ConnectParams), TurnedAway> {
    let Query(params) =
        Query::<ConnectParams>::from_request_parts(parts, app).await.map_err(|Refusal(problem)| problem)?;
    let caller = if let Some(token) = bearer(&parts.headers, exchange)? {
        by_token(app, &token, exchange, haste).await?
    } else if let (Connection::Socket { offered: true }, Some(token)) = (connection, protocols.token) {
        by_token(app, &token, exchange, haste).await?
    } else if let Some(ticket) = &params.ticket {
        ticket::redeem(app, ticket, exchange).await?
    } else {
        return Err(Denied::new(AuthFailure::MissingToken, "a token or a ticket is needed").on(exchange).into());
    };
    if connection != Connection::Events && !is_welcome_from(&caller.record, parts) {
        return Err(TurnedAway::InHttp(Problem::new(
            Kind::Forbidden,
            "the app does not allow sockets from this origin",
        )));
    }
    Ok((caller, params))
}

/// Subprotocols that the client offers.
#[derive(Debug, Default)]
struct Protocols {
    campana: bool,
    token: Option<String>,
}

impl Protocols {
    fn read(headers: &HeaderMap) -> Self {
        let mut protocols = Self::default();
        for one in tokens(headers, &header::SEC_WEBSOCKET_PROTOCOL) {
            if one == SUBPROTOCOL {
                protocols.campana = true;
            } else if let Some(token) = one.strip_prefix(BEARER_PREFIX) {
                protocols.token = Some(token.to_owned());
            }
        }
        protocols
    }
}

fn tokens<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

fn has_token(headers: &HeaderMap, name: &header::HeaderName, wanted: &str) -> bool {
    tokens(headers, name).any(|one| one.eq_ignore_ascii_case(wanted))
}

/// Whether the client requests a WebSocket upgrade.
pub(crate) fn wants_socket(headers: &HeaderMap) -> bool {
    has_token(headers, &header::UPGRADE, "websocket")
}

/// Whether the page may open a socket: its origin is allowed by the app or is this host. Clients without an `Origin`
/// header are not browsers and pass.
pub(crate) fn is_welcome_from(record: &AppRecord, parts: &Parts) -> bool {
    let authority = parts.uri.authority().map(Authority::as_str);
    let is_page_welcome = |origin| allows_origin(record, origin) || is_same_host(&parts.headers, authority, origin);
    parts.headers.get(header::ORIGIN).is_none_or(is_page_welcome)
}

impl ConnectParams {
    /// The validated tab id and replay position.
    fn checked(
        self,
        headers: &HeaderMap,
        connection: Connection,
    ) -> Result<(Option<String>, Option<Position>), Problem> {
        let resume = self.position(headers, connection)?;
        if let Some(id) = &self.client_id {
            validate_client_id("client_id", id)?;
        }
        Ok((self.client_id, resume))
    }

    /// The replay position: `epoch` and `seq` of the query. For event streams `Last-Event-ID` takes precedence, because
    /// a reconnecting reader keeps the old URL and updates only that header.
    fn position(&self, headers: &HeaderMap, connection: Connection) -> Result<Option<Position>, Problem> {
        if let Some(epoch) = self.epoch.as_deref().filter(|epoch| !is_epoch(epoch)) {
            let is_empty = epoch.is_empty();
            let detail =
                if is_empty { "is empty".to_owned() } else { format!("has over {MAX_EPOCH_CHARS} characters") };
            return Err(Problem::field("epoch", detail));
        }
        if let Some(last) = headers.get(LAST_EVENT_ID).filter(|_| connection == Connection::Events) {
            let read = last.to_str().ok().and_then(last_event);
            return read
                .map(Some)
                .ok_or_else(|| Problem::field(LAST_EVENT_ID, "is not of the form <epoch>:<seq> or <seq>"));
        }
        let Some(seq) = self.seq else { return Ok(None) };
        if seq < 0 {
            return Err(Problem::field("seq", "is negative"));
        }
        Ok(Some(Position { epoch: self.epoch.clone(), seq }))
    }
}

pub(crate) fn last_event(text: &str) -> Option<Position> {
    let (epoch, seq) = text.rsplit_once(':').map_or((None, text), |(epoch, seq)| (Some(epoch), seq));
    let seq = seq.parse().ok().filter(|seq| *seq >= 0)?;
    epoch.is_none_or(is_epoch).then(|| Position { epoch: epoch.map(str::to_owned), seq })
}

/// Whether the text may be an epoch. One that differs from the log's epoch leads to a reset.
fn is_epoch(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_EPOCH_CHARS
}

impl<const EVENTS: bool, const WATCHES: bool> Connecting<EVENTS, WATCHES> {
    /// Opens a connection to the conversation in the path. 404 if the id is malformed.
    pub(crate) async fn open_named(self, id: Result<Segment<ConversationId>, Refusal>) -> Response {
        match id {
            Ok(Segment(id)) => self.open(Some(id)).await,
            Err(Refusal(problem)) => self.refuse(problem),
        }
    }

    /// Opens a connection to a conversation, or to the user's own channel.
    pub(crate) async fn open(self, conversation_id: Option<ConversationId>) -> Response {
        let (app, connection) = (self.caller.app.clone(), self.connection);
        let opened = app.objects().connect(self.connect(conversation_id), connection).await;
        opened.unwrap_or_else(|problem| match problem.kind {
            Kind::NotFound => refuse_like_an_object(&app, connection, problem),
            _ => Refusal(problem).into_response(),
        })
    }

    /// Refuses the connection, the way the client listens.
    pub(crate) fn refuse(self, problem: Problem) -> Response {
        refuse(&self.caller.app, self.connection, problem)
    }

    fn connect(self, conversation_id: Option<ConversationId>) -> Connect {
        Connect {
            conversation_id,
            limits: self.caller.record.limits.clone(),
            principal: self.caller.principal,
            client_id: self.client_id,
            resume: self.resume,
            request_id: self.caller.request_id,
        }
    }
}

/// A user who opens a dashboard of alerts.
pub(crate) type Watching = Connecting<false, true>;

impl Watching {
    /// Opens a connection to the alert desk of the user's tenant.
    pub(crate) async fn open_desk(self) -> Response {
        let app = self.caller.app.clone();
        let offered = self.connection == (Connection::Socket { offered: true });
        let opened = app.desks().connect(self.connect(None), offered).await;
        opened.unwrap_or_else(|problem| Refusal(problem).into_response())
    }
}
