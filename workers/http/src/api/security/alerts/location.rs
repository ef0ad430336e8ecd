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
