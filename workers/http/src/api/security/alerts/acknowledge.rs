//! `POST /api/security/alerts/{id}/acknowledge`: a guard acknowledges the alert. 409 with the alert if another guard
//! already has.

use super::desk::act;
use crate::App;
use crate::identity::Urgent;
use crate::request::{Empty, OptionalBody, Segment};
use crate::response::Outcome;
use axum::extract::State;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::AlertAction;

pub(crate) async fn handle(
    State(app): State<App>,
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    OptionalBody(Empty {}): OptionalBody<Empty>,
) -> Outcome {
    act(&app, &caller, id, AlertAction::Acknowledge).await
}
