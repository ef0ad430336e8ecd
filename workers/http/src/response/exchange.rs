//! Facts about a request that are learned while it is handled and needed by the middleware.

use axum::http::HeaderMap;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::accounts::metrics::hash_of;
use campana_core::shared::ids::UserId;
use campana_storage::App as AppRecord;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

/// Header with the client's address. Cloudflare's edge sets it, so clients cannot forge it.
const ADDRESS: &str = "cf-connecting-ip";
/// Prefix bits of an IPv6 address that identify a network. A household controls the remaining bits.
const NETWORK_BITS: u32 = 64;

/// One request and its response, shared by all handlers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    request_id: Option<String>,
    network: Option<String>,
    app: OnceLock<Arc<AppRecord>>,
    quotas: OnceLock<[Quota; 2]>,
    denial: OnceLock<AuthFailure>,
    person: OnceLock<u64>,
}

/// State of one rate limit of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Name of the limit.
    pub(crate) name: &'static str,
    /// Requests per minute.
    pub(crate) limit: u32,
    /// Remaining requests.
    pub(crate) left: u64,
    /// Milliseconds until the quota is full again.
    pub(crate) full_in_ms: u64,
}

impl Exchange {
    /// The exchange of a request with this id and these headers.
    pub(super) fn new(request_id: String, headers: &HeaderMap) -> Self {
        let address = headers.get(ADDRESS).and_then(|address| address.to_str().ok());
        let (request_id, network) = (Some(request_id), address.map(network_of));
        Self(Arc::new(Known { request_id, network, ..Known::default() }))
    }

    /// Records the app that the request names. Its token may still be invalid.
    pub(crate) fn names(&self, app: &Arc<AppRecord>) {
        let _already_named = self.0.app.set(Arc::clone(app));
    }

    /// Records the quotas of the authenticated caller.
    pub(crate) fn counted(&self, quotas: [Quota; 2]) {
        let _already_counted = self.0.quotas.set(quotas);
    }

    /// Records the authenticated user, as a hash.
    pub(crate) fn is_of(&self, user: &UserId) {
        let _already_known = self.0.person.set(hash_of(user.as_str()));
    }

    /// Hash of the authenticated user.
    pub(crate) fn person(&self) -> Option<u64> {
        self.0.person.get().copied()
    }

    /// Records why the authentication failed. The first reason stays.
    pub(crate) fn denied(&self, reason: AuthFailure) {
        let _already_denied = self.0.denial.set(reason);
    }

    /// Why the authentication failed.
    pub(crate) fn denial(&self) -> Option<AuthFailure> {
        self.0.denial.get().copied()
    }

    /// Request id.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The client's network: its IPv4 address or its IPv6 prefix.
    pub(crate) fn network(&self) -> Option<&String> {
        self.0.network.as_ref()
    }

    /// The app that the request names.
    pub(crate) fn app(&self) -> Option<&AppRecord> {
        self.0.app.get().map(|app| &**app)
    }

    /// The app of an authenticated caller.
    pub(super) fn callers_app(&self) -> Option<&AppRecord> {
        self.quotas().and_then(|_| self.app())
    }

    /// Quotas of an authenticated caller.
    pub(super) fn quotas(&self) -> Option<&[Quota; 2]> {
        self.0.quotas.get()
    }
}

fn network_of(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let bits = u128::from(address) >> NETWORK_BITS << NETWORK_BITS;
            Ipv6Addr::from(bits).to_string()
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn ipv6_addresses_of_one_network_count_together() {
        assert_eq!(network_of("192.0.2.7"), "192.0.2.7");
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::9"));
        assert_ne!(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
    }
}
