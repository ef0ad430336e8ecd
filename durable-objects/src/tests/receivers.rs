//! Receivers of webhooks in a simulated world, and what deliveries report to the log.

use campana_core::shared::timestamp::Timestamp;
use campana_logging::{JsonLines, LogLevel};
use campana_runtime::ports::Answer;
use campana_runtime::testing::{Object, World};
use futures_util::future::{LocalBoxFuture, pending};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

/// Accepts everything.
pub(crate) const GOOD: &str = "https://good.example/";
/// Refuses some requests, and leaves some without an answer, while [`Receivers::set_flaky`] says so.
pub(crate) const FLAKY: &str = "https://flaky.example/";
/// Never answers.
pub(crate) const HANGING: &str = "https://hanging.example/";

/// A request that reached a receiver.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// The delivery id.
    pub(crate) id: String,
    /// The body.
    pub(crate) body: String,
    /// When it came.
    pub(crate) at: Timestamp,
}

/// The receivers of a world.
#[derive(Clone)]
pub(crate) struct Receivers {
    world: World,
    id_header: &'static str,
    received: Rc<RefCell<BTreeMap<String, Vec<Received>>>>,
    is_flaky: Rc<Cell<bool>>,
}

impl Receivers {
    /// Receivers in this world, which read the delivery id from this header.
    pub(crate) fn add(world: &World, id_header: &'static str) -> Self {
        let receivers = Self { world: world.clone(), id_header, received: Rc::default(), is_flaky: Rc::default() };
        let outside = receivers.clone();
        world.add("outside", move |_| Rc::new(outside.clone()));
        receivers
    }

    pub(crate) fn set_flaky(&self, is_flaky: bool) {
        self.is_flaky.set(is_flaky);
    }

    /// The requests at an URL, each delivery id once, as a receiver that remembers ids sees them.
    pub(crate) fn of(&self, url: &str) -> Vec<Received> {
        let mut first: Vec<Received> = Vec::new();
        for received in self.received.borrow().get(url).into_iter().flatten() {
            match first.iter().find(|known| known.id == received.id) {
                Some(known) => assert_eq!(known.body, received.body, "all attempts have the same bytes"),
                None => first.push(received.clone()),
            }
        }
        first
    }
}

impl Object for Receivers {
    fn fetch(&self, url: &str, request: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let (headers, body): (Vec<(String, String)>, String) = serde_json::from_slice(&request).expect("a request");
        let id = headers.into_iter().find(|(name, _)| name == self.id_header).expect("a delivery id").1;
        let fault = if url == FLAKY && self.is_flaky.get() { self.world.draw(8) } else { u64::MAX };
        if url == HANGING || fault == 0 {
            return Box::pin(pending());
        }
        let answer = Answer { status: if fault < 3 { 503 } else { 200 }, body: Vec::new(), retry_after: None };
        // A receiver may process a request and fail afterwards.
        if fault > 1 {
            let received = Received { id, body, at: self.world.now() };
            self.received.borrow_mut().entry(url.to_owned()).or_default().push(received);
        }
        Box::pin(async { answer })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// Runs a function and returns the log lines of events that were given up.
pub(crate) fn given_up_during<T>(run: impl FnOnce() -> T) -> (T, Vec<Value>) {
    let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
    let sink = Arc::clone(&lines);
    let log = JsonLines::new(LogLevel::Info, move |_, line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        if line.get("given_up").is_some() {
            sink.lock().expect("one thread").push(line);
        }
    });
    let value = tracing::subscriber::with_default(log, run);
    let lines = std::mem::take(&mut *lines.lock().expect("one thread"));
    (value, lines)
}
