//! Webhooks: what an app's backend is told of its channels, by HTTP.
//!
//! The objects behind channels note a [`Happening`] together with the change it tells of, and hand it over to the app's
//! webhooks in a [`Handover`]. There a [`Queue`] decides what is sent to which [`Endpoint`], and when. A request's body is
//! `{"time_ms":1,"events":[...]}`; `X-Pusher-Key` says whose it is, `X-Pusher-Signature` is the body signed with the
//! app's secret. [`DELIVERY_HEADER`] stays the same when a request is sent again.

mod batch;
mod queue;
#[cfg(test)]
mod tests;

pub use batch::{Batch, Delivery, GivenUp, Standing};
pub use queue::{Change, Kept, Queue, Step};

use crate::pusher::channel::ChannelName;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::{TenantId, UserId};
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The header that names a delivery: who has seen the name has seen the events.
pub const DELIVERY_HEADER: &str = "x-campana-delivery";
/// Happenings in one handover at most.
pub const MAX_HANDOVER: i64 = 100;
/// Endpoints of an app at most; more are left alone.
pub const MAX_ENDPOINTS: usize = 10;

/// Something that happened on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub channel: ChannelName,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened. In JSON it has the fields of the published webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum What {
    /// The channel has its first listener.
    ChannelOccupied,
    /// It has none any more.
    ChannelVacated,
    /// Somebody came to a presence channel.
    MemberAdded {
        /// Who.
        user_id: UserId,
    },
    /// They left it.
    MemberRemoved {
        /// Who.
        user_id: UserId,
    },
    /// A client published.
    ClientEvent {
        /// The event's name.
        event: String,
        /// What it carries: a text, mostly JSON.
        data: String,
        /// From which socket.
        socket_id: SocketId,
        /// Who, on presence channels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<UserId>,
    },
    /// Somebody came to a cache channel that has nothing kept.
    CacheMiss,
    /// The channel has another number of listeners.
    SubscriptionCount {
        /// How many.
        subscription_count: u64,
    },
}

impl What {
    /// A client's event. Its data is JSON as it came: a text goes out as what it says, all else as its JSON.
    pub fn client_event(event: &str, data: &str, socket: SocketId, user: Option<UserId>) -> Self {
        let data = serde_json::from_str::<String>(data).unwrap_or_else(|_| data.to_owned());
        Self::ClientEvent { event: event.to_owned(), data, socket_id: socket, user_id: user }
    }
}

impl Happening {
    /// Which kind of event it is: endpoints choose by that.
    pub fn kind(&self) -> WebhookEvent {
        match self.what {
            What::ChannelOccupied => WebhookEvent::ChannelOccupied,
            What::ChannelVacated => WebhookEvent::ChannelVacated,
            What::MemberAdded { .. } => WebhookEvent::MemberAdded,
            What::MemberRemoved { .. } => WebhookEvent::MemberRemoved,
            What::ClientEvent { .. } => WebhookEvent::ClientEvent,
            What::CacheMiss => WebhookEvent::CacheMiss,
            What::SubscriptionCount { .. } => WebhookEvent::SubscriptionCount,
        }
    }

    /// Whether it has to be noted for webhooks that ask for these. A leaving and the return that undoes it go together.
    pub fn matters_to(&self, asked: &[WebhookEvent]) -> bool {
        queue::matters(self.kind(), asked)
    }

    /// The event as receivers read it: JSON.
    fn told(&self) -> Value {
        let mut told = serde_json::to_value(&self.what).unwrap_or_default();
        if let Value::Object(fields) = &mut told {
            fields.insert("channel".to_owned(), self.channel.as_str().into());
        }
        told
    }

    /// About how many bytes it takes.
    fn size(&self) -> usize {
        let carried = match &self.what {
            What::ClientEvent { event, data, .. } => event.len().saturating_add(data.len()),
            _ => 0,
        };
        ABOUT_BYTES.saturating_add(self.channel.as_str().len()).saturating_add(carried)
    }
}

/// What an event takes besides its channel's name and what a client says, bytes.
const ABOUT_BYTES: usize = 200;

/// Where an app wants to be told, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Where.
    pub url: String,
    /// Of what.
    pub events: Vec<WebhookEvent>,
}

/// Happenings on their way from the object where they happened to the app's webhooks, in order. One that is handed over
/// again is taken once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Whose.
    pub tenant: TenantId,
    /// A name of the sender's numbering: whoever numbers anew has another.
    pub source: String,
    /// With their numbers at the sender, rising. At most [`MAX_HANDOVER`].
    pub happenings: Vec<(i64, Happening)>,
}
