//! Resync: a target requests a gateway's listener counts. The gateway's sockets are the source of truth.

use super::{Listener, Target};
use crate::pusher::channel::ChannelName;
use serde::{Deserialize, Serialize};

/// Request to a gateway for its listener counts of a target's channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResyncRequest {
    /// Target of the channels.
    pub target: Target,
    /// Number of this gateway's newest batch of calls that the target has answered, if known. The gateway waits for
    /// that answer before it counts, so the counts include the batch.
    #[serde(default)]
    pub answered: Option<u64>,
}

/// A gateway's answer to [`ResyncRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResyncAnswer {
    /// Counts per channel.
    #[serde(rename = "census")]
    pub counts: ListenerCounts,
    /// Whether it reports every further subscription for
    /// [`REPORT_LEASE_MS`](crate::pusher::reporting::REPORT_LEASE_MS), even if it has no listeners now.
    pub reports: bool,
}

/// A gateway's listener counts of a target's channels.
pub type ListenerCounts = Vec<Counted>;

/// The listeners of one channel at one gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Channel.
    pub channel: ChannelName,
    /// Number of subscribed sockets.
    pub sockets: u32,
    /// On presence channels: users, each with the number of their sockets.
    pub people: Vec<(Listener, u32)>,
}
