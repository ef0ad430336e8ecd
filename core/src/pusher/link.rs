//! What gateways and the objects behind channels say to each other, and what functions ask of both. JSON between
//! objects of one build; not reachable from outside.
//!
//! A gateway makes [`Calls`] to a target, one batch at a time, so that they arrive in order. A target answers, and hands
//! a [`Delivery`] to each gateway that has listeners, one at a time as well. Where the two could have lost sight of each
//! other the gateway's own sockets are the truth: a [`ListenerCounts`].

mod requests;
mod resync;

pub use requests::{Ask, Attach, ChannelState, CloseAll, Moved, Occupied, Publish};
pub use resync::{Counted, ListenerCounts, ResyncAnswer, ResyncRequest};

use super::channel::ChannelName;
use super::frame::ClientEvent;
use crate::accounts::app_config::AppConfig;
use crate::shared::ids::{ConversationId, TenantId, UserId};
use crate::shared::json::read_input;
use crate::shared::socket_id::SocketId;
use serde::{Deserialize, Serialize};

/// What the channel begins with on which a person's coming and going is told. No client can name it.
pub const WATCH: &str = "#watch-";

/// Calls in one batch at most.
pub const MAX_CALLS: usize = 100;

/// The object that a channel belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A conversation's.
    Conversation(ConversationId),
    /// A person's own channel.
    Person(UserId),
    /// One of the channel's own.
    Channel(ChannelName),
    /// The tenant's alert desk.
    AlertDesk,
}

impl Target {
    /// The object's name within its namespace. An id holds no `/`, so no two targets share one.
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

/// A gateway of an app: `{region}/{number}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GatewayName(String);

impl GatewayName {
    /// The gateway of this number in a region.
    pub fn new(region: &str, number: u32) -> Self {
        Self(format!("{region}/{number}"))
    }

    /// Takes a name that is known to be good.
    pub fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The object's name within its namespace.
    pub fn object_name(&self, tenant: &TenantId) -> String {
        format!("{tenant}/{}", self.0)
    }
}

/// Somebody who listens, as their subscription was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Who.
    pub user: UserId,
    /// Whether the id was signed as a number.
    #[serde(default)]
    pub is_number: bool,
    /// What others are told of them: JSON.
    #[serde(default)]
    pub info: Option<String>,
    /// When the identity that the subscription was signed for ends.
    #[serde(default)]
    pub expires_at_ms: Option<i64>,
}

impl Listener {
    /// The id in JSON, as it was signed.
    pub fn id_json(&self) -> String {
        id_json(&self.user, self.is_number)
    }

    /// The name that others are shown: of their info, else the id.
    pub fn name(&self) -> String {
        let info = self.info.as_deref().and_then(|info| read_input::<serde_json::Value>(info).ok());
        let name = info.as_ref().and_then(|info| info.get("name")).and_then(serde_json::Value::as_str);
        name.unwrap_or(self.user.as_str()).to_owned()
    }
}

fn id_json(user: &UserId, is_number: bool) -> String {
    if is_number { user.as_str().to_owned() } else { serde_json::Value::from(user.as_str()).to_string() }
}

/// What a gateway tells a target, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// The app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The target, so that it knows itself.
    pub target: Target,
    /// Who tells.
    pub gateway: GatewayName,
    /// Names the batch: rises with every batch of the gateway, also over its sleep.
    #[serde(default)]
    pub number: u64,
    /// How the gateway stands before these calls, if the target may have lost sight of it.
    #[serde(default)]
    #[serde(rename = "census")]
    pub counts: Option<ListenerCounts>,
    /// At most [`MAX_CALLS`].
    pub calls: Vec<Call>,
}

/// One thing that a gateway tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// A socket wants to listen. Its signature is good.
    Subscribe {
        /// To what.
        channel: ChannelName,
        /// Which.
        socket: SocketId,
        /// Who, if the signature says so.
        listener: Option<Listener>,
    },
    /// A socket listens no longer.
    Unsubscribe {
        /// To what.
        channel: ChannelName,
        /// Who it was, if it was known.
        listener: Option<Listener>,
    },
    /// A client publishes. The gateway has checked size, rate and that the socket listens.
    Event {
        /// What.
        event: ClientEvent,
        /// From which socket: it gets no echo.
        socket: SocketId,
        /// Who, if it is known.
        listener: Option<Listener>,
    },
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Done.
    Done,
    /// The socket listens from now on.
    Subscribed {
        /// It is to get deliveries with this number and later ones; what is older is known to it by `data`.
        from: u64,
        /// The data of `pusher_internal:subscription_succeeded`: JSON.
        data: String,
        /// Frames for this socket alone, straight after.
        then: Vec<String>,
    },
    /// No.
    Refused(Refusal),
}

/// Why a subscription is refused or ends, or a client event is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// As clients know it: `AuthError`, `LimitReached`, `Unavailable`, `InternalError`.
    pub kind: String,
    /// For the developer who reads it.
    pub message: String,
    /// As HTTP would have it.
    pub status: u16,
}

impl Refusal {
    /// They may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { kind: "AuthError".to_owned(), message: message.into(), status: 403 }
    }

    /// There are too many.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { kind: "LimitReached".to_owned(), message: message.into(), status: 429 }
    }

    /// Something that is needed did not answer.
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

/// The answers of a target to [`Calls`], in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// One for each call.
    pub answers: Vec<Answer>,
}

/// Frames for a gateway's sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Who delivers.
    pub target: Target,
    /// In order.
    pub frames: Vec<Frame>,
    /// Frames to these channels were lost on the way: their sockets have to come back and look for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<ChannelName>,
}

/// One frame for everybody who listens to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Rises with every frame of the target, also over its sleep. The same one twice is delivered once.
    pub number: u64,
    /// Where.
    pub channel: ChannelName,
    /// The frame, ready to be sent.
    pub text: String,
    /// Who does not get it.
    #[serde(default, skip_serializing_if = "Except::is_nobody")]
    pub except: Except,
    /// What it is about, if the target wants to know who got it: see [`Reached`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// Who does not get a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Except {
    /// Everybody gets it.
    #[default]
    Nobody,
    /// The socket that published: a client's own, or the one that the app's backend names.
    Socket(SocketId),
    /// A socket that a person names as theirs, unless it is known to be somebody else's.
    OwnSocket {
        /// The socket.
        socket: SocketId,
        /// Who has to be behind it.
        user: UserId,
    },
    /// The person it is about, on all sockets.
    Person(UserId),
}

impl Except {
    /// Whether everybody gets it.
    pub fn is_nobody(&self) -> bool {
        *self == Self::Nobody
    }

    /// The socket, if there is one.
    pub fn socket(socket: Option<SocketId>) -> Self {
        socket.map_or(Self::Nobody, Self::Socket)
    }
}

/// A gateway's answer to a [`Delivery`]: all of it has gone out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Handed {
    /// Of frames about something: who got them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<Reached>,
}

/// Who got a frame about something, as far as it is known who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// What it was about.
    pub about: String,
    /// Each once.
    pub people: Vec<UserId>,
}

/// A gateway's answer to a [`Drop`] or a [`Terminate`]: it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delivered {}

/// Ask a gateway to end subscriptions. When it answers, no later frame reaches them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// Of this target's channels.
    pub target: Target,
    /// Whose.
    pub whose: Whose,
    /// What they are told.
    pub refusal: Refusal,
}

/// Whose subscriptions end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// This person's. Sockets of which it is not known who they are have to come back and say: they could be theirs.
    Person(UserId),
    /// All.
    Everybody,
}

/// Ask a gateway to close a user's sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminate {
    /// Whose.
    pub user: UserId,
}
