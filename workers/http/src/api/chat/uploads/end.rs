//! `DELETE /api/chat/uploads/{id}`: ends a resumable upload.

use super::tus::{self, RESUMABLE_KIND};
use crate::identity::Caller;
use crate::metrics;
use crate::request::Segment;
use crate::response::done;
use axum::http::HeaderMap;
use axum::response::Response;
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<FileId>, headers: HeaderMap) -> Response {
    end(&caller, id, &headers).await
}

pub(super) async fn end(caller: &Caller, id: FileId, headers: &HeaderMap) -> Response {
    tus::answer(give_up(caller, id, headers).await.map_err(Into::into))
}

async fn give_up(caller: &Caller, id: FileId, headers: &HeaderMap) -> Result<Response, Problem> {
    tus::check_version(headers)?;
    let state = caller.app.uploads().end(tus::of(caller, id.clone())).await?;
    if state.stored.is_none() {
        tus::give_up(caller, &id).await;
        metrics::uploaded_as(&caller.app, caller.tenant(), RESUMABLE_KIND, "ended");
    }
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, Tag};
    use campana_core::shared::problem::Kind;
    operation
        .named("endUpload", Tag::Files, "End a resumable upload")
        .about(
            "Its bytes are deleted and given back. An upload that has become a file is forgotten, and the file stays.",
        )
        .header(RequestHeader::TusResumable)
        .tus()
        .refuses(&[Kind::UnsupportedTusVersion])
        .done("The upload does not exist any more.");
}
