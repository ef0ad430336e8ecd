//! `GET /api/chat/files/{id}/scan`: the bytes of a file for the app's scanner, by the address that it was sent.

use super::get::{Form, serve};
use crate::identity::ScannerReader;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use axum::extract::Request;
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::Problem;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ScanQuery {
    /// The signature of the address.
    #[serde(rename = "link")]
    _link: String,
}

pub(crate) async fn handle(
    reader: ScannerReader,
    Segment(id): Segment<FileId>,
    _: Query<ScanQuery>,
    request: Request,
) -> Outcome {
    let (app, tenant) = reader.of(&id)?;
    let scan = app.store().scan_of(tenant, &id).await?.filter(|scan| scan.verdict.is_none());
    let file = Form::for_scanner(tenant, scan.ok_or_else(Problem::not_found)?);
    serve(app.file_store()?, request.method(), request.headers(), &file).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use campana_core::shared::problem::Kind;
    operation
        .named("getScannedFile", Tag::Files, "Get a file as the app's scanner")
        .about("By the signed address of a request to the scanner: for five minutes, until there is a verdict.")
        .by(Security::Scanner)
        .file("The bytes.", "The part of the bytes that `Range` asks for.")
        .refuses(&[Kind::RangeNotSatisfiable]);
}
