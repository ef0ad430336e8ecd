//! Requests from functions to a tenant's pager, about push devices and webhooks: JSON between functions and the object
//! of one build, not reachable from outside.

use crate::accounts::principal::Principal;
use crate::shared::ids::UserId;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::history::{HistoryReply, HistoryRequest};
use serde::{Deserialize, Serialize};

pub use crate::push::{PushKeys, PushSubscription};

/// One request of a user. The function has checked the caller's permission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PagerRequest {
    /// The caller, verified by the function.
    pub principal: Principal,
    /// Days after which a device's subscription expires.
    pub push_days: u32,
    /// Id of the HTTP request, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The command.
    pub command: PagerCommand,
}

/// Command to the pager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagerCommand {
    /// Subscribe one of the caller's devices to pages. A known device is renewed and then belongs to the caller.
    Subscribe {
        /// The device.
        subscription: PushSubscription,
        /// The group it is paged under: `guards`, or a group in the escalation policy.
        group: String,
    },
    /// Unsubscribe a device.
    Unsubscribe {
        /// Its endpoint.
        endpoint: String,
    },
    /// List the caller's devices.
    Devices,
    /// Get the count of refusals by push services.
    PushStatus,
    /// Add a webhook.
    AddWebhook {
        /// Id of the new webhook.
        id: String,
        /// Its URL and event types.
        webhook: NewWebhook,
    },
    /// List all webhooks.
    Webhooks,
    /// Remove a webhook.
    RemoveWebhook {
        /// Webhook id.
        id: String,
    },
    /// Replace a webhook's secret. The previous secret stays valid for one day.
    RotateWebhook {
        /// Webhook id.
        id: String,
    },
    /// Enable a disabled webhook.
    EnableWebhook {
        /// Webhook id.
        id: String,
    },
    /// Disable a webhook, and give up what is queued for it.
    DisableWebhook {
        /// Webhook id.
        id: String,
    },
    /// Ask about deliveries to webhooks.
    Deliveries {
        /// What is asked.
        request: HistoryRequest,
    },
}

/// A webhook to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertWebhookDraft"))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// URL.
    pub url: String,
    /// Event types: names of [`super::What`] prefixed with `alert.`. Empty means all.
    #[serde(default)]
    pub events: Vec<String>,
}

/// A device that gets pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The push service's URL for the device.
    pub endpoint: String,
    /// The device's user.
    pub user_id: UserId,
    /// The group it is paged under.
    pub group: String,
    /// Time of the first subscription.
    pub created_at: Timestamp,
    /// Time at which the subscription expires unless it is renewed.
    pub expires_at: Timestamp,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlertWebhook {
    /// Webhook id.
    pub id: String,
    /// URL.
    pub url: String,
    /// Event types; empty means all.
    pub events: Vec<String>,
    /// Signing secret: `whsec_` and base64. Shown only when it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Time at which it was added.
    pub created_at: Timestamp,
    /// Time at which it was disabled: by an administrator, or because it answered 410 or accepted nothing for days.
    pub disabled_at: Option<Timestamp>,
    /// Why it was disabled.
    pub disabled_because: Option<String>,
}

/// Pages that push services refused, except for devices that are gone (404 and 410).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushStatus {
    /// How many.
    pub refusals: u64,
    /// HTTP status of the last.
    pub last_refusal_status: Option<u16>,
    /// When the last was.
    pub last_refusal_at: Option<Timestamp>,
}

/// Webhooks of alerts by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertWebhookCounts"))]
pub struct WebhookCounts {
    /// How many get events.
    pub enabled: usize,
    /// How many are disabled: they get nothing until an administrator enables them.
    pub disabled: usize,
}

/// Result of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagerReply {
    /// A device's current state.
    Device {
        /// The device.
        device: Device,
    },
    /// A list of devices.
    Devices {
        /// The devices.
        devices: Vec<Device>,
    },
    /// Refusals by push services, and the number of webhooks.
    PushStatus {
        /// The refusals.
        status: PushStatus,
        /// The webhooks.
        webhooks: WebhookCounts,
    },
    /// A webhook's current state.
    Webhook {
        /// The webhook.
        webhook: AlertWebhook,
    },
    /// A list of webhooks.
    Webhooks {
        /// The webhooks.
        webhooks: Vec<AlertWebhook>,
    },
    /// What was asked about deliveries.
    Deliveries {
        /// The answer.
        reply: HistoryReply,
    },
    /// Done.
    Done,
}

/// The pager's answer to a [`PagerRequest`].
pub type PagerAnswer = Result<PagerReply, Problem>;
