//! `POST /api/chat/upload`: stores a file of the caller.
//!
//! The body passes through in pieces, so memory does not grow with the file. The record reserves the bytes before the store gets
//! them: a file whose upload breaks off is known to the record, and a schedule removes what is left of it.

use super::form::{self, FormFile, too_large};
use super::{Arrived, content_of, finish, refused_type};
use crate::file_store::{ByteStream, key};
use crate::identity::Caller;
use crate::metrics;
use crate::ports::Background;
use crate::response::{Outcome, json};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use campana_core::files::Attachment;
use campana_core::files::content::{Content, HEAD_BYTES};
use campana_core::files::name::{in_disposition, sanitized};
use campana_core::shared::ids::FileId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::NewFile;
use futures_util::{StreamExt, stream};

/// Time after which a person who is over their daily bytes may try again, milliseconds: an hour.
const QUOTA_RETRY_MS: u64 = 60 * 60 * 1_000;

/// A file that a request carries.
struct Incoming {
    name: String,
    /// The exact number of bytes, if it is known.
    size: Option<u64>,
    /// Most bytes that it can have.
    reserved: u64,
    bytes: ByteStream,
}

pub(crate) async fn handle(caller: Caller, request: Request) -> Outcome {
    let received = receive(&caller, request).await;
    metrics::uploaded(&caller.app, caller.tenant(), "simple", received.as_ref().map(drop));
    json(StatusCode::CREATED, &received?)
}

/// Stores the file of a request.
async fn receive(caller: &Caller, request: Request) -> Result<Attachment, Problem> {
    let store = caller.app.file_store()?;
    let background = request.extensions().get::<Background>().cloned();
    let (parts, body) = request.into_parts();
    let max_bytes = u64::from(caller.record.files.max_bytes);
    let Incoming { name, size, reserved, bytes } = incoming(&parts.headers, body, max_bytes).await?;
    let (content, bytes) = looked_at(bytes).await?;
    if !caller.record.files.takes(content.content_type) {
        return Err(refused_type(content.content_type));
    }
    let (id, now) = (caller.app.new_file_id()?, caller.now());
    reserve(caller, &id, &name, reserved, now).await?;
    let key = key(caller.tenant(), &id);
    let stored = match store.put(&key, size, limited(bytes, max_bytes)).await {
        Ok(stored) => stored,
        Err(problem) => {
            abandon(caller, &id).await;
            return Err(problem);
        }
    };
    let Content { content_type, dimensions } = content;
    let content_type = content_type.to_owned();
    let arrived = Arrived { tenant: caller.tenant(), id, name, created_at: now, content_type, dimensions, stored };
    let finished = finish(&caller.app, &caller.record.files, arrived, background.as_ref()).await?;
    finished.ok_or_else(|| Problem::unavailable("the upload was given up"))
}

/// The file of a form, or the body itself.
async fn incoming(headers: &HeaderMap, body: Body, max_bytes: u64) -> Result<Incoming, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|size| size.to_str().ok()?.parse::<u64>().ok());
    if let Some(boundary) = form::boundary(headers)? {
        if declared.is_some_and(|size| size > max_bytes.saturating_add(form::ENVELOPE_BYTES)) {
            return Err(too_large(max_bytes));
        }
        let FormFile { name, bytes } = form::file(body, boundary, max_bytes).await?;
        let reserved = declared.unwrap_or(max_bytes).min(max_bytes);
        return Ok(Incoming { name: sanitized(&name.unwrap_or_default()), size: None, reserved, bytes });
    }
    if declared.is_some_and(|size| size > max_bytes) {
        return Err(too_large(max_bytes));
    }
    let disposition = headers.get(header::CONTENT_DISPOSITION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let name = disposition.and_then(|header| in_disposition(&header)).unwrap_or_default();
    let broken = |_| Problem::new(Kind::Malformed, "the body broke off");
    let bytes = body.into_data_stream().map(move |piece| piece.map_err(broken));
    let reserved = declared.unwrap_or(max_bytes);
    Ok(Incoming { name: sanitized(&name), size: declared, reserved, bytes: Box::pin(bytes) })
}

/// What the beginning of the bytes shows, and all of the bytes. 422 if there are none.
async fn looked_at(bytes: ByteStream) -> Result<(Content, ByteStream), Problem> {
    // The end of a short file is reached here, and asked for again when it is stored.
    let mut bytes = bytes.fuse();
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES {
        let Some(piece) = bytes.next().await.transpose()? else { break };
        head.extend_from_slice(&piece);
    }
    if head.is_empty() {
        return Err(Problem::field("file", "is empty"));
    }
    let content = content_of(head.get(..HEAD_BYTES).unwrap_or(&head));
    let all = stream::once(async move { Ok(Bytes::from(head)) }).chain(bytes);
    Ok((content, Box::pin(all)))
}

/// The bytes, or 413 once there are too many.
fn limited(bytes: ByteStream, max_bytes: u64) -> ByteStream {
    let mut count = 0_u64;
    Box::pin(bytes.map(move |piece| {
        let piece = piece?;
        count = count.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if count > max_bytes { Err(too_large(max_bytes)) } else { Ok(piece) }
    }))
}

/// Reserves the bytes of an upload. 429 over the person's bytes of a day.
pub(in crate::api::chat) async fn reserve(
    caller: &Caller,
    id: &FileId,
    name: &str,
    reserved: u64,
    now: Timestamp,
) -> Result<(), Problem> {
    let reserved = i64::try_from(reserved).unwrap_or(i64::MAX);
    let new = NewFile { id, tenant: caller.tenant(), uploader: caller.user_id(), name, reserved };
    let per_day = caller.record.files.per_day_bytes;
    if caller.store().begin_upload(new, per_day, now).await? {
        return Ok(());
    }
    Err(Problem::rate_limited(format!("a person uploads at most {per_day} bytes a day"), QUOTA_RETRY_MS))
}

/// Gives the reserved bytes back. If the record does not answer, they are given back after a day.
async fn abandon(caller: &Caller, id: &FileId) {
    if let Err(error) = caller.store().abandon_upload(caller.tenant(), id).await {
        tracing::warn!(at = "chat.upload", request_id = caller.request_id, detail = %error);
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("uploadFile", Tag::Files, "Upload a file")
        .about(
            "The body is the file, with its name in `Content-Disposition`, or a form whose field `file` is the file. Its type is \
             found by its content. A JPEG, PNG, WebP or GIF picture is stored without its metadata and gets smaller forms. Only the caller can send it and read it, until they send it; a file that is not sent is \
             deleted after a day.",
        )
        .uploads()
        .refuses(&[Kind::Malformed, Kind::TooLarge, Kind::UnsupportedMediaType, Kind::Invalid])
        .answers::<Attachment>(201, "The file.", examples::attachment());
}
