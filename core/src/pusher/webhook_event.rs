//! The kinds of events of channels that an app's webhooks can subscribe to.

use serde::{Deserialize, Serialize};

/// What a webhook can tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEvent {
    /// A channel has its first listener.
    ChannelOccupied,
    /// It has none any more.
    ChannelVacated,
    /// Somebody came to a presence channel.
    MemberAdded,
    /// They left it.
    MemberRemoved,
    /// A client published.
    ClientEvent,
    /// Somebody came to a cache channel that has nothing kept.
    CacheMiss,
    /// A channel has another number of listeners.
    SubscriptionCount,
}

impl WebhookEvent {
    /// All there are.
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
