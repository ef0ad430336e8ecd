//! `GET` and `HEAD /api/chat/uploads/{id}`: how far an upload is, and the file that it has become.

use super::tus::{self, LENGTH, METADATA};
use crate::identity::Caller;
use crate::ports::Background;
use crate::request::Segment;
use crate::response::{json, uncached};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use campana_core::files::Attachment;
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// A resumable upload of the caller.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ResumableUpload {
    /// Its id, and that of the file which it becomes.
    id: FileId,
    /// Name of the file.
    name: String,
    /// Size of the file, bytes.
    size: u64,
    /// Bytes that are stored.
    offset: u64,
    /// When it began.
    created_at: Timestamp,
    /// Until when it can be resumed.
    expires_at: Timestamp,
    /// The file, once all bytes are stored.
    file: Option<Attachment>,
}

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<FileId>, request: Request) -> Response {
    let is_tus = request.method() == Method::HEAD;
    let version = if is_tus { tus::check_version(request.headers()) } else { Ok(()) };
    tus::answer(match version {
        Ok(()) => get(&caller, id, request.extensions().get()).await.map_err(Into::into),
        Err(problem) => Err(problem.into()),
    })
}

async fn get(caller: &Caller, id: FileId, background: Option<&Background>) -> Result<Response, Problem> {
    let state = caller.app.uploads().read(tus::of(caller, id.clone())).await?;
    let file = tus::file_of(caller, &id, &state, background).await?;
    let shown = ResumableUpload {
        id,
        name: state.name.clone(),
        size: state.length,
        offset: state.offset,
        created_at: state.created_at,
        expires_at: state.expires_at,
        file,
    };
    let mut response = uncached(json(StatusCode::OK, &shown).map_err(|refusal| refusal.0)?);
    let headers = response.headers_mut();
    tus::describe_state(headers, &state, shown.file.as_ref());
    headers.insert(LENGTH, HeaderValue::from(state.length));
    if let Some(metadata) = HeaderValue::try_from(&state.metadata).ok().filter(|sent| !sent.is_empty()) {
        headers.insert(METADATA, metadata);
    }
    Ok(response)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, Tag, examples};
    operation
        .named("getUpload", Tag::Files, "Get a resumable upload")
        .about("`HEAD` is that of tus 1.0. Only who began the upload finds it, and for a day.")
        .tus()
        .header(RequestHeader::TusResumable)
        .uncached()
        .answers::<ResumableUpload>(200, "The upload.", examples::upload());
}
