//! Scripted ports.

use crate::ports::{
    BoxFuture, Clock, Counted, JwksSource, Memory, Random, RateLimiter, ScannerAnswer, ScannerCall, Scanners,
};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_logging::{JsonLines, LogLevel, Severity};
use serde_json::Value;
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tracing::Dispatch;

/// A clock that only `pass` and sleeping advance.
pub(crate) struct FakeClock {
    millis: AtomicI64,
    while_waiting: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// Whether other tasks run during a sleep.
    yields: AtomicBool,
}

impl FakeClock {
    pub(crate) fn new(millis: i64) -> Self {
        Self { millis: AtomicI64::new(millis), while_waiting: Mutex::new(None), yields: AtomicBool::new(false) }
    }

    pub(crate) fn millis(&self) -> i64 {
        self.millis.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    /// Lets other tasks run during each sleep.
    pub(crate) fn yield_in_sleep(&self) {
        self.yields.store(true, Ordering::Relaxed);
    }

    /// Runs `act` during the next sleep.
    pub(crate) fn on_wait(&self, act: impl FnOnce() + Send + 'static) {
        *self.while_waiting.lock().expect("the lock is not poisoned") = Some(Box::new(act));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis())
    }

    fn sleep(&self, millis: u32) -> BoxFuture<'_, ()> {
        self.pass(millis.into());
        let act = self.while_waiting.lock().expect("the lock is not poisoned").take();
        let yields = self.yields.load(Ordering::Relaxed);
        Box::pin(async move {
            if yields {
                yield_once().await;
            }
            if let Some(act) = act {
                act();
            }
        })
    }
}

/// Lets other tasks of the same executor run.
async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Deterministic generator without repeated values.
#[derive(Default)]
pub(crate) struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem> {
        let draw = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (at, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = draw.iter().rev().nth(at).copied().unwrap_or_default();
        }
        Ok(())
    }
}

/// Serves the JWKS that it is given.
#[derive(Default)]
pub(crate) struct FakeKeys {
    set: Mutex<Option<Value>>,
    fetched: AtomicUsize,
    /// Whether other tasks run before a fetch is answered.
    is_slow: AtomicBool,
}

impl FakeKeys {
    pub(crate) fn publish(&self, set: Option<Value>) {
        *self.set.lock().expect("the lock is not poisoned") = set;
    }

    pub(crate) fn answer_late(&self) {
        self.is_slow.store(true, Ordering::Relaxed);
    }

    pub(crate) fn fetched(&self) -> usize {
        self.fetched.load(Ordering::Relaxed)
    }
}

impl JwksSource for FakeKeys {
    fn fetch<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Option<Value>> {
        self.fetched.fetch_add(1, Ordering::Relaxed);
        let set = self.set.lock().expect("the lock is not poisoned").clone();
        let is_slow = self.is_slow.load(Ordering::Relaxed);
        Box::pin(async move {
            for _ in 0..if is_slow { 10 } else { 0 } {
                yield_once().await;
            }
            set
        })
    }
}

/// A scanner of files that answers as it is told, and keeps what it was asked.
#[derive(Default)]
pub(crate) struct FakeScanner {
    answer: Mutex<Option<ScannerAnswer>>,
    asked: Mutex<Vec<ScannerCall>>,
}

impl FakeScanner {
    /// Sets the answer; `None` if it cannot be reached.
    pub(crate) fn set_answer(&self, answer: Option<(u16, &str)>) {
        let answer = answer.map(|(status, body)| ScannerAnswer { status, body: body.into() });
        *self.answer.lock().expect("the lock is not poisoned") = answer;
    }

    /// Requests since the last call.
    pub(crate) fn asked(&self) -> Vec<ScannerCall> {
        std::mem::take(&mut self.asked.lock().expect("the lock is not poisoned"))
    }
}

impl Scanners for FakeScanner {
    fn ask(&self, call: ScannerCall) -> BoxFuture<'_, Result<ScannerAnswer, &'static str>> {
        self.asked.lock().expect("the lock is not poisoned").push(call);
        let answer = self.answer.lock().expect("the lock is not poisoned").clone();
        Box::pin(async move { answer.ok_or("unreachable") })
    }
}

/// Collects log lines.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<Value>>);

impl Lines {
    /// A tracing dispatcher that writes to this collection.
    pub(crate) fn dispatch(self: &Arc<Self>, level: LogLevel) -> Dispatch {
        let lines = Arc::clone(self);
        let write = move |severity: Severity, line: &str| {
            let line: Value = serde_json::from_str(line).expect("valid JSON");
            assert_eq!(line["level"], severity.as_str());
            lines.0.lock().expect("the lock is not poisoned").push(line);
        };
        Dispatch::new(JsonLines::new(level, write))
    }

    /// Warnings and errors.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.everything().into_iter().filter(|line| line["level"] != "info").collect()
    }

    /// Informational lines.
    pub(crate) fn infos(&self) -> Vec<Value> {
        self.everything().into_iter().filter(|line| line["level"] == "info").collect()
    }

    /// All lines.
    pub(crate) fn everything(&self) -> Vec<Value> {
        self.0.lock().expect("the lock is not poisoned").clone()
    }
}

/// Admits every request until a limit is set.
#[derive(Default)]
pub(crate) struct FakeLimiter {
    most: Mutex<HashMap<Counted, u32>>,
    seen: Mutex<HashMap<(Counted, String), u32>>,
    silent: AtomicBool,
}

impl FakeLimiter {
    pub(crate) fn allow(&self, counted: Counted, most: u32) {
        self.most.lock().expect("the lock is not poisoned").insert(counted, most);
    }

    /// Sets whether the limiter fails.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    pub(crate) fn seen(&self, counted: Counted, key: &str) -> u32 {
        self.seen.lock().expect("the lock is not poisoned").get(&(counted, key.to_owned())).copied().unwrap_or(0)
    }
}

impl RateLimiter for FakeLimiter {
    fn count<'a>(&'a self, counted: Counted, key: &'a str) -> BoxFuture<'a, Result<bool, String>> {
        Box::pin(async move {
            if self.silent.load(Ordering::Relaxed) {
                return Err("told to be silent".to_owned());
            }
            let mut seen = self.seen.lock().expect("the lock is not poisoned");
            let count = seen.entry((counted, key.to_owned())).or_default();
            *count += 1;
            Ok(self.most.lock().expect("the lock is not poisoned").get(&counted).is_none_or(|most| *count <= *most))
        })
    }
}

/// Reports the size that is set; unknown at first.
#[derive(Default)]
pub(crate) struct FakeMemory(AtomicU64);

impl FakeMemory {
    pub(crate) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl Memory for FakeMemory {
    fn bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}
