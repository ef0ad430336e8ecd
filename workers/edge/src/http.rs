//! Conversion of requests and responses between the platform's types and the router's.

use crate::file_store::large_body;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use campana_core::shared::limits::MAX_REQUEST_BYTES;
use campana_http::{REGION_HEADER, Streamed};
use futures_util::TryStreamExt;
use worker::send::SendWrapper;
use worker::{Headers, ResponseBuilder, Result};

/// Path of uploads, whose bodies are read in large pieces.
const UPLOAD_PATH: &str = "/api/chat/upload";
/// Media type of bytes of a resumable upload.
const OFFSET_BYTES: &str = "application/offset+octet-stream";

/// A raw response of an object or of the static files, carried through the router as an extension. Its socket or stream
/// reaches the client directly, without being copied through WebAssembly memory.
#[derive(Clone)]
pub(crate) struct Relayed(SendWrapper<web_sys::Response>);

/// The body of a request as the platform's stream, for an object that takes it as such: it is not copied through WebAssembly memory.
#[derive(Clone)]
pub(crate) struct RawBody(SendWrapper<web_sys::ReadableStream>);

impl RawBody {
    pub(crate) fn into_stream(self) -> web_sys::ReadableStream {
        self.0.0
    }
}

/// Converts the platform's request. `None` if its URL or method cannot be parsed.
pub(crate) fn request(request: &web_sys::Request) -> Option<Request<Body>> {
    let method = Method::from_bytes(request.method().as_bytes()).ok()?;
    let mut builder = Request::builder().method(method).uri(request.url());
    let is_upload = builder.uri_ref()?.path() == UPLOAD_PATH;
    let headers = builder.headers_mut()?;
    // Only the platform may set the region: the client's own header is dropped.
    copy(request.headers(), headers);
    headers.remove(REGION_HEADER);
    if let Some(region) = region(request).and_then(|region| HeaderValue::from_str(&region).ok()) {
        headers.insert(REGION_HEADER, region);
    }
    // Elsewhere a body is refused as soon as it is over its limit, so it is read in the pieces in which it comes.
    let is_large = is_upload && headers.get(CONTENT_LENGTH).is_none_or(|length| is_above(length, MAX_REQUEST_BYTES));
    let is_relayed = headers.get(CONTENT_TYPE).is_some_and(|content_type| content_type == OFFSET_BYTES);
    let body = match request.body() {
        None => Body::empty(),
        Some(stream) if is_relayed => {
            builder = builder.extension(RawBody(SendWrapper::new(stream)));
            Body::empty()
        }
        Some(stream) if is_large => large_body(&stream)?,
        Some(stream) => Body::new(worker::Body::new(stream)),
    };
    builder.body(body).ok()
}

/// Whether a length is above this number of bytes.
fn is_above(length: &HeaderValue, bytes: usize) -> bool {
    length.to_str().ok().and_then(|length| length.parse::<usize>().ok()).is_none_or(|length| length > bytes)
}

fn copy(from: web_sys::Headers, to: &mut HeaderMap) {
    for (name, value) in Headers(from).entries() {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            to.append(name, value);
        }
    }
}

/// Continent of the client, if the platform knows it.
fn region(request: &web_sys::Request) -> Option<String> {
    // A second handle to the same request; its own `clone` would copy the body.
    let request = worker::Request::from(Clone::clone(request));
    request.cf().and_then(worker::Cf::continent).map(|continent| continent.to_ascii_lowercase())
}

/// Converts a response of an object, or of the static files, for the router.
pub(crate) fn relay(response: impl Into<web_sys::Response>) -> Result<Response<Body>> {
    let raw: web_sys::Response = response.into();
    let mut relayed = Response::builder().status(raw.status());
    if let Some(headers) = relayed.headers_mut() {
        copy(raw.headers(), headers);
    }
    let relayed = relayed.extension(Relayed(SendWrapper::new(raw))).body(Body::empty());
    relayed.map_err(|error| worker::Error::RustError(error.to_string()))
}

/// Converts the router's response for the platform.
pub(crate) async fn response(mut response: Response<Body>) -> Result<web_sys::Response> {
    let headers = Headers::new();
    for (name, value) in response.headers() {
        if let Ok(value) = value.to_str() {
            headers.append(name.as_str(), value)?;
        }
    }
    let builder = ResponseBuilder::new().with_status(response.status().as_u16()).with_headers(headers);
    if let Some(Relayed(raw)) = response.extensions_mut().remove::<Relayed>() {
        let raw = worker::Response::from(raw.0);
        let (body, socket) = (raw.body().clone(), raw.websocket());
        return Ok(match socket {
            Some(socket) => builder.with_websocket(socket).empty().into(),
            None => builder.body(body).into(),
        });
    }
    if response.extensions_mut().remove::<Streamed>().is_some() {
        let chunks = response.into_body().into_data_stream();
        let broken = |error: axum::Error| worker::Error::RustError(error.to_string());
        return Ok(builder.from_stream(chunks.map_ok(Vec::from).map_err(broken))?.into());
    }
    let bytes = to_bytes(response.into_body(), usize::MAX).await;
    let bytes = bytes.map_err(|error| worker::Error::RustError(error.to_string()))?;
    Ok(if bytes.is_empty() { builder.empty() } else { builder.fixed(bytes.to_vec()) }.into())
}
