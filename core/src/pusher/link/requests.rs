//! What functions ask of gateways and of the objects behind channels.

use super::{Counted, GatewayName, Target};
use crate::accounts::app_config::AppConfig;
use crate::pusher::channel::ChannelName;
use crate::pusher::event::Publication;
use crate::shared::ids::UserId;
use serde::{Deserialize, Serialize};

/// A function's wish to publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// The app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The target of all of these.
    pub target: Target,
    /// The gateways of the app, if the target has to ask them who listens: see [`reporting`](crate::pusher::reporting).
    #[serde(default)]
    pub gateways: Vec<GatewayName>,
    /// In order.
    pub events: Vec<Publication>,
    /// Whether it is asked how the channels stand: only then the gateways' listeners are counted before the answer. True for
    /// functions of a release that always asked.
    #[serde(default = "asked")]
    pub info: bool,
}

const fn asked() -> bool {
    true
}

/// A function's question how channels of one target stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The target of all of these.
    pub target: Target,
    /// As in [`Publish`].
    #[serde(default)]
    pub gateways: Vec<GatewayName>,
    /// Which.
    pub channels: Vec<ChannelName>,
    /// Whether to name the members.
    pub members: bool,
}

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChannelState {
    /// Sockets that listen.
    pub subscription_count: u64,
    /// Of presence channels: people.
    pub user_count: u64,
    /// Who they are, if that was asked: JSON ids.
    #[serde(default)]
    pub members: Vec<String>,
    /// Of cache channels: what is kept, and for how many more seconds.
    #[serde(default)]
    pub cache: Option<(String, u64)>,
}

/// A function's wish that a person's sockets close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseAll {
    /// The app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// Whose.
    pub user: UserId,
}

/// A gateway's listeners to the channels of a list: for functions that ask for an app's channels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Occupied {
    /// By channel; people only of presence channels.
    pub channels: Vec<Counted>,
}

/// How a Pusher client's socket is to be opened; sent as a header next to the upgrade request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attach {
    /// The app.
    #[serde(rename = "hosting")]
    pub app_config: AppConfig,
    /// The gateway's name, so that it knows itself.
    pub gateway: GatewayName,
    /// The HTTP request it comes from, for the log.
    #[serde(default)]
    pub request_id: Option<String>,
}

impl Attach {
    /// The header it travels in, as percent-encoded JSON.
    pub const HEADER: &'static str = "x-campana-attach";
}

/// Tell a gateway that these channels have become a conversation's: whoever listened to them as to channels of their own
/// has to come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// All names of the conversation's channel.
    pub channels: Vec<ChannelName>,
}
