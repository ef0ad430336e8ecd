//! `GET /healthz`: whether the functions run and reach the record. Open to everybody.

use crate::App;
use crate::response::{Refusal, json};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

/// No app has this key: the answer is empty, and found by index.
const NO_KEY: &str = "";

pub(crate) async fn handle(State(app): State<App>) -> Result<Response, Refusal> {
    app.store().app_by_key(NO_KEY).await?;
    let mut response = json(StatusCode::OK, &json!({"status": "ok"}))?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
