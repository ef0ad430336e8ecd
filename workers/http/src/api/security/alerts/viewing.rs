//! Visibility rules of alerts.

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::alerts::{Alert, AlertId, Status, Viewer};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::AlertState;
use serde_json::Value;

/// 403 unless the caller is a guard.
pub(crate) fn only_guards(caller: &Caller) -> Result<(), Problem> {
    if caller.principal.is_guard() {
        Ok(())
    } else {
        Err(Problem::new(Kind::Forbidden, "this takes view_panic_alerts"))
    }
}

/// The caller's view of an alert; `None` if they may not see it. The owner always gets the owner's view, even as a
/// guard: a bystander may see their screen.
pub(super) fn viewer(caller: &Caller, alert: &Alert) -> Option<Viewer> {
    if alert.is_of(caller.user_id()) {
        return Some(Viewer::Owner);
    }
    caller.principal.is_guard().then_some(Viewer::Guard)
}

/// The alert as JSON, as the caller may see it. Callers without access must be refused before.
pub(super) fn payload(caller: &Caller, alert: &Alert) -> Value {
    let viewer = if alert.is_of(caller.user_id()) { Viewer::Owner } else { Viewer::Guard };
    alert.payload(viewer, caller.record.alerts.language, caller.now())
}

/// An alert from D1 and the caller's view of it. 404 if they may not see it.
pub(super) async fn visible(caller: &Caller, id: &AlertId) -> Result<(Alert, Viewer), Refusal> {
    let alert = caller.store().alert(caller.tenant(), id).await?.ok_or_else(Problem::not_found)?;
    let viewer = viewer(caller, &alert).ok_or_else(Problem::not_found)?;
    Ok((alert, viewer))
}

/// Restricts a subresource to guards. 403 for the owner: notified users and later locations would reveal that the owner
/// used the duress PIN.
pub(super) fn only_for_guards((alert, viewer): (Alert, Viewer)) -> Result<Alert, Problem> {
    match viewer {
        Viewer::Guard => Ok(alert),
        Viewer::Owner => Err(Problem::new(Kind::Forbidden, "this is for those who attend to the alert")),
    }
}

/// Whether the caller sees the alert in this state. To its owner, an alert under duress appears cancelled, and so it
/// must not show up in their list of open alerts.
pub(super) fn seems(caller: &Caller, alert: &Alert, state: AlertState) -> bool {
    let is_disguised = alert.duress_at.is_some() && alert.is_of(caller.user_id());
    state.holds(if is_disguised { Status::Cancelled } else { alert.status })
}
