//! One request to somebody outside. Redirects are not followed, and what is answered beyond status and headers is not read.

use crate::platform;
use futures_util::future::{Either, select};
use std::pin::pin;
use wasm_bindgen::JsValue;
use worker::{AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It was answered by something else than success.
    Answered(u16),
    /// It was not answered in time.
    TimedOut,
    /// Nobody was reached.
    Unreachable,
    /// The address is on a network of our own.
    NotAllowed,
    /// There is nothing to sign or to encrypt with.
    Unsigned,
}

impl Failure {
    /// The name in the log.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not_allowed",
            Self::Unsigned => "unsigned",
        }
    }

    /// What it was answered by.
    pub(super) const fn status(self) -> Option<u16> {
        match self {
            Self::Answered(status) => Some(status),
            _ => None,
        }
    }
}

/// What came back.
pub(super) struct Answered {
    pub(super) status: u16,
    /// When to try again, in the sender's words.
    pub(super) retry_after: Option<String>,
}

/// Posts, and waits for so many milliseconds at most.
pub(super) async fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: JsValue,
    timeout_ms: u32,
) -> Result<Answered, Failure> {
    let request = request(url, headers, body).map_err(|_| Failure::Unreachable)?;
    let controller = AbortController::default();
    let signal = controller.signal();
    let sent = Fetch::Request(request);
    let outcome = match select(pin!(sent.send_with_signal(&signal)), pin!(platform::sleep(timeout_ms))).await {
        Either::Left((Ok(response), _)) => {
            let retry_after = response.headers().get("retry-after").ok().flatten();
            Ok(Answered { status: response.status_code(), retry_after })
        }
        Either::Left((Err(_), _)) => Err(Failure::Unreachable),
        Either::Right(_) => Err(Failure::TimedOut),
    };
    // The rest is not read: let go of it.
    controller.abort();
    outcome
}

fn request(url: &str, headers: &[(&str, &str)], body: JsValue) -> worker::Result<Request> {
    let all = Headers::new();
    for (name, value) in headers {
        all.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(all).with_redirect(RequestRedirect::Manual).with_body(Some(body));
    Request::new_with_init(url, &init)
}
