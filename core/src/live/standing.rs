//! What an object knows of whether a user receives the events of a channel.

use super::{Keyed, Position};
use crate::accounts::app_config::AppConfig;
use crate::pusher::channel::ChannelName;
use crate::pusher::link::Target;
use crate::shared::ids::UserId;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// A question about a user and a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskStanding {
    /// Configuration of the app.
    pub app_config: AppConfig,
    /// Set if the asked object is the one that the channel belongs to.
    pub target: Option<Target>,
    /// The channel; `None` if the question is about a conversation without naming one.
    pub channel: Option<ChannelName>,
    /// The user.
    pub user: UserId,
    /// At most this many connections are shown.
    pub limit: usize,
}

/// One of the user's connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingConnection {
    /// The connection.
    pub keyed: Keyed,
    /// Whether it gets the events of the channel.
    pub is_subscribed: bool,
    /// Permissions of the token with which it connected; empty for Pusher clients, whose signatures name none.
    pub permissions: Vec<String>,
}

/// What an object knows of a user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Their connections here.
    pub connections: Vec<StandingConnection>,
    /// Answer of the policy for the channel, if this object decides it.
    pub access: Option<Result<(), Problem>>,
    /// End of the mute that is in force.
    pub muted_until: Option<Timestamp>,
    /// The last position that the user has read.
    pub last_read_seq: Option<i64>,
    /// Position of the object's log.
    pub position: Position,
}

/// A decision of the object that a channel belongs to.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// The answer of the policy.
    pub access: Option<Result<(), Problem>>,
    /// End of the mute that is in force.
    pub muted_until: Option<Timestamp>,
    /// The last position that the user has read.
    pub last_read_seq: Option<i64>,
}
