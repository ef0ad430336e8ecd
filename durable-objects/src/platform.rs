//! Platform bindings of the objects: clock, randomness, alarm, streams, responses.

use campana_core::chat::wire::SUBPROTOCOL;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::ports::Answer;
use futures_util::task::AtomicWaker;
use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::web_sys;
use worker::{Request, Response, ResponseBody, State, WebSocket};

/// The current time. The platform advances it only on input or output.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
#[expect(clippy::disallowed_methods, reason = "the one place where the objects read the clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

thread_local! {
    /// Unused random bytes: one platform call costs about the same for any number of bytes.
    static DRAWN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
/// Random bytes per platform call.
const DRAW: usize = 1_024;

/// Another handle to the same state.
pub(crate) fn same(state: &State) -> State {
    let raw: &JsValue = state.as_raw().as_ref();
    State::from(raw.clone().unchecked_into::<worker::worker_sys::DurableObjectState>())
}

/// Fills a buffer with cryptographically random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place where the objects draw random numbers")]
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), Problem> {
    DRAWN.with_borrow_mut(|drawn| {
        if drawn.len() < bytes.len() {
            let mut fresh = vec![0; DRAW.max(bytes.len())];
            getrandom::fill(&mut fresh).map_err(|_| Problem::internal("no randomness"))?;
            *drawn = fresh;
        }
        let unused = drawn.split_off(drawn.len().saturating_sub(bytes.len()));
        bytes.copy_from_slice(&unused);
        Ok(())
    })
}

/// Wakes the task that polled last.
#[derive(Default)]
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

/// Sleeps for so many milliseconds.
pub(crate) async fn sleep(millis: u32) {
    let mut delay = pin!(worker::Delay::from(Duration::from_millis(u64::from(millis))));
    // `Delay` wakes only the task that polled it first; `campana_runtime::Context::begin` polls before there is a task.
    let relay: Arc<Relay> = Arc::default();
    let waker = Waker::from(Arc::clone(&relay));
    poll_fn(|context| {
        relay.0.register(context.waker());
        delay.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await;
}

#[wasm_bindgen]
extern "C" {
    /// The object's `DurableObjectStorage`.
    type ObjectStorage;
    #[wasm_bindgen(method, structural, catch, js_name = setAlarm)]
    fn set_alarm(this: &ObjectStorage, at_ms: f64) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "/js/connections.js")]
extern "C" {
    #[wasm_bindgen(js_name = takeOver)]
    fn take_over(state: &JsValue) -> bool;

    /// Writing end of a stream of server-sent events.
    pub(crate) type EventStream;
    #[wasm_bindgen(constructor)]
    fn of_object(state: &JsValue) -> EventStream;
    /// Body for the response.
    #[wasm_bindgen(method, getter)]
    fn readable(this: &EventStream) -> web_sys::ReadableStream;
    #[wasm_bindgen(method, js_name = send)]
    fn enqueue(this: &EventStream, chunk: &Uint8Array) -> f64;
    #[wasm_bindgen(method, getter)]
    fn buffered(this: &EventStream) -> f64;
    /// Whether the stream was not ended and its client, as far as known, is connected.
    #[wasm_bindgen(method, getter, js_name = isOpen)]
    pub(crate) fn open(this: &EventStream) -> bool;
    /// Ends the stream after its queued bytes.
    #[wasm_bindgen(method, js_name = close)]
    pub(crate) fn end(this: &EventStream);
    /// Breaks the stream off and drops its queued bytes.
    #[wasm_bindgen(method, js_name = abort)]
    pub(crate) fn break_off(this: &EventStream);
    /// Sets the callback for the end of the stream.
    #[wasm_bindgen(method, setter, js_name = onGone)]
    pub(crate) fn set_on_gone(this: &EventStream, callback: &JsValue);
}

impl EventStream {
    /// A new stream of this object.
    pub(crate) fn of(state: &State) -> Self {
        Self::of_object(state.as_raw().as_ref())
    }

    /// Sends a chunk. Returns the bytes that were buffered before it.
    pub(crate) fn send_bytes(&self, chunk: &Uint8Array) -> u64 {
        bytes(self.enqueue(chunk))
    }

    /// Bytes that are buffered for the client.
    pub(crate) fn waiting(&self) -> u64 {
        bytes(self.buffered())
    }
}

/// Registers this instance for an object. True if an earlier instance was lost: the work that it had in progress is
/// lost too, while the object and its connections remain.
pub(crate) fn lost_an_instance(state: &State) -> bool {
    take_over(state.as_raw().as_ref())
}

/// A number of bytes from JavaScript.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes in memory")]
pub(crate) fn bytes(number: f64) -> u64 {
    number.max(0.0) as u64
}

/// Latest alarm time, in milliseconds: the end of the year 9999.
const LATEST_ALARM_MS: i64 = 253_402_300_799_999;

/// Arms the alarm in the turn of the write that needs it, so that both become durable together.
pub(crate) fn arm_alarm(state: &State, at: Timestamp) {
    let storage = state.storage();
    let raw: &JsValue = storage.as_raw().as_ref();
    // The platform rejects times before 1970; without the alarm, maintenance would stop.
    let millis = at.millis().clamp(1, LATEST_ALARM_MS);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let _promise = raw.unchecked_ref::<ObjectStorage>().set_alarm(millis as f64);
}

/// Makes the platform answer a frame with exactly these bytes without waking the object; one pair per object.
pub(crate) fn answer(state: &State, question: &str, reply: &str) {
    if let Ok(pair) = worker::worker_sys::WebSocketRequestResponsePair::new(question, reply) {
        state.set_websocket_auto_response(&pair);
    }
}

/// An object's answer as an HTTP response.
pub(crate) fn respond(answer: Answer) -> worker::Result<Response> {
    let is_problem = answer.status >= 400;
    // The platform refuses a body with 204, even an empty one.
    let body = if answer.body.is_empty() { ResponseBody::Empty } else { ResponseBody::Body(answer.body) };
    let response = Response::from_body(body)?.with_status(answer.status);
    response.headers().set("content-type", if is_problem { "application/problem+json" } else { "application/json" })?;
    if let Some(wait) = answer.retry_after {
        response.headers().set("retry-after", &wait)?;
    }
    Ok(response)
}

/// Response with a stream of server-sent events.
pub(crate) fn streamed(stream: &EventStream) -> worker::Result<Response> {
    let response = Response::from_body(ResponseBody::Stream(stream.readable()))?;
    response.headers().set("content-type", "text/event-stream; charset=utf-8")?;
    response.headers().set("cache-control", "no-store")?;
    response.headers().set("x-accel-buffering", "no")?;
    Ok(response)
}

/// Response to an upgrade. A client that offered a subprotocol disconnects unless one is selected.
pub(crate) fn upgraded(client: WebSocket, request: &Request) -> worker::Result<Response> {
    let response = Response::from_websocket(client)?;
    if request.headers().get("sec-websocket-protocol")?.is_some() {
        response.headers().set("sec-websocket-protocol", SUBPROTOCOL)?;
    }
    Ok(response)
}

/// Reads a request's body as UTF-8 text; fails if it is not UTF-8.
pub(crate) async fn text_of(request: &mut Request) -> worker::Result<String> {
    // `Request::text` would decode the bytes to a JavaScript string and encode that again.
    String::from_utf8(request.bytes().await?).map_err(|error| worker::Error::from(error.to_string()))
}

/// Logs a request that failed by a fault of ours or of a dependency. Client errors are not logged.
pub(crate) fn log_failure(at: &str, request_id: Option<&str>, problem: &Problem) {
    if matches!(problem.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(at, request_id, problem = problem.kind.slug(), detail = problem.detail);
    }
}
