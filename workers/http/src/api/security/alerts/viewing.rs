//! Who may see what of alerts.

use crate::App;
use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::alerts::{Alert, AlertId, Status, Viewer};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::AlertState;
use serde_json::Value;

/// 403 for everybody but guards.
pub(crate) fn only_guards(caller: &Caller) -> Result<(), Problem> {
    if caller.principal.is_guard() {
        Ok(())
    } else {
        Err(Problem::new(Kind::Forbidden, "this takes view_panic_alerts"))
    }
}

/// As whom the caller looks at an alert, if they may at all. Whoever raised it sees it as they may, guard or not: somebody
/// may look over their shoulder.
pub(super) fn viewer(caller: &Caller, alert: &Alert) -> Option<Viewer> {
    if alert.is_of(caller.user_id()) {
        return Some(Viewer::Owner);
    }
    caller.principal.is_guard().then_some(Viewer::Guard)
}

/// The alert as JSON, as the caller may see it. They may: who may not has been refused before.
pub(super) fn payload(app: &App, caller: &Caller, alert: &Alert) -> Value {
    let viewer = if alert.is_of(caller.user_id()) { Viewer::Owner } else { Viewer::Guard };
    alert.payload(viewer, caller.app.alerts.language, app.now())
}

/// An alert of the record, and as whom the caller sees it. 404 if they may not.
pub(super) async fn visible(app: &App, caller: &Caller, id: &AlertId) -> Result<(Alert, Viewer), Refusal> {
    let alert = app.store().alert(caller.tenant(), id).await?.ok_or_else(Problem::not_found)?;
    let viewer = viewer(caller, &alert).ok_or_else(Problem::not_found)?;
    Ok((alert, viewer))
}

/// For what only guards see of an alert. 403 for whoever raised it: who was told, and where they were seen later, would give
/// away that they gave the PIN that means duress.
pub(super) fn only_for_guards((alert, viewer): (Alert, Viewer)) -> Result<Alert, Problem> {
    match viewer {
        Viewer::Guard => Ok(alert),
        Viewer::Owner => Err(Problem::new(Kind::Forbidden, "this is for those who attend to the alert")),
    }
}

/// Whether an alert belongs on a list of alerts that stand so, as the caller sees it: that one's own alert is on the list of
/// open ones though it seems to be cancelled would give that away.
pub(super) fn seems(caller: &Caller, alert: &Alert, state: AlertState) -> bool {
    let is_disguised = alert.duress_at.is_some() && alert.is_of(caller.user_id());
    state.holds(if is_disguised { Status::Cancelled } else { alert.status })
}
