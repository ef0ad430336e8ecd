//! `POST /api/security/alerts/{id}/location`: the owner reports their location.

use super::desk::{ask, respond};
use crate::App;
use crate::identity::Urgent;
use crate::request::{Body, Segment};
use crate::response::Outcome;
use axum::extract::State;
use campana_core::alerts::command::DeskCommand;
use campana_core::alerts::{AlertId, Spot};

pub(crate) async fn handle(
    State(app): State<App>,
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    Body(spot): Body<Spot>,
) -> Outcome {
    let location = spot.locate(caller.app.alerts.location_decimals, app.now())?;
    respond(&app, &caller, ask(&app, &caller, DeskCommand::Locate { id, location }).await)
}
