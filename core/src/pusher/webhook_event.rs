//! Kinds of channel events that an app's webhooks can subscribe to.

use crate::named;

named! {
    /// Kind of a channel event for webhooks.
    #[derive(PartialOrd, Ord)]
    pub enum WebhookEvent {
        /// A channel has its first listener.
        ChannelOccupied = "channel_occupied",
        /// A channel has lost its last listener.
        ChannelVacated = "channel_vacated",
        /// A user has become a member of a presence channel.
        MemberAdded = "member_added",
        /// A user is no longer a member of a presence channel.
        MemberRemoved = "member_removed",
        /// A client has published an event.
        ClientEvent = "client_event",
        /// A client has subscribed to a cache channel without a cached event.
        CacheMiss = "cache_miss",
        /// The number of subscriptions of a channel has changed.
        SubscriptionCount = "subscription_count",
    }
}
