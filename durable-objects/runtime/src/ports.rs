//! Ports of an object to its host, implemented by the platform and, for tests, by `testing`.

use crate::files::FileStores;
use crate::sockets::Sockets;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Store;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use std::borrow::Cow;

/// The clock.
pub trait Clock {
    /// The current time. On the platform it advances only with I/O.
    fn now(&self) -> Timestamp;

    /// Waits for `millis` milliseconds.
    fn sleep(&self, millis: u32) -> LocalBoxFuture<'static, ()>;
}

/// Randomness for ids, keys and jitter.
pub trait Random {
    /// Fills `bytes` from a cryptographic generator.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem>;
}

/// The object's one alarm.
pub trait AlarmClock {
    /// Replaces the alarm's time. It becomes durable with the writes of this turn.
    fn set_alarm(&self, at: Timestamp);
}

/// Background tasks.
pub trait Tasks {
    /// Runs a task in the background; the object stays in memory until it ends.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);
}

/// The address of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The binding of its namespace, for example `PAGER`.
    pub namespace: &'static str,
    /// The object's name in the namespace.
    pub name: String,
}

/// An answer to a call, or to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; empty for outbound HTTP, which does not read it.
    pub body: Vec<u8>,
    /// The `retry-after` header.
    pub retry_after: Option<String>,
}

impl Answer {
    /// An answer of 200 with JSON.
    pub fn json(body: &impl Serialize) -> Self {
        Self { status: 200, body: serde_json::to_vec(body).unwrap_or_default(), retry_after: None }
    }

    /// An answer of 200 with JSON, or a problem's.
    pub fn value(outcome: Result<impl Serialize, Problem>) -> Self {
        outcome.map_or_else(|problem| Self::problem(&problem), |value| Self::json(&value))
    }

    /// An answer of 204, or a problem's.
    pub fn done(outcome: Result<(), Problem>) -> Self {
        let done = Self { status: 204, body: Vec::new(), retry_after: None };
        outcome.map_or_else(|problem| Self::problem(&problem), |()| done)
    }

    /// A problem, with its status and document.
    pub fn problem(problem: &Problem) -> Self {
        let retry_after = problem.retry_after_ms.map(|wait| wait.div_ceil(1_000).to_string());
        Self { status: problem.kind.status(), retry_after, ..Self::json(&problem.to_document()) }
    }
}

/// Calls to other objects.
pub trait Objects {
    /// Posts JSON to a path of an object and reads the whole answer. Fails with the platform's error text. A failed
    /// call may have been delivered.
    fn post_to(&self, to: &Address, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Result<Answer, String>>;
}

/// A request to an external server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The URL, whose address was checked.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A page of an external server that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The address, which was checked.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// Most bytes of the body that are read.
    pub max_bytes: usize,
}

/// What an external server answered to a [`Reading`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The HTTP status.
    pub status: u16,
    /// The `location` header.
    pub location: Option<String>,
    /// The `content-type` header, empty if there is none.
    pub content_type: String,
    /// The beginning of the body; empty if it is no HTML of status 200.
    pub body: Vec<u8>,
}

/// HTTP to external servers.
pub trait Network {
    /// Posts without following redirects, and reads only the status and `retry-after`. Dropping the future aborts the
    /// request. `Err` if no server answered.
    fn post(&self, request: Outbound) -> LocalBoxFuture<'static, Result<Answer, ()>>;

    /// Gets a page without following redirects. Dropping the future aborts the request. `Err` if no server answered.
    fn get(&self, reading: Reading) -> LocalBoxFuture<'static, Result<Document, ()>>;
}

/// Settings of the deployment.
pub trait Variables {
    /// A variable or secret by name.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The record.
pub trait Record {
    /// The record of this deployment; 503 if no database is bound.
    fn record(&self) -> Result<Store, Problem>;
}

/// All ports except the object's database.
pub trait Host:
    Clock + Random + AlarmClock + Tasks + Objects + Network + Variables + Sockets + Record + FileStores
{
}

impl<T: Clock + Random + AlarmClock + Tasks + Objects + Network + Variables + Sockets + Record + FileStores> Host
    for T
{
}
