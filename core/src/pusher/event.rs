//! Events that a backend publishes.

use super::channel::ChannelName;
use crate::shared::socket_id::SocketId;
use serde::{Deserialize, Serialize};

/// Longest name of an event, characters.
pub const MAX_EVENT_CHARS: usize = 200;
/// What names of events that clients publish begin with.
pub const CLIENT_PREFIX: &str = "client-";

/// An event for those who listen to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Where.
    pub channel: ChannelName,
    /// Its name.
    pub event: String,
    /// What it carries: any text, mostly JSON.
    pub data: String,
    /// The socket that gets no echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except: Option<SocketId>,
}
