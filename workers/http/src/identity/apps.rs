//! Look-up of apps, cached for 5 s: a change of secret, origins or settings, and a revocation, take effect within that
//! time.

use super::failures::Denied;
use super::{rates, revocations, tenants};
use crate::caches::{Cache, MAX_ABSENT, MAX_APPS};
use crate::response::Exchange;
use crate::{App, Environment};
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_storage::{App as AppRecord, DEMO_SECRET, StorageError};
use futures_util::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;

const FRESH_MS: u64 = 5_000;
/// TTL while D1 does not answer, milliseconds. Conversations must continue during an outage.
const STALE_MS: u64 = 300_000;
/// How long an urgent request waits for D1 before it uses a stale cache entry, milliseconds.
const PATIENCE_MS: u32 = 200;
/// TTL of the knowledge that D1 does not have a name, milliseconds. A new app is found within this time.
const ABSENT_MS: u64 = 10_000;
/// Longest app key or id that is looked up, bytes.
const MAX_NAME_BYTES: usize = 128;

/// The app of a tenant.
pub(super) async fn find(app: &App, tenant: &TenantId, exchange: &Exchange) -> Result<Option<Arc<AppRecord>>, Problem> {
    let now = app.now();
    if let Some(record) = app.caches().apps.fresh(tenant, now, FRESH_MS) {
        return Ok(Some(record));
    }
    // A known app costs one query every 5 s, however many requests come; each invented one costs a query.
    if app.caches().apps.get(tenant).is_none() {
        return find_unknown(app, tenant, || begin_look_up(app, exchange)).await;
    }
    let cached = || app.caches().apps.fresh(tenant, now, STALE_MS);
    let record = keep(app, app.store().app_by_tenant(tenant).await, cached)?;
    if let Some(record) = &record {
        revocations::hand_over_pending(app, record).await;
    }
    Ok(record)
}

/// Permission for a look-up; a refusal counts as a failed authentication.
pub(super) fn begin_look_up<'a>(app: &'a App, exchange: &'a Exchange) -> Result<rates::LookUp<'a>, Problem> {
    rates::LookUp::begin(app, exchange).inspect_err(|_| exchange.denied(AuthFailure::RateLimited))
}

/// Looks up a tenant that this isolate does not know.
async fn find_unknown<'a>(
    app: &App,
    tenant: &TenantId,
    begin: impl FnOnce() -> Result<rates::LookUp<'a>, Problem>,
) -> Result<Option<Arc<AppRecord>>, Problem> {
    if app.caches().absent_tenants.fresh(tenant, app.now(), ABSENT_MS).is_some() {
        return Ok(None);
    }
    let look_up = begin()?;
    let record = keep(app, app.store().app_by_tenant(tenant).await, || None)?;
    match &record {
        Some(record) => {
            look_up.found();
            revocations::hand_over_pending(app, record).await;
        }
        None => app.caches().absent_tenants.keep(tenant.clone(), (), app.now()),
    }
    Ok(record)
}

/// The app of a tenant for an urgent request. A cached app is used if D1 is slow, and failed authentications from the
/// same address do not block the request: over its limit, the list of all tenants decides whether the app is looked up.
pub(super) async fn find_at_once(
    app: &App,
    tenant: &TenantId,
    exchange: &Exchange,
) -> Result<Option<Arc<AppRecord>>, Problem> {
    let now = app.now();
    if let Some(record) = app.caches().apps.fresh(tenant, now, FRESH_MS) {
        return Ok(Some(record));
    }
    if app.caches().apps.get(tenant).is_none() {
        return match rates::LookUp::begin(app, exchange) {
            Ok(look_up) => find_unknown(app, tenant, || Ok(look_up)).await,
            Err(_) if tenants::may_exist(app, tenant).await => {
                keep(app, app.store().app_by_tenant(tenant).await, || None)
            }
            Err(_) => Ok(None),
        };
    }
    let asked = app.store().app_by_tenant(tenant);
    let Some(record) = app.caches().apps.fresh(tenant, now, STALE_MS) else {
        return keep(app, asked.await, || None);
    };
    match select(pin!(asked), app.clock().sleep(PATIENCE_MS)).await {
        Either::Left((found, _)) => keep(app, found, || Some(record)),
        Either::Right(_) => Ok(Some(record)),
    }
}

/// Name of an app in requests that do not state its tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AppName<'a> {
    /// Public key.
    Key(&'a str),
    /// App id.
    Id(&'a str),
}

impl AppName<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Key(name) | Self::Id(name) => name,
        }
    }

    fn tenants<'a>(&self, app: &'a App) -> &'a Cache<String, TenantId, MAX_APPS> {
        match self {
            Self::Key(_) => &app.caches().app_keys,
            Self::Id(_) => &app.caches().app_ids,
        }
    }

    fn absent<'a>(&self, app: &'a App) -> &'a Cache<String, (), MAX_ABSENT> {
        match self {
            Self::Key(_) => &app.caches().absent_keys,
            Self::Id(_) => &app.caches().absent_ids,
        }
    }

    /// The cached app, unless its key or id has changed since.
    fn cached(&self, app: &App, max_age_ms: u64) -> Option<Arc<AppRecord>> {
        let (tenant, _) = self.tenants(app).get(&self.as_str().to_owned())?;
        let record = app.caches().apps.fresh(&tenant, app.now(), max_age_ms)?;
        let called = match self {
            Self::Key(_) => &record.key,
            Self::Id(_) => &record.id,
        };
        (called == self.as_str()).then_some(record)
    }
}

/// The app with this name. 429 for clients that keep requesting apps that do not exist.
pub(crate) async fn app_named(
    app: &App,
    name: AppName<'_>,
    exchange: &Exchange,
) -> Result<Option<Arc<AppRecord>>, Problem> {
    if let Some(record) = name.cached(app, FRESH_MS) {
        return Ok(Some(record));
    }
    let text = name.as_str().to_owned();
    if text.len() > MAX_NAME_BYTES || name.absent(app).fresh(&text, app.now(), ABSENT_MS).is_some() {
        exchange.denied(AuthFailure::UnknownApp);
        rates::count_stranger(app, exchange).await?;
        return Ok(None);
    }
    let is_known = name.cached(app, u64::MAX).is_some();
    let look_up = if is_known { None } else { Some(begin_look_up(app, exchange)?) };
    let found = match name {
        AppName::Key(key) => app.store().app_by_key(key).await,
        AppName::Id(id) => app.store().app_by_id(id).await,
    };
    let record = keep(app, found, || name.cached(app, STALE_MS))?;
    if let Some(record) = &record {
        name.tenants(app).keep(text, record.tenant_id.clone(), app.now());
        if let Some(look_up) = look_up {
            look_up.found();
        }
        revocations::hand_over_pending(app, record).await;
    } else {
        name.absent(app).keep(text, (), app.now());
        exchange.denied(AuthFailure::UnknownApp);
        rates::count_stranger(app, exchange).await?;
    }
    Ok(record)
}

/// The app with this public key, for a client without an identity, whose address is counted. `None` also for an app that
/// accepts nobody: it is disabled, or has the demo secret in production. Its name is not noted, because answers to requests
/// that name an app differ in their headers.
pub(crate) async fn open_app(app: &App, key: &str, exchange: &Exchange) -> Result<Option<Arc<AppRecord>>, Problem> {
    let Some(record) = app_named(app, AppName::Key(key), exchange).await? else { return Ok(None) };
    rates::count_stranger(app, exchange).await?;
    if record.disabled {
        exchange.denied(AuthFailure::DisabledApp);
        return Ok(None);
    }
    if opens_nothing(app, &record.secret) {
        exchange.denied(AuthFailure::DemoSecret);
        return Ok(None);
    }
    Ok(Some(record))
}

/// Caches the app that D1 returned. If D1 failed, falls back to `cached`.
fn keep(
    app: &App,
    found: Result<Option<AppRecord>, StorageError>,
    cached: impl FnOnce() -> Option<Arc<AppRecord>>,
) -> Result<Option<Arc<AppRecord>>, Problem> {
    let found = match found {
        Ok(found) => found,
        Err(error) => return cached().map(Some).ok_or_else(|| error.into()),
    };
    Ok(found.map(|record| {
        tell_faults(&record);
        let record = Arc::new(record);
        app.caches().apps.keep(record.tenant_id.clone(), Arc::clone(&record), app.now());
        record
    }))
}

/// Logs unusable settings. Their defaults apply, so the app keeps working.
fn tell_faults(record: &AppRecord) {
    if record.settings_faults.is_empty() {
        return;
    }
    let detail = "settings that cannot be used; their defaults are in force";
    let fields = record.settings_faults.join(", ");
    tracing::warn!(at = "identity.apps", app = record.id, detail, fields);
}

/// 401 in production for an app whose secret is the public demo secret.
pub(super) fn refuse_demo_secret(app: &App, record: &AppRecord) -> Result<(), Denied> {
    if opens_nothing(app, &record.secret) {
        let detail = "this app still has the demo secret; give it one of its own";
        return Err(Denied::new(AuthFailure::DemoSecret, detail));
    }
    Ok(())
}

/// Currently valid secrets of an app, newest first.
pub(crate) fn good_secrets<'a>(app: &App, record: &'a AppRecord) -> impl Iterator<Item = &'a str> {
    good_secrets_by_generation(app, record).map(|(_, secret)| secret)
}

/// Currently valid secrets of an app with their generations, newest first.
pub(super) fn good_secrets_by_generation<'a>(app: &App, record: &'a AppRecord) -> impl Iterator<Item = (u32, &'a str)> {
    let secrets = record.secrets_by_generation(app.now());
    secrets.filter(|(_, secret)| !secret.is_empty() && !opens_nothing(app, secret))
}

fn opens_nothing(app: &App, secret: &str) -> bool {
    app.environment() == Environment::Production && secret == DEMO_SECRET
}
