//! `POST /api/security/alerts/{id}/cancel`: the owner cancels the alert, with a PIN if they have set one.

use super::desk::act;
use super::{pins, words};
use crate::identity::Urgent;
use crate::request::{OptionalBody, Segment};
use crate::response::Outcome;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::AlertAction;
use serde::Deserialize;

/// Why the owner cancels the alert, and their PIN.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertCancellation"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CancelBody {
    reason: Option<String>,
    pin: Option<String>,
}

pub(crate) async fn handle(
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    OptionalBody(body): OptionalBody<CancelBody>,
) -> Outcome {
    let action = AlertAction::Cancel { reason: words::reason(body.reason)?, pin: pins::given("pin", body.pin)? };
    act(&caller, id, action).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("cancelAlert", Tag::Alerts, "Cancel an alert")
        .about("For its owner, with the PIN if they have set one. 403 for a wrong PIN.")
        .sends(json!({"reason": "pressed by mistake", "pin": "1234"}))
        .refuses(&[Kind::Conflict])
        .refuses_with_alert()
        .answers::<PanicAlert>(200, "The alert after the action.", examples::alert());
}
