//! The record: D1, accessed through the queries of `campana-storage`.

use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_storage::{App, Store};
use campana_storage_d1::D1;
use std::sync::Arc;
use worker::Env;

/// The record of this deployment; 503 if no database is bound.
pub(crate) fn record(env: &Env) -> Result<Store, Problem> {
    let database = env.d1("DB").map_err(|_| Problem::unavailable("the database is not bound"))?;
    Ok(Store::new(Arc::new(D1(database))))
}

/// The app of a tenant as the record has it. `None` if there is no such app, or if the record fails, which is logged with
/// the caller's name: the caller continues with the settings it knows.
pub(crate) async fn read_app(store: &Store, tenant: &TenantId, caller: &'static str) -> Option<App> {
    store.app_by_tenant(tenant).await.unwrap_or_else(|error| {
        tracing::warn!(at = caller, detail = %error);
        None
    })
}
