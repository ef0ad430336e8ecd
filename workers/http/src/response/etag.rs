//! Entity tags on JSON responses to GET: 304 for clients that have the current version.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use campana_core::shared::hex::hex;
use campana_core::shared::problem::{Kind, Problem};
use sha2::{Digest, Sha256};

/// Bytes of the hash in a tag: collisions are infeasible, and the header stays short.
const TAG_BYTES: usize = 16;

/// `ETag` middleware.
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK || !is_cacheable_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return super::Refusal(Problem::new(Kind::Internal, "the answer broke off")).into_response();
    };
    let tag = entity_tag(&bytes);
    let unchanged = known.is_some_and(|known| matches(&known, &tag));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    parts.headers.append(header::VARY, HeaderValue::from_static("authorization"));
    if !unchanged {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

fn is_cacheable_json(headers: &HeaderMap) -> bool {
    let json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    json && !headers.contains_key(header::CACHE_CONTROL)
}

fn entity_tag(bytes: &[u8]) -> String {
    format!("\"{}\"", hex(Sha256::digest(bytes).get(..TAG_BYTES).unwrap_or_default()))
}

/// `If-None-Match` uses weak comparison (RFC 9110, 13.1.2).
pub(crate) fn matches(known: &HeaderValue, tag: &str) -> bool {
    let Ok(known) = known.to_str() else { return false };
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tags_are_compared_weakly_and_in_lists() {
        let tag = entity_tag(b"{}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let header = HeaderValue::from_str(&known).expect("a valid header");
            assert!(matches(&header, &tag), "{known}");
        }
        assert!(!matches(&HeaderValue::from_static("\"x\""), &tag));
    }
}
