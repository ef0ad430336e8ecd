//! Alerts as Common Alerting Protocol messages: `GET /api/security/alerts/{id}` with `Accept: application/cap+xml`.
//! `?entry=` selects the message of one timeline entry.

use super::desk::settled;
use super::timeline::{as_seen, end_for};
use crate::identity::Caller;
use crate::response::Outcome;
use axum::http::header;
use axum::response::IntoResponse;
use campana_core::alerts::cap::{MAX_EARLIER, MEDIA_TYPE, Message};
use campana_core::alerts::{Alert, AlertId, Entry};
use campana_core::shared::problem::Problem;
use campana_storage::StorageError;

/// The newest message about an alert, or the message of an entry. 404 if the caller may see none.
pub(super) async fn answer(caller: &Caller, id: &AlertId, wanted: Option<u32>) -> Outcome {
    let (alert, viewer) = settled(caller, id).await?;
    let end = end_for(caller, &alert, viewer).await?;
    let last = end.unwrap_or(alert.entries);
    let number = wanted.unwrap_or(last);
    if number > last {
        return Err(Problem::not_found().into());
    }
    let entries = entries_to(caller, &alert, number).await?;
    let entries: Vec<Entry> = entries.into_iter().filter_map(|entry| as_seen(entry, viewer, end)).collect();
    let of = entries.last().filter(|entry| entry.number == number).ok_or_else(Problem::not_found)?;
    let place = caller.store().sighting_at(caller.tenant(), id, Some(of.at)).await?;
    // A viewer with a truncated timeline must not see positions recorded after its end.
    let moved = match (wanted, end) {
        (None, None) => caller.store().sighting_at(caller.tenant(), id, None).await?,
        _ => None,
    };
    let message = Message {
        tenant: caller.tenant(),
        alert: &alert,
        entries: &entries,
        place: place.as_ref().map(|sighting| &sighting.location),
        moved: moved.as_ref().filter(|newest| newest.location.at > of.at),
        language: caller.record.alerts.language,
    };
    let xml = message.to_xml().ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "accept, authorization"),
    ];
    Ok((headers, xml).into_response())
}

/// The entries that a message refers to: the newest up to `number`, and the first.
async fn entries_to(caller: &Caller, alert: &Alert, number: u32) -> Result<Vec<Entry>, StorageError> {
    let (store, tenant) = (caller.store(), caller.tenant());
    let before = number.saturating_sub(MAX_EARLIER + 1);
    let mut entries = match before {
        0 => Vec::new(),
        _ => store.alert_entries(tenant, &alert.id, 0, 1, 1).await?,
    };
    entries.extend(store.alert_entries(tenant, &alert.id, before, number, MAX_EARLIER + 1).await?);
    Ok(entries)
}
