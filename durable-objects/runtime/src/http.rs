//! Outbound HTTP: public addresses only, with a time-out.

use crate::context::Context;
use crate::ports::{Answer, Outbound};
use campana_core::shared::address::{Reach, check_url};
use futures_util::future::{Either, select};
use std::pin::pin;

/// Why a request did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The server answered with a status that the sender does not accept.
    Answered(u16),
    /// No answer by the deadline.
    TimedOut,
    /// No server answered.
    Unreachable,
    /// The URL is invalid or leads to a private network.
    NotAllowed,
    /// No key to sign or encrypt with.
    Unsigned,
}

impl Failure {
    /// The value of `reason` in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not_allowed",
            Self::Unsigned => "unsigned",
        }
    }

    /// The HTTP status, if the server answered.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Answered(status) => Some(status),
            _ => None,
        }
    }
}

impl Context {
    /// Posts to an external server within `timeout_ms`. Checks the address first, since a stored URL may be older than
    /// the rule.
    pub async fn post(&self, request: Outbound, timeout_ms: u32) -> Result<Answer, Failure> {
        let (url, deadline) = (request.url.clone(), self.host().sleep(timeout_ms));
        reach_within(&url, self.reach(), self.host().post(request), deadline).await
    }
}

/// The answer to a request for this URL, if its address is allowed and the answer comes before the deadline. Checks the
/// address before it polls the request.
pub async fn reach_within<T>(
    url: &str,
    reach: Reach,
    request: impl Future<Output = Result<T, ()>>,
    deadline: impl Future<Output = ()>,
) -> Result<T, Failure> {
    if check_url(url, reach).is_err() {
        return Err(Failure::NotAllowed);
    }
    match select(pin!(request), pin!(deadline)).await {
        Either::Left((Ok(answer), _)) => Ok(answer),
        Either::Left((Err(()), _)) => Err(Failure::Unreachable),
        Either::Right(_) => Err(Failure::TimedOut),
    }
}

/// `Ok` for a status of 200 to 299.
pub const fn accepted(answer: &Answer) -> Result<(), Failure> {
    match answer.status {
        200..=299 => Ok(()),
        status => Err(Failure::Answered(status)),
    }
}
