//! Configuration of an app, sent with every request between objects.

use crate::pusher::settings::PusherSettings;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::TenantId;
use crate::shared::limits::Limits;
use serde::{Deserialize, Serialize};

/// An app's tenant, limits and settings of the Pusher protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppConfig {
    /// The app's tenant id.
    pub tenant: TenantId,
    /// The app's limits.
    pub limits: Limits,
    /// The app's settings of the Pusher protocol.
    pub pusher: PusherSettings,
    /// Events that the app's webhooks subscribe to.
    #[serde(default)]
    pub webhooks: Vec<WebhookEvent>,
}
