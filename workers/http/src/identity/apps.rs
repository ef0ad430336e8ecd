//! Apps, remembered for some seconds: a change of secret, origins or settings takes effect within them.

use super::{rates, unauthenticated};
use crate::response::Exchange;
use crate::{App, Environment};
use campana_core::ids::TenantId;
use campana_core::problem::Problem;
use campana_storage::App as AppRecord;
use serde_json::json;
use std::sync::Arc;

const FRESH_MS: u64 = 10_000;
/// With the record out of reach an app is remembered for longer, so that conversations go on.
const STALE_MS: u64 = 300_000;
/// The secret of the demo app, which everybody knows.
const DEMO_SECRET: &str = "demo-secret";

/// The app of a tenant.
pub(super) async fn find(app: &App, tenant: &TenantId, exchange: &Exchange) -> Result<Option<Arc<AppRecord>>, Problem> {
    let now = app.now();
    if let Some(record) = app.caches().apps.fresh(tenant, now, FRESH_MS) {
        return Ok(Some(record));
    }
    // An app that is known costs a query every ten seconds, whoever asks; made-up ones would cost one each time.
    if app.caches().apps.get(tenant).is_none() {
        rates::may_ask(app, exchange)?;
    }
    match app.store().app_by_tenant(tenant).await {
        Ok(Some(record)) => {
            tell_faults(app, &record);
            let record = Arc::new(record);
            app.caches().apps.keep(tenant.clone(), Arc::clone(&record), now);
            Ok(Some(record))
        }
        Ok(None) => Ok(None),
        Err(_) => match app.caches().apps.fresh(tenant, now, STALE_MS) {
            Some(record) => Ok(Some(record)),
            None => Err(Problem::unavailable("the record did not answer")),
        },
    }
}

/// Settings that cannot be used do not take the app down, but somebody should know.
fn tell_faults(app: &App, record: &AppRecord) {
    if record.settings_faults.is_empty() {
        return;
    }
    app.journal().failure(&json!({
        "level": "warning",
        "at": "identity.apps",
        "app": record.id,
        "detail": "settings that cannot be used; their defaults are in force",
        "fields": record.settings_faults,
    }));
}

/// In production nobody gets in by a secret that everybody knows.
pub(super) fn refuse_demo_secret(app: &App, record: &AppRecord) -> Result<(), Problem> {
    if app.environment() == Environment::Production && record.secret == DEMO_SECRET {
        return Err(unauthenticated("this app still has the demo secret; give it one of its own"));
    }
    Ok(())
}
