//! `POST /api/security/alerts/{id}/false-alarm`: a guard closes the alert as a false alarm. A reason is required.

use super::desk::act;
use super::words;
use crate::identity::Urgent;
use crate::request::{Body, Segment};
use crate::response::Outcome;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::AlertAction;
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// Why there was no emergency.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FalseAlarmReport"))]
#[serde(deny_unknown_fields)]
pub(crate) struct FalseAlarmBody {
    reason: String,
    #[serde(default)]
    note: Option<String>,
}

pub(crate) async fn handle(
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    Body(body): Body<FalseAlarmBody>,
) -> Outcome {
    let reason = words::reason(Some(body.reason))?.ok_or_else(|| Problem::field("reason", "is empty"))?;
    act(&caller, id, AlertAction::FalseAlarm { reason, note: words::note(body.note)? }).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("reportFalseAlarm", Tag::Alerts, "Close an alert as a false alarm")
        .about("For guards. A reason is needed.")
        .by(Security::Guard)
        .sends(json!({"reason": "a cat"}))
        .refuses(&[Kind::Conflict])
        .refuses_with_alert()
        .answers::<PanicAlert>(200, "The alert after the action.", examples::alert());
}
