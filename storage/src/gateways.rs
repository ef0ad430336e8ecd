//! Register of gateways that ever held sockets of an app.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::decode_all;
use campana_core::pusher::link::GatewayName;
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::gateways;
use serde::Deserialize;

/// Maximum gateways returned for an app: more than all gateways of all regions.
const MAX_GATEWAYS: u32 = 1_000;

#[derive(Deserialize)]
struct GatewayRow {
    name: GatewayName,
}

impl Store {
    /// Records a gateway before it accepts sockets.
    pub async fn record_gateway(
        &self,
        tenant: &TenantId,
        gateway: &GatewayName,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let params = [tenant.into(), gateway.as_str().into(), now.into()];
        self.db.query(Statement::new(gateways::RECORD, params)).await.map(drop)
    }

    /// The recorded gateways of an app, at most 1,000.
    pub async fn gateways(&self, tenant: &TenantId) -> Result<Vec<GatewayName>, StorageError> {
        let params = [tenant.into(), MAX_GATEWAYS.into()];
        let rows: Vec<GatewayRow> = decode_all(self.db.query(Statement::new(gateways::LIST, params)).await?)?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }
}
