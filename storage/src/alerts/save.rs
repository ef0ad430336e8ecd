//! Writes of a desk's changes: atomic, idempotent and independent of order.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::to_json;
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use campana_core::alerts::record::{AlertChanges, Delivery, OwnView, Sighting, Via};
use campana_core::alerts::{Alert, AlertId, Entry, Status};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use campana_schema::alerts;
use serde::Serialize;

/// An alert as `alerts/save.sql` reads it.
#[derive(Serialize)]
struct AlertRow<'a> {
    id: &'a AlertId,
    seq: i64,
    user_id: &'a UserId,
    status: Status,
    drill: u8,
    created_at: i64,
    updated_at: i64,
    closed_at: Option<i64>,
    due_at: Option<i64>,
    /// JSON within JSON: the column stores text.
    body: String,
}

impl<'a> AlertRow<'a> {
    fn new((seq, alert): &'a (i64, Alert)) -> Result<Self, StorageError> {
        Ok(Self {
            id: &alert.id,
            seq: *seq,
            user_id: &alert.user.id,
            status: alert.status,
            drill: alert.drill.into(),
            created_at: alert.created_at.millis(),
            updated_at: alert.updated_at.millis(),
            closed_at: alert.closed_at.map(Timestamp::millis),
            due_at: alert.due_at().map(Timestamp::millis),
            body: to_json(alert)?,
        })
    }
}

/// A view as `alerts/save_views.sql` reads it.
#[derive(Serialize)]
struct ViewRow<'a> {
    id: &'a AlertId,
    seq: i64,
    user_id: &'a UserId,
    behind: &'a AlertId,
    status: Status,
    drill: u8,
    created_at: i64,
    closed_at: Option<i64>,
    body: String,
}

impl<'a> ViewRow<'a> {
    fn new((seq, view): &'a (i64, OwnView)) -> Result<Self, StorageError> {
        let alert = &view.alert;
        Ok(Self {
            id: &alert.id,
            seq: *seq,
            user_id: &alert.user.id,
            behind: &view.behind,
            status: alert.status,
            drill: alert.drill.into(),
            created_at: alert.created_at.millis(),
            closed_at: alert.closed_at.map(Timestamp::millis),
            body: to_json(view)?,
        })
    }
}

/// An entry as `alerts/save_entries.sql` and `alerts/save_view_entries.sql` read it.
#[derive(Serialize)]
struct EntryRow<'a> {
    alert_id: &'a AlertId,
    number: u32,
    at: i64,
    what: &'static str,
    body: String,
}

impl<'a> EntryRow<'a> {
    fn new((alert_id, entry): &'a (AlertId, Entry)) -> Result<Self, StorageError> {
        let (number, at) = (entry.number, entry.at.millis());
        Ok(Self { alert_id, number, at, what: entry.what.name(), body: to_json(entry)? })
    }
}

/// A sighting as `alerts/save_sightings.sql` reads it.
#[derive(Serialize)]
struct SightingRow<'a> {
    alert_id: &'a AlertId,
    number: u32,
    at: i64,
    lat: i32,
    lng: i32,
    string: Option<&'a str>,
    accuracy: Option<u32>,
    source: Option<&'a str>,
}

impl<'a> SightingRow<'a> {
    fn new((alert_id, Sighting { number, location }): &'a (AlertId, Sighting)) -> Self {
        Self {
            alert_id,
            number: *number,
            at: location.at.millis(),
            lat: location.lat.parts(),
            lng: location.lng.parts(),
            string: location.string.as_deref(),
            accuracy: location.accuracy,
            source: location.source.as_deref(),
        }
    }
}

/// A delivery as `alerts/save_deliveries.sql` reads it.
#[derive(Serialize)]
struct DeliveryRow<'a> {
    alert_id: &'a AlertId,
    user_id: &'a UserId,
    via: Via,
    seq: i64,
    sent_at: Option<i64>,
    delivered_at: Option<i64>,
    seen_at: Option<i64>,
    acknowledged_at: Option<i64>,
}

impl<'a> DeliveryRow<'a> {
    fn new((seq, delivery): &'a (i64, Delivery)) -> Self {
        Self {
            alert_id: &delivery.alert_id,
            user_id: &delivery.user_id,
            via: delivery.via,
            seq: *seq,
            sent_at: delivery.sent_at.map(Timestamp::millis),
            delivered_at: delivery.delivered_at.map(Timestamp::millis),
            seen_at: delivery.seen_at.map(Timestamp::millis),
            acknowledged_at: delivery.acknowledged_at.map(Timestamp::millis),
        }
    }
}

impl Store {
    /// Writes changes of a tenant's desk in one atomic batch of a few statements. Idempotent: repeating changes, or
    /// replaying older ones, changes nothing.
    pub async fn save_alerts(&self, tenant: &TenantId, changes: &AlertChanges) -> Result<(), StorageError> {
        let mut statements = Vec::new();
        let mut write = |rows: Vec<String>, all: &[Query]| {
            for rows in rows {
                let both = |query| Statement::new(query, [tenant.into(), rows.as_str().into()]);
                statements.extend(all.iter().copied().map(both));
            }
        };
        let most = MAX_PARAMETER_BYTES;
        write(in_pieces(changes.views.iter().map(ViewRow::new), most)?, &[alerts::SAVE_VIEWS]);
        write(in_pieces(changes.view_entries.iter().map(EntryRow::new), most)?, &[alerts::SAVE_VIEW_ENTRIES]);
        write(in_pieces(changes.alerts.iter().map(AlertRow::new), most)?, &[alerts::SAVE]);
        write(in_pieces(changes.entries.iter().map(EntryRow::new), most)?, &[alerts::SAVE_ENTRIES]);
        let sightings = changes.sightings.iter().map(|one| Ok(SightingRow::new(one)));
        write(in_pieces(sightings, most)?, &[alerts::SAVE_SIGHTINGS, alerts::MARK_TRAILS]);
        let deliveries = changes.deliveries.iter().map(|one| Ok(DeliveryRow::new(one)));
        write(in_pieces(deliveries, most)?, &[alerts::SAVE_DELIVERIES]);
        if statements.is_empty() {
            return Ok(());
        }
        self.db.batch(statements).await.map(drop)
    }
}
