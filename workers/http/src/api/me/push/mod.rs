//! `/api/me/push`: devices to which the caller has their notifications pushed.

pub(super) mod key;
pub(super) mod list;
pub(super) mod subscribe;
pub(super) mod test;
pub(super) mod unsubscribe;

use crate::App;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::PushDevice;
use serde::Serialize;

/// A device to which notifications are pushed.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PushDevice"))]
pub(super) struct Shown {
    /// The push service's address of the device.
    endpoint: String,
    /// When it was subscribed.
    created_at: Timestamp,
    /// When it expires, unless the subscription is renewed.
    expires_at: Timestamp,
}

impl From<PushDevice> for Shown {
    fn from(device: PushDevice) -> Self {
        let PushDevice { subscription, created_at, expires_at } = device;
        Self { endpoint: subscription.endpoint, created_at, expires_at }
    }
}

/// The deployment's public VAPID key. 503 if no key is configured.
fn push_key(app: &App) -> Result<&str, Problem> {
    app.push_key().ok_or_else(|| {
        let detail = "Web Push is not set up here: set the secret VAPID_PRIVATE_KEY and the variable VAPID_SUBJECT";
        Problem::new(Kind::Unavailable, detail)
    })
}
