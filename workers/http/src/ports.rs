//! Ports: what the functions need from their platform.

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use campana_core::accounts::metrics::{Measurements, Report, Series, Taken};
use campana_core::accounts::quota::Stats;
use campana_core::accounts::revocation::Revocation;
use campana_core::alerts::command::{DeskAnswer, DeskRequest, Sweep, Swept};
use campana_core::alerts::notification::Forget;
use campana_core::alerts::pager::{PagerAnswer, PagerRequest};
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::chat::erasure::{EraseMessages, ErasedMessages, ReleaseAlerts, ReleasedAlerts};
use campana_core::chat::own_channel::{OwnEvent, OwnNotification};
use campana_core::chat::push::PushMessage;
use campana_core::chat::scheduled::SendDue;
use campana_core::chat::search::{Erase, Find, Found, IndexState, OneConversation, Rebuild};
use campana_core::files::resumable::{BeginUpload, OfUpload, UploadState, WriteUpload};
use campana_core::files::scan::FileDecided;
use campana_core::live::{Holder, ListHolders, LiveAnswer, LiveQuestion};
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Ask, Attach, ChannelState, CloseAll, GatewayName, Occupied, Publish};
use campana_core::shared::address::Reach;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::Headers;
use campana_core::webhooks::history::{HistoryAnswer, WebhooksRequest};
pub use campana_storage::BoxFuture;
use serde_json::Value;
use std::sync::Arc;

/// Environment of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: demo users can get tokens.
    Local,
    /// Any real deployment: the demo secret is rejected.
    Production,
}

impl Environment {
    /// Parses the setting. Every value except `local` is production.
    pub fn parse(text: &str) -> Self {
        if text == "local" { Self::Local } else { Self::Production }
    }

    /// Network destinations that pages and webhooks may reach.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Local => Reach::Anywhere,
            Self::Production => Reach::Internet,
        }
    }
}

/// Time source.
pub trait Clock: Send + Sync {
    /// Current time.
    fn now(&self) -> Timestamp;
    /// Completes after `millis` milliseconds.
    fn sleep(&self, millis: u32) -> BoxFuture<'_, ()>;
}

/// Cryptographic random generator.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem>;
}

/// Transport of a client connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// A native socket.
    Socket {
        /// Whether the client offered the subprotocol `campana.v1` and expects it to be selected.
        offered: bool,
    },
    /// Server-sent events.
    Events,
}

/// Objects of conversations and of users.
pub trait Objects: Send + Sync {
    /// Sends a command to a conversation's object. [`campana_core::shared::problem::Kind::Unavailable`] if it does not
    /// answer.
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer>;
    /// Opens a connection to a conversation's object, or to the user's own channel if no conversation is named. The
    /// response carries the socket and must reach the client unchanged.
    fn connect(&self, connect: Connect, connection: Connection) -> BoxFuture<'_, Result<Response, Problem>>;
    /// Hands an event over to a user's own channel. [`campana_core::shared::problem::Kind::Unavailable`] if it does not
    /// answer.
    fn notify(&self, event: OwnEvent) -> BoxFuture<'_, Result<(), Problem>>;
    /// Hands an event about notifications over to a user's own channel.
    /// [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn notify_of_notification(&self, own: OwnNotification) -> BoxFuture<'_, Result<(), Problem>>;
    /// Hands a message over to the object that sends it to a user's devices.
    /// [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn push(&self, message: PushMessage) -> BoxFuture<'_, Result<(), Problem>>;
    /// Trims old events from a conversation's log.
    fn trim(&self, trim: TrimLog) -> BoxFuture<'_, Result<Trimmed, Problem>>;
    /// Has a conversation's object send its scheduled messages that are due.
    fn send_due(&self, due: SendDue) -> BoxFuture<'_, Result<(), Problem>>;
    /// Has a conversation's object give its messages the status of a file that was scanned. When this completes, all that the record has
    /// show it.
    fn file_decided(&self, decided: FileDecided) -> BoxFuture<'_, Result<(), Problem>>;

    /// Has a conversation's object erase a page of what a user wrote there.
    fn erase(&self, erase: EraseMessages) -> BoxFuture<'_, Result<ErasedMessages, Problem>>;
    /// Current metrics of an app, from its quota registry. [`campana_core::shared::problem::Kind::Unavailable`] if it
    /// does not answer.
    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Stats, Problem>>;
    /// Hands an isolate's numbers over to an app's quota registry.
    /// [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn measure<'a>(&'a self, tenant: &'a TenantId, report: &'a Report) -> BoxFuture<'a, Result<Taken, Problem>>;
    /// Metrics of an app over all isolates, from its quota registry.
    /// [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn measurements<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Measurements, Problem>>;
    /// Readings of an app's last minutes, oldest first; `None` where nothing was measured.
    /// [`campana_core::shared::problem::Kind::Unavailable`] if the registry does not answer.
    fn series<'a>(
        &'a self,
        tenant: &'a TenantId,
        series: Series,
        minutes: i64,
    ) -> BoxFuture<'a, Result<Vec<Option<u64>>, Problem>>;
    /// Hands a revocation over to an app's quota registry. When this completes, the registry has stored it and passes it
    /// on. [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn revoke<'a>(&'a self, tenant: &'a TenantId, revocation: &'a Revocation) -> BoxFuture<'a, Result<(), Problem>>;
    /// Accepts a socket, sends the problem and closes: browsers do not expose the response to a refused upgrade.
    fn refuse(&self, problem: &Problem) -> Result<Response, Problem>;
}

/// Result of opening a Pusher socket.
pub enum Attached {
    /// Response that carries the socket. It must reach the client unchanged.
    Open(Response),
    /// The gateway has no room for another socket: try another one.
    Full,
}

/// Gateways, and the objects behind channels. Every method fails with
/// [`campana_core::shared::problem::Kind::Unavailable`] if the object does not answer.
pub trait Channels: Send + Sync {
    /// Opens a Pusher socket at a gateway.
    fn attach(&self, attach: Attach) -> BoxFuture<'_, Result<Attached, Problem>>;
    /// Accepts a Pusher socket, sends the error and closes with its code, on which the client acts.
    fn refuse(&self, code: Code, message: &str) -> Result<Response, Problem>;
    /// Publishes on channels of one target. Completes when gateways with subscribers have accepted the events; a
    /// gateway that does not answer does not fail the call. Returns the state of each event's channel.
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Vec<ChannelState>, Problem>>;
    /// States of channels of one target.
    fn ask(&self, ask: Ask) -> BoxFuture<'_, Result<Vec<ChannelState>, Problem>>;
    /// Channels with subscribers at a gateway.
    fn occupied<'a>(
        &'a self,
        tenant: &'a TenantId,
        gateway: &'a GatewayName,
    ) -> BoxFuture<'a, Result<Occupied, Problem>>;
    /// Closes all sockets of a user.
    fn close_all(&self, close: CloseAll) -> BoxFuture<'_, Result<(), Problem>>;
}

/// Alert desks, pagers, and the webhooks of channels. Every method fails with [`campana_core::shared::problem::Kind::Unavailable`] if the object
/// does not answer.
pub trait Desks: Send + Sync {
    /// Sends a command to a tenant's alert desk.
    fn command(&self, request: DeskRequest) -> BoxFuture<'_, DeskAnswer>;
    /// Opens a dashboard's socket. The response carries it and must reach the client unchanged.
    fn connect(&self, connect: Connect, offered: bool) -> BoxFuture<'_, Result<Response, Problem>>;
    /// Asks a desk to process its overdue alerts.
    fn sweep(&self, sweep: Sweep) -> BoxFuture<'_, Result<Swept, Problem>>;
    /// Has a tenant's desk let go of alerts of a user who is being erased.
    fn release(&self, asked: ReleaseAlerts) -> BoxFuture<'_, Result<ReleasedAlerts, Problem>>;
    /// Sends a command to a tenant's pager.
    fn page(&self, request: PagerRequest) -> BoxFuture<'_, PagerAnswer>;
    /// Asks the object that sends the webhooks of an app's channels.
    fn webhooks(&self, request: WebhooksRequest) -> BoxFuture<'_, HistoryAnswer>;
    /// Has a tenant's pager end a user's devices. When this completes, none of them is paged again.
    fn forget(&self, forget: Forget) -> BoxFuture<'_, Result<(), Problem>>;
}

/// Objects with connections, as administrators see them. Every method fails with
/// [`campana_core::shared::problem::Kind::Unavailable`] if the object does not answer.
pub trait Live: Send + Sync {
    /// Objects of an app that have connections, from its quota registry.
    fn holders<'a>(&'a self, tenant: &'a TenantId, asked: ListHolders) -> BoxFuture<'a, Result<Vec<Holder>, Problem>>;
    /// Asks one of these objects.
    fn ask<'a>(
        &'a self,
        tenant: &'a TenantId,
        holder: &'a Holder,
        question: LiveQuestion,
    ) -> BoxFuture<'a, Result<LiveAnswer, Problem>>;
}

/// Indexes for search, one per tenant. Every method fails with [`campana_core::shared::problem::Kind::Unavailable`] if the
/// object does not answer.
pub trait SearchIndex: Send + Sync {
    /// Finds candidates, which the caller checks with the record.
    fn find(&self, find: Find) -> BoxFuture<'_, Result<Found, Problem>>;
    /// Drops the index and reads it from the record again, or reports how far it is.
    fn rebuild(&self, rebuild: Rebuild) -> BoxFuture<'_, Result<IndexState, Problem>>;
    /// Has the index read a conversation whose messages did not come from its object.
    fn fill(&self, one: OneConversation) -> BoxFuture<'_, Result<(), Problem>>;
    /// Removes what a user sent. When this completes, the index has nothing of it.
    fn erase(&self, erase: Erase) -> BoxFuture<'_, Result<(), Problem>>;
}

/// A request for a file of the web app.
#[derive(Debug, Clone, Copy)]
pub struct FileRequest<'a> {
    /// Path, from the first slash on.
    pub path: &'a str,
    /// GET, or HEAD for an answer without the content.
    pub method: &'a Method,
    /// The client's `If-None-Match`.
    pub if_none_match: Option<&'a str>,
}

/// Files of the web app.
pub trait Files: Send + Sync {
    /// The file, or 304 if the client has it; `None` if it does not exist.
    /// [`campana_core::shared::problem::Kind::Unavailable`] if the files cannot be read.
    fn get<'a>(&'a self, asked: FileRequest<'a>) -> BoxFuture<'a, Result<Option<Response>, Problem>>;
}

/// Source of the JWKS documents that apps publish.
pub trait JwksSource: Send + Sync {
    /// The JWKS document at this URL; `None` if the fetch fails.
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Option<Value>>;
}

/// A signed request to an app's scanner of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerCall {
    /// Its URL, which the adapter checks.
    pub url: String,
    /// Headers besides `content-type`.
    pub headers: Headers,
    /// The body, as JSON.
    pub body: String,
    /// Time-out of the answer and its body, milliseconds.
    pub timeout_ms: u32,
    /// Largest body of the answer, bytes.
    pub max_bytes: usize,
}

/// An answer of a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Requests to the scanners of apps. `Err` with the reason, for the log, if there is no answer, or too long a one.
pub trait Scanners: Send + Sync {
    /// Posts a request.
    fn ask(&self, call: ScannerCall) -> BoxFuture<'_, Result<ScannerAnswer, &'static str>>;
}

/// Runs tasks beyond the response, in the request's context on the platform. An extension of the request.
#[derive(Clone)]
pub struct Background(Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>);

impl Background {
    /// A background that runs tasks by this function.
    pub fn new(spawn: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(spawn))
    }

    /// Runs a task in the background.
    pub(crate) fn spawn(&self, task: BoxFuture<'static, ()>) {
        (self.0)(task);
    }
}

/// Memory usage reported by the engine.
pub trait Memory: Send + Sync {
    /// Bytes in use; `None` if unknown.
    fn bytes(&self) -> Option<u64>;
}

/// Kinds of requests that the platform's limiter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Requests of a user; the key is `{tenant}/{user}`.
    Person,
    /// Requests of all users of an app; the key is the tenant.
    App,
    /// Failed authentications; the key is the client's network address.
    Address,
    /// Pusher sockets that open; the key is `{tenant}/{address}`.
    Opening,
}

/// Objects of resumable uploads. Every method fails with [`campana_core::shared::problem::Kind::NotFound`] unless the caller began the
/// upload, and with [`campana_core::shared::problem::Kind::Unavailable`] if the object or the store of files does not answer.
pub trait Uploads: Send + Sync {
    /// Begins an upload.
    fn begin(&self, begin: BeginUpload) -> BoxFuture<'_, Result<UploadState, Problem>>;
    /// The upload's state.
    fn read(&self, of: OfUpload) -> BoxFuture<'_, Result<UploadState, Problem>>;
    /// Writes the body of a request, which is never all in memory.
    fn write(&self, write: WriteUpload, request: Request) -> BoxFuture<'_, Result<UploadState, Problem>>;
    /// Ends the upload; returns what it was.
    fn end(&self, of: OfUpload) -> BoxFuture<'_, Result<UploadState, Problem>>;
}

/// The platform's rate limiter: counts across all isolates of one Cloudflare location, with the same limits for every
/// app.
pub trait RateLimiter: Send + Sync {
    /// Counts one request for this key; true if it may pass. `Err` if the limiter failed, with the reason.
    fn count<'a>(&'a self, counted: Counted, key: &'a str) -> BoxFuture<'a, Result<bool, String>>;
}
