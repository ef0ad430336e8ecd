//! VAPID signatures of pages, with one token per push service.

use crate::platform;
use campana_core::alerts::push::{TOKEN_GOOD_MS, Vapid};
use campana_core::shared::timestamp::Timestamp;
use std::cell::RefCell;
use std::collections::HashMap;
use worker::Env;

/// Cached tokens at most; there are only a few push services.
const MAX_TOKENS: usize = 50;

/// The VAPID key and the token cache.
pub(super) struct Signing {
    vapid: Option<Vapid>,
    tokens: RefCell<HashMap<String, (Timestamp, String)>>,
}

impl Signing {
    /// Reads the key from the environment, if one is set.
    pub(super) fn of(env: &Env) -> Self {
        let variable = |name| env.var(name).map_or_else(|_| String::new(), |value| value.to_string());
        let vapid = Vapid::read(&variable("VAPID_PRIVATE_KEY"), &variable("VAPID_SUBJECT"));
        Self { vapid, tokens: RefCell::default() }
    }

    /// The `Authorization` header for an endpoint. `None` without a key, or if the endpoint is no URL.
    pub(super) fn authorization(&self, endpoint: &str) -> Option<String> {
        let (vapid, origin, now) = (self.vapid.as_ref()?, Vapid::audience(endpoint)?, platform::now());
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
