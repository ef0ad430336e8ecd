//! `GET /api/me/export`: what is the caller's own, as lines of the dump form: themselves, the conversations they are a member of,
//! their memberships, messages and reactions.

use crate::identity::{Caller, count_export};
use crate::response::{Outcome, Streamed};
use axum::body::Body;
use axum::http::header;
use axum::response::IntoResponse;
use campana_core::accounts::audit::Act;
use campana_storage::{ExportPlace, Exported, StorageError};
use futures_util::stream::try_unfold;
use serde_json::json;

/// Lines per database query.
const PAGE: u32 = 500;

/// Reads each page after the previous one is sent, so memory stays bounded.
pub(super) async fn handle(caller: Caller) -> Outcome {
    count_export(&caller)?;
    let audit = caller.audit(Act::UserExported, caller.user_id().as_str(), json!({}))?;
    caller.store().append_audit(caller.tenant(), &audit).await?;
    let pages = try_unfold(Some(ExportPlace::start()), move |place| {
        let caller = caller.clone();
        async move {
            let Some(after) = place else { return Ok::<_, StorageError>(None) };
            let own = Exported::User(caller.user_id());
            let page = caller.store().export(caller.tenant(), own, &after, PAGE).await?;
            let lines = page.lines.iter().filter_map(|line| serde_json::to_string(line).ok());
            let text = lines.fold(String::new(), |text, line| text + &line + "\n");
            Ok(Some((text, page.next)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"campana.jsonl\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = (headers, Body::from_stream(pages)).into_response();
    response.extensions_mut().insert(Streamed);
    Ok(response)
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("exportMe", Tag::Me, "Export what is one's own")
        .about(
            "JSON Lines, described in the guide _Imports and exports_: the caller, the conversations that they are a member of, \
             their memberships, messages and reactions. At most two a minute.",
        )
        .uncached()
        .answers_with(
            200,
            "The lines.",
            "application/jsonl",
            json!({"type": "string", "description": "A line of the dump form on each line."}),
            json!("{\"kind\":\"user\",\"id\":\"7\",\"name\":\"Ana\",\"created_at\":\"2026-01-30T08:00:00.000Z\"}\n"),
        );
}
