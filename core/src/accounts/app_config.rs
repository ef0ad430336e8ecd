//! The configuration of an app that travels with every request between objects.

use crate::pusher::settings::PusherSettings;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::TenantId;
use crate::shared::limits::Limits;
use serde::{Deserialize, Serialize};

/// An app's tenant, limits and settings of the Pusher protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppConfig {
    /// Whose.
    pub tenant: TenantId,
    /// The app's limits.
    pub limits: Limits,
    /// What it has set of the protocol.
    pub pusher: PusherSettings,
    /// What its webhooks want to hear of.
    #[serde(default)]
    pub webhooks: Vec<WebhookEvent>,
}
