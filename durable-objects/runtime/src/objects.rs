//! Calls to other objects, with a time-out. A failed call may have been delivered.

use crate::context::Context;
use crate::ports::{Address, Answer};
use campana_core::shared::json::read_stored;
use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// No answer by the deadline.
    TimedOut,
    /// An unexpected answer: its HTTP status.
    Refused(u16),
    /// The platform's error text, or that of the JSON encoder.
    Failed(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => write!(formatter, "the object did not answer in time"),
            Self::Refused(status) => write!(formatter, "the object answered {status}"),
            Self::Failed(detail) => write!(formatter, "{detail}"),
        }
    }
}

impl Context {
    /// Posts JSON to an object and parses its answer as JSON, whatever the status. Waits `timeout_ms` at most.
    pub async fn ask<A: DeserializeOwned>(
        &self,
        to: &Address,
        path: &str,
        body: &impl Serialize,
        timeout_ms: u32,
    ) -> Result<A, CallError> {
        let answer = self.post_to(to, path, body, timeout_ms).await?;
        let text = String::from_utf8(answer.body).ok();
        text.and_then(|text| read_stored(&text).ok()).ok_or(CallError::Refused(answer.status))
    }

    /// Posts JSON to an object, which answers 204 when its writes are durable. Waits `timeout_ms` at most.
    pub async fn hand_over(
        &self,
        to: &Address,
        path: &str,
        body: &impl Serialize,
        timeout_ms: u32,
    ) -> Result<(), CallError> {
        match self.post_to(to, path, body, timeout_ms).await?.status {
            204 => Ok(()),
            status => Err(CallError::Refused(status)),
        }
    }

    async fn post_to(
        &self,
        to: &Address,
        path: &str,
        body: &impl Serialize,
        timeout_ms: u32,
    ) -> Result<Answer, CallError> {
        let body = serde_json::to_vec(body).map_err(|error| CallError::Failed(error.to_string()))?;
        match select(self.host().post_to(to, path, body), self.host().sleep(timeout_ms)).await {
            Either::Left((answer, _)) => answer.map_err(CallError::Failed),
            Either::Right(_) => Err(CallError::TimedOut),
        }
    }
}
