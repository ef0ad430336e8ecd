//! Sends a batch to an endpoint.

use super::Object;
use campana_core::pusher::signature::sign;
use campana_core::shared::address::host_of;
use campana_core::webhooks::channels::{DELIVERY_HEADER, Delivery, GivenUp};
use campana_runtime::http::{Failure, accepted};
use campana_runtime::ports::Outbound;

/// Time-out of a request, milliseconds.
const TIMEOUT_MS: u32 = 10_000;

impl Object {
    /// Sends a batch. During a secret rotation the receiver may know only one of the secrets, so attempts cycle through
    /// them.
    pub(super) async fn post(&self, delivery: &Delivery) -> Result<(), Failure> {
        let signed = self.known.borrow().as_ref().and_then(|known| {
            let index = usize::try_from(delivery.attempts).unwrap_or(0).checked_rem(known.secrets.len())?;
            let secret = known.secrets.get(index)?;
            Some((known.key.clone(), sign(secret, &delivery.body)))
        });
        let (key, signature) = signed.ok_or(Failure::Unsigned)?;
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("user-agent", "campana-webhooks".to_owned()),
            ("x-pusher-key", key),
            ("x-pusher-signature", signature),
            (DELIVERY_HEADER, delivery.id.clone()),
        ];
        let request = Outbound { url: delivery.url.clone(), headers, body: delivery.body.clone().into_bytes() };
        accepted(&self.context.post(request, TIMEOUT_MS).await?)
    }
}

/// Logs a failed attempt: host and numbers, never request or response contents.
pub(super) fn log(failure: Failure, delivery: &Delivery, given_up: Option<GivenUp>) {
    let (host, reason, status) = (host_of(&delivery.url), failure.as_str(), failure.status());
    let attempts = delivery.attempts.saturating_add(1);
    let lost = given_up.map_or(0, |given_up| given_up.events);
    tracing::warn!(at = "webhooks.delivery", host, reason, status, events = delivery.events, attempts, lost);
}
