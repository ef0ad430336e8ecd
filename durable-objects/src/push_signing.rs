//! VAPID signatures of push messages, with one token per push service.

use campana_core::push::{TOKEN_GOOD_MS, Vapid};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use std::cell::RefCell;
use std::collections::HashMap;

/// Cached tokens at most; there are only a few push services.
const MAX_TOKENS: usize = 50;

/// The VAPID key and the token cache.
pub(crate) struct Signing {
    vapid: Option<Vapid>,
    tokens: RefCell<HashMap<String, (Timestamp, String)>>,
}

impl Signing {
    /// Reads the key from the deployment's variables, if one is set.
    pub(crate) fn of(context: &Context) -> Self {
        let variable = |name| context.host().variable(name).unwrap_or_default();
        let vapid = Vapid::read(&variable("VAPID_PRIVATE_KEY"), &variable("VAPID_SUBJECT"));
        Self { vapid, tokens: RefCell::default() }
    }

    /// The `Authorization` header for an endpoint. `None` without a key, or if the endpoint is no URL.
    pub(crate) fn authorization(&self, endpoint: &str, now: Timestamp) -> Option<String> {
        let (vapid, origin) = (self.vapid.as_ref()?, Vapid::audience(endpoint)?);
        let mut tokens = self.tokens.borrow_mut();
        if let Some((_, token)) = tokens.get(&origin).filter(|(until, _)| now < *until) {
            return Some(token.clone());
        }
        if tokens.len() >= MAX_TOKENS {
            tokens.clear();
        }
        let token = vapid.authorization(&origin, now);
        tokens.insert(origin, (now.plus_millis(TOKEN_GOOD_MS), token.clone()));
        Some(token)
    }
}
