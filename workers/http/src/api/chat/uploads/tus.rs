//! Headers of tus 1.0, and the file that an upload becomes.

use crate::api::chat::files::{Arrived, finish};
use crate::file_store::Stored;
use crate::identity::Caller;
use crate::metrics;
use crate::ports::Background;
use crate::response::{Outcome, Refusal};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use campana_core::files::Attachment;
use campana_core::files::resumable::{OfUpload, TUS_VERSION, UploadState, bytes_in};
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::{Kind, Problem};

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub(super) const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
pub(super) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Id of the file that the upload has become.
pub(super) const FILE: HeaderName = HeaderName::from_static("campana-file");

/// 412 unless the request is of the version that is supported.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(RESUMABLE).is_some_and(|version| version == TUS_VERSION) {
        return Ok(());
    }
    let detail = format!("the header Tus-Resumable must be {TUS_VERSION}");
    Err(Problem::new(Kind::UnsupportedTusVersion, detail))
}

/// The response, with the version of the protocol, which every response has.
pub(super) fn answer(outcome: Outcome) -> Response {
    let is_other_version = matches!(&outcome, Err(Refusal(problem)) if problem.kind == Kind::UnsupportedTusVersion);
    let mut response = outcome.into_response();
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, HeaderValue::from_static(TUS_VERSION));
    if is_other_version {
        headers.insert(VERSION, HeaderValue::from_static(TUS_VERSION));
    }
    response
}

/// A header that is a number of bytes. 400 if it is missing or no number.
pub(super) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let number = headers.get(name).and_then(|value| bytes_in(value.to_str().ok()?));
    number.ok_or_else(|| Problem::new(Kind::Malformed, format!("the header {name} must be a number of bytes")))
}

/// Which upload, and who asks.
pub(super) fn of(caller: &Caller, id: FileId) -> OfUpload {
    OfUpload { tenant: caller.tenant().clone(), user: caller.user_id().clone(), id }
}

/// Adds the position, the end of the time to resume, and the file.
pub(super) fn describe_state(headers: &mut HeaderMap, state: &UploadState, file: Option<&Attachment>) {
    headers.insert(OFFSET, HeaderValue::from(state.offset));
    if let Ok(date) = HeaderValue::try_from(state.expires_at.to_http_date()) {
        headers.insert(EXPIRES, date);
    }
    if let Some(id) = file.and_then(|file| HeaderValue::try_from(file.id.as_str()).ok()) {
        headers.insert(FILE, id);
    }
}

/// The file that the upload has become. It is made here, unless an earlier request has made it; `None` before all bytes are there,
/// and after it was deleted.
pub(super) async fn file_of(
    caller: &Caller,
    id: &FileId,
    state: &UploadState,
    background: Option<&Background>,
) -> Result<Option<Attachment>, Problem> {
    let Some(stored) = &state.stored else { return Ok(None) };
    if let Some(seen) = caller.store().file(caller.tenant(), caller.user_id(), id).await? {
        return Ok(Some(seen.file));
    }
    let arrived = Arrived {
        tenant: caller.tenant(),
        id: id.clone(),
        name: state.name.clone(),
        content_type: stored.content_type.clone(),
        dimensions: stored.dimensions,
        stored: Stored { size: state.length, sha256: stored.sha256.clone() },
        created_at: state.created_at,
    };
    let made = finish(&caller.app, &caller.record.files, arrived, background).await?;
    if made.is_some() {
        metrics::uploaded(&caller.app, caller.tenant(), RESUMABLE_KIND, Ok(()));
    }
    Ok(made)
}

/// Label of these uploads in metrics.
pub(super) const RESUMABLE_KIND: &str = "resumable";

/// Gives the reserved bytes of an upload back that will not become a file. If the record does not answer, they are given back after
/// a day.
pub(super) async fn give_up(caller: &Caller, id: &FileId) {
    if let Err(error) = caller.store().abandon_upload(caller.tenant(), id).await {
        tracing::warn!(at = "chat.uploads", request_id = caller.request_id, detail = %error);
    }
}
