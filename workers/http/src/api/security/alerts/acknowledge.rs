//! `POST /api/security/alerts/{id}/acknowledge`: a guard acknowledges the alert. 409 with the alert if another guard
//! already has.

use super::desk::act;
use crate::identity::Urgent;
use crate::request::{NoBody, Segment};
use crate::response::Outcome;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::AlertAction;

pub(crate) async fn handle(Urgent(caller): Urgent, Segment(id): Segment<AlertId>, _: NoBody) -> Outcome {
    act(&caller, id, AlertAction::Acknowledge).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    use campana_core::shared::problem::Kind;
    operation
        .named("acknowledgeAlert", Tag::Alerts, "Acknowledge an alert")
        .about("For guards. 409 with the alert if another guard has acknowledged it, or if it is over.")
        .by(Security::Guard)
        .refuses(&[Kind::Conflict])
        .refuses_with_alert()
        .answers::<PanicAlert>(200, "The alert after the action.", examples::alert());
}
