//! `GET /api/admin/stats`: current metrics of the app.

use crate::App;
use crate::api::metrics::Readings;
use crate::identity::Caller;
use crate::response::{Outcome, json};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};

pub(crate) async fn handle(State(app): State<App>, caller: Caller) -> Outcome {
    let mut response = json(StatusCode::OK, &Readings::take(&app, &caller).await?)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
