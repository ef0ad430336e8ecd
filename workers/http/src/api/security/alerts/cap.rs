//! Alerts as Common Alerting Protocol messages: `GET /api/security/alerts/{id}` with `Accept: application/cap+xml`.
//! `?entry=` selects the message of one timeline entry.

use super::desk::settled;
use super::timeline::{as_seen, end_for, entries_of};
use super::viewing::Visible;
use crate::identity::Caller;
use crate::response::Outcome;
use axum::http::header;
use axum::response::IntoResponse;
use campana_core::alerts::cap::{MAX_EARLIER, MEDIA_TYPE, Message};
use campana_core::alerts::{AlertId, Entry, Location, Viewer};
use campana_core::shared::problem::Problem;
use campana_storage::StorageError;

/// The newest message about an alert, or the message of an entry. 404 if the caller may see none.
pub(super) async fn answer(caller: &Caller, id: &AlertId, wanted: Option<u32>) -> Outcome {
    let shown = settled(caller, id).await?;
    let end = end_for(caller, &shown).await?;
    let last = end.unwrap_or(shown.alert.entries);
    let number = wanted.unwrap_or(last);
    if number > last {
        return Err(Problem::not_found().into());
    }
    let entries = entries_to(caller, &shown, number).await?;
    let entries: Vec<Entry> = entries.into_iter().filter_map(|entry| as_seen(entry, shown.viewer, end)).collect();
    let of = entries.last().filter(|entry| entry.number == number).ok_or_else(Problem::not_found)?;
    let (place, moved) = match shown.viewer {
        // Under duress the trail also stores locations that the owner's view refused, so the owner's messages have the location
        // of the alert as the owner sees it.
        Viewer::Owner => {
            let is_then = |place: &&Location| wanted.is_none() || place.at <= of.at;
            (shown.alert.location.as_ref().filter(is_then).cloned(), None)
        }
        Viewer::Guard => {
            let (store, tenant) = (caller.store(), caller.tenant());
            let place = store.sighting_at(tenant, id, Some(of.at)).await?.map(|sighting| sighting.location);
            let newest = if wanted.is_none() { store.sighting_at(tenant, id, None).await? } else { None };
            (place, newest.filter(|newest| newest.location.at > of.at))
        }
    };
    let message = Message {
        tenant: caller.tenant(),
        alert: &shown.alert,
        entries: &entries,
        place: place.as_ref(),
        moved: moved.as_ref(),
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
async fn entries_to(caller: &Caller, shown: &Visible, number: u32) -> Result<Vec<Entry>, StorageError> {
    let before = number.saturating_sub(MAX_EARLIER + 1);
    let mut entries = match before {
        0 => Vec::new(),
        _ => entries_of(caller, shown, 0, 1, 1).await?,
    };
    entries.extend(entries_of(caller, shown, before, number, MAX_EARLIER + 1).await?);
    Ok(entries)
}
