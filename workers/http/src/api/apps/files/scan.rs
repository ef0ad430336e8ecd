//! `POST /apps/{id}/files/{file}/scan`: the verdict about a file, of a scanner that answered 202, or of the backend itself. A repeat
//! changes nothing.

use crate::api::apps::backend::Backend;
use crate::api::apps::fault::{Fault, Outcome};
use crate::response::json_text;
use crate::scanning;
use axum::http::StatusCode;
use campana_core::files::scan::Decision;
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::{Kind, Problem};
use serde_json::{Value, json};

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let wrong = || Fault::bad("verdict is none of clean, infected and refused, or reason is not a string");
    let decision = Decision::read(Value::Object(backend.json()?)).ok_or_else(wrong)?;
    let file = FileId::parse(backend.named("file")).ok_or_else(Problem::not_found)?;
    let (app, tenant) = (&backend.app, &backend.record.tenant_id);
    let (is_first, status) = scanning::decide(app, tenant, &file, &decision).await?;
    let status = status.ok_or_else(Problem::not_found)?;
    if status != decision.verdict.status() {
        return Err(Problem::new(Kind::Conflict, format!("the file is {} already", status.as_str())).into());
    }
    if is_first {
        // The verdict is noted: what fails from here on is left to a schedule.
        let _is_done = scanning::work(app, tenant, &file).await;
    }
    Ok(json_text(StatusCode::OK, json!({"status": status}).to_string()))
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{ScannedFileId, ScannedStatus, VerdictOfFile};
    use crate::openapi::{Security, Tag};
    operation
        .named("decideFile", Tag::PusherBackends, "Decide about a file that is scanned")
        .about(
            "For scanners that answered 202, and for backends that scan by themselves. The first verdict stays: the same again \
             changes nothing, another one is refused with 409.",
        )
        .by(Security::BackendWithBody)
        .path::<ScannedFileId>()
        .body::<VerdictOfFile>(true)
        .sends(json!({"verdict": "infected", "reason": "Eicar-Test-Signature"}))
        .refuses_plainly(&[409])
        .answers::<ScannedStatus>(200, "The status of the file.", json!({"status": "refused"}));
}
