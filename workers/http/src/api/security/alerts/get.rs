//! `GET /api/security/alerts/{id}`: an alert as it stands. The desk knows best; what it does not hold, and while it does not
//! answer, the record tells.

use super::desk::ask;
use super::viewing::{payload, viewer};
use crate::App;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, Refusal, ok};
use axum::extract::State;
use campana_core::alert::command::{DeskCommand, DeskReply};
use campana_core::alert::{Alert, AlertId, Viewer};
use campana_core::problem::{Kind, Problem};

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Segment(id): Segment<AlertId>) -> Outcome {
    let (alert, _) = current(&app, &caller, &id).await?;
    ok(&payload(&app, &caller, &alert))
}

/// An alert as it stands, and as whom the caller sees it. 404 if they may not.
pub(super) async fn current(app: &App, caller: &Caller, id: &AlertId) -> Result<(Alert, Viewer), Refusal> {
    let alert = match ask(app, caller, DeskCommand::View { id: id.clone() }).await {
        Ok(DeskReply::Alert { alert, .. }) => *alert,
        Ok(_) => app.store().alert(caller.tenant(), id).await?.ok_or_else(Problem::not_found)?,
        Err(refusal) if refusal.problem.kind == Kind::Unavailable => {
            // What the record does not have the desk may: that it does not exist nobody can say now.
            app.store().alert(caller.tenant(), id).await?.ok_or(Refusal(refusal.problem))?
        }
        Err(refusal) => return Err(refusal.problem.into()),
    };
    let viewer = viewer(caller, &alert).ok_or_else(Problem::not_found)?;
    Ok((alert, viewer))
}
