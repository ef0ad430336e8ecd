//! What an object needs of its host. On Cloudflare the platform, in tests `testing`.

use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use futures_util::future::LocalBoxFuture;

/// The clock.
pub trait Clock {
    /// The time. On the platform it stands still between two events from outside.
    fn now(&self) -> Timestamp;

    /// Waits, milliseconds.
    fn sleep(&self, millis: u32) -> LocalBoxFuture<'static, ()>;
}

/// Randomness for ids, keys and jitter.
pub trait Random {
    /// Fills with bytes of a cryptographic generator.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem>;
}

/// The object's one alarm.
pub trait AlarmClock {
    /// Arms the alarm for a time, in place of the time before, durably with the writes of this turn.
    fn set_alarm(&self, at: Timestamp);
}

/// Work beside the request that started it.
pub trait Tasks {
    /// Runs a task in the background; the object stays in memory until it ends.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);
}

/// Where an object is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The binding of its namespace, for example `PAGER`.
    pub namespace: &'static str,
    /// Its name within it.
    pub name: String,
}

/// An answer to a call, or to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; empty where it is not read.
    pub body: Vec<u8>,
    /// The `retry-after` header.
    pub retry_after: Option<String>,
}

/// Calls to other objects.
pub trait Objects {
    /// Posts JSON to a path of an object and reads the whole answer. Fails with what the platform says. It may have been
    /// delivered although it failed.
    fn post_to(&self, to: &Address, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Result<Answer, String>>;
}

/// A request to a server outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Where; an address that was checked.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// HTTP to servers outside.
pub trait Network {
    /// Posts, follows no redirect, and reads status and `retry-after` alone. Dropping the future aborts the request. `Err` if
    /// no server answered.
    fn post(&self, request: Outbound) -> LocalBoxFuture<'static, Result<Answer, ()>>;
}

/// Settings of the deployment.
pub trait Variables {
    /// A variable or secret by name.
    fn variable(&self, name: &str) -> Option<String>;
}

/// All ports but the database.
pub trait Host: Clock + Random + AlarmClock + Tasks + Objects + Network + Variables {}

impl<T: Clock + Random + AlarmClock + Tasks + Objects + Network + Variables> Host for T {}
