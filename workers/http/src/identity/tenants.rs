//! The list of all tenants: decides without a query per token whether an invented tenant exists.
//!
//! It serves only alerts from addresses that have used up their look-ups. Such an address must not cause a query with each
//! token, and yet a call for help must not be refused because of what others behind the same address do.

use crate::App;
use crate::caches::Listing;
use campana_core::shared::ids::TenantId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Largest list. A deployment with more tenants looks up each.
const MAX_LISTED: u32 = 10_000;
/// TTL of the list, milliseconds. A newer tenant is found within this time.
const FRESH_MS: u64 = 10_000;
/// Time-out of the request that reads the list, milliseconds: then another one reads it.
const READING_MS: u64 = 2_000;
/// Interval of the checks of requests that wait for the list, milliseconds.
const CHECK_MS: u32 = 50;
/// Checks until a request looks up its tenant without the list.
const MAX_CHECKS: usize = 60;

/// Whether the tenant may exist. True also if the list cannot be read.
pub(super) async fn may_exist(app: &App, tenant: &TenantId) -> bool {
    let cache = &app.caches().tenants;
    for _ in 0..MAX_CHECKS {
        let now = app.now();
        match cache.get(&()) {
            Some((Listing::Read(tenants), read_at)) if now.since(read_at) < FRESH_MS => {
                return is_in(&tenants, tenant);
            }
            Some((Listing::Pending, began_at)) if now.since(began_at) < READING_MS => {
                app.clock().sleep(CHECK_MS).await;
            }
            _ => {
                cache.keep((), Listing::Pending, now);
                let Ok(tenants) = app.store().tenants(MAX_LISTED.saturating_add(1)).await else {
                    cache.forget(&());
                    return true;
                };
                let tenants: Arc<BTreeSet<TenantId>> = Arc::new(tenants.into_iter().collect());
                cache.keep((), Listing::Read(Arc::clone(&tenants)), app.now());
                return is_in(&tenants, tenant);
            }
        }
    }
    true
}

fn is_in(tenants: &BTreeSet<TenantId>, tenant: &TenantId) -> bool {
    tenants.len() > MAX_LISTED as usize || tenants.contains(tenant)
}
