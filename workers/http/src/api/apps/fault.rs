//! Error responses of this API: one plain-text sentence, as Pusher's server libraries expect.

use crate::response::FailureDetail;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::StorageError;

/// Result of an endpoint.
pub(super) type Outcome = Result<Response, Fault>;

/// A refusal. Its message never quotes the request.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    message: String,
    retry_after_ms: Option<u64>,
    log_details: Option<FailureDetail>,
}

impl Fault {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after_ms: None, log_details: None }
    }

    /// 400: the request is invalid.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401: the signature is missing or wrong.
    pub(super) fn unsigned(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// Whether the signature is missing or wrong.
    pub(super) fn is_unsigned(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// 403: the app is disabled.
    pub(super) fn disabled() -> Self {
        Self::new(StatusCode::FORBIDDEN, "This app is disabled")
    }

    /// 404: no app has this id.
    pub(super) fn no_such_app() -> Self {
        Self::new(StatusCode::NOT_FOUND, "No app has this id")
    }

    /// 413: the payload is too large.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let log_details = FailureDetail { slug: problem.kind.slug(), detail: problem.detail.clone() };
        let message = match problem.kind {
            Kind::Internal => problem.kind.title().to_owned(),
            _ => format!("{}: {}", problem.kind.title(), problem.detail),
        };
        Self { retry_after_ms: problem.retry_after_ms, log_details: Some(log_details), ..Self::new(status, message) }
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.message)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1_000)));
        }
        if let Some(log_details) = self.log_details {
            response.extensions_mut().insert(log_details);
        }
        response
    }
}
