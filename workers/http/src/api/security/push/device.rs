//! A push subscription as its owner sees it.

use campana_core::alerts::pager::Device;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// A device that is paged by Web Push.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PagedDevice"))]
pub(super) struct Shown {
    endpoint: String,
    group: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl From<Device> for Shown {
    fn from(device: Device) -> Self {
        let Device { endpoint, group, created_at, expires_at, .. } = device;
        Self { endpoint, group, created_at, expires_at }
    }
}
