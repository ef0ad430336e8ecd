//! Webhooks about channels: HTTP requests to an app's backend.
//!
//! The objects behind channels store a [`ChannelEvent`] in the same turn as the change, and hand it over to the app's
//! webhook object in a [`Handover`]. There a [`ChannelQueue`] decides what to send to which [`ChannelEndpoint`], and when. A
//! request's body is `{"time_ms":1,"events":[...]}`, signed by [`AppKey`]. Retries repeat [`DELIVERY_HEADER`].

mod batch;
mod headers;
mod key;
mod queue;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(test)]
mod tests;

pub use batch::{Batch, BatchQueue};
pub use key::AppKey;
pub use queue::{ChannelQueue, HoldChange, Holds};

use super::QueuedEvent;
use crate::pusher::channel::{ChannelKind, ChannelName};
use crate::pusher::link::GatewayName;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::{TenantId, UserId, WebhookId};
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Builder;

/// Header with the delivery's id. Receivers use it to drop repeated deliveries.
pub const DELIVERY_HEADER: &str = "x-campana-delivery";
/// Events in one handover at most.
pub const MAX_HANDOVER: i64 = 100;
/// Endpoints of an app at most; more are ignored.
pub const MAX_ENDPOINTS: usize = 10;

/// An event on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelEvent {
    /// Time of the event.
    pub at: Timestamp,
    /// The channel.
    pub channel: ChannelName,
    /// The gateway, if the event is about its listeners only: the channel may have others elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
    /// What happened.
    #[serde(flatten)]
    pub what: EventKind,
}

/// Kind of event. Its JSON has the fields of Pusher's webhook events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChannelWebhookEventKind"))]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum EventKind {
    /// The channel got its first subscriber.
    ChannelOccupied,
    /// The channel lost its last subscriber.
    ChannelVacated,
    /// A user joined a presence channel.
    MemberAdded {
        /// The user.
        user_id: UserId,
    },
    /// A user left a presence channel.
    MemberRemoved {
        /// The user.
        user_id: UserId,
    },
    /// A client published an event.
    ClientEvent {
        /// The event's name.
        event: String,
        /// Its data: a string, usually JSON.
        data: String,
        /// The publisher's socket.
        socket_id: SocketId,
        /// The publisher, on presence channels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<UserId>,
    },
    /// A client subscribed to a cache channel without a cached event.
    CacheMiss,
    /// The number of subscribers changed.
    SubscriptionCount {
        /// The new number.
        subscription_count: u64,
    },
}

impl EventKind {
    /// A client event with JSON data: a JSON string is sent as its content, other JSON as it is.
    pub fn client_event(event: &str, data: &str, socket: SocketId, user: Option<UserId>) -> Self {
        let data = serde_json::from_str::<String>(data).unwrap_or_else(|_| data.to_owned());
        Self::ClientEvent { event: event.to_owned(), data, socket_id: socket, user_id: user }
    }
}

impl ChannelEvent {
    /// Its event type: endpoints filter by it.
    pub fn kind(&self) -> WebhookEvent {
        match self.what {
            EventKind::ChannelOccupied => WebhookEvent::ChannelOccupied,
            EventKind::ChannelVacated => WebhookEvent::ChannelVacated,
            EventKind::MemberAdded { .. } => WebhookEvent::MemberAdded,
            EventKind::MemberRemoved { .. } => WebhookEvent::MemberRemoved,
            EventKind::ClientEvent { .. } => WebhookEvent::ClientEvent,
            EventKind::CacheMiss => WebhookEvent::CacheMiss,
            EventKind::SubscriptionCount { .. } => WebhookEvent::SubscriptionCount,
        }
    }

    /// Whether webhooks with these event types need it. A departure and the return that cancels it count as one.
    pub fn matters_to(&self, asked: &[WebhookEvent]) -> bool {
        queue::matters(self.kind(), asked)
    }

    /// The event as JSON for receivers.
    fn published(&self) -> Value {
        let mut published = serde_json::to_value(&self.what).unwrap_or_default();
        if let Value::Object(fields) = &mut published {
            fields.insert("channel".to_owned(), self.channel.as_str().into());
        }
        published
    }
}

impl QueuedEvent for ChannelEvent {
    fn id(&self) -> &'static str {
        ""
    }

    fn size(&self) -> usize {
        let carried = match &self.what {
            EventKind::ClientEvent { event, data, .. } => event.len().saturating_add(data.len()),
            _ => 0,
        };
        ABOUT_BYTES.saturating_add(self.channel.as_str().len()).saturating_add(carried)
    }

    /// The channel. What any client causes by inventing names of public channels is one group.
    fn group(&self) -> &str {
        match self.what {
            EventKind::ClientEvent { .. } | EventKind::MemberAdded { .. } | EventKind::MemberRemoved { .. } => {
                self.channel.as_str()
            }
            _ if self.channel.kind() == ChannelKind::Public => "",
            _ => self.channel.as_str(),
        }
    }
}

/// Estimated size of an event without its channel's name and client data, in bytes.
const ABOUT_BYTES: usize = 200;

/// An app's URL for webhooks, and what it gets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChannelEndpoint {
    /// URL.
    pub url: String,
    /// Event types that it gets.
    pub events: Vec<WebhookEvent>,
    /// Beginning of the names of the channels whose events it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_prefix: Option<String>,
    /// End of these names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_suffix: Option<String>,
    /// Headers that are added to its requests. Use [`ChannelEndpoint::extra_headers`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Time at which an administrator disabled it: it gets nothing then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
}

impl ChannelEndpoint {
    /// Id for administrators: the same URL of an app always has the same. It does not tell the URL.
    pub fn id(&self, tenant: &TenantId) -> WebhookId {
        let hash = Sha256::new().chain_update(tenant.as_str()).chain_update([0]).chain_update(&self.url).finalize();
        let bytes: [u8; 16] = std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default());
        WebhookId::trusted(Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string())
    }

    /// Names of the headers that are added to its requests.
    pub fn header_names(&self) -> Vec<String> {
        self.extra_headers().map(|(name, _)| name).collect()
    }

    /// Whether it gets an event.
    fn wants(&self, event: &ChannelEvent) -> bool {
        let name = event.channel.as_str();
        self.events.contains(&event.kind())
            && self.channel_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix.as_str()))
            && self.channel_suffix.as_ref().is_none_or(|suffix| name.ends_with(suffix.as_str()))
    }

    /// The headers that may be sent: the row may have been edited by hand.
    fn extra_headers(&self) -> impl Iterator<Item = (String, String)> {
        let allowed = self.headers.iter().filter(|(name, value)| headers::may_add(name, value));
        allowed.take(headers::MAX_HEADERS).map(|(name, value)| (name.clone(), value.clone()))
    }
}

/// Handover of events from a channel's object to the app's webhook object, in order. The receiver drops those that
/// it already accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The tenant.
    pub tenant: TenantId,
    /// Name of the sender's numbering: a sender that starts again has another.
    pub source: String,
    /// Events with the sender's numbers, rising. At most [`MAX_HANDOVER`].
    #[serde(rename = "happenings")]
    pub events: Vec<(i64, ChannelEvent)>,
}
