//! Messages between gateways and targets, and requests of functions to both. JSON between objects of one build; not
//! reachable from outside.
//!
//! A gateway sends [`Calls`] to a target, one batch at a time, so that they arrive in order. A target answers, and
//! sends a [`Delivery`] to each gateway that has listeners, also one at a time. If their states may differ, the
//! gateway's sockets are the source of truth ([`ListenerCounts`]).

mod requests;
mod resync;

pub use requests::{Ask, Attach, ChannelState, CloseAll, Moved, Occupied, Publish};
pub use resync::{Counted, ListenerCounts, ResyncAnswer, ResyncRequest};

use super::channel::ChannelName;
use super::frame::ClientEvent;
use crate::accounts::app_config::AppConfig;
use crate::live::TracedFrame;
use crate::shared::ids::{ConversationId, TenantId, UserId, text_id};
use crate::shared::json::read_input;
use crate::shared::socket_id::SocketId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Prefix of the channel that announces a user's presence changes. No client can subscribe to it by name.
pub const WATCH: &str = "#watch-";

/// Maximum number of calls in a batch.
pub const MAX_CALLS: usize = 100;

/// The object that a channel belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The object of a conversation.
    Conversation(ConversationId),
    /// A user's own channel.
    Person(UserId),
    /// The object of a channel that belongs to nothing else.
    Channel(ChannelName),
    /// The tenant's alert desk.
    AlertDesk,
}

impl Target {
    /// The object's name within its namespace. Ids contain no `/`, so names are unique.
    pub fn object_name(&self, tenant: &TenantId) -> String {
        match self {
            Self::Conversation(id) => format!("{tenant}/{id}"),
            Self::Person(user) => format!("{tenant}/user.{user}"),
            Self::Channel(name) => format!("{tenant}/channel/{name}"),
            Self::AlertDesk => tenant.to_string(),
        }
    }

    /// The binding of the object's namespace.
    pub const fn namespace(&self) -> &'static str {
        match self {
            Self::Conversation(_) => "CONVERSATION",
            Self::Person(_) | Self::Channel(_) => "CHANNEL",
            Self::AlertDesk => "ALERT_DESK",
        }
    }
}

text_id!(
    /// A gateway of an app: `{region}/{number}`.
    GatewayName
);

impl GatewayName {
    /// The gateway of this number in a region.
    pub fn new(region: &str, number: u32) -> Self {
        Self(format!("{region}/{number}"))
    }

    /// The object's name within its namespace.
    pub fn object_name(&self, tenant: &TenantId) -> String {
        format!("{tenant}/{}", self.0)
    }
}

/// A subscribed user, as their subscription was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// User id.
    pub user: UserId,
    /// Whether the id was signed as a number.
    #[serde(default)]
    pub is_number: bool,
    /// `user_info` for the other members: JSON.
    #[serde(default)]
    pub info: Option<String>,
    /// When the signed identity expires, milliseconds since 1970.
    #[serde(default)]
    pub expires_at_ms: Option<i64>,
}

impl Listener {
    /// The id in JSON, as it was signed.
    pub fn id_json(&self) -> String {
        id_json(&self.user, self.is_number)
    }

    /// Display name: `name` of the info, otherwise the id.
    pub fn name(&self) -> String {
        let info = self.info.as_deref().and_then(|info| read_input::<serde_json::Value>(info).ok());
        let name = info.as_ref().and_then(|info| info.get("name")).and_then(serde_json::Value::as_str);
        name.unwrap_or(self.user.as_str()).to_owned()
    }
}

fn id_json(user: &UserId, is_number: bool) -> String {
    if is_number { user.as_str().to_owned() } else { serde_json::Value::from(user.as_str()).to_string() }
}

/// A batch of calls from a gateway to a target, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// Configuration of the app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The called target; an object learns its identity from it.
    pub target: Target,
    /// The calling gateway.
    pub gateway: GatewayName,
    /// Batch number. Increases with every batch of the gateway, also across hibernation.
    #[serde(default)]
    pub number: u64,
    /// The gateway's counts before these calls, if the target may not know them.
    #[serde(default)]
    #[serde(rename = "census")]
    pub counts: Option<ListenerCounts>,
    /// At most [`MAX_CALLS`].
    pub calls: Vec<Call>,
}

/// A call from a gateway to a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// A socket subscribes. The gateway has verified its signature.
    Subscribe {
        /// Channel.
        channel: ChannelName,
        /// Subscribing socket.
        socket: SocketId,
        /// User, if the signature names one.
        listener: Option<Listener>,
    },
    /// A socket has unsubscribed or closed.
    Unsubscribe {
        /// Channel.
        channel: ChannelName,
        /// The socket; `None` in calls of earlier releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        socket: Option<SocketId>,
        /// User, if known.
        listener: Option<Listener>,
    },
    /// A client publishes. The gateway has checked size, rate and the socket's subscription.
    Event {
        /// Client event.
        event: ClientEvent,
        /// Publishing socket. It gets no echo.
        socket: SocketId,
        /// User, if known.
        listener: Option<Listener>,
        /// Number of the event, increasing for each gateway: a repeated call is recognised by it. 0 if the gateway's
        /// release does not number events.
        #[serde(default)]
        number: u64,
    },
}

/// Result of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The call succeeded and returns nothing.
    Done,
    /// The socket is subscribed.
    Subscribed {
        /// First frame number that the socket gets. `data` covers older frames.
        from: u64,
        /// The data of `pusher_internal:subscription_succeeded`: JSON.
        data: String,
        /// Frames for this socket only, sent directly after the success frame.
        then: Vec<String>,
    },
    /// The call is refused.
    Refused(Refusal),
}

/// Why a subscription is refused or ends, or a client event is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Error type of the protocol: `AuthError`, `LimitReached`, `Unavailable`, `InternalError`.
    pub kind: String,
    /// Text for developers.
    pub message: String,
    /// HTTP status code.
    pub status: u16,
}

impl Refusal {
    /// The user lacks permission.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { kind: "AuthError".to_owned(), message: message.into(), status: 403 }
    }

    /// A limit is reached.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { kind: "LimitReached".to_owned(), message: message.into(), status: 429 }
    }

    /// A required service did not answer.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: "Unavailable".to_owned(), message: message.into(), status: 503 }
    }
}

impl From<crate::shared::problem::Problem> for Refusal {
    fn from(problem: crate::shared::problem::Problem) -> Self {
        let kind = match problem.kind.status() {
            429 => "LimitReached",
            503 => "Unavailable",
            500.. => "InternalError",
            _ => "AuthError",
        };
        Self { kind: kind.to_owned(), message: problem.detail, status: problem.kind.status() }
    }
}

/// A target's answers to [`Calls`], in the same order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// One for each call.
    pub answers: Vec<Answer>,
}

/// Frames for a gateway's sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The delivering target.
    pub target: Target,
    /// In order.
    pub frames: Vec<Frame>,
    /// Channels of which frames were lost in delivery. Their sockets have to reconnect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<ChannelName>,
    /// Users with a running trace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traced: Vec<UserId>,
}

/// One frame for all listeners of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Frame number. Increases with every frame of the target, also across hibernation. Duplicates are dropped.
    pub number: u64,
    /// Channel.
    pub channel: ChannelName,
    /// The frame, ready to be sent.
    pub text: String,
    /// Listeners who do not get the frame.
    #[serde(default, skip_serializing_if = "Except::is_nobody")]
    pub except: Except,
    /// Label of the frame, if the target needs the list of recipients in [`Reached`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// Listeners who do not get a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Except {
    /// All listeners get it.
    #[default]
    Nobody,
    /// The publishing socket: a client's, or one that the app's backend names.
    Socket(SocketId),
    /// A socket that a user names as theirs. Ignored if the socket is known to belong to another user.
    OwnSocket {
        /// Socket id.
        socket: SocketId,
        /// The user who names it.
        user: UserId,
    },
    /// All sockets of the user that the frame is about.
    Person(UserId),
    /// All sockets but those of the user that the frame is for.
    Others(UserId),
    /// All sockets of these users.
    People(BTreeSet<UserId>),
}

impl Except {
    /// Whether all listeners get the frame.
    pub fn is_nobody(&self) -> bool {
        *self == Self::Nobody
    }

    /// Excludes the socket, if there is one.
    pub fn socket(socket: Option<SocketId>) -> Self {
        socket.map_or(Self::Nobody, Self::Socket)
    }
}

/// A gateway's answer to a [`Delivery`]: it has accepted all frames.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Handed {
    /// Recipients of the frames that have a label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<Reached>,
    /// Sockets of traced users to which the frames were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traced: Vec<TracedFrame>,
}

/// Recipients of a labelled frame, as far as their identity is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Label of the frame.
    pub about: String,
    /// Recipients, each once.
    pub people: Vec<UserId>,
}

/// A gateway's answer to a completed [`Drop`] or [`Terminate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delivered {}

/// Request to a gateway to end subscriptions. After its answer, no later frame reaches them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// Target of the channels.
    pub target: Target,
    /// Users whose subscriptions end.
    pub whose: Whose,
    /// Reason, sent to the clients.
    pub refusal: Refusal,
}

/// Users whose subscriptions end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// One user's. Sockets of unknown users could be theirs, so these have to reconnect and subscribe again.
    Person(UserId),
    /// Those to public channels, and these users'. Other sockets of unknown users have to reconnect and subscribe again.
    Outsiders(BTreeSet<UserId>),
    /// All users'.
    Everybody,
}

/// Request to a gateway to close a user's sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminate {
    /// User id.
    pub user: UserId,
}
