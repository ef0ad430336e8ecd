//! `PATCH /api/chat/uploads/{id}`: bytes of a resumable upload.

use super::tus::{self, CHECKSUM, OFFSET, RESUMABLE_KIND};
use crate::identity::Caller;
use crate::metrics;
use crate::ports::Background;
use crate::request::Segment;
use crate::response::done;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use campana_core::files::checksum::{ALGORITHMS, Checksum};
use campana_core::files::resumable::{WriteUpload, bytes_in};
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::{Kind, Problem};

/// Media type of the body.
const CONTENT_TYPE: &str = "application/offset+octet-stream";

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<FileId>, request: Request) -> Response {
    write(&caller, id, request).await
}

pub(super) async fn write(caller: &Caller, id: FileId, request: Request) -> Response {
    let outcome = match asked(caller, id, request.headers()) {
        Ok(write) => take(caller, write, request).await,
        Err(problem) => Err(problem),
    };
    tus::answer(outcome.map_err(Into::into))
}

/// What the headers say.
fn asked(caller: &Caller, id: FileId, headers: &HeaderMap) -> Result<WriteUpload, Problem> {
    tus::check_version(headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|given| given != CONTENT_TYPE) {
        return Err(Problem::new(Kind::UnsupportedMediaType, format!("the Content-Type must be {CONTENT_TYPE}")));
    }
    let offset = tus::number(headers, &OFFSET)?;
    let wrong = || Problem::new(Kind::Malformed, format!("Upload-Checksum must be one of {ALGORITHMS}, in base64"));
    let checksum = match headers.get(CHECKSUM) {
        Some(given) => Some(given.to_str().ok().and_then(Checksum::parse).ok_or_else(wrong)?),
        None => None,
    };
    let size = headers.get(header::CONTENT_LENGTH).and_then(|size| bytes_in(size.to_str().ok()?));
    Ok(WriteUpload { of: tus::of(caller, id), offset, size, checksum })
}

async fn take(caller: &Caller, write: WriteUpload, request: Request) -> Result<Response, Problem> {
    let id = write.of.id.clone();
    let background = request.extensions().get::<Background>().cloned();
    let state = match caller.app.uploads().write(write, request).await {
        Ok(state) => state,
        Err(problem) => {
            // The object has ended the upload.
            if problem.kind == Kind::UnsupportedMediaType {
                tus::give_up(caller, &id).await;
            }
            metrics::uploaded(&caller.app, caller.tenant(), RESUMABLE_KIND, Err(&problem));
            return Err(problem);
        }
    };
    let file = tus::file_of(caller, &id, &state, background.as_ref()).await?;
    let mut response = done();
    tus::describe_state(response.headers_mut(), &state, file.as_ref());
    Ok(response)
}

#[cfg(feature = "schema")]
pub(super) fn describe_write(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::RequestHeader;
    operation
        .header(RequestHeader::UploadOffset)
        .header(RequestHeader::UploadChecksum)
        .header(RequestHeader::TusResumable)
        .bytes(CONTENT_TYPE)
        .tus()
        .refuses(&[Kind::UnsupportedTusVersion, Kind::Malformed, Kind::Conflict, Kind::TooLarge])
        .refuses(&[Kind::UnsupportedMediaType, Kind::UploadLocked, Kind::ChecksumMismatch]);
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("writeUpload", Tag::Files, "Send bytes of a resumable upload")
        .about(
            "By tus 1.0. What has arrived counts, also if the request breaks off, unless it has a checksum. With the last byte the \
             upload becomes a file, whose id is in `Campana-File`.",
        )
        .done("`Upload-Offset` says how many bytes are stored.");
    describe_write(operation);
}
