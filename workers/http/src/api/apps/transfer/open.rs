//! `POST /apps/{id}/import/open`: opens conversations of an import, at most 100 a call.

use super::{audit_import, import_name};
use crate::api::apps::backend::Backend;
use crate::api::apps::fault::Outcome;
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::accounts::audit::Act;
use serde_json::json;

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let fields = backend.json()?;
    let (import, store, tenant) = (import_name(&fields)?, backend.app.store(), &backend.record.tenant_id);
    let counts = store.count_imported(tenant, import).await?;
    audit_import(&backend, Act::ImportOpened, import, json!(counts)).await?;
    let opened = store.open_imported(tenant, import).await?;
    let answer = json!({"opened": opened.conversations, "has_more": opened.has_more});
    Ok(json_text(StatusCode::OK, answer.to_string()))
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{ImportName, OpenedImport};
    use crate::openapi::{Security, Tag};
    operation
        .named("openImport", Tag::PusherBackends, "Open imported conversations")
        .about(
            "Opens at most 100 conversations that an import has created: their members see them from now on, and nothing more \
             is imported into them. Call it again while `has_more` is true.",
        )
        .by(Security::BackendWithBody)
        .body::<ImportName>(true)
        .sends(json!({"import": "2026-01"}))
        .answers::<OpenedImport>(200, "The conversations are open.", json!({"opened": 12, "has_more": false}));
}
