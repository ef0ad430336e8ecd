//! `POST /api/me/ticket`: issues a ticket for one connection.

use crate::identity::{Caller, issue_ticket};
use crate::request::NoBody;
use crate::response::{Outcome, json, uncached};
use axum::http::StatusCode;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// A ticket for one connection.
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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("createTicket", Tag::Me, "Get a ticket for one connection")
        .about("For clients that can set neither a header nor a subprotocol. Valid for one connection within 30 s.")
        .uncached()
        .answers::<Ticket>(
            201,
            "The ticket.",
            json!({"ticket": "hJ2xq0V9c3TzYkP4bWm7RsDf1NaE6uLg", "expires_at": "2026-01-31T09:05:30.120Z"}),
        );
}
