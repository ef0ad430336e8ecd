//! CORS: browsers may share responses with pages of the origins that the caller's app allows.
//!
//! A preflight carries no token, so the app is unknown; its answer lists only the methods and headers that exist. The
//! response to the request itself is shared only with an allowed origin. Tokens are not cookies, so a foreign page
//! cannot send one implicitly.
//!
//! A refusal of a request that names no app (no token, no such path, a wrong method) is shared with every page: it says
//! nothing about anybody, and a page that cannot read it takes a missing token for a wrong origin.

use super::Exchange;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use campana_storage::App as AppRecord;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// Includes the headers that clients of Laravel applications send, and those of resumable uploads (tus 1.0).
const HEADERS: &str = "accept, authorization, content-disposition, content-type, idempotency-key, if-match, if-none-match, \
                       if-range, last-event-id, range, tus-resumable, upload-checksum, upload-concat, upload-defer-length, \
                       upload-expires, upload-length, upload-metadata, upload-offset, x-csrf-token, x-http-method-override, \
                       x-request-id, x-requested-with, x-socket-id, x-xsrf-token";
const EXPOSED: &str = "accept-ranges, allow, campana-file, content-disposition, content-range, etag, idempotency-replayed, location, \
                       ratelimit, ratelimit-policy, retry-after, tus-checksum-algorithm, tus-extension, tus-max-size, \
                       tus-resumable, tus-version, upload-concat, upload-defer-length, upload-expires, upload-length, \
                       upload-metadata, upload-offset, x-request-id";

/// CORS middleware.
pub(crate) async fn share(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    if request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return preflight(origin);
    }
    let exchange = request.extensions().get::<Exchange>().cloned().unwrap_or_default();
    let mut response = next.run(request).await;
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let shared_with = match exchange.app() {
        Some(app) => allows_origin(app, &origin).then_some(origin),
        None => is_refusal.then_some(HeaderValue::from_static("*")),
    };
    if let Some(shared_with) = shared_with {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, shared_with);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
}

fn preflight(origin: HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// Whether the app allows this origin.
pub(crate) fn allows_origin(app: &AppRecord, origin: &HeaderValue) -> bool {
    app.allowed_origins.iter().any(|allowed| {
        allowed == "*" || allowed.trim_end_matches('/').as_bytes().eq_ignore_ascii_case(origin.as_bytes())
    })
}

/// Whether the page's host is the requested host.
pub(crate) fn is_same_host(headers: &HeaderMap, authority: Option<&str>, origin: &HeaderValue) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(authority);
    let page = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((host, page), (Some(host), Some(page)) if host.eq_ignore_ascii_case(page))
}
