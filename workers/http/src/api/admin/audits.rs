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
#[serde(default, deny_unknown_fields)]
pub(crate) struct AuditsQuery {
    actor_id: Option<String>,
    target_id: Option<String>,
    action: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<u32>,
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
