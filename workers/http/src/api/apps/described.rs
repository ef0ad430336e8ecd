//! Schema-only types of this API, whose handlers read and write JSON by hand.

use campana_core::alerts::wire::schema::ApplicationId;
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// Id of the app.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct AppId(String);

/// Name of a channel: characters of `A-Z a-z 0-9 _ - = @ , . ;`.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Channel(String);

/// Id of the user.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct User(String);

/// An event to publish. Unknown fields are ignored.
#[derive(JsonSchema)]
#[schemars(rename = "PusherEvent", extend("anyOf" = [{"required": ["channel"]}, {"required": ["channels"]}]))]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Event {
    /// Name of the event.
    name: String,
    /// Payload, which clients get as it is. Its size is limited by the app's settings.
    data: String,
    /// The channel, if it is one.
    channel: Option<String>,
    /// The channels, at most as many as the app's settings allow. Takes precedence over `channel`.
    channels: Option<Vec<String>>,
    /// Socket that does not get the event.
    socket_id: Option<String>,
    /// Attributes of the channels to answer: `subscription_count`, `user_count`, `cache`, separated by commas.
    info: Option<String>,
}

/// An event of a batch. Unknown fields are ignored.
#[derive(JsonSchema)]
#[schemars(rename = "PusherBatchEvent")]
#[expect(dead_code, reason = "used only for its schema")]
struct BatchEvent {
    /// Name of the event.
    name: String,
    /// Payload.
    data: String,
    /// The channel.
    channel: String,
    /// Socket that does not get the event.
    socket_id: Option<String>,
    /// Attributes of the channel to answer.
    info: Option<String>,
}

/// Events to publish.
#[derive(JsonSchema)]
#[schemars(rename = "PusherBatch")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Batch {
    /// The events, at most as many as the app's settings allow.
    #[schemars(length(min = 1))]
    batch: Vec<BatchEvent>,
}

/// The requested attributes of a channel, without those that such a channel lacks.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannelAttributes")]
#[expect(dead_code, reason = "used only for its schema")]
struct Attributes {
    /// Number of subscriptions.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    subscription_count: Option<u64>,
    /// Number of users, of a presence channel.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
    user_count: Option<u64>,
    /// The last event, of a cache channel; `null` if there is none.
    #[schemars(skip_serializing_if = "Option::is_none")]
    cache: Option<Cached>,
}

/// The last event of a cache channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherCachedEvent")]
#[expect(dead_code, reason = "used only for its schema")]
struct Cached {
    /// Its payload.
    data: String,
    /// Seconds until it expires.
    ttl: u64,
}

/// An event was published.
#[derive(JsonSchema)]
#[schemars(rename = "PusherPublished")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Published {
    /// Attributes by channel, if the request has `info`.
    #[schemars(skip_serializing_if = "Option::is_none", with = "BTreeMap<String, Attributes>")]
    channels: Option<BTreeMap<String, Attributes>>,
}

/// A batch was published.
#[derive(JsonSchema)]
#[schemars(rename = "PusherBatchPublished")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct BatchPublished {
    /// Attributes of each event's channel, if one of the events has `info`.
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<Attributes>")]
    batch: Option<Vec<Attributes>>,
}

/// Channels with subscribers.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannels")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Channels {
    /// Requested attributes by channel.
    channels: BTreeMap<String, Attributes>,
}

/// State of a channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannel")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct ChannelState {
    /// Whether it has subscribers, or members with native sockets.
    occupied: bool,
    #[schemars(flatten)]
    attributes: Attributes,
}

/// Members of a presence channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannelUsers")]
#[expect(dead_code, reason = "used only for its schema")]
pub(super) struct Users {
    /// The members.
    users: Vec<ChannelUser>,
}

/// A member of a presence channel.
#[derive(JsonSchema)]
#[schemars(rename = "PusherChannelUser")]
#[expect(dead_code, reason = "used only for its schema")]
struct ChannelUser {
    /// Id, of the type that was signed.
    id: ApplicationId,
}

/// An empty object.
#[derive(JsonSchema)]
#[schemars(rename = "PusherDone")]
pub(super) struct Done {}
