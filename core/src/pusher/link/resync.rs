//! How many listen at a gateway, as it says itself: its own sockets are the truth.

use super::{Listener, Target};
use crate::pusher::channel::ChannelName;
use serde::{Deserialize, Serialize};

/// Ask a gateway how its sockets stand towards a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResyncRequest {
    /// Whose channels.
    pub target: Target,
    /// The newest batch of calls of this gateway that the target has answered, if it knows of one: what changed with it is
    /// to be counted as it is after that, so the gateway waits for the answer.
    #[serde(default)]
    pub answered: Option<u64>,
}

/// A gateway's answer to [`ResyncRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResyncAnswer {
    /// How its sockets stand.
    #[serde(rename = "census")]
    pub counts: ListenerCounts,
    /// Whether it reports every further subscription for [`REPORT_LEASE_MS`](crate::pusher::reporting::REPORT_LEASE_MS),
    /// also if nobody listens at the moment.
    pub reports: bool,
}

/// How a gateway's sockets stand towards a target.
pub type ListenerCounts = Vec<Counted>;

/// The listeners of one channel at one gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// To what.
    pub channel: ChannelName,
    /// Sockets.
    pub sockets: u32,
    /// Of presence channels: people, and sockets of each.
    pub people: Vec<(Listener, u32)>,
}
