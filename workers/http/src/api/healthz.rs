//! `GET /healthz`: checks that the functions run and reach D1. Needs no token.

use crate::App;
use crate::response::{Refusal, ok, uncached};
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

/// A key that no app has: the query tests D1 with one index look-up.
const NO_KEY: &str = "";

pub(crate) async fn handle(State(app): State<App>) -> Result<Response, Refusal> {
    app.store().app_by_key(NO_KEY).await?;
    Ok(uncached(ok(&json!({"status": "ok"}))?))
}
