//! What the frames carry as their `data`.

use super::Encoded;
use crate::alerts::wire::schema::ApplicationId;
use crate::pusher::channel::ChannelName;
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::socket_id::SocketId;
use schemars::JsonSchema;
use serde_json::Value;
use std::collections::BTreeMap;

/// A user's id with the JSON type that was signed: a string, or a whole number.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub enum PusherUserId {
    /// A string.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// What a client needs to know about its socket.
#[derive(JsonSchema)]
pub struct PusherConnection {
    /// The socket's id, which signatures cover: two whole numbers separated by a dot.
    pub socket_id: SocketId,
    /// Seconds of silence after which a client pings.
    pub activity_timeout: u32,
}

/// Why a frame is refused or a socket closed.
#[derive(JsonSchema)]
pub struct PusherFault {
    /// The protocol's error code, the same as the close code if the socket closes; `null` if the protocol has none.
    pub code: Option<u16>,
    /// One sentence for developers.
    pub message: String,
}

/// What a subscription succeeded with.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum PusherSubscribed {
    /// A presence channel.
    Members(PusherMembers),
    /// Any other channel.
    Nothing(PusherNothing),
}

/// An empty object.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PusherNothing {}

/// The members of a presence channel.
#[derive(JsonSchema)]
pub struct PusherMembers {
    /// Who is there.
    pub presence: PusherPresence,
}

/// The members of a presence channel.
#[derive(JsonSchema)]
pub struct PusherPresence {
    /// The members' ids.
    pub ids: Vec<PusherUserId>,
    /// Each member's `user_info` by id.
    pub hash: BTreeMap<String, Value>,
    /// Number of members.
    pub count: u64,
}

/// Why a subscription is refused or has ended.
#[derive(JsonSchema)]
pub struct PusherRefusal {
    /// Kind of the refusal.
    #[schemars(extend("enum" = ["AuthError", "LimitReached", "Unavailable", "InternalError"]))]
    pub r#type: String,
    /// One sentence for developers.
    pub error: String,
    /// HTTP status of the same refusal.
    pub status: u16,
}

/// The number of a channel's subscriptions.
#[derive(JsonSchema)]
pub struct PusherCount {
    /// The number.
    pub subscription_count: u64,
}

/// A member of a presence channel.
#[derive(JsonSchema)]
pub struct PusherMember {
    /// Their id, with the JSON type that was signed.
    pub user_id: PusherUserId,
    /// Their `user_info`; an empty object if none was signed.
    pub user_info: Value,
}

/// A former member of a presence channel.
#[derive(JsonSchema)]
pub struct PusherFormerMember {
    /// Their id, with the JSON type that was signed.
    pub user_id: PusherUserId,
}

/// A sign-in.
#[derive(JsonSchema)]
pub struct PusherSignedIn {
    /// The `user_data` of the sign-in, unchanged.
    pub user_data: Encoded<PusherUserData>,
}

/// Changes of watched users.
#[derive(JsonSchema)]
pub struct PusherWatchlist {
    /// The changes.
    pub events: Vec<PusherWatchlistChange>,
}

/// A change of watched users.
#[derive(JsonSchema)]
pub struct PusherWatchlistChange {
    /// What happened.
    #[schemars(extend("enum" = ["online", "offline"]))]
    pub name: String,
    /// The users.
    pub user_ids: Vec<UserId>,
}

/// What to subscribe to.
#[derive(JsonSchema)]
pub struct PusherSubscribeData {
    /// The channel.
    pub channel: ChannelName,
    /// `{key}:{signature}`, on private and presence channels.
    #[serde(default)]
    pub auth: Option<String>,
    /// What the signature covers besides the socket and the channel. Presence channels need it.
    #[serde(default)]
    pub channel_data: Option<Encoded<PusherChannelData>>,
}

/// The user of a subscription, as signed.
#[derive(JsonSchema)]
pub struct PusherChannelData {
    /// Their id.
    pub user_id: PusherUserId,
    /// What the other members see of them: any JSON.
    #[serde(default)]
    pub user_info: Option<Value>,
    /// When the identity was issued, milliseconds since 1970; in signatures of this service.
    #[serde(default)]
    pub issued_at: Option<i64>,
    /// When the identity expires, milliseconds since 1970: the socket is closed with 4200 then.
    #[serde(default)]
    pub expires_at: Option<i64>,
}

/// What to unsubscribe from.
#[derive(JsonSchema)]
pub struct PusherUnsubscribeData {
    /// The channel.
    pub channel: ChannelName,
}

/// A signed user.
#[derive(JsonSchema)]
pub struct PusherSigninData {
    /// `{key}:{signature}` of `{socket_id}::user::{user_data}`.
    pub auth: String,
    /// The user.
    pub user_data: Encoded<PusherUserData>,
}

/// A user, as signed for a sign-in.
#[derive(JsonSchema)]
pub struct PusherUserData {
    /// Their id.
    pub id: PusherUserId,
    /// What others may see of them.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub user_info: Option<Value>,
    /// Users whose presence they watch, at most 100.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub watchlist: Vec<PusherUserId>,
    /// When the identity was issued, milliseconds since 1970; in signatures of this service.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// When the identity expires, milliseconds since 1970.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

/// The position of a conversation's log, for subscribers of its channels.
#[derive(JsonSchema)]
pub struct ConversationPosition {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The log's epoch.
    pub epoch: String,
    /// The newest position.
    pub head: i64,
}

/// Receipt of alerts by a subscriber of the alert desk's channels, of at most 100 in all.
#[derive(JsonSchema)]
pub struct PusherReceipt {
    /// One alert.
    #[serde(default)]
    pub alert_id: Option<ApplicationId>,
    /// Several alerts.
    #[serde(default)]
    pub ids: Option<Vec<ApplicationId>>,
}
