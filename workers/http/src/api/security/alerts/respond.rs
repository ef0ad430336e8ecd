//! `POST /api/security/alerts/{id}/respond`: a guard acknowledges the alert and reports being on the way.

use super::desk::act;
use crate::identity::Urgent;
use crate::request::{NoBody, Segment};
use crate::response::Outcome;
use campana_core::alerts::AlertId;
use campana_core::alerts::command::AlertAction;

pub(crate) async fn handle(Urgent(caller): Urgent, Segment(id): Segment<AlertId>, _: NoBody) -> Outcome {
    act(&caller, id, AlertAction::Respond).await
}
