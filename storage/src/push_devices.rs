//! Devices to which people have their notifications pushed.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_all, decode_first, millis};
use campana_core::chat::push::{MAX_PUSH_DEVICES, PUSH_DEVICE_KEPT_MS};
use campana_core::push::{PushKeys, PushSubscription};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::push_devices;
use serde::Deserialize;

/// A person's device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushDevice {
    /// The device, as its browser describes it.
    pub subscription: PushSubscription,
    /// When it was subscribed.
    pub created_at: Timestamp,
    /// When it expires, unless it is renewed.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct DeviceRow {
    endpoint: String,
    p256dh: String,
    auth: String,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis")]
    expires_at: Timestamp,
}

impl From<DeviceRow> for PushDevice {
    fn from(row: DeviceRow) -> Self {
        let DeviceRow { endpoint, p256dh, auth, created_at, expires_at } = row;
        let subscription = PushSubscription { endpoint, keys: PushKeys { p256dh, auth } };
        Self { subscription, created_at, expires_at }
    }
}

impl Store {
    /// Subscribes a user's device, or renews it; the one renewed the longest ago makes room. `None` if it is another user's
    /// device and its secret is not that one's, `Constraint` if the tenant has no such user.
    pub async fn save_push_device(
        &self,
        tenant: &TenantId,
        user: &UserId,
        device: &PushSubscription,
        now: Timestamp,
    ) -> Result<Option<PushDevice>, StorageError> {
        let save = [
            tenant.into(),
            (&device.endpoint).into(),
            user.into(),
            (&device.keys.p256dh).into(),
            (&device.keys.auth).into(),
            now.into(),
            now.plus_millis(PUSH_DEVICE_KEPT_MS).into(),
        ];
        let trim = [tenant.into(), user.into(), MAX_PUSH_DEVICES.into()];
        let statements = vec![Statement::new(push_devices::SAVE, save), Statement::new(push_devices::TRIM, trim)];
        let saved = self.db.batch(statements).await?.into_iter().next().unwrap_or_default();
        Ok(decode_first::<DeviceRow>(saved)?.map(PushDevice::from))
    }

    /// A user's devices, the one renewed last first.
    pub async fn push_devices(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<PushDevice>, StorageError> {
        let params = [tenant.into(), user.into(), now.into(), MAX_PUSH_DEVICES.into()];
        let rows: Vec<DeviceRow> = decode_all(self.db.query(Statement::new(push_devices::LIST, params)).await?)?;
        Ok(rows.into_iter().map(PushDevice::from).collect())
    }

    /// Removes a user's own device.
    pub async fn remove_push_device(
        &self,
        tenant: &TenantId,
        user: &UserId,
        endpoint: &str,
    ) -> Result<(), StorageError> {
        self.run(push_devices::REMOVE, [tenant.into(), endpoint.into(), user.into()]).await
    }
}

/// Statement that removes all devices of a user, for the batch that ends their identities.
pub(crate) fn remove_of_user(tenant: &TenantId, user: &UserId) -> Statement {
    Statement::new(push_devices::REMOVE_OF_USER, [tenant.into(), user.into()])
}
