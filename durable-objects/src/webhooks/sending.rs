//! One request to an endpoint.

use super::Object;
use crate::platform;
use campana_core::pusher::signature::sign;
use campana_core::webhooks::channels::{DELIVERY_HEADER, Delivery, GivenUp};
use futures_util::future::{Either, select};
use std::pin::pin;
use worker::{AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Result, Url};

/// How long an endpoint may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 10_000;

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It was answered by something else than success.
    Answered(u16),
    /// It was not answered in time.
    TimedOut,
    /// Nobody was reached.
    Unreachable,
    /// It is not known any more what to sign with.
    Unsigned,
}

impl Failure {
    /// Writes down how it went: the host and numbers, never what was sent or answered.
    pub(super) fn log(self, delivery: &Delivery, given_up: Option<GivenUp>) {
        let url = Url::parse(&delivery.url).ok();
        let host = url.as_ref().and_then(Url::host_str);
        let (reason, status) = match self {
            Self::Answered(status) => ("answered", Some(status)),
            Self::TimedOut => ("timed_out", None),
            Self::Unreachable => ("unreachable", None),
            Self::Unsigned => ("unsigned", None),
        };
        let attempts = delivery.attempts.saturating_add(1);
        let lost = given_up.map_or(0, |given_up| given_up.events);
        tracing::warn!(at = "webhooks.delivery", host, reason, status, events = delivery.events, attempts, lost);
    }
}

impl Object {
    /// Sends a batch. While a secret is being changed the receiver may know either: the tries take turns.
    pub(super) async fn post(&self, delivery: &Delivery) -> std::result::Result<(), Failure> {
        let signed = self.known.borrow().as_ref().and_then(|known| {
            let turn = usize::try_from(delivery.attempts).unwrap_or(0).checked_rem(known.secrets.len())?;
            let secret = known.secrets.get(turn)?;
            Some((known.key.clone(), sign(secret, &delivery.body)))
        });
        let (key, signature) = signed.ok_or(Failure::Unsigned)?;
        let request = request(delivery, &key, &signature).map_err(|_| Failure::Unreachable)?;
        let controller = AbortController::default();
        let signal = controller.signal();
        let sent = Fetch::Request(request);
        let outcome = match select(pin!(sent.send_with_signal(&signal)), pin!(platform::sleep(TIMEOUT_MS))).await {
            Either::Left((Ok(response), _)) => match response.status_code() {
                200..=299 => Ok(()),
                status => Err(Failure::Answered(status)),
            },
            Either::Left((Err(_), _)) => Err(Failure::Unreachable),
            Either::Right(_) => Err(Failure::TimedOut),
        };
        // Whatever the answer says beyond its status is not read: let go of it.
        controller.abort();
        outcome
    }
}

fn request(delivery: &Delivery, key: &str, signature: &str) -> Result<Request> {
    let headers = Headers::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("user-agent", "campana-webhooks"),
        ("x-pusher-key", key),
        ("x-pusher-signature", signature),
        (DELIVERY_HEADER, &delivery.id),
    ] {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(delivery.body.as_str().into()));
    Request::new_with_init(&delivery.url, &init)
}
