//! Signatures of channel webhooks, as backends of the Pusher protocol verify them.

use super::DELIVERY_HEADER;
use crate::pusher::signature::sign;
use crate::webhooks::{Delivery, Headers};

/// An app's key and its valid secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppKey {
    /// The key.
    pub key: String,
    /// The secrets, newest first.
    pub secrets: Vec<String>,
}

impl AppKey {
    /// Headers of a request; `X-Pusher-Signature` signs the body. During a rotation the receiver may know only one of
    /// the secrets, so attempts cycle through them. `None` without a secret.
    pub fn headers(&self, delivery: &Delivery) -> Option<Headers> {
        let earlier = usize::try_from(delivery.attempt).ok()?.saturating_sub(1);
        let secret = self.secrets.get(earlier.checked_rem(self.secrets.len())?)?;
        Some(vec![
            ("x-pusher-key".into(), self.key.clone()),
            ("x-pusher-signature".into(), sign(secret, &delivery.body)),
            (DELIVERY_HEADER.into(), delivery.id.clone()),
        ])
    }
}
