//! What is asked of a tenant's desk, and its answers in HTTP.

use super::viewing::{payload, visible};
use crate::App;
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, done, ok};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use campana_core::alerts::command::{AlertAction, DeskAnswer, DeskCommand, DeskRefusal, DeskReply};
use campana_core::alerts::pin::Verdict;
use campana_core::alerts::{Act, Alert, AlertId, Cause, Viewer, Who};
use campana_core::shared::json::set;
use campana_core::shared::problem::{Kind, Problem};

/// Asks something of the caller's tenant's desk.
pub(crate) async fn ask(app: &App, caller: &Caller, command: DeskCommand) -> DeskAnswer {
    app.desks().command(caller.desk_request(command)).await
}

/// Has the desk write to the record what it does not have yet, so that whoever was told of something reads it there. A desk
/// that does not answer keeps nobody from reading: the record says what it knows. 403 for somebody whose permission was
/// taken back after their token was made.
pub(super) async fn settle(app: &App, caller: &Caller) -> Result<(), Problem> {
    unless_withdrawn(ask(app, caller, DeskCommand::Settle).await)
}

/// 403 for somebody who is no guard any more, whatever their token says. Remembered for as long as lists are.
pub(super) async fn check_watching(app: &App, caller: &Caller, remembered_ms: u64) -> Result<(), Problem> {
    let key = (caller.tenant().clone(), caller.user_id().clone());
    let token = caller.principal.issued_at_ms;
    if app.caches().watching.fresh(&key, app.now(), remembered_ms) == Some(token) {
        return Ok(());
    }
    unless_withdrawn(ask(app, caller, DeskCommand::MayWatch).await)?;
    app.caches().watching.keep(key, token, app.now());
    Ok(())
}

fn unless_withdrawn(answer: DeskAnswer) -> Result<(), Problem> {
    match answer {
        Err(refusal) if refusal.problem.kind == Kind::Forbidden => Err(refusal.problem),
        _ => Ok(()),
    }
}

/// The alert of a page below it, settled, and as whom the caller sees it. Whoever raised it sees it, guard no more or not.
pub(super) async fn settled(app: &App, caller: &Caller, id: &AlertId) -> Result<(Alert, Viewer), Refusal> {
    let withdrawn = settle(app, caller).await;
    let (alert, viewer) = visible(app, caller, id).await?;
    if viewer == Viewer::Guard {
        withdrawn?;
    }
    Ok((alert, viewer))
}

/// Somebody does something about an alert: how it stands then.
pub(super) async fn act(app: &App, caller: &Caller, id: AlertId, action: AlertAction) -> Outcome {
    match ask(app, caller, DeskCommand::Act { id: id.clone(), action: action.clone() }).await {
        Ok(DeskReply::InRecord) => late(app, caller, &id, action).await,
        answer => told(app, caller, answer),
    }
}

/// An answer about an alert, as the caller may see it.
pub(super) fn told(app: &App, caller: &Caller, answer: DeskAnswer) -> Outcome {
    match answer {
        Ok(DeskReply::Alert { alert, .. }) => ok(&payload(app, caller, &alert)),
        Ok(DeskReply::InRecord) => Err(Problem::not_found().into()),
        Ok(DeskReply::Done | DeskReply::Pins { .. } | DeskReply::Status { .. }) => Ok(done()),
        Err(refusal) => Ok(refused(app, caller, refusal)),
    }
}

/// The desk has let go of the alert: it is over. Who ended it may do so again; everybody else is too late.
async fn late(app: &App, caller: &Caller, id: &AlertId, action: AlertAction) -> Outcome {
    let (mut alert, viewer) = visible(app, caller, id).await?;
    let act = match (action, viewer) {
        (AlertAction::Cancel { .. }, Viewer::Owner) => Act::Cancel(Cause::default(), Verdict::NotNeeded),
        (AlertAction::Acknowledge, Viewer::Guard) => Act::Acknowledge,
        (AlertAction::Respond, Viewer::Guard) => Act::Respond,
        (AlertAction::Resolve { .. }, Viewer::Guard) => Act::Resolve(Cause::default()),
        (AlertAction::FalseAlarm { .. }, Viewer::Guard) => Act::FalseAlarm(Cause::default()),
        _ => return Err(Problem::new(Kind::Forbidden, "this is not yours to do").into()),
    };
    if alert.is_open() {
        return Err(Problem::unavailable("the desk does not hold this alert yet").into());
    }
    let by = Who { id: caller.user_id().clone(), name: caller.principal.name.clone() };
    match alert.act(act, by, app.now()) {
        Ok(_) => ok(&payload(app, caller, &alert)),
        Err(problem) => Ok(refused(app, caller, DeskRefusal { problem, alert: Some(Box::new(alert)) })),
    }
}

/// A refusal; with the alert as it stands, if the desk gave it.
fn refused(app: &App, caller: &Caller, refusal: DeskRefusal) -> Response {
    let DeskRefusal { problem, alert } = refusal;
    let Some(alert) = alert else { return Refusal(problem).into_response() };
    let mut document = problem.to_document();
    set(&mut document, "alert", payload(app, caller, &alert));
    let (parts, _without_alert) = Refusal(problem).into_response().into_parts();
    Response::from_parts(parts, Body::from(document.to_string()))
}
