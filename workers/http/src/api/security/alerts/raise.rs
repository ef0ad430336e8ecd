//! `POST /api/security/alerts`: raises an alert. 201 with the alert; 200 if it joined an open alert of the caller or one
//! that they cancelled a moment ago, or was raised before under the same id. Unusable values are dropped: see [`Reported::read`].

use super::desk::respond;
use super::viewing::{payload, visible};
use crate::identity::{Caller, Urgent};
use crate::request::OptionalBody;
use crate::response::{Outcome, Refusal, json, ok};
use axum::http::{HeaderValue, StatusCode, header};
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::{Alert, AlertId, Reported, Viewer};
use campana_core::shared::problem::{Kind, Problem};
use serde_json::{Map, Value};

pub(crate) async fn handle(Urgent(caller): Urgent, OptionalBody(body): OptionalBody<Map<String, Value>>) -> Outcome {
    let now = caller.now();
    let fresh = AlertId::new(now, caller.app.random()?);
    let alert = Reported::read(body).accept(fresh, caller.record.alerts.location_decimals, now)?;
    if alert.drill && !caller.principal.is_guard() && !caller.principal.admin {
        let detail = "only guards and administrators practise: leave out drill to raise an alert";
        return Err(Problem::new(Kind::Forbidden, detail).into());
    }
    let id = alert.id.clone();
    match caller.ask_desk(DeskCommand::Raise { alert: Box::new(alert) }).await {
        Ok(DeskReply::Alert { alert, is_new: true }) => {
            let mut response = json(StatusCode::CREATED, &payload(&caller, &alert))?;
            if let Ok(place) = HeaderValue::from_str(&format!("/api/security/alerts/{}", alert.id)) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            Ok(response)
        }
        // The alert was raised before and is closed.
        Ok(DeskReply::InRecord) => ok(&payload(&caller, &raised_before(&caller, &id).await?)),
        answer => respond(&caller, answer),
    }
}

/// The caller's alert of this id in D1, or the one that the desk gave another id because somebody else had used this one.
async fn raised_before(caller: &Caller, id: &AlertId) -> Result<Alert, Refusal> {
    match visible(caller, id).await {
        Ok(shown) if shown.viewer == Viewer::Owner => Ok(shown.alert),
        Err(Refusal(problem)) if problem.kind != Kind::NotFound => Err(Refusal(problem)),
        _ => Ok(visible(caller, &id.instead_for(caller.user_id())).await?.alert),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::alerts::wire::schema::{AlertDraft, PanicAlert};
    use serde_json::json;
    operation
        .named("raiseAlert", Tag::Alerts, "Raise a panic alert")
        .about(
            "Never refused by a rate limit. A value that the server cannot use is left out and named in the timeline.",
        )
        .about("Only guards and administrators raise drills (403).")
        .body::<AlertDraft>(false)
        .sends(json!({
            "id": "4711",
            "apartment": {"id": 101, "address": "Tower 2, Apartment 101"},
            "location": {"lat": 4.60971, "lng": -74.08175, "accuracy": 12, "source": "gps"},
        }))
        .located()
        .refuses(&[Kind::NotFound])
        .makes::<PanicAlert>(
            "The new alert.",
            "The caller's open alert, which this press joined, one cancelled a moment ago, or the alert of this id.",
            &examples::alert(),
        );
}
