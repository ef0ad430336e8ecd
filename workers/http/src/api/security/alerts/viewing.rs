//! Visibility rules of alerts.

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::alerts::record::OwnView;
use campana_core::alerts::{Alert, AlertId, Viewer};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{AlertFilter, AlertPlace, StorageError};
use serde_json::Value;
use std::cmp::Reverse;

/// 403 unless the caller is a guard.
pub(crate) fn only_guards(caller: &Caller) -> Result<(), Problem> {
    if caller.principal.is_guard() {
        Ok(())
    } else {
        Err(Problem::new(Kind::Forbidden, "this takes view_panic_alerts"))
    }
}

/// An alert as the caller sees it.
pub(super) struct Visible {
    pub(super) alert: Alert,
    pub(super) viewer: Viewer,
    /// The owner's view of their own, if that is what they see.
    pub(super) view: Option<OwnView>,
    /// Whether an earlier release stored no view for an owner under duress: the alert in the record is another one.
    pub(super) is_disguised: bool,
}

/// The alert as JSON, as the caller may see it. Callers without access must be refused before.
pub(super) fn payload(caller: &Caller, alert: &Alert) -> Value {
    let viewer = if alert.is_of(caller.user_id()) { Viewer::Owner } else { Viewer::Guard };
    alert.payload(viewer, caller.record.alerts.language, caller.now())
}

/// An alert from D1 as the caller sees it. 404 if they may not see it. Its owner always sees it as its owner, even as a
/// guard: a bystander may see their screen.
pub(super) async fn visible(caller: &Caller, id: &AlertId) -> Result<Visible, Refusal> {
    let (store, tenant, user) = (caller.store(), caller.tenant(), caller.user_id());
    let alert = store.alert(tenant, id).await?;
    if let Some(alert) = alert.as_ref().filter(|alert| !alert.is_of(user)) {
        if !caller.principal.is_guard() {
            return Err(Problem::not_found().into());
        }
        return Ok(Visible { alert: alert.clone(), viewer: Viewer::Guard, view: None, is_disguised: false });
    }
    if let Some(view) = store.alert_view(tenant, id).await?.filter(|view| view.alert.is_of(user)) {
        let alert = view.alert.clone();
        return Ok(Visible { alert, viewer: Viewer::Owner, view: Some(view), is_disguised: false });
    }
    let alert = alert.filter(|alert| !alert.is_apart).ok_or_else(Problem::not_found)?;
    let is_disguised = alert.duress_at.is_some();
    Ok(Visible { alert: alert.as_owner_sees(), viewer: Viewer::Owner, view: None, is_disguised })
}

/// Restricts a subresource to guards. 403 for the owner: notified users and later locations would reveal that the owner
/// used the duress PIN.
pub(super) fn only_for_guards(shown: Visible) -> Result<Alert, Problem> {
    match shown.viewer {
        Viewer::Guard => Ok(shown.alert),
        Viewer::Owner => Err(Problem::new(Kind::Forbidden, "this is for those who attend to the alert")),
    }
}

/// Alerts in D1 as the caller sees them, newest first, at most `limit`: their own as its owner, and their views instead of
/// what they do not see.
pub(super) async fn listed(
    caller: &Caller,
    filter: &AlertFilter,
    before: Option<&AlertPlace>,
    limit: u32,
) -> Result<Vec<Alert>, StorageError> {
    let (store, tenant, user) = (caller.store(), caller.tenant(), caller.user_id());
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let own = AlertFilter { user_id: Some(user.clone()), ..filter.clone() };
    let views = match &filter.user_id {
        Some(other) if other != user => Vec::new(),
        _ => store.list_views(tenant, &own, before, limit).await?,
    };
    let mut shown: Vec<Alert> = views.into_iter().map(|view| view.alert).collect();
    let mut kept = 0_usize;
    let mut place = before.cloned();
    loop {
        let found = store.list_alerts(tenant, filter, place.as_ref(), limit).await?;
        let is_last = found.len() < most;
        place = found.last().map(AlertPlace::of);
        let visible = found.into_iter().filter(|alert| !(alert.is_of(user) && alert.is_apart));
        let visible = visible.map(|alert| if alert.is_of(user) { alert.as_owner_sees() } else { alert });
        // To its owner, an alert of an earlier release under duress appears cancelled.
        let visible = visible.filter(|alert| filter.state.is_none_or(|state| state.holds(alert.status)));
        let visible: Vec<Alert> = visible.collect();
        kept = kept.saturating_add(visible.len());
        shown.extend(visible);
        if is_last || kept >= most {
            break;
        }
    }
    shown.sort_by_key(|alert| Reverse(AlertPlace::of(alert)));
    shown.truncate(most);
    Ok(shown)
}
