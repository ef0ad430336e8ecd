//! `POST /api/security/alerts/{id}/location`: the owner reports their location.

use super::desk::respond;
use crate::identity::Urgent;
use crate::request::{Body, Segment};
use crate::response::Outcome;
use campana_core::alerts::command::DeskCommand;
use campana_core::alerts::{AlertId, Spot};

pub(crate) async fn handle(Urgent(caller): Urgent, Segment(id): Segment<AlertId>, Body(spot): Body<Spot>) -> Outcome {
    let location = spot.locate(caller.record.alerts.location_decimals, caller.now())?;
    respond(&caller, caller.ask_desk(DeskCommand::Locate { id, location }).await)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("reportAlertLocation", Tag::Alerts, "Report the location of an alert's owner")
        .about("For its owner.")
        .sends(json!({"lat": 4.60971, "lng": -74.08175, "accuracy": 12, "source": "gps"}))
        .refuses(&[Kind::Conflict])
        .refuses_with_alert()
        .answers::<PanicAlert>(200, "The alert after the action.", examples::alert());
}
