//! Adapter to the platform's rate limiters, which count each key across all isolates of one Cloudflare location.

use campana_http::{BoxFuture, Counted, RateLimiter};
use worker::Env;
use worker::send::SendFuture;

/// Rate limiter bindings of wrangler.toml. A missing binding counts nothing.
pub(crate) struct Limiters {
    person: Option<worker::RateLimiter>,
    app: Option<worker::RateLimiter>,
    address: Option<worker::RateLimiter>,
    opening: Option<worker::RateLimiter>,
}

impl Limiters {
    /// Reads the bindings that exist.
    pub(crate) fn new(env: &Env) -> Self {
        let bound = |counted| env.rate_limiter(binding(counted)).ok();
        Self {
            person: bound(Counted::Person),
            app: bound(Counted::App),
            address: bound(Counted::Address),
            opening: bound(Counted::Opening),
        }
    }
}

impl RateLimiter for Limiters {
    fn count<'a>(&'a self, counted: Counted, key: &'a str) -> BoxFuture<'a, Result<bool, String>> {
        let limiter = match counted {
            Counted::Person => &self.person,
            Counted::App => &self.app,
            Counted::Address => &self.address,
            Counted::Opening => &self.opening,
        };
        Box::pin(SendFuture::new(async move {
            let limiter = limiter.as_ref().ok_or_else(|| format!("{} is not bound", binding(counted)))?;
            let outcome = limiter.limit(key.to_owned()).await;
            // The platform's error may quote the key, which identifies a user or an address, so it is not logged.
            outcome.map(|outcome| outcome.success).map_err(|_| format!("{} did not answer", binding(counted)))
        }))
    }
}

const fn binding(counted: Counted) -> &'static str {
    match counted {
        Counted::Person => "PERSON_LIMITER",
        Counted::App => "APP_LIMITER",
        Counted::Address => "ADDRESS_LIMITER",
        Counted::Opening => "OPENING_LIMITER",
    }
}
