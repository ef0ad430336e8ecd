//! `POST /api/me/ticket`: issues a ticket for one connection.

use crate::identity::{Caller, issue_ticket};
use crate::request::{Empty, OptionalBody};
use crate::response::{Outcome, json};
use axum::http::{HeaderValue, StatusCode, header};
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Ticket {
    ticket: String,
    expires_at: Timestamp,
}

pub(crate) async fn handle(caller: Caller, OptionalBody(Empty {}): OptionalBody<Empty>) -> Outcome {
    let (ticket, expires_at) = issue_ticket(&caller).await?;
    let mut response = json(StatusCode::CREATED, &Ticket { ticket, expires_at })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
