//! Per-app settings of the Pusher protocol.

use super::channel::ChannelName;
use serde::{Deserialize, Serialize};

/// Names of conversation events for Pusher clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Longest name of a channel, characters.
    pub channel_name_chars: u32,
    /// Longest name of an event, characters.
    pub event_name_chars: u32,
    /// Largest `user_info` of a presence channel's member, bytes.
    pub user_info_bytes: u32,
    /// Maximum number of channels that one publish names.
    pub channels_per_publish: u32,
    /// Maximum number of events in a batch.
    pub batch_events: u32,
    /// Maximum number of Pusher sockets that an address opens in a minute.
    pub connects_per_address: u32,
    /// Maximum rate of frames of an address's anonymous clients at a gateway, per second.
    pub frames_per_address: u32,
    /// Maximum number of distinct channels of an address's anonymous clients at a gateway.
    pub anonymous_channels_per_address: u32,
    /// Maximum number of distinct channels of all anonymous clients at a gateway.
    pub anonymous_channels: u32,
    /// Seconds within which a client has to sign in. `None`: it does not have to.
    pub signin_timeout_s: Option<u32>,
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
            channel_name_chars: 164,
            event_name_chars: 200,
            user_info_bytes: 1_024,
            channels_per_publish: 100,
            batch_events: 10,
            connects_per_address: 3_000,
            frames_per_address: 1_000,
            anonymous_channels_per_address: 5_000,
            anonymous_channels: 50_000,
            signin_timeout_s: None,
            subscription_counts: false,
            public_chat: true,
            gateways: 1,
            sockets_per_gateway: 5_000,
            event_names: EventNames::Canonical,
        }
    }
}

impl PusherSettings {
    /// Whether a channel's name is short enough.
    pub fn allows_channel(&self, channel: &ChannelName) -> bool {
        channel.is_inner() || fits(channel.as_str(), self.channel_name_chars)
    }

    /// Whether an event's name is short enough.
    pub fn allows_event(&self, name: &str) -> bool {
        fits(name, self.event_name_chars)
    }
}

fn fits(text: &str, most: u32) -> bool {
    text.chars().count() <= usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_limited_in_characters() {
        let settings = PusherSettings { channel_name_chars: 5, event_name_chars: 3, ..PusherSettings::default() };
        let allows = |name: &str| settings.allows_channel(&ChannelName::trusted(name));
        assert!(allows("abcde") && !allows("abcdef"));
        assert!(allows("#server-to-user-7"), "the channel of a signed-in user is not a client's choice");
        assert!(settings.allows_event("\u{1F6A8}\u{200D}\u{e9}") && !settings.allows_event("abcd"));
    }
}
