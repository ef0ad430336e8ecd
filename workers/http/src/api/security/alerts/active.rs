//! `GET /api/security/alerts/active`: up to ten newest open alerts, for guards who poll. The list is up to 30 s
//! old: each isolate queries D1 at most that often. The caller's permission is checked with every request.

use super::desk::{check_watching, settle};
use super::viewing::{only_guards, payload};
use crate::caches::ActiveAlerts;
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok};
use campana_core::alerts::Alert;
use campana_storage::{AlertPlace, MAX_ACTIVE_ALERTS};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::sync::Arc;

/// TTL of the list, milliseconds.
const FRESH_MS: u64 = 30_000;

/// The newest open alerts.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "ActiveAlerts")]
#[expect(dead_code, reason = "used only for its schema")]
struct Answer {
    data: Vec<campana_core::alerts::wire::schema::PanicAlert>,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_guards(&caller)?;
    let cached = caller.app.caches().active_alerts.fresh(caller.tenant(), caller.now(), FRESH_MS);
    let active = if let Some(cached) = cached {
        check_watching(&caller).await?;
        cached
    } else {
        settle(&caller).await?;
        read(&caller).await?
    };
    let user = caller.user_id();
    // What the caller sees of their own alerts may differ from what other guards see.
    let is_hidden = |alert: &&Alert| alert.is_of(user) && (alert.is_apart || alert.duress_at.is_some());
    let own = active.views.iter().map(|view| &view.alert).filter(|alert| alert.is_of(user));
    let mut shown: Vec<&Alert> = active.alerts.iter().filter(|alert| !is_hidden(alert)).chain(own).collect();
    shown.sort_by_key(|alert| Reverse(AlertPlace::of(alert)));
    let data: Vec<Value> =
        shown.into_iter().take(MAX_ACTIVE_ALERTS as usize).map(|alert| payload(&caller, alert)).collect();
    ok(&json!({"data": data}))
}

async fn read(caller: &Caller) -> Result<Arc<ActiveAlerts>, Refusal> {
    let (store, tenant) = (caller.store(), caller.tenant());
    let found =
        Arc::new(ActiveAlerts { alerts: store.active_alerts(tenant).await?, views: store.active_views(tenant).await? });
    caller.app.caches().active_alerts.keep(tenant.clone(), Arc::clone(&found), caller.now());
    Ok(found)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("listActiveAlerts", Tag::Alerts, "List the newest open alerts")
        .about("Up to ten, for guards who poll. The list is up to 30 s old.")
        .by(Security::Guard)
        .answers::<Answer>(200, "The alerts, newest first.", json!({"data": [examples::alert()]}));
}
