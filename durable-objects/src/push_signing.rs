//! VAPID signatures of push messages, with one token per push service.

use campana_core::push::{TOKEN_GOOD_MS, Vapid};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Cached tokens at most; there are only a few push services.
const MAX_TOKENS: usize = 50;

/// The VAPID key and the token cache.
pub(crate) struct Signing {
    /// The deployment's variables: private key and subject.
    variables: (String, String),
    vapid: Option<Vapid>,
    tokens: RefCell<HashMap<String, (Timestamp, String)>>,
}

thread_local! {
    /// What the objects of this isolate share.
    static SHARED: RefCell<Option<Rc<Signing>>> = const { RefCell::new(None) };
}

impl Signing {
    /// Reads the key from the deployment's variables, if one is set. All objects of an isolate share it and the tokens: a signature
    /// costs about as much as the encryption of a message.
    pub(crate) fn of(context: &Context) -> Rc<Self> {
        let variable = |name| context.host().variable(name).unwrap_or_default();
        let variables = (variable("VAPID_PRIVATE_KEY"), variable("VAPID_SUBJECT"));
        SHARED.with_borrow_mut(|shared| {
            if let Some(signing) = shared.as_ref().filter(|signing| signing.variables == variables) {
                return Rc::clone(signing);
            }
            let vapid = Vapid::read(&variables.0, &variables.1);
            let signing = Rc::new(Self { variables, vapid, tokens: RefCell::default() });
            *shared = Some(Rc::clone(&signing));
            signing
        })
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
