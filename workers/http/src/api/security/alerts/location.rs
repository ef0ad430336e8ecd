//! `POST /api/security/alerts/{id}/location`: whoever raised it is there now.

use super::desk::{ask, told};
use super::viewing::visible;
use crate::App;
use crate::identity::Urgent;
use crate::request::{Body, Segment};
use crate::response::Outcome;
use axum::extract::State;
use campana_core::alert::command::{DeskCommand, DeskReply};
use campana_core::alert::{AlertId, Spot};
use campana_core::problem::{Kind, Problem};

pub(crate) async fn handle(
    State(app): State<App>,
    Urgent(caller): Urgent,
    Segment(id): Segment<AlertId>,
    Body(spot): Body<Spot>,
) -> Outcome {
    let location = spot.locate(caller.app.alerts.location_decimals, app.now())?;
    match ask(&app, &caller, DeskCommand::Locate { id: id.clone(), location }).await {
        Ok(DeskReply::InRecord) => {
            visible(&app, &caller, &id).await?;
            Err(Problem::new(Kind::Conflict, "the alert is over").into())
        }
        answer => told(&app, &caller, answer),
    }
}
