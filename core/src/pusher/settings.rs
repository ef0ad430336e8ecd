//! Per-app settings of the Pusher protocol.

use serde::{Deserialize, Serialize};

/// Names of conversation events for Pusher clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventNames {
    /// Dotted names, the same on all transports.
    #[default]
    Canonical,
    /// Dotted names, and also the class names that Laravel clients listen for.
    Laravel,
}

/// The settings of an app. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PusherSettings {
    /// Seconds without a frame after which a client pings.
    pub activity_timeout_s: u32,
    /// Whether clients may publish on private and presence channels.
    pub client_events: bool,
    /// Maximum rate of client events per socket and second.
    pub client_events_per_second: u32,
    /// Maximum number of members of a presence channel.
    pub presence_members: u32,
    /// Maximum payload of an event, bytes.
    pub payload_bytes: u32,
    /// Maximum number of subscriptions per socket.
    pub channels_per_socket: u32,
    /// Whether listeners get the number of subscriptions of their channel.
    pub subscription_counts: bool,
    /// Whether the general room is also sent to `chat`, to which any client with the app's key may subscribe.
    pub public_chat: bool,
    /// Initial number of gateways per region. More are added when these are full.
    pub gateways: u32,
    /// Maximum number of sockets per gateway.
    pub sockets_per_gateway: u32,
    /// Names of conversation events.
    pub event_names: EventNames,
}

impl Default for PusherSettings {
    fn default() -> Self {
        Self {
            activity_timeout_s: 30,
            client_events: true,
            client_events_per_second: 10,
            presence_members: 100,
            payload_bytes: 10_240,
            channels_per_socket: 100,
            subscription_counts: false,
            public_chat: true,
            gateways: 1,
            sockets_per_gateway: 5_000,
            event_names: EventNames::Canonical,
        }
    }
}
