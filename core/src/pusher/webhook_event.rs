//! Kinds of channel events that an app's webhooks can subscribe to.

use serde::{Deserialize, Serialize};

/// Kind of a channel event for webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEvent {
    /// A channel has its first listener.
    ChannelOccupied,
    /// A channel has lost its last listener.
    ChannelVacated,
    /// A user has become a member of a presence channel.
    MemberAdded,
    /// A user is no longer a member of a presence channel.
    MemberRemoved,
    /// A client has published an event.
    ClientEvent,
    /// A client has subscribed to a cache channel without a cached event.
    CacheMiss,
    /// The number of subscriptions of a channel has changed.
    SubscriptionCount,
}

impl WebhookEvent {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::ChannelOccupied,
        Self::ChannelVacated,
        Self::MemberAdded,
        Self::MemberRemoved,
        Self::ClientEvent,
        Self::CacheMiss,
        Self::SubscriptionCount,
    ];
}
