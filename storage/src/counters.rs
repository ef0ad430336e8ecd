//! Monotonic counters per app.

use crate::Store;
use crate::database::StorageError;
use crate::decode::to_json;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::named;
use campana_core::shared::ids::TenantId;
use campana_schema::counters;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Prefix of the counters of failed authentications.
const AUTH_FAILURE: &str = "auth_failure.";
/// In place of a tenant for failures that belong to no app. It is no valid tenant id.
const NO_TENANT: &str = "";

named! {
    /// A counter that every app has.
    pub enum Counter {
        /// Publishes that returned before every gateway with subscribers had accepted them.
        IncompletePublishes = "incomplete_publishes",
    }
}

/// Failed authentications by reason; every reason is present.
pub type AuthFailures = BTreeMap<&'static str, i64>;

#[derive(Deserialize)]
struct CounterRow {
    tenant_id: String,
    name: String,
    count: i64,
}

impl Store {
    /// Adds failed authentications, of an app or, with `None`, of requests that name no app.
    pub async fn count_auth_failures(
        &self,
        failures: &[(Option<TenantId>, AuthFailure, u32)],
    ) -> Result<(), StorageError> {
        let rows = failures.iter().map(|(tenant, reason, count)| {
            (tenant.as_ref().map_or(NO_TENANT, TenantId::as_str), format!("{AUTH_FAILURE}{}", reason.as_str()), count)
        });
        self.run(counters::ADD_ALL, [to_json(&rows.collect::<Vec<_>>())?.into()]).await
    }

    /// Failed authentications of an app, and those of the deployment that name no app.
    pub async fn auth_failures(&self, tenant: &TenantId) -> Result<[AuthFailures; 2], StorageError> {
        let rows: Vec<CounterRow> = self.rows(counters::LIST, [tenant.into(), NO_TENANT.into()]).await?;
        let of = |tenant: &str| {
            let counted = |reason: AuthFailure| {
                let is_it = |row: &&CounterRow| {
                    row.tenant_id == tenant && row.name.strip_prefix(AUTH_FAILURE) == Some(reason.as_str())
                };
                (reason.as_str(), rows.iter().find(is_it).map_or(0, |row| row.count))
            };
            AuthFailure::ALL.into_iter().map(counted).collect()
        };
        Ok([of(tenant.as_str()), of(NO_TENANT)])
    }

    /// Adds to a counter.
    pub async fn count(&self, tenant: &TenantId, counter: Counter, more: u32) -> Result<(), StorageError> {
        self.run(counters::ADD, [tenant.into(), counter.as_str().into(), more.into()]).await
    }

    /// The counter's value, 0 if nothing was counted.
    pub async fn counted(&self, tenant: &TenantId, counter: Counter) -> Result<i64, StorageError> {
        let found = self.column(counters::GET, [tenant.into(), counter.as_str().into()]).await?;
        Ok(found.into_iter().next().unwrap_or(0))
    }
}
