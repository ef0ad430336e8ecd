//! `GET /api/security/alerts/{id}/timeline`: timeline of an alert, oldest first. Its owner sees only what
//! [`Entry::for_owner`] allows.

use super::desk::settled;
use super::viewing::Visible;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::alerts::{AlertId, Entry, Viewer, id_json};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::StorageError;
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<AlertId>, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.after(Cursor::ALERT_TIMELINE)?.unwrap_or(0);
    let shown = settled(&caller, &id).await?;
    let end = end_for(&caller, &shown).await?;
    let up_to = end.unwrap_or(u32::MAX);
    let entries = entries_of(&caller, &shown, after, up_to, one_more(limit)).await?;
    let page = Page::cut(entries, limit, |entry| Cursor::ALERT_TIMELINE.write(&[&entry.number.to_string()]));
    let seen = page.data.into_iter().filter_map(|entry| as_seen(entry, shown.viewer, end));
    let data: Vec<TimelineEntry> = seen.map(TimelineEntry::from).collect();
    ok(&Page { data, next_cursor: page.next_cursor })
}

/// Entries with numbers above `after` and up to `up_to`, of the alert or of its owner's view.
pub(super) async fn entries_of(
    caller: &Caller,
    shown: &Visible,
    after: u32,
    up_to: u32,
    limit: u32,
) -> Result<Vec<Entry>, StorageError> {
    match &shown.view {
        Some(view) => caller.store().view_entries(caller.tenant(), view, after, up_to, limit).await,
        None => caller.store().alert_entries(caller.tenant(), &shown.alert.id, after, up_to, limit).await,
    }
}

/// Number of the last entry that the owner sees of an alert of an earlier release that pretends to be cancelled. `None`
/// if the timeline is not truncated.
pub(super) async fn end_for(caller: &Caller, shown: &Visible) -> Result<Option<u32>, StorageError> {
    if !shown.is_disguised {
        return Ok(None);
    }
    let last = caller.store().last_duress(caller.tenant(), &shown.alert.id).await?;
    // If D1 lacks the duress entry, the owner sees nothing rather than too much.
    Ok(Some(last.unwrap_or(0)))
}

/// The entry as the viewer may see it; `None` if it is hidden.
pub(super) fn as_seen(entry: Entry, viewer: Viewer, end: Option<u32>) -> Option<Entry> {
    match viewer {
        Viewer::Guard => Some(entry),
        Viewer::Owner => {
            let is_end = Some(entry.number) == end;
            entry.for_owner(is_end)
        }
    }
}

/// A timeline entry of an alert.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct TimelineEntry {
    at: Timestamp,
    /// User who caused it; `null` for automatic steps.
    #[cfg_attr(feature = "schema", schemars(with = "Option<campana_core::alerts::wire::schema::AlertPerson>"))]
    by: Option<Value>,
    /// Fields depend on `what`.
    data: Map<String, Value>,
    number: u32,
    what: &'static str,
}

impl From<Entry> for TimelineEntry {
    fn from(entry: Entry) -> Self {
        let by = entry.by.as_ref().map(|who| json!({"id": id_json(who.id.as_str()), "name": who.name}));
        Self { at: entry.at, by, data: entry.what.data(), number: entry.number, what: entry.what.name() }
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listAlertTimeline", Tag::Alerts, "List what happened to an alert")
        .about("Oldest first. The owner sees less than guards.")
        .answers::<Page<TimelineEntry>>(
            200,
            "A page of the timeline.",
            examples::page(json!({
                "number": 1,
                "what": "triggered",
                "at": "2026-01-31T09:05:00.120Z",
                "by": {"id": 7, "name": "Ana"},
                "data": {},
            })),
        );
}
