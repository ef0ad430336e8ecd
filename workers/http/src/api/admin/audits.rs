//! `GET /api/admin/audits`: audit log, newest first. With `Accept: application/jsonl` it exports every entry that the
//! filter matches, one per line; `limit` and `cursor` then have no effect.

use super::only_administrators;
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, accepts, limit, one_more, text};
use crate::response::{Outcome, Streamed, ok};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use campana_core::accounts::audit::Act;
use campana_core::shared::ids::{AuditId, MAX_EXTERNAL_ID_CHARS, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{AuditEntry, AuditFilter, StorageError};
use futures_util::stream::try_unfold;
use serde::Deserialize;

/// Entries per database query of an export.
const EXPORT_PAGE: u32 = 500;
/// Media types that select the export.
const JSON_LINES: [&str; 4] =
    ["application/jsonl", "application/x-ndjson", "application/x-jsonlines", "application/jsonlines"];

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AuditsQuery {
    /// Who acted.
    actor_id: Option<String>,
    /// What it was done to.
    target_id: Option<String>,
    /// What was done, for example `room.created`.
    action: Option<String>,
    /// Earliest time, inclusive.
    since: Option<Timestamp>,
    /// Latest time, inclusive.
    until: Option<Timestamp>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, headers: HeaderMap, Query(query): Query<AuditsQuery>) -> Outcome {
    only_administrators(&caller)?;
    let filter = filter(&query)?;
    if accepts(&headers, &JSON_LINES) {
        return Ok(export(caller, filter));
    }
    let limit = limit(query.limit)?;
    let before = Cursor::AUDITS.place_of(query.cursor.as_deref())?;
    let entries = caller.store().list_audits(caller.tenant(), &filter, before.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(entries, limit, |entry| Cursor::AUDITS.write(&[entry.id.as_str()])))
}

fn filter(query: &AuditsQuery) -> Result<AuditFilter, Problem> {
    let actor = |id: &String| UserId::parse(id).ok_or_else(|| Problem::field("actor_id", "is not an id"));
    let target = |id: &String| text("target_id", id, MAX_EXTERNAL_ID_CHARS);
    let action = |name: &String| {
        let known = || Act::ALL.iter().map(|act| act.as_str()).collect::<Vec<_>>().join(", ");
        Act::parse(name).ok_or_else(|| Problem::field("action", format!("is none of {}", known())))
    };
    Ok(AuditFilter {
        actor_id: query.actor_id.as_ref().map(actor).transpose()?,
        target_id: query.target_id.as_ref().map(target).transpose()?,
        action: query.action.as_ref().map(action).transpose()?.map(|act| act.as_str().to_owned()),
        since: query.since,
        until: query.until,
    })
}

/// Streams the export: reads each page after the previous one is sent, so memory stays bounded for any log length.
fn export(caller: Caller, filter: AuditFilter) -> Response {
    let begin: Option<Option<AuditId>> = Some(None);
    let pages = try_unfold(begin, move |place| {
        let (caller, filter) = (caller.clone(), filter.clone());
        async move {
            let Some(before) = place else { return Ok::<_, StorageError>(None) };
            let entries = caller.store().list_audits(caller.tenant(), &filter, before.as_ref(), EXPORT_PAGE).await?;
            let is_last = entries.len() < EXPORT_PAGE as usize;
            let next = entries.last().map(|entry| Some(entry.id.clone())).filter(|_| !is_last);
            Ok(Some((lines(&entries), next)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audits.jsonl\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = (headers, Body::from_stream(pages)).into_response();
    response.extensions_mut().insert(Streamed);
    response
}

fn lines(entries: &[AuditEntry]) -> String {
    entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).fold(String::new(), |mut text, line| {
        text.push_str(&line);
        text.push('\n');
        text
    })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_storage::AuditEntry;
    use serde_json::json;
    let entry = json!({
        "id": "019a3e5b-b100-7f00-8a00-1b2c3d4e5f06",
        "actor_id": "1",
        "action": "room.created",
        "target_type": "room",
        "target_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01",
        "reason": null,
        "metadata": {"name": "Lobby", "visibility": "public"},
        "created_at": "2026-01-31T09:05:00.120Z",
    });
    operation
        .named("listAudits", Tag::Administration, "List the audit log")
        .about("Newest first. `Accept: application/jsonl` exports every entry that the filter matches; `limit` and `cursor` then have no effect.")
        .by(Security::Administrator)
        .answers::<Page<AuditEntry>>(200, "A page of entries, or all of them.", examples::page(entry.clone()))
        .answers_with(
            200,
            "All entries.",
            "application/jsonl",
            json!({"type": "string", "description": "An `AuditEntry` on each line."}),
            json!(format!("{entry}\n")),
        );
}
