//! `OPTIONS /api/chat/uploads`: what the server can do.

use super::tus::{ALGORITHM, EXTENSION, MAX_SIZE, VERSION, answer};
use crate::response::done;
use axum::http::HeaderValue;
use axum::response::Response;
use campana_core::files::checksum::ALGORITHMS;
use campana_core::files::resumable::{TUS_EXTENSIONS, TUS_VERSION};
use campana_core::files::settings::MAX_BYTES;

/// The request names no app, so the largest file of any app is stated.
pub(crate) async fn handle() -> Response {
    let mut response = answer(Ok(done()));
    let headers = response.headers_mut();
    headers.insert(VERSION, HeaderValue::from_static(TUS_VERSION));
    headers.insert(EXTENSION, HeaderValue::from_static(TUS_EXTENSIONS));
    headers.insert(ALGORITHM, HeaderValue::from_static(ALGORITHMS));
    headers.insert(MAX_SIZE, HeaderValue::from(MAX_BYTES));
    response
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("getUploadOptions", Tag::Files, "Get what resumable uploads can do")
        .about(
            "`Tus-Version`, `Tus-Extension`, `Tus-Checksum-Algorithm`, and `Tus-Max-Size`, the most that an app can allow: the app's \
             own `files.max_bytes` can be less.",
        )
        .tus()
        .done("The headers say it.");
}
