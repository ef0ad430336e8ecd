//! Requests of functions to gateways and targets.

use super::{Counted, GatewayName, Target};
use crate::accounts::app_config::AppConfig;
use crate::pusher::anonymous::AddressHash;
use crate::pusher::channel::ChannelName;
use crate::pusher::event::Publication;
use crate::shared::ids::UserId;
use serde::{Deserialize, Serialize};

/// Request to a target to publish events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// Configuration of the app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// Target of all channels in `events`.
    pub target: Target,
    /// Gateways of the app, if the target has to resync with them: see [`reporting`](crate::pusher::reporting).
    #[serde(default)]
    pub gateways: Vec<GatewayName>,
    /// Events, in order.
    pub events: Vec<Publication>,
    /// Whether the answer has to contain the channels' states. Only then the target resyncs with gateways before it
    /// answers. Defaults to true for functions of an older release, which always needed the states.
    #[serde(default = "always")]
    pub info: bool,
}

const fn always() -> bool {
    true
}

/// Request to a target for the states of channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Configuration of the app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// Target of all channels.
    pub target: Target,
    /// As in [`Publish`].
    #[serde(default)]
    pub gateways: Vec<GatewayName>,
    /// Requested channels.
    pub channels: Vec<ChannelName>,
    /// Whether to list the members.
    pub members: bool,
}

/// State of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChannelState {
    /// Number of subscribed sockets.
    pub subscription_count: u64,
    /// On presence channels: number of members.
    pub user_count: u64,
    /// Ids of the members in JSON, if requested.
    #[serde(default)]
    pub members: Vec<String>,
    /// On cache channels: the cached event and its remaining TTL in seconds.
    #[serde(default)]
    pub cache: Option<(String, u64)>,
}

/// Request to close all sockets of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseAll {
    /// Configuration of the app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// Gateways of the app: any of them may hold sockets whose subscriptions name the user.
    #[serde(default)]
    pub gateways: Vec<GatewayName>,
    /// User id.
    pub user: UserId,
}

/// A gateway's channels with listeners, for functions that list an app's channels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Occupied {
    /// Counts per channel; users only on presence channels.
    pub channels: Vec<Counted>,
}

/// Parameters for a Pusher client's new socket, sent in a header of the upgrade request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attach {
    /// Configuration of the app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// Name of the called gateway; the object learns its name from it.
    pub gateway: GatewayName,
    /// Id of the HTTP request, for the log.
    #[serde(default)]
    pub request_id: Option<String>,
    /// Hash of the client's network address, if it is known.
    #[serde(default)]
    pub address: Option<AddressHash>,
}

impl Attach {
    /// Name of the header. Its value is percent-encoded JSON.
    pub const HEADER: &'static str = "x-campana-attach";
}

/// Notifies a gateway that these channels now belong to a conversation. Sockets subscribed at the channels' own objects
/// have to reconnect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// All names of the conversation's channel.
    pub channels: Vec<ChannelName>,
}
