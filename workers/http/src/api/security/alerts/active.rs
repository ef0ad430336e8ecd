//! `GET /api/security/alerts/active`: up to ten newest open alerts, for guards who poll. The list is up to 30 s
//! old: each isolate queries D1 at most that often. The caller's permission is checked with every request.

use super::desk::check_watching;
use super::viewing::{only_guards, payload, seems};
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok};
use campana_core::alerts::Alert;
use campana_storage::AlertState;
use serde_json::{Value, json};
use std::sync::Arc;

/// TTL of the list, milliseconds.
const FRESH_MS: u64 = 30_000;

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_guards(&caller)?;
    check_watching(&caller).await?;
    let active = active(&caller).await?;
    let shown = active.iter().filter(|alert| seems(&caller, alert, AlertState::Open));
    let data: Vec<Value> = shown.map(|alert| payload(&caller, alert)).collect();
    ok(&json!({"data": data}))
}

async fn active(caller: &Caller) -> Result<Arc<Vec<Alert>>, Refusal> {
    let cache = &caller.app.caches().active_alerts;
    if let Some(cached) = cache.fresh(caller.tenant(), caller.now(), FRESH_MS) {
        return Ok(cached);
    }
    let found = Arc::new(caller.store().active_alerts(caller.tenant()).await?);
    cache.keep(caller.tenant().clone(), Arc::clone(&found), caller.now());
    Ok(found)
}
