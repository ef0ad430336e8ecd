//! One alert with its timeline, trail and deliveries.

use super::lists::AFTER_ALL_TIMES;
use crate::Store;
use crate::database::{Row, Statement, StorageError};
use crate::decode::{decode_all, json, millis, millis_or_null};
use campana_core::alerts::record::{Delivery, OwnView, Sighting, Via};
use campana_core::alerts::{Alert, AlertId, Degrees, Entry, Location};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::alerts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Cursor of a list of deliveries: the key of the last one of the previous page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// Recipient.
    pub user_id: UserId,
    /// Way of delivery.
    pub via: Via,
}

/// A row whose column `body` holds the whole value.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Whole<T> {
    #[serde(deserialize_with = "json")]
    body: T,
}

/// The values in the rows' bodies.
pub(super) fn bodies<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, StorageError> {
    let whole: Vec<Whole<T>> = decode_all(rows)?;
    Ok(whole.into_iter().map(|row| row.body).collect())
}

#[derive(Deserialize)]
struct SightingRow {
    number: u32,
    #[serde(deserialize_with = "millis")]
    at: Timestamp,
    lat: i32,
    lng: i32,
    string: Option<String>,
    accuracy: Option<u32>,
    source: Option<String>,
}

impl From<SightingRow> for Sighting {
    fn from(row: SightingRow) -> Self {
        let SightingRow { number, at, lat, lng, string, accuracy, source } = row;
        let (lat, lng) = (Degrees::from_parts(lat), Degrees::from_parts(lng));
        Self { number, location: Location { lat, lng, string, accuracy, source, at } }
    }
}

#[derive(Deserialize)]
struct DeliveryRow {
    alert_id: AlertId,
    user_id: UserId,
    via: Via,
    #[serde(deserialize_with = "millis_or_null")]
    sent_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    delivered_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    seen_at: Option<Timestamp>,
    #[serde(deserialize_with = "millis_or_null")]
    acknowledged_at: Option<Timestamp>,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let DeliveryRow { alert_id, user_id, via, sent_at, delivered_at, seen_at, acknowledged_at } = row;
        Self { alert_id, user_id, via, sent_at, delivered_at, seen_at, acknowledged_at }
    }
}

impl Store {
    /// An alert as its desk last wrote it.
    pub async fn alert(&self, tenant: &TenantId, id: &AlertId) -> Result<Option<Alert>, StorageError> {
        let rows = self.db.query(Statement::new(alerts::GET, [tenant.into(), id.into()])).await?;
        Ok(bodies(rows)?.into_iter().next())
    }

    /// Timeline entries of an alert with numbers above `after` and up to `up_to`, in order.
    pub async fn alert_entries(
        &self,
        tenant: &TenantId,
        id: &AlertId,
        after: u32,
        up_to: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let params = [tenant.into(), id.into(), after.into(), up_to.into(), limit.into()];
        bodies(self.db.query(Statement::new(alerts::ENTRIES, params)).await?)
    }

    /// What an alert's owner sees instead of it, as its desk last wrote it. Only for that owner.
    pub async fn alert_view(&self, tenant: &TenantId, id: &AlertId) -> Result<Option<OwnView>, StorageError> {
        let rows = self.db.query(Statement::new(alerts::GET_VIEW, [tenant.into(), id.into()])).await?;
        Ok(bodies(rows)?.into_iter().next())
    }

    /// Timeline entries of a view with numbers above `after` and up to `up_to`, in order.
    pub async fn view_entries(
        &self,
        tenant: &TenantId,
        view: &OwnView,
        after: u32,
        up_to: u32,
        limit: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let id = &view.alert.id;
        let params = [tenant.into(), id.into(), after.into(), up_to.into(), limit.into(), view.forked.into()];
        bodies(self.db.query(Statement::new(alerts::VIEW_ENTRIES, params)).await?)
    }

    /// Number of the newest duress entry in an alert's timeline.
    pub async fn last_duress(&self, tenant: &TenantId, id: &AlertId) -> Result<Option<u32>, StorageError> {
        let found = self.column(alerts::LAST_DURESS, [tenant.into(), id.into()]).await?;
        Ok(found.into_iter().next())
    }

    /// Sightings of an alert's trail with numbers above `after`, in order.
    pub async fn alert_sightings(
        &self,
        tenant: &TenantId,
        id: &AlertId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<Sighting>, StorageError> {
        let params = [tenant.into(), id.into(), after.into(), limit.into()];
        let rows: Vec<SightingRow> = self.rows(alerts::SIGHTINGS, params).await?;
        Ok(rows.into_iter().map(Sighting::from).collect())
    }

    /// The newest sighting of an alert, or the newest one at time `at`.
    pub async fn sighting_at(
        &self,
        tenant: &TenantId,
        id: &AlertId,
        at: Option<Timestamp>,
    ) -> Result<Option<Sighting>, StorageError> {
        let params = [tenant.into(), id.into(), at.unwrap_or(AFTER_ALL_TIMES).into()];
        let row: Option<SightingRow> = self.row(alerts::SIGHTING_AT, params).await?;
        Ok(row.map(Sighting::from))
    }

    /// Deliveries of an alert, by user and way, after a cursor.
    pub async fn alert_deliveries(
        &self,
        tenant: &TenantId,
        id: &AlertId,
        after: Option<&DeliveryKey>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StorageError> {
        let (user, via) = after.map_or(("", ""), |key| (key.user_id.as_str(), key.via.as_str()));
        let params = [tenant.into(), id.into(), user.into(), via.into(), limit.into()];
        let rows: Vec<DeliveryRow> = self.rows(alerts::DELIVERIES, params).await?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }
}
