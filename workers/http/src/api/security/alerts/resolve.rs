//! `POST /api/security/alerts/{id}/resolve`: a guard closes an alert that was attended to.

use super::desk::act;
use super::words;
use crate::identity::Urgent;
use crate::request::{OptionalBody, Segment};
use crate::response::Outcome;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::AlertAction;
use serde::Deserialize;

/// Why an alert is closed.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertCause"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResolveBody {
    reason: Option<String>,
    note: Option<String>,
}

pub(crate) async fn handle(
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    OptionalBody(body): OptionalBody<ResolveBody>,
) -> Outcome {
    let action = AlertAction::Resolve { reason: words::reason(body.reason)?, note: words::note(body.note)? };
    act(&caller, id, action).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("resolveAlert", Tag::Alerts, "Close an alert that was attended to")
        .about("For guards.")
        .by(Security::Guard)
        .sends(json!({"reason": "attended", "note": "An ambulance came"}))
        .refuses(&[Kind::Conflict])
        .refuses_with_alert()
        .answers::<PanicAlert>(200, "The alert after the action.", examples::alert());
}
