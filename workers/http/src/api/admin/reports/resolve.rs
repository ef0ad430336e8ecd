//! `POST /api/admin/reports/{id}/resolve`: resolves a report by an action, which is carried out with the caller's own
//! rights in the conversation. Repeating the same action changes nothing; another one is refused.
//!
//! The report is claimed for the action first, so that of two moderators only one's action is carried out. If the caller's
//! action is refused, the report stays open.

use crate::api::admin::only_administrators;
use crate::api::chat::room_lookup::place_of;
use crate::identity::Caller;
use crate::request::{Body, Segment, text};
use crate::response::{Outcome, Refusal, ok};
use campana_core::accounts::audit::Act;
use campana_core::chat::command::Command;
use campana_core::chat::policy::{Action, decide};
use campana_core::chat::report::{MAX_REPORT_NOTE_CHARS, REPORT_MUTE_MS, Report, ReportAction, ReportStatus};
use campana_core::shared::ids::ReportId;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::Resolution;
use serde::Deserialize;
use serde_json::json;

/// How a report is resolved.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReportResolution"))]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolutionBody {
    /// `delete` deletes the message, `mute` mutes its sender for a day, `ban` bans them until the ban is lifted.
    action: ReportAction,
    /// For the audit log, and the reason that a muted or banned user sees; at most 500 characters.
    #[serde(default)]
    note: String,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ReportId>,
    Body(body): Body<ResolutionBody>,
) -> Outcome {
    let note = text("note", &body.note, MAX_REPORT_NOTE_CHARS)?;
    let report = visible(&caller, &id).await?;
    if report.status == ReportStatus::Resolved {
        return resolved(&report, body.action);
    }
    let (store, tenant) = (caller.store(), caller.tenant());
    let claim = Resolution { report: &id, action: body.action, claimed_at: caller.now() };
    if !store.claim_report(tenant, claim).await? {
        return resolved(&visible(&caller, &id).await?, body.action);
    }
    if let Err(refusal) = carry_out(&caller, &report, body.action, &note).await {
        store.release_report(tenant, claim).await?;
        return Err(refusal);
    }
    let about = json!({
        "action": body.action,
        "message_id": report.message_id,
        "sender_id": report.sender_id,
        "conversation_id": report.conversation_id,
        "room_id": report.room_id,
    });
    let audit = caller.audit(Act::ReportResolved, id.as_str(), about)?.because(&note);
    // If somebody else was faster, their resolution stands.
    store.resolve_report(tenant, claim, &audit).await?;
    resolved(&visible(&caller, &id).await?, body.action)
}

/// The report, if this action resolved it. 409 otherwise.
fn resolved(report: &Report, action: ReportAction) -> Outcome {
    match report.action {
        Some(by) if by == action => ok(report),
        Some(by) => Err(Problem::new(Kind::Conflict, format!("the report was resolved by: {}", by.as_str())).into()),
        None => Err(Problem::new(Kind::Conflict, "another action is being carried out").into()),
    }
}

/// A report that the caller may resolve: an administrator any, others those of the rooms that they moderate. 404 otherwise.
async fn visible(caller: &Caller, id: &ReportId) -> Result<Report, Refusal> {
    let report = caller.store().report(caller.tenant(), id).await?.ok_or_else(Problem::not_found)?;
    if only_administrators(caller).is_ok() {
        return Ok(report);
    }
    let room = match &report.room_id {
        Some(room) => caller.store().room(caller.tenant(), room, caller.user_id()).await?,
        None => None,
    };
    let room = room.ok_or_else(Problem::not_found)?;
    let standing = caller.standing(place_of(room.visibility), room.role);
    decide(Action::Moderate, standing).map_err(|_| Problem::not_found())?;
    Ok(report)
}

/// Carries out the action as a command of the caller. An action that was carried out before succeeds.
async fn carry_out(caller: &Caller, report: &Report, action: ReportAction, note: &str) -> Result<(), Refusal> {
    let (user_id, reason) = (report.sender_id.clone(), note.to_owned());
    let command = match action {
        ReportAction::Dismiss => return Ok(()),
        ReportAction::Delete => Command::Delete { message_id: report.message_id.to_string() },
        ReportAction::Mute => Command::Mute { user_id, until: caller.now().plus_millis(REPORT_MUTE_MS), reason },
        ReportAction::Ban => Command::Ban { user_id, until: None, reason },
    };
    match caller.command(&report.conversation_id, None, command).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.kind == Kind::NotFound => {
            let is_gone = action == ReportAction::Delete && is_deleted(caller, report).await?;
            let detail = "you may not do this in the conversation, or the user is not there";
            if is_gone { Ok(()) } else { Err(Problem::new(Kind::Forbidden, detail).into()) }
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Whether the message has been deleted, or purged since.
async fn is_deleted(caller: &Caller, report: &Report) -> Result<bool, Refusal> {
    let message = caller.store().message(caller.tenant(), &report.message_id).await?;
    Ok(message.is_none_or(|message| message.deleted_at.is_some()))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("resolveReport", Tag::Administration, "Resolve a report")
        .about(
            "Carries out the action with the caller's own rights in the conversation. The same action again returns the \
             report; another one is refused with 409. A refused action leaves the report open.",
        )
        .spares_socket()
        .sends(json!({"action": "delete", "note": "spam"}))
        .refuses(&[Kind::Conflict])
        .answers::<Report>(200, "The resolved report.", examples::resolved_report());
}
