//! `POST /api/me/ticket`: issues a ticket for one connection.

use crate::identity::{Caller, issue_ticket};
use crate::request::NoBody;
use crate::response::{Outcome, json, uncached};
use axum::http::StatusCode;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Ticket {
    ticket: String,
    expires_at: Timestamp,
}

pub(crate) async fn handle(caller: Caller, _: NoBody) -> Outcome {
    let (ticket, expires_at) = issue_ticket(&caller).await?;
    Ok(uncached(json(StatusCode::CREATED, &Ticket { ticket, expires_at })?))
}
