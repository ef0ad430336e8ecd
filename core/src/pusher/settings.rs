//! What an app sets of the Pusher protocol.

use serde::{Deserialize, Serialize};

/// Under which names events of conversations reach Pusher clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventNames {
    /// The dotted names of every transport.
    #[default]
    Canonical,
    /// These, and the class names that Laravel clients listen for.
    Laravel,
}

/// The settings of an app. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PusherSettings {
    /// After so many seconds without a frame a client pings.
    pub activity_timeout_s: u32,
    /// Whether clients may publish on private and presence channels.
    pub client_events: bool,
    /// Client events that a socket may publish in a second.
    pub client_events_per_second: u32,
    /// Members of a presence channel.
    pub presence_members: u32,
    /// Largest payload of an event, bytes.
    pub payload_bytes: u32,
    /// Channels that a socket may listen to.
    pub channels_per_socket: u32,
    /// Whether listeners hear how many they are.
    pub subscription_counts: bool,
    /// Whether `chat`, which everybody with the app's key may listen to, carries the general room.
    pub public_chat: bool,
    /// Gateways among which a region's sockets are spread from the beginning; there will be more when they are full.
    pub gateways: u32,
    /// Sockets that a gateway holds.
    pub sockets_per_gateway: u32,
    /// Names of events.
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
