//! `POST /api/chat/uploads`: begins a resumable upload.

use super::tus::{self, LENGTH, METADATA, RESUMABLE_KIND};
use crate::api::chat::files::{reserve, too_large};
use crate::identity::Caller;
use crate::metrics;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use campana_core::files::name::sanitized;
use campana_core::files::resumable::{BeginUpload, name_in_metadata};
use campana_core::shared::problem::{Kind, Problem};

pub(crate) async fn handle(caller: Caller, request: Request) -> Response {
    let outcome = create(&caller, request.headers()).await;
    if let Err(problem) = &outcome {
        metrics::uploaded(&caller.app, caller.tenant(), RESUMABLE_KIND, Err(problem));
    }
    tus::answer(outcome.map_err(Into::into))
}

async fn create(caller: &Caller, headers: &HeaderMap) -> Result<Response, Problem> {
    tus::check_version(headers)?;
    caller.app.file_store()?;
    let length = tus::number(headers, &LENGTH)?;
    if length == 0 {
        return Err(Problem::field("Upload-Length", "is 0: an empty file cannot be uploaded"));
    }
    let max_bytes = u64::from(caller.record.files.max_bytes);
    if length > max_bytes {
        return Err(too_large(max_bytes));
    }
    let metadata = headers.get(METADATA).map(|value| value.to_str().unwrap_or("?")).unwrap_or_default();
    let wrong = || Problem::new(Kind::Malformed, "Upload-Metadata must be pairs of a key and a value in base64");
    let name = sanitized(&name_in_metadata(metadata).ok_or_else(wrong)?);
    let (id, now) = (caller.app.new_file_id()?, caller.now());
    reserve(caller, &id, &name, length, now).await?;
    let begin = BeginUpload {
        of: tus::of(caller, id.clone()),
        name,
        metadata: metadata.to_owned(),
        length,
        settings: caller.record.files.clone(),
        created_at: now,
    };
    let state = match caller.app.uploads().begin(begin).await {
        Ok(state) => state,
        Err(problem) => {
            tus::give_up(caller, &id).await;
            return Err(problem);
        }
    };
    let mut response = StatusCode::CREATED.into_response();
    let internal = |_| Problem::internal("a header cannot be written");
    let location = HeaderValue::try_from(format!("/api/chat/uploads/{id}")).map_err(internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    tus::describe_state(response.headers_mut(), &state, None);
    Ok(response)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, Tag};
    operation
        .named("createUpload", Tag::Files, "Begin a resumable upload")
        .about(
            "By tus 1.0: the bytes follow by `PATCH` to the path in `Location`. They count as uploaded from now on. An upload can be \
             resumed for a day.",
        )
        .header(RequestHeader::UploadLength)
        .header(RequestHeader::UploadMetadata)
        .tus()
        .located()
        .refuses(&[Kind::UnsupportedTusVersion, Kind::Malformed, Kind::TooLarge, Kind::Invalid])
        .created("The upload.");
}
