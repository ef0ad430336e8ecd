//! Register of gateways that ever held sockets of an app.

use crate::Store;
use crate::database::StorageError;
use campana_core::pusher::link::GatewayName;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::gateways;

/// Maximum gateways returned for an app: more than all gateways of all regions.
const MAX_GATEWAYS: u32 = 1_000;

impl Store {
    /// Records a gateway before it accepts sockets.
    pub async fn record_gateway(
        &self,
        tenant: &TenantId,
        gateway: &GatewayName,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.run(gateways::RECORD, [tenant.into(), gateway.into(), now.into()]).await
    }

    /// The recorded gateways of an app, at most 1,000.
    pub async fn gateways(&self, tenant: &TenantId) -> Result<Vec<GatewayName>, StorageError> {
        self.column(gateways::LIST, [tenant.into(), MAX_GATEWAYS.into()]).await
    }
}
