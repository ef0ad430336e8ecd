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
use campana_core::alerts::record::Sighting;
use campana_core::alerts::{AlertId, Entry, What};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
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
    let place = place_at(caller, &shown, &entries, Some(of.at)).await?;
    // A viewer with a truncated timeline must not see positions recorded after its end.
    let moved = match (wanted, end) {
        (None, None) => place_at(caller, &shown, &entries, None).await?,
        _ => None,
    };
    let message = Message {
        tenant: caller.tenant(),
        alert: &shown.alert,
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

/// The newest place, or the newest at a time. In a view of their own the owner sees only places that they reported while
/// it was open.
async fn place_at(
    caller: &Caller,
    shown: &Visible,
    entries: &[Entry],
    at: Option<Timestamp>,
) -> Result<Option<Sighting>, StorageError> {
    let (store, tenant) = (caller.store(), caller.tenant());
    let Some(view) = &shown.view else { return store.sighting_at(tenant, &shown.alert.id, at).await };
    let mut end = at.or_else(|| shown.alert.closed_at.or(Some(caller.now())));
    for entry in entries.iter().rev() {
        match entry.what {
            What::Cancelled { .. } | What::Resolved { .. } | What::FalseAlarm { .. } => end = Some(entry.at),
            What::Triggered { .. } | What::Reopened { .. } => {
                let Some(until) = end.take() else { continue };
                for id in [&view.behind, &view.alert.id] {
                    let found = store.sighting_between(tenant, id, entry.at, until).await?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(None)
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
