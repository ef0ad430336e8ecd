//! `GET /api/chat/files/{id}`: the bytes of a file, for its uploader and for members of conversations with a message that has it.

use crate::file_store::{FilePart, FileStore, key, variant_key};
use crate::identity::{Caller, FileReader};
use crate::request::{Query, Segment};
use crate::response::{OfFile, Outcome, matches_tag};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use campana_core::files::content::is_shown;
use campana_core::files::name::disposition;
use campana_core::files::range::Asked;
use campana_core::files::{Attachment, FileStatus, VariantName};
use campana_core::shared::ids::{FileId, TenantId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{FileScan, SeenFile};
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
    /// A smaller form of a picture; 404 if the file has none of this name.
    #[serde(default)]
    variant: Option<VariantName>,
}

pub(crate) async fn handle(
    reader: FileReader,
    Segment(id): Segment<FileId>,
    Query(FileQuery { variant, .. }): Query<FileQuery>,
    request: Request,
) -> Outcome {
    let caller = reader.of(&id)?;
    let store = caller.app.file_store()?;
    let file = Form::of(caller.tenant(), readable(caller, &id).await?, variant)?;
    serve(store, request.method(), request.headers(), &file).await
}

/// Answers with the bytes, or the part of them that the request asks for.
pub(super) async fn serve(store: &dyn FileStore, method: &Method, headers: &HeaderMap, file: &Form) -> Outcome {
    let (tag, size) = (&file.tag, file.size);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| matches_tag(known, tag)) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        file.describe_version(response.headers_mut())?;
        response.extensions_mut().insert(OfFile);
        return Ok(response);
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A range of another version is not what the client wants.
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|known| known == tag.as_str()));
    let (part, status) = match Asked::read(range, size) {
        Asked::Beyond => return Ok(beyond(size)?),
        Asked::Part { first, last } => (Some(FilePart { first, last }), StatusCode::PARTIAL_CONTENT),
        Asked::Whole => (None, StatusCode::OK),
    };
    let mut response = if method == Method::HEAD {
        store.size(&file.key).await?.map(|_| Response::default())
    } else {
        store.get(&file.key, part).await?
    }
    // The record and the store disagree: the file is being deleted.
    .ok_or_else(Problem::not_found)?;
    *response.status_mut() = status;
    *response.headers_mut() = file.headers(part)?;
    response.extensions_mut().insert(OfFile);
    Ok(response)
}

/// The file, if the caller may read it now. A file that was just sent to them is awaited: its message is on its way to the record.
pub(super) async fn readable(caller: &Caller, id: &FileId) -> Result<Attachment, Problem> {
    let find = || caller.store().file(caller.tenant(), caller.user_id(), id);
    if let Some(seen) = find().await? {
        return opened(caller, seen);
    }
    let since = caller.now().plus_millis(ARRIVAL_MS.saturating_neg());
    if caller.store().file_is_arriving(caller.tenant(), caller.user_id(), id, since).await? {
        for _ in 0..LOOKS {
            caller.app.clock().sleep(LOOK_AGAIN_MS).await;
            if let Some(seen) = find().await? {
                return opened(caller, seen);
            }
        }
    }
    Err(Problem::not_found())
}

/// A file that the caller sees, if its status lets them read its bytes.
fn opened(caller: &Caller, seen: SeenFile) -> Result<Attachment, Problem> {
    match seen.file.status {
        FileStatus::Ready => Ok(seen.file),
        FileStatus::Scanning if seen.uploader == *caller.user_id() => Ok(seen.file),
        FileStatus::Scanning => Err(Problem::new(Kind::Conflict, "the file is not scanned yet")),
        FileStatus::Refused => Err(Problem::new(Kind::NotFound, "the file was refused by a scan, and is deleted")),
    }
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|_| Problem::internal("a header cannot be written"))
}

/// The bytes that are asked for: the file itself, or a smaller form of it.
pub(super) struct Form {
    key: String,
    /// The `ETag`.
    tag: String,
    size: u64,
    content_type: String,
    /// Name of the file.
    name: String,
    cache_control: &'static str,
}

impl Form {
    /// 404 if the file has no smaller form of this name.
    fn of(tenant: &TenantId, file: Attachment, variant: Option<VariantName>) -> Result<Self, Problem> {
        let size = |size: i64| u64::try_from(size).unwrap_or_default();
        let Some(name) = variant else {
            return Ok(Self {
                key: key(tenant, &file.id),
                tag: format!("\"{}\"", file.sha256),
                size: size(file.size),
                content_type: file.content_type,
                name: file.name,
                // A browser asks each time, because a membership may have ended.
                cache_control: "private, no-cache",
            });
        };
        let variant = file.variant(name).ok_or_else(Problem::not_found)?;
        Ok(Self {
            key: variant_key(tenant, &file.id, name),
            tag: format!("\"{}-{}\"", file.sha256, name.as_str()),
            size: size(variant.size),
            content_type: variant.content_type.clone(),
            name: file.name,
            // A list of pictures asks for many of them: a browser asks once a week. It keeps only what it was allowed to read.
            cache_control: "private, max-age=604800, immutable",
        })
    }

    /// The bytes of a file for the app's scanner, which nobody may keep.
    pub(super) fn for_scanner(tenant: &TenantId, scan: FileScan) -> Self {
        Self {
            key: key(tenant, &scan.id),
            tag: format!("\"{}\"", scan.sha256),
            size: u64::try_from(scan.size).unwrap_or_default(),
            content_type: "application/octet-stream".to_owned(),
            name: scan.name,
            cache_control: "no-store",
        }
    }

    fn describe_version(&self, headers: &mut HeaderMap) -> Result<(), Problem> {
        headers.insert(header::ETAG, value(&self.tag)?);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache_control));
        headers.append(header::VARY, HeaderValue::from_static("authorization"));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        Ok(())
    }

    fn headers(&self, part: Option<FilePart>) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        self.describe_version(&mut headers)?;
        headers.insert(header::CONTENT_TYPE, value(&self.content_type)?);
        headers.insert(header::CONTENT_DISPOSITION, value(&disposition(&self.name, is_shown(&self.content_type)))?);
        let length = match part {
            Some(FilePart { first, last }) => {
                headers.insert(header::CONTENT_RANGE, value(&format!("bytes {first}-{last}/{}", self.size))?);
                last.saturating_sub(first).saturating_add(1)
            }
            None => self.size,
        };
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        Ok(headers)
    }
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
             A browser shows pictures, audio and video, and saves everything else. A smaller form of a picture never changes: \
             browsers keep it. While the app's scanner has not decided, only its uploader reads it and others get 409; a file that it \
             refused is 404.",
        )
        .file("The bytes.", "The part of the bytes that `Range` asks for.")
        .refuses(&[Kind::Conflict, Kind::RangeNotSatisfiable]);
}
