//! Outermost middleware: request id, quota headers, security headers, one log line per request and one per failure.

use super::browser_policy::{Origin, Place};
use super::problem::FailureDetail;
use super::{Exchange, quota};
use crate::App;
use crate::identity::failures;
use crate::metrics::{self, Answered};
use crate::ports::Background;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use campana_core::shared::hex::hex;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id accepted from a client.
const MAX_REQUEST_ID_CHARS: usize = 64;

/// Observability middleware.
pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = app.now();
    let id = request_id(&app, &request);
    let exchange = Exchange::new(id.clone(), request.headers());
    request.extensions_mut().insert(exchange.clone());
    let (method, place) = (request.method().clone(), Place::of(request.uri()));
    let path = request.extensions().get::<MatchedPath>().cloned();
    let background = request.extensions().get::<Background>().cloned();
    let mut response = next.run(request).await;
    let took_ms = app.now().since(began);
    failures::count(&app, &exchange, background.as_ref()).await;
    // The log has the route pattern: the actual path may contain a secret, for example an invite token.
    let path = path.as_ref().map_or("", |path| path.as_str());
    let log_details = response.extensions().get::<FailureDetail>();
    let problem = log_details.map(|log_details| log_details.slug);
    let answered = Answered { method: &method, endpoint: path, status: response.status(), problem, ms: took_ms };
    metrics::count(&app, &exchange, &answered, background.as_ref());
    let (request_id, method, status) = (id.as_str(), method.as_str(), response.status().as_u16());
    tracing::info!(
        at = "http",
        request_id,
        method,
        path,
        status,
        problem,
        ms = took_ms,
        app = exchange.callers_app().map(|app| app.id.as_str()),
    );
    if response.status().is_server_error() {
        let detail = log_details.map(|log_details| log_details.detail.as_str());
        tracing::error!(at = "http", request_id, method, path, status, problem, detail);
    }
    let origin = Origin::of(response.extensions_mut());
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some(quotas) = exchange.quotas() {
        quota::tell(headers, quotas);
    }
    place.protect(headers, origin);
    response
}

fn request_id(app: &App, request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let acceptable = |id: &&str| {
        (1..=MAX_REQUEST_ID_CHARS).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if let Some(id) = given.filter(acceptable) {
        return id.to_owned();
    }
    hex(&app.random::<12>().unwrap_or_default())
}
