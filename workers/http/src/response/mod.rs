//! Conversion of results to HTTP: answers, problems, and the middleware around every response.

mod browser_policy;
mod cors;
mod deprecation;
mod etag;
mod exchange;
mod observe;
mod problem;
mod quota;

pub(crate) use browser_policy::{OfFile, OfWebApp};
pub(crate) use cors::{allows_origin, is_same_host};
pub(crate) use deprecation::{DEPRECATED, Deprecation};
pub(crate) use etag::matches as matches_tag;
pub(crate) use exchange::{Exchange, Quota};
pub(crate) use problem::{FailureDetail, Refusal, unexpected};

use crate::App;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use campana_core::shared::problem::{Kind, Problem};
use serde::Serialize;

/// Result of an endpoint.
pub(crate) type Outcome = Result<Response, Refusal>;

/// A JSON response.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Outcome {
    let text =
        serde_json::to_string(value).map_err(|_| Problem::new(Kind::Internal, "the answer cannot be written"))?;
    Ok(json_text(status, text))
}

/// A response whose body is serialized JSON.
pub(crate) fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Forbids caching: the response holds a secret, or a measurement of this moment.
pub(crate) fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 200 with JSON.
pub(crate) fn ok<T: Serialize>(value: &T) -> Outcome {
    json(StatusCode::OK, value)
}

/// 202 with JSON: what was asked for goes on.
pub(crate) fn accepted<T: Serialize>(value: &T) -> Outcome {
    json(StatusCode::ACCEPTED, value)
}

/// 201 if this request created the resource, else 200.
pub(crate) fn made<T: Serialize>(created: bool, value: &T) -> Outcome {
    json(if created { StatusCode::CREATED } else { StatusCode::OK }, value)
}

/// Adds the version of the message in the body as its `ETag`.
pub(crate) fn versioned(mut response: Response, version: i64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Marks a response whose body is streamed to the client instead of buffered.
#[derive(Debug, Clone, Copy)]
pub struct Streamed;

/// Body that is stored for retries with the same idempotency key, in place of the response's own.
#[derive(Debug, Clone)]
pub(crate) struct KeptInstead(pub(crate) String);

/// A response with a secret that only the first answer shows: a retry gets `text` instead.
pub(crate) fn keep_instead(mut response: Response, text: String) -> Response {
    response.extensions_mut().insert(KeptInstead(text));
    response
}

/// 204.
pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// 404 for an unknown path.
pub(crate) async fn absent() -> Refusal {
    Refusal(Problem::new(Kind::NotFound, "there is nothing at this path"))
}

/// 405 for a path that does not support the method.
pub(crate) async fn wrong_method() -> Refusal {
    Refusal(Problem::new(Kind::MethodNotAllowed, "see the Allow header for the methods of this path"))
}

/// Response to a request that cannot reach the router.
pub fn unrouted(problem: Problem) -> Response {
    let mut response = Refusal(problem).into_response();
    browser_policy::Place::default().protect(response.headers_mut(), browser_policy::Origin::Api);
    response
}

/// Adds the middleware, from the outside in: request id, limits and log; CORS; entity tags.
pub(crate) fn around(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .layer(from_fn(etag::tag))
        .layer(from_fn(cors::share))
        .layer(from_fn_with_state(app.clone(), observe::observe))
}

#[cfg(test)]
mod tests;
