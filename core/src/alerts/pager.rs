//! What functions ask of a tenant's pager: devices that want to be paged, and webhooks. JSON between functions and the
//! object of one build; not reachable from outside.

use crate::accounts::principal::Principal;
use crate::shared::ids::UserId;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// One request of somebody. The function has decided that they may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PagerRequest {
    /// Who asks; verified by the function.
    pub principal: Principal,
    /// Days after which a device has to ask again.
    pub push_days: u32,
    /// The HTTP request it comes from, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What.
    pub command: PagerCommand,
}

/// What somebody asks of the pager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagerCommand {
    /// Page this device of mine. One that is known is renewed, and is mine from now on.
    Subscribe {
        /// The device.
        subscription: PushSubscription,
        /// As one of whom: `guards`, or a group that the policy of escalation names.
        group: String,
    },
    /// Page this device no longer.
    Unsubscribe {
        /// Its endpoint.
        endpoint: String,
    },
    /// The person's devices.
    Devices,
    /// Tell this address.
    AddWebhook {
        /// The id it is to have.
        id: String,
        /// The address, and of what.
        webhook: NewWebhook,
    },
    /// All webhooks.
    Webhooks,
    /// Tell an address no longer.
    RemoveWebhook {
        /// Which.
        id: String,
    },
    /// Sign with another secret. The one before it is good for a day, beside it.
    RotateWebhook {
        /// Which.
        id: String,
    },
    /// Tell an address again that was disabled.
    EnableWebhook {
        /// Which.
        id: String,
    },
}

/// A device as its browser describes it (W3C Push API, `PushSubscription.toJSON()`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// Where the push service takes messages for it.
    pub endpoint: String,
    /// Its keys.
    pub keys: PushKeys,
}

/// A device's keys, base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushKeys {
    /// Its public key: a point of P-256, uncompressed.
    pub p256dh: String,
    /// Its secret: 16 bytes.
    pub auth: String,
}

/// A webhook that somebody wants to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where.
    pub url: String,
    /// Of what: names of [`super::What`] with `alert.` before them. All, if none is named.
    #[serde(default)]
    pub events: Vec<String>,
}

/// A device that is paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Where its push service takes messages for it.
    pub endpoint: String,
    /// Whose it is.
    pub user_id: UserId,
    /// As one of whom it is paged.
    pub group: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when, unless it asks again.
    pub expires_at: Timestamp,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertWebhook {
    /// Its id.
    pub id: String,
    /// Where.
    pub url: String,
    /// Of what; all, if empty.
    pub events: Vec<String>,
    /// What signs: `whsec_` and base64. Shown when it is made, never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when it is told of nothing any more: it said that it is gone, or did not answer for days.
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_because: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagerReply {
    /// A device, as it stands.
    Device {
        /// The device.
        device: Device,
    },
    /// Devices.
    Devices {
        /// All that were asked for.
        devices: Vec<Device>,
    },
    /// A webhook, as it stands.
    Webhook {
        /// The webhook.
        webhook: AlertWebhook,
    },
    /// Webhooks.
    Webhooks {
        /// All there are.
        webhooks: Vec<AlertWebhook>,
    },
    /// Done.
    Done,
}

/// The pager's answer to a [`PagerRequest`].
pub type PagerAnswer = Result<PagerReply, Problem>;
