//! The file of a form (`multipart/form-data`), as a stream.

use crate::file_store::ByteStream;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use campana_core::shared::problem::{Kind, Problem};
use futures_util::StreamExt;
use multer::{Constraints, Multipart, SizeLimit};

/// Most bytes of a form besides its file: boundaries and headers.
pub(super) const ENVELOPE_BYTES: u64 = 16 * 1024;
/// Name of the field with the file.
const FIELD: &str = "file";

/// A file that a form has.
pub(super) struct FormFile {
    /// The name that the client gives.
    pub(super) name: Option<String>,
    /// The bytes.
    pub(super) bytes: ByteStream,
}

/// The boundary, if the body is a form.
pub(super) fn boundary(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return Ok(None);
    }
    let wrong =
        |_| Problem::new(Kind::UnsupportedMediaType, "send multipart/form-data with a boundary, or the file itself");
    multer::parse_boundary(kind).map(Some).map_err(wrong)
}

/// The file of a form, whose first field it must be.
pub(super) async fn file(body: Body, boundary: String, max_bytes: u64) -> Result<FormFile, Problem> {
    let limits = SizeLimit::new().whole_stream(max_bytes.saturating_add(ENVELOPE_BYTES));
    let limits = Constraints::new().size_limit(limits);
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let field = form.next_field().await.map_err(|error| refusal(&error, max_bytes))?;
    let Some(field) = field.filter(|field| field.name() == Some(FIELD)) else {
        return Err(Problem::field(FIELD, "is the first field of the form"));
    };
    let name = field.file_name().map(str::to_owned);
    let bytes = field.map(move |piece| piece.map_err(|error| refusal(&error, max_bytes)));
    Ok(FormFile { name, bytes: Box::pin(bytes) })
}

fn refusal(error: &multer::Error, max_bytes: u64) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => too_large(max_bytes),
        multer::Error::StreamReadFailed(_) => Problem::new(Kind::Malformed, "the body broke off"),
        _ => Problem::new(Kind::Malformed, "the body is not a form"),
    }
}

/// 413 for a file over the app's limit.
pub(in crate::api::chat) fn too_large(max_bytes: u64) -> Problem {
    Problem::new(Kind::TooLarge, format!("a file has at most {max_bytes} bytes"))
}
