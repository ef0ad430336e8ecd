//! Traces: what happens to the events of a channel for one user, step by step, for some minutes.

use crate::accounts::app_config::AppConfig;
use crate::named;
use crate::pusher::channel::ChannelName;
use crate::pusher::link::Target;
use crate::shared::ids::UserId;
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest run of a trace, minutes.
pub const MAX_TRACE_MINUTES: i64 = 15;
/// Traces that run at an object at once at most.
pub const MAX_TRACES: usize = 4;
/// Steps stored of a trace at most.
pub const MAX_TRACE_STEPS: u32 = 500;

named! {
    /// Kind of a step.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "TraceStepKind"))]
    pub enum StepKind {
        /// The policy admitted a connection of the user, or refused it.
        Authorized = "authorized",
        /// A connection of the user ended, or its subscription.
        Ended = "ended",
        /// An event was accepted for all listeners of a transport.
        Published = "published",
        /// A gateway accepted an event, or could not be reached.
        Gateway = "gateway",
        /// An event was written to a connection of the user, or there was none to write it to.
        Frame = "frame",
        /// The user's client confirmed everything up to a position.
        Receipt = "receipt",
    }
}

named! {
    /// How events reach clients.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "Transport"))]
    pub enum Transport {
        /// Native sockets and event streams, which the object of the channel holds itself.
        Native = "native",
        /// Pusher clients, by gateways.
        Pusher = "pusher",
    }
}

named! {
    /// Why an event or a connection stopped at a step.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "TraceReason"))]
    pub enum StepReason {
        /// The policy refused; `detail` says why.
        Refused = "refused",
        /// The client unsubscribed or disconnected.
        Left = "left",
        /// The user has no connection of this transport.
        NotConnected = "not_connected",
        /// No gateway has a subscription to the channel.
        NotSubscribed = "not_subscribed",
        /// The event does not go to this connection: it comes from it, or is about its user.
        Excluded = "excluded",
        /// The gateway did not answer; the event is sent again.
        NoAnswer = "no_answer",
        /// The event was given up for the gateway: its listeners reconnect and reload.
        GivenUp = "given_up",
    }
}

/// A step. Fields that do not apply are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TraceStep"))]
pub struct Step {
    /// Time.
    pub at: Timestamp,
    /// Kind.
    pub step: StepKind,
    /// Transport.
    pub transport: Transport,
    /// Why it stopped here; left out if it went on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<StepReason>,
    /// More about the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelName>,
    /// Name of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Position of the event in the conversation, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Number of the frame between the channel's object and its gateways: the same at each step of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Id that the client knows: the socket id of a Pusher client, else the client id of its tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

impl Step {
    /// A step that has only these fields.
    pub const fn new(at: Timestamp, step: StepKind, transport: Transport) -> Self {
        Self {
            at,
            step,
            transport,
            reason: None,
            detail: None,
            channel: None,
            event: None,
            seq: None,
            frame: None,
            gateway: None,
            client_id: None,
        }
    }

    /// This step, stopped for a reason.
    #[must_use]
    pub const fn stopped(mut self, reason: StepReason) -> Self {
        self.reason = Some(reason);
        self
    }
}

/// A trace without its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceInfo {
    /// Name, unique within its object.
    pub name: String,
    /// The user.
    pub user: UserId,
    /// Only this channel; `None` for everything that the object sends.
    pub channel: Option<ChannelName>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// A request to the object of a channel to begin a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTrace {
    /// Configuration of the app.
    pub app_config: AppConfig,
    /// What the asked object is.
    pub target: Target,
    /// The channel; `None` for a conversation as a whole.
    pub channel: Option<ChannelName>,
    /// The user.
    pub user: UserId,
    /// How long it runs, milliseconds.
    pub millis: i64,
}

/// A trace with its steps so far, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// What is traced.
    pub info: TraceInfo,
    /// Steps, at most [`MAX_TRACE_STEPS`].
    pub steps: Vec<Step>,
    /// Number of steps that were left out.
    pub left_out: u32,
}

/// The sockets of a traced user to which a gateway wrote a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedFrame {
    /// Number of the frame.
    pub number: u64,
    /// The user.
    pub user: UserId,
    /// When it was written.
    pub at: Timestamp,
    /// Sockets that got it.
    pub sockets: Vec<SocketId>,
    /// Sockets that are subscribed, but were excluded.
    pub excluded: Vec<SocketId>,
}
