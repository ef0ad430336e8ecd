//! `POST /api/security/alerts/{id}/receipts`: reports that a client of the caller received or displayed the alert. 204.

use super::desk::{ask, respond};
use crate::App;
use crate::identity::Urgent;
use crate::request::{Body, Segment};
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::wire::Receipt;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptBody {
    state: Receipt,
}

pub(crate) async fn handle(
    State(app): State<App>,
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    Body(body): Body<ReceiptBody>,
) -> Outcome {
    match ask(&app, &caller, DeskCommand::Receipts { ids: vec![id], state: body.state }).await {
        // A receipt for a closed alert changes nothing.
        Ok(DeskReply::Done | DeskReply::Alert { .. } | DeskReply::InRecord) => Ok(done()),
        answer => respond(&app, &caller, answer),
    }
}
