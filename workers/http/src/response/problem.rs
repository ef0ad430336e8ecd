//! Conversion of refusals to HTTP.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::StorageError;

/// A problem as an RFC 9457 `application/problem+json` response.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Problem);

/// Extension with the details for the failure log. The client does not see it.
#[derive(Debug, Clone)]
pub(crate) struct FailureDetail {
    pub(crate) slug: &'static str,
    pub(crate) detail: String,
}

/// Error for an object's answer that does not match the command.
pub(crate) fn unexpected() -> Refusal {
    Refusal(Problem::new(Kind::Internal, "the object's answer is of another kind"))
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let log_details = FailureDetail { slug: problem.kind.slug(), detail: problem.detail.clone() };
        let shown = match problem.kind {
            Kind::Internal => Problem::new(Kind::Internal, "the request id helps to find out what"),
            _ => problem,
        };
        let status = StatusCode::from_u16(shown.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, shown.to_document().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = shown.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1_000)));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(log_details);
        response
    }
}
