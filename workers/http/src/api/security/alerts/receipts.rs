//! `POST /api/security/alerts/{id}/receipts`: reports that a client of the caller received or displayed the alert. 204.

use super::desk::respond;
use crate::identity::Urgent;
use crate::request::{Body, Segment};
use crate::response::{Outcome, done};
use campana_core::alerts::AlertId;
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::wire::Receipt;
use serde::Deserialize;

/// What a client did with an alert.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertReceipt"))]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptBody {
    state: Receipt,
}

pub(crate) async fn handle(
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    Body(body): Body<ReceiptBody>,
) -> Outcome {
    match caller.ask_desk(DeskCommand::Receipts { ids: vec![id], state: body.state }).await {
        // A receipt for a closed alert changes nothing.
        Ok(DeskReply::Done | DeskReply::Alert { .. } | DeskReply::InRecord) => Ok(done()),
        answer => respond(&caller, answer),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("reportAlertReceipt", Tag::Alerts, "Report that a client received or displayed an alert")
        .sends(json!({"state": "seen"}))
        .done("The receipt is noted. One for a closed alert changes nothing.");
}
