//! Reads of the record that several objects make.

use campana_core::shared::ids::TenantId;
use campana_storage::{App, Store};

/// The app of a tenant as the record has it. `None` if there is no such app, or if the record fails, which is logged with
/// the caller's name: the caller continues with the settings it knows.
pub(crate) async fn read_app(store: &Store, tenant: &TenantId, caller: &'static str) -> Option<App> {
    store.app_by_tenant(tenant).await.unwrap_or_else(|error| {
        tracing::warn!(at = caller, detail = %error);
        None
    })
}
