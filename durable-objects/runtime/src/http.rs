//! Outbound HTTP: to public addresses only, with a time-out, without redirects, and without reading the answer's body.

use crate::context::Context;
use crate::ports::{Answer, Outbound};
use campana_core::shared::address::check_url;
use futures_util::future::{Either, select};

/// Why a request did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It was answered by another status than the sender accepts.
    Answered(u16),
    /// It was not answered in time.
    TimedOut,
    /// No server answered.
    Unreachable,
    /// The address is on a network of our own, or no address at all.
    NotAllowed,
    /// There is no key to sign or to encrypt with.
    Unsigned,
}

impl Failure {
    /// The name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not_allowed",
            Self::Unsigned => "unsigned",
        }
    }

    /// The HTTP status, if there was one.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Answered(status) => Some(status),
            _ => None,
        }
    }
}

impl Context {
    /// Posts to a server outside, whose address is checked first, since settings may be older than the rule. Waits
    /// `timeout_ms` at most.
    pub async fn post(&self, request: Outbound, timeout_ms: u32) -> Result<Answer, Failure> {
        if check_url(&request.url, self.reach()).is_err() {
            return Err(Failure::NotAllowed);
        }
        match select(self.host().post(request), self.host().sleep(timeout_ms)).await {
            Either::Left((Ok(answer), _)) => Ok(answer),
            Either::Left((Err(()), _)) => Err(Failure::Unreachable),
            Either::Right(_) => Err(Failure::TimedOut),
        }
    }
}

/// Success of a request: any status of 200 to 299.
pub const fn accepted(answer: &Answer) -> Result<(), Failure> {
    match answer.status {
        200..=299 => Ok(()),
        status => Err(Failure::Answered(status)),
    }
}
