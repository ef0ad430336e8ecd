//! From outcomes to HTTP: answers, problems, and what is done around every response.

mod cors;
mod etag;
mod exchange;
mod observe;
mod problem;
mod quota;

pub(crate) use cors::{allows_origin, is_same_host};
pub(crate) use exchange::{Exchange, Quota};
pub(crate) use problem::{Refusal, Told};

use crate::App;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use campana_core::shared::problem::{Kind, Problem};
use serde::Serialize;

/// What an endpoint gives back.
pub(crate) type Outcome = Result<Response, Refusal>;

/// A JSON answer.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Outcome {
    let text =
        serde_json::to_string(value).map_err(|_| Problem::new(Kind::Internal, "the answer cannot be written"))?;
    Ok(json_text(status, text))
}

/// An answer that is JSON text already.
pub(crate) fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// 200 with JSON.
pub(crate) fn ok<T: Serialize>(value: &T) -> Outcome {
    json(StatusCode::OK, value)
}

/// 201 if this call made it, else 200.
pub(crate) fn made<T: Serialize>(created: bool, value: &T) -> Outcome {
    json(if created { StatusCode::CREATED } else { StatusCode::OK }, value)
}

/// A response whose body is not to be gathered: it is sent on as it comes.
#[derive(Debug, Clone, Copy)]
pub struct Streamed;

/// What is kept of a response for a repeat of its request, in place of its body.
#[derive(Debug, Clone)]
pub(crate) struct KeptInstead(pub(crate) String);

/// An answer with something that is shown this once: a repeat of its request gets the other text.
pub(crate) fn keep_instead(mut response: Response, text: String) -> Response {
    response.extensions_mut().insert(KeptInstead(text));
    response
}

/// 204.
pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// No such path.
pub(crate) async fn absent() -> Refusal {
    Refusal(Problem::new(Kind::NotFound, "there is nothing at this path"))
}

/// The path exists, but not for this method.
pub(crate) async fn wrong_method() -> Refusal {
    Refusal(Problem::new(Kind::MethodNotAllowed, "see the Allow header for the methods of this path"))
}

/// What holds for every response, from the outside in: request id, limits and log, CORS, entity tags.
pub(crate) fn around(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .layer(from_fn(etag::tag))
        .layer(from_fn(cors::share))
        .layer(from_fn_with_state(app.clone(), observe::observe))
}

#[cfg(test)]
mod tests;
