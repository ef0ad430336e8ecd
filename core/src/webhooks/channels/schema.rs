//! Schema-only types of the requests of channel webhooks, whose bodies the code joins from texts.
//!
//! Nothing constructs them. The tests of `campana-http` check real requests against them.

use super::EventKind;
use crate::pusher::channel::ChannelName;
use schemars::JsonSchema;

/// Body of a request: events of an app's channels, in order.
#[derive(JsonSchema)]
pub struct ChannelWebhook {
    /// When the batch was made, milliseconds since 1970. Retries repeat it.
    pub time_ms: i64,
    /// Events, at most 100.
    pub events: Vec<ChannelWebhookEvent>,
}

/// An event of a channel.
#[derive(JsonSchema)]
pub struct ChannelWebhookEvent {
    /// The channel.
    pub channel: ChannelName,
    /// What happened.
    #[schemars(flatten)]
    pub what: EventKind,
}
