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
