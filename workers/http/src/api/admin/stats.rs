//! `GET /api/admin/stats`: current metrics of the app.

use crate::api::metrics::Readings;
use crate::identity::Caller;
use crate::response::{Outcome, json};
use axum::http::{HeaderValue, StatusCode, header};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    let mut response = json(StatusCode::OK, &Readings::take(&caller).await?)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
