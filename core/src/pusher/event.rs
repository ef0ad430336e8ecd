//! Events published by an app's backend.

use super::channel::ChannelName;
use crate::shared::socket_id::SocketId;
use serde::{Deserialize, Serialize};

/// Longest name of an event that an app can allow, characters.
pub const MAX_EVENT_CHARS: usize = 200;
/// Prefix of the names of client events.
pub const CLIENT_PREFIX: &str = "client-";

/// An event for the listeners of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Channel.
    pub channel: ChannelName,
    /// Event name.
    pub event: String,
    /// Payload: any text, usually JSON.
    pub data: String,
    /// The publisher's socket. It gets no echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub except: Option<SocketId>,
}
