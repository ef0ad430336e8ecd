//! `POST /apps/{id}/import`: writes a batch of lines of the dump form. Lines that the record has already stay as they are, so a
//! batch may be sent again. 409 if another batch has written to the same conversations at the same time: send it again.

use super::{audit_import, import_name};
use crate::api::apps::backend::Backend;
use crate::api::apps::fault::{Fault, Outcome};
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::accounts::audit::Act;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::transfer::{Outcome as LineOutcome, plan, read_line, references};
use campana_storage::StorageError;
use serde_json::{Map, Value, json};

/// Maximum number of lines of a batch.
const MAX_LINES: usize = 1_000;

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let fields = backend.json()?;
    let import = import_name(&fields)?;
    let read = lines(&fields)?.into_iter().map(read_line).collect::<Vec<_>>();
    audit_import(&backend, Act::ImportBegun, import, json!({"lines_of_first_batch": read.len()})).await?;
    let (store, tenant, now) = (backend.app.store(), &backend.record.tenant_id, backend.app.now());
    let record = store.known_to_import(tenant, &references(tenant, &read)).await?;
    let planned = plan((tenant, import, &backend.record.limits.custom_emoji), read, record, now);
    match store.import((tenant, import), &planned.writes, now).await {
        Err(StorageError::Constraint) => {
            return Err(Problem::new(
                Kind::Conflict,
                "another batch was written at the same time: send this one again",
            )
            .into());
        }
        written => written?,
    }
    let count = |wanted: &LineOutcome| planned.outcomes.iter().filter(|outcome| *outcome == wanted).count();
    let refused = planned.outcomes.iter().enumerate().filter_map(|(place, outcome)| match outcome {
        LineOutcome::Refused(reason) => Some(json!({"line": place.saturating_add(1), "reason": reason})),
        LineOutcome::Written | LineOutcome::Unchanged => None,
    });
    let answer = json!({
        "written": count(&LineOutcome::Written),
        "unchanged": count(&LineOutcome::Unchanged),
        "refused": refused.collect::<Vec<_>>(),
    });
    Ok(json_text(StatusCode::OK, answer.to_string()))
}

fn lines(fields: &Map<String, Value>) -> Result<Vec<&str>, Fault> {
    let bad = || Fault::bad(format!("lines is not a list of 1 to {MAX_LINES} strings"));
    let lines = fields.get("lines").and_then(Value::as_array).ok_or_else(bad)?;
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(bad());
    }
    lines.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(bad)
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{ImportedBatch, ImportedLines};
    use crate::openapi::{Security, Tag};
    operation
        .named("importLines", Tag::PusherBackends, "Import a batch of lines")
        .about(
            "Writes lines of the dump form (guide _Imports and exports_). Lines that are known already stay as they are, so a \
             batch may be sent again. Conversations stay hidden until the import is opened.",
        )
        .by(Security::BackendWithBody)
        .body::<ImportedLines>(true)
        .sends(json!({"import": "2026-01", "lines": ["{\"kind\":\"user\",\"id\":\"7\",\"name\":\"Ana\"}"]}))
        .refuses_plainly(&[409])
        .answers::<ImportedBatch>(
            200,
            "The outcome of the lines.",
            json!({"written": 1, "unchanged": 0, "refused": [{"line": 2, "reason": "the line is not JSON"}]}),
        );
}
