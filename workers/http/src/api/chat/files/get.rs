//! `GET /api/chat/files/{id}`: the bytes of a file, for its uploader and for members of conversations with a message that has it.

use crate::file_store::{FilePart, key};
use crate::identity::{Caller, FileReader};
use crate::request::{Query, Segment};
use crate::response::{OfFile, Outcome, matches_tag};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use campana_core::files::Attachment;
use campana_core::files::content::is_shown;
use campana_core::files::name::disposition;
use campana_core::files::range::Asked;
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;

/// How long after it was sent a file is awaited whose message the record lacks, milliseconds.
const ARRIVAL_MS: i64 = 60_000;
/// Interval and number of looks at the record for such a message.
const LOOK_AGAIN_MS: u32 = 200;
const LOOKS: u32 = 15;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct FileQuery {
    /// A signed link in place of a token, from `POST /api/chat/files/{id}/link`.
    #[serde(default, rename = "link")]
    _link: Option<String>,
}

pub(crate) async fn handle(
    reader: FileReader,
    Segment(id): Segment<FileId>,
    Query(FileQuery { .. }): Query<FileQuery>,
    request: Request,
) -> Outcome {
    let caller = reader.of(&id)?;
    let store = caller.app.file_store()?;
    let file = readable(caller, &id).await?;
    let size = u64::try_from(file.size).unwrap_or_default();
    let (method, headers) = (request.method(), request.headers());
    let tag = format!("\"{}\"", file.sha256);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| matches_tag(known, &tag)) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        describe_version(response.headers_mut(), &tag)?;
        response.extensions_mut().insert(OfFile);
        return Ok(response);
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A range of another version is not what the client wants.
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|known| known == tag));
    let (part, status) = match Asked::read(range, size) {
        Asked::Beyond => return Ok(beyond(size)?),
        Asked::Part { first, last } => (Some(FilePart { first, last }), StatusCode::PARTIAL_CONTENT),
        Asked::Whole => (None, StatusCode::OK),
    };
    let key = key(caller.tenant(), &id);
    let mut response = if method == Method::HEAD {
        store.size(&key).await?.map(|_| Response::default())
    } else {
        store.get(&key, part).await?
    }
    // The record and the store disagree: the file is being deleted.
    .ok_or_else(Problem::not_found)?;
    *response.status_mut() = status;
    *response.headers_mut() = file_headers(&file, &tag, part, size)?;
    response.extensions_mut().insert(OfFile);
    Ok(response)
}

/// The file, if the caller may read it now. A file that was just sent to them is awaited: its message is on its way to the record.
async fn readable(caller: &Caller, id: &FileId) -> Result<Attachment, Problem> {
    let find = || caller.store().file(caller.tenant(), caller.user_id(), id);
    if let Some(file) = find().await? {
        return Ok(file);
    }
    let since = caller.now().plus_millis(ARRIVAL_MS.saturating_neg());
    if caller.store().file_is_arriving(caller.tenant(), caller.user_id(), id, since).await? {
        for _ in 0..LOOKS {
            caller.app.clock().sleep(LOOK_AGAIN_MS).await;
            if let Some(file) = find().await? {
                return Ok(file);
            }
        }
    }
    Err(Problem::not_found())
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|_| Problem::internal("a header cannot be written"))
}

fn describe_version(headers: &mut HeaderMap, tag: &str) -> Result<(), Problem> {
    headers.insert(header::ETAG, value(tag)?);
    // A browser asks each time, because a membership may have ended.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("authorization"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(())
}

fn file_headers(file: &Attachment, tag: &str, part: Option<FilePart>, size: u64) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    describe_version(&mut headers, tag)?;
    headers.insert(header::CONTENT_TYPE, value(&file.content_type)?);
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition(&file.name, is_shown(&file.content_type)))?);
    let length = match part {
        Some(FilePart { first, last }) => {
            headers.insert(header::CONTENT_RANGE, value(&format!("bytes {first}-{last}/{size}"))?);
            last.saturating_sub(first).saturating_add(1)
        }
        None => size,
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(headers)
}

/// 416 with the size of the file.
fn beyond(size: u64) -> Result<Response, Problem> {
    let problem = Problem::new(Kind::RangeNotSatisfiable, format!("the file has {size} bytes"));
    let mut response = crate::response::Refusal(problem).into_response();
    response.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{size}"))?);
    Ok(response)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("getFile", Tag::Files, "Get a file")
        .about(
            "For the person who uploaded it, and for members of conversations with a message that has it; this is asked each time. \
             A browser shows pictures, audio and video, and saves everything else.",
        )
        .file("The bytes.", "The part of the bytes that `Range` asks for.")
        .refuses(&[Kind::RangeNotSatisfiable]);
}
