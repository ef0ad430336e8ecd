//! Requests to a tenant's alert desk, and its answers as HTTP responses.

use super::viewing::{Visible, payload, visible};
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, done, ok};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use campana_core::alerts::command::{AlertAction, DeskAnswer, DeskCommand, DeskRefusal, DeskReply};
use campana_core::alerts::pin::Verdict;
use campana_core::alerts::{Act, AlertId, Cause, Viewer, Who};
use campana_core::shared::json::set;
use campana_core::shared::problem::{Kind, Problem};

/// Has the desk flush to D1, so that a client can read there everything that it was notified of. A desk that does not
/// answer blocks no reads: D1 answers with what it has. 403 if the caller's permission was withdrawn after their token
/// was issued.
pub(super) async fn settle(caller: &Caller) -> Result<(), Problem> {
    unless_withdrawn(caller.ask_desk(DeskCommand::Settle).await)
}

/// 403 if the caller's guard permission was withdrawn, whatever their token says. Never cached, so that a withdrawal
/// takes effect in every isolate at once.
pub(super) async fn check_watching(caller: &Caller) -> Result<(), Problem> {
    unless_withdrawn(caller.ask_desk(DeskCommand::MayWatch).await)
}

fn unless_withdrawn(answer: DeskAnswer) -> Result<(), Problem> {
    match answer {
        Err(refusal) if refusal.problem.kind == Kind::Forbidden => Err(refusal.problem),
        _ => Ok(()),
    }
}

/// The alert of a subresource, after a flush, as the caller sees it. The owner may see it even without the guard
/// permission.
pub(super) async fn settled(caller: &Caller, id: &AlertId) -> Result<Visible, Refusal> {
    let withdrawn = settle(caller).await;
    let shown = visible(caller, id).await?;
    if shown.viewer == Viewer::Guard {
        withdrawn?;
    }
    Ok(shown)
}

/// Performs an action on an alert. Answers with the alert after it.
pub(super) async fn act(caller: &Caller, id: AlertId, action: AlertAction) -> Outcome {
    match caller.ask_desk(DeskCommand::Act { id: id.clone(), action: action.clone() }).await {
        Ok(DeskReply::InRecord) => late(caller, &id, action).await,
        answer => respond(caller, answer),
    }
}

/// Converts the desk's answer, with the alert as the caller may see it.
pub(super) fn respond(caller: &Caller, answer: DeskAnswer) -> Outcome {
    match answer {
        Ok(DeskReply::Alert { alert, .. }) => ok(&payload(caller, &alert)),
        Ok(DeskReply::InRecord) => Err(Problem::not_found().into()),
        Ok(DeskReply::Done | DeskReply::Pins { .. } | DeskReply::Status { .. }) => Ok(done()),
        Err(refusal) => Ok(refused(caller, refusal)),
    }
}

/// An action on a closed alert that the desk no longer stores. Repeating the closing action succeeds for the user who
/// closed the alert; every other action is refused.
async fn late(caller: &Caller, id: &AlertId, action: AlertAction) -> Outcome {
    let Visible { mut alert, viewer, .. } = visible(caller, id).await?;
    let act = match (action, viewer) {
        (AlertAction::Cancel { .. }, Viewer::Owner) => Act::Cancel(Cause::default(), Verdict::NotNeeded),
        (AlertAction::Acknowledge, Viewer::Guard) => Act::Acknowledge,
        (AlertAction::Respond, Viewer::Guard) => Act::Respond,
        (AlertAction::Acknowledge, Viewer::Owner) if caller.principal.is_guard() => Act::Acknowledge,
        (AlertAction::Respond, Viewer::Owner) if caller.principal.is_guard() => Act::Respond,
        (AlertAction::Resolve { .. }, Viewer::Guard) => Act::Resolve(Cause::default()),
        (AlertAction::FalseAlarm { .. }, Viewer::Guard) => Act::FalseAlarm(Cause::default()),
        _ => return Err(Problem::new(Kind::Forbidden, "this is not yours to do").into()),
    };
    if alert.is_open() {
        return Err(Problem::unavailable("the desk does not hold this alert yet").into());
    }
    let by = Who { id: caller.user_id().clone(), name: caller.principal.name.clone() };
    match alert.act(act, by, caller.now()) {
        Ok(_) => ok(&payload(caller, &alert)),
        Err(problem) => Ok(refused(caller, DeskRefusal { problem, alert: Some(Box::new(alert)) })),
    }
}

/// A refusal, with the current alert if the desk included it.
fn refused(caller: &Caller, refusal: DeskRefusal) -> Response {
    let DeskRefusal { problem, alert } = refusal;
    let Some(alert) = alert else { return Refusal(problem).into_response() };
    let mut document = problem.to_document();
    set(&mut document, "alert", payload(caller, &alert));
    let (parts, _without_alert) = Refusal(problem).into_response().into_parts();
    Response::from_parts(parts, Body::from(document.to_string()))
}
