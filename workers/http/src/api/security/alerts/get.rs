//! `GET /api/security/alerts/{id}`: one alert. The desk's state comes first; D1 answers for alerts that the desk does
//! not store and while the desk does not answer. `Accept: application/cap+xml` selects a Common Alerting Protocol
//! message.

use super::cap;
use super::viewing::{payload, visible};
use crate::identity::Caller;
use crate::request::{Query, Segment, accepts};
use crate::response::{Outcome, Refusal, ok};
use axum::http::{HeaderMap, HeaderValue, header};
use campana_core::alerts::cap::MEDIA_TYPE;
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::{Alert, AlertId};
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AlertQuery {
    /// Number of a timeline entry: its message, with `Accept: application/cap+xml`.
    entry: Option<u32>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<AlertId>,
    Query(query): Query<AlertQuery>,
    headers: HeaderMap,
) -> Outcome {
    if accepts(&headers, &[MEDIA_TYPE]) {
        return cap::answer(&caller, &id, query.entry).await;
    }
    if query.entry.is_some() {
        return Err(Problem::field("entry", format!("is for Accept: {MEDIA_TYPE}")).into());
    }
    let alert = current(&caller, &id).await?;
    let mut response = ok(&payload(&caller, &alert))?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// The current state of an alert. 404 if the caller may not see it.
async fn current(caller: &Caller, id: &AlertId) -> Result<Alert, Refusal> {
    match caller.ask_desk(DeskCommand::View { id: id.clone() }).await {
        Ok(DeskReply::Alert { alert, .. }) => Ok(*alert),
        Ok(_) => Ok(visible(caller, id).await?.alert),
        Err(refusal) if refusal.problem.kind == Kind::Unavailable => match visible(caller, id).await {
            // An alert missing in D1 may exist at the desk, so the answer is 503 instead of 404.
            Err(Refusal(problem)) if problem.kind == Kind::NotFound => Err(Refusal(refusal.problem)),
            shown => Ok(shown?.alert),
        },
        Err(refusal) => Err(refusal.problem.into()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::alerts::wire::schema::PanicAlert;
    use serde_json::json;
    operation
        .named("getAlert", Tag::Alerts, "Get an alert")
        .about("For its owner and for guards. `Accept: application/cap+xml` selects a message of the Common Alerting Protocol.")
        .answers::<PanicAlert>(200, "The alert.", examples::alert())
        .answers_with(
            200,
            "The alert.",
            MEDIA_TYPE,
            json!({"type": "string"}),
            json!("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"></alert>"),
        );
}
