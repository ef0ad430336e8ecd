//! What becomes known of a request on its way in, for what is done around the response.

use axum::http::HeaderMap;
use campana_storage::App as AppRecord;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

/// The client's address, as the platform's edge writes it: clients cannot choose it.
const ADDRESS: &str = "cf-connecting-ip";
/// Bits of an IPv6 address that its owner cannot choose: a household has the rest to itself.
const NETWORK_BITS: u32 = 64;

/// One request and its response. Shared by all who handle it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    request_id: Option<String>,
    network: Option<String>,
    app: OnceLock<Arc<AppRecord>>,
    quotas: OnceLock<[Quota; 2]>,
}

/// Where a caller stands with one of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// The limit's name.
    pub(crate) name: &'static str,
    /// Requests in a minute.
    pub(crate) limit: u32,
    /// Requests that are left.
    pub(crate) left: u64,
    /// Milliseconds until all of them are back.
    pub(crate) full_in_ms: u64,
}

impl Exchange {
    /// Of the request with this id and these headers.
    pub(super) fn new(request_id: String, headers: &HeaderMap) -> Self {
        let address = headers.get(ADDRESS).and_then(|address| address.to_str().ok());
        let (request_id, network) = (Some(request_id), address.map(network_of));
        Self(Arc::new(Known { request_id, network, ..Known::default() }))
    }

    /// The request names this app. Its token need not be good.
    pub(crate) fn names(&self, app: &Arc<AppRecord>) {
        let _already_named = self.0.app.set(Arc::clone(app));
    }

    /// The caller is known, and the request was counted.
    pub(crate) fn counted(&self, quotas: [Quota; 2]) {
        let _already_counted = self.0.quotas.set(quotas);
    }

    /// The request's id.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Where it comes from: what of the client's address its owner cannot choose.
    pub(crate) fn network(&self) -> Option<&String> {
        self.0.network.as_ref()
    }

    /// The app that the request names.
    pub(super) fn app(&self) -> Option<&AppRecord> {
        self.0.app.get().map(|app| &**app)
    }

    /// The app of a caller who is known.
    pub(super) fn callers_app(&self) -> Option<&AppRecord> {
        self.quotas().and_then(|_| self.app())
    }

    /// Where a caller who is known stands with their limits.
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
    fn an_address_counts_with_all_that_its_owner_can_choose() {
        assert_eq!(network_of("192.0.2.7"), "192.0.2.7");
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::9"));
        assert_ne!(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
    }
}
