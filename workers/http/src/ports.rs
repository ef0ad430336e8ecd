//! What the functions need from the platform they run on.

use axum::response::Response;
use campana_core::accounts::quota::Stats;
use campana_core::alerts::command::{DeskAnswer, DeskRequest, Sweep, Swept};
use campana_core::alerts::pager::{PagerAnswer, PagerRequest};
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Ask, Attach, ChannelState, CloseAll, GatewayName, Occupied, Publish};
use campana_core::shared::address::Reach;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
pub use campana_storage::BoxFuture;
use serde_json::Value;

/// Where this runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine: demo people can get tokens.
    Local,
    /// For real people: the demo secret opens nothing.
    Production,
}

impl Environment {
    /// Reads the setting; anything but `local` is production.
    pub fn parse(text: &str) -> Self {
        if text == "local" { Self::Local } else { Self::Production }
    }
}

impl Environment {
    /// How far pages and webhooks may go.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Local => Reach::Anywhere,
            Self::Production => Reach::Internet,
        }
    }
}

/// The time, and waiting.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Completes after so many milliseconds.
    fn sleep(&self, millis: u32) -> BoxFuture<'_, ()>;
}

/// A cryptographic random generator.
pub trait Random: Send + Sync {
    /// Fills with random bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem>;
}

/// How a client wants to be told of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// A native socket.
    Socket {
        /// The client offered `campana.v1` as a subprotocol and expects it to be chosen.
        offered: bool,
    },
    /// Server-sent events.
    Events,
}

/// The conversations' and people's objects.
pub trait Objects: Send + Sync {
    /// Sends a command to a conversation's object. [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer>;
    /// Opens a connection to a conversation's object, or to the person's own channel if no conversation is
    /// named. The response carries the socket and must reach the client as it is.
    fn connect(&self, connect: Connect, connection: Connection) -> BoxFuture<'_, Result<Response, Problem>>;
    /// Lets a conversation's object let go of old events of its log.
    fn trim(&self, trim: TrimLog) -> BoxFuture<'_, Result<Trimmed, Problem>>;
    /// How an app stands, from its quota registry. [`campana_core::shared::problem::Kind::Unavailable`] if it does not answer.
    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Stats, Problem>>;
    /// A socket that tells why it is refused and closes: browsers show nothing of a refused upgrade.
    fn refuse(&self, problem: &Problem) -> Result<Response, Problem>;
}

/// What came of opening a Pusher client's socket.
pub enum Attached {
    /// The response carries the socket and must reach the client as it is.
    Open(Response),
    /// The gateway holds as many sockets as it may: try another.
    Full,
}

/// Gateways, and the objects behind channels. Everything here fails with
/// [`campana_core::shared::problem::Kind::Unavailable`] if the object does not answer.
pub trait Channels: Send + Sync {
    /// Opens a Pusher client's socket at a gateway.
    fn attach(&self, attach: Attach) -> BoxFuture<'_, Result<Attached, Problem>>;
    /// A socket that tells a Pusher client why it is refused and closes with that code, which is what the client acts on.
    fn refuse(&self, code: Code, message: &str) -> Result<Response, Problem>;
    /// Publishes on channels of one target. Done when every gateway with listeners has it. How each channel stands.
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Vec<ChannelState>, Problem>>;
    /// How channels of one target stand.
    fn ask(&self, ask: Ask) -> BoxFuture<'_, Result<Vec<ChannelState>, Problem>>;
    /// The channels that a gateway's sockets listen to.
    fn occupied<'a>(
        &'a self,
        tenant: &'a TenantId,
        gateway: &'a GatewayName,
    ) -> BoxFuture<'a, Result<Occupied, Problem>>;
    /// Closes all sockets of a signed-in person.
    fn close_all(&self, close: CloseAll) -> BoxFuture<'_, Result<(), Problem>>;
}

/// The desks and pagers of tenants' alerts. Everything here fails with [`campana_core::shared::problem::Kind::Unavailable`] if the
/// object does not answer.
pub trait Desks: Send + Sync {
    /// Asks something of a tenant's desk.
    fn command(&self, request: DeskRequest) -> BoxFuture<'_, DeskAnswer>;
    /// Opens a dashboard's socket. The response carries it and must reach the client as it is.
    fn connect(&self, connect: Connect, offered: bool) -> BoxFuture<'_, Result<Response, Problem>>;
    /// Has a desk look after its alerts.
    fn sweep(&self, sweep: Sweep) -> BoxFuture<'_, Result<Swept, Problem>>;
    /// Asks something of a tenant's pager.
    fn page(&self, request: PagerRequest) -> BoxFuture<'_, PagerAnswer>;
}

/// Fetches the keys that an app publishes.
pub trait JwksSource: Send + Sync {
    /// The JWKS document at this address, `None` if there is none to be had.
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Option<Value>>;
}

/// What the engine tells of the memory this runs in.
pub trait Memory: Send + Sync {
    /// Bytes in use, `None` where nobody can tell.
    fn bytes(&self) -> Option<u64>;
}

/// What the platform counts for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Requests of a person; the key is tenant and user.
    Person,
    /// Requests of all people of an app; the key is the tenant.
    App,
    /// Failures to say who one is; the key is the client's address.
    Address,
}

/// The platform's own rate limiter: a ceiling over all isolates of a place, the same for every app.
pub trait RateLimiter: Send + Sync {
    /// Counts one more of this key, and says whether it may pass. `Err` says why nobody knows.
    fn count<'a>(&'a self, counted: Counted, key: &'a str) -> BoxFuture<'a, Result<bool, String>>;
}
