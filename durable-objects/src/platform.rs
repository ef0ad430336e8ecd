//! What the objects take from the platform: the clock, randomness, sockets, timers.

use campana_core::chat::wire::SUBPROTOCOL;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use futures_util::future::{Either, select};
use js_sys::{JsString, Promise, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Waker};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use worker::worker_sys::web_sys;
use worker::{Method, Request, RequestInit, Response, State, Stub, WebSocket};

/// The time. On the platform it stands still between two events from outside.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
#[expect(clippy::disallowed_methods, reason = "the one place where the objects read the clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

thread_local! {
    /// Random bytes that were drawn and not used yet: asking the platform costs the same for one as for many.
    static DRAWN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
/// Random bytes drawn at once.
const DRAW: usize = 1_024;

/// Random bytes from the platform's generator, each given out once.
#[expect(clippy::disallowed_methods, reason = "the one place where the objects draw random numbers")]
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    DRAWN.with_borrow_mut(|drawn| {
        if drawn.len() < N {
            let mut fresh = vec![0; DRAW.max(N)];
            getrandom::fill(&mut fresh).map_err(|_| Problem::internal("no randomness"))?;
            *drawn = fresh;
        }
        let bytes = drawn.split_off(drawn.len().saturating_sub(N));
        Ok(std::array::from_fn(|at| bytes.get(at).copied().unwrap_or_default()))
    })
}

/// Another handle on the same state.
pub(crate) fn same(state: &State) -> State {
    let raw: &JsValue = state.as_raw().as_ref();
    State::from(raw.clone().unchecked_into::<worker::worker_sys::DurableObjectState>())
}

/// Fills with random bytes from the platform's generator.
#[expect(clippy::disallowed_methods, reason = "random bytes of any length")]
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), Problem> {
    getrandom::fill(bytes).map_err(|_| Problem::internal("no randomness"))
}

/// Runs what hardly ever waits for anything: at once, and only if it does have to wait, for the rest, as a promise.
pub(crate) fn run(task: impl Future<Output = ()> + 'static) -> Option<Promise> {
    let mut task = Box::pin(task);
    // Whatever it waits for is told of the real waker when the promise first looks at it.
    if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
        return None;
    }
    Some(future_to_promise(async move {
        task.await;
        Ok(JsValue::UNDEFINED)
    }))
}

/// Waits.
pub(crate) async fn sleep(millis: u32) {
    worker::Delay::from(std::time::Duration::from_millis(u64::from(millis))).await;
}

// The platform's objects as the fan-out needs them: called directly, without a string made per call.
#[wasm_bindgen]
extern "C" {
    /// A hibernatable WebSocket.
    type Socket;
    /// Its session, which it was marked with. An integer in range.
    #[wasm_bindgen(method, structural, getter, js_name = campanaSession)]
    fn session(this: &Socket) -> Option<u32>;
    #[wasm_bindgen(method, structural, catch, setter, js_name = campanaSession)]
    fn set_session(this: &Socket, session: u32) -> Result<(), JsValue>;

    /// What an object keeps through its life.
    type ObjectState;
    #[wasm_bindgen(method, structural, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn answered_at(this: &ObjectState, socket: &JsValue) -> Result<Option<js_sys::Date>, JsValue>;

    /// What an object stores.
    type ObjectStorage;
    #[wasm_bindgen(method, structural, catch, js_name = setAlarm)]
    fn set_alarm(this: &ObjectStorage, at_ms: f64) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = deleteAll)]
    fn delete_all(this: &ObjectStorage) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "/js/connections.js")]
extern "C" {
    #[wasm_bindgen(js_name = trySend)]
    fn try_send(socket: &Socket, text: &JsString) -> f64;
    #[wasm_bindgen(js_name = bufferedOf)]
    fn buffered_of(socket: &Socket) -> f64;
    #[wasm_bindgen(js_name = takeOver)]
    fn take_over(state: &JsValue) -> bool;

    /// The end of a stream of server-sent events that an object fills.
    pub(crate) type EventStream;
    #[wasm_bindgen(constructor)]
    fn of_object(state: &JsValue) -> EventStream;
    /// What the response is to carry.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &EventStream) -> web_sys::ReadableStream;
    #[wasm_bindgen(method, js_name = send)]
    fn enqueue(this: &EventStream, chunk: &Uint8Array) -> f64;
    #[wasm_bindgen(method, getter)]
    fn buffered(this: &EventStream) -> f64;
    /// Whether the client is still there, as far as is known, and the stream was not ended.
    #[wasm_bindgen(method, getter, js_name = isOpen)]
    pub(crate) fn is_open(this: &EventStream) -> bool;
    /// Ends it after what waits.
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &EventStream);
    /// Breaks it off; what waits is dropped.
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &EventStream);
    #[wasm_bindgen(method, setter, js_name = onGone)]
    fn set_on_gone(this: &EventStream, callback: &JsValue);
}

impl EventStream {
    /// A stream of this object.
    pub(crate) fn of(state: &State) -> Self {
        Self::of_object(state.as_raw().as_ref())
    }

    /// Sends a chunk. Returns the bytes that were buffered before it.
    pub(crate) fn send(&self, chunk: &Uint8Array) -> u64 {
        bytes(self.enqueue(chunk))
    }

    /// Bytes that the client has not taken yet.
    pub(crate) fn waiting(&self) -> u64 {
        bytes(self.buffered())
    }

    /// Calls back when the client has gone.
    pub(crate) fn when_gone(&self, act: impl FnOnce() + 'static) {
        self.set_on_gone(&Closure::once_into_js(act));
    }
}

/// An instance begins to work for an object. True if an earlier one did and was lost without a word: whatever it had
/// under way went with it, while the object and its connections live on.
pub(crate) fn lost_an_instance(state: &State) -> bool {
    take_over(state.as_raw().as_ref())
}

/// Sends one text that is already a JavaScript string: made once for all sockets that get it. Bytes that the client had
/// not taken before: this text cannot have gone out yet.
/// A socket that is closing refuses; its close event follows, so that is no error here.
pub(crate) fn send(socket: &WebSocket, text: &JsString) -> u64 {
    bytes(try_send(as_socket(socket), text))
}

/// Bytes that were sent to a socket and not taken by its client yet.
pub(crate) fn waiting(socket: &WebSocket) -> u64 {
    bytes(buffered_of(as_socket(socket)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes in memory")]
fn bytes(number: f64) -> u64 {
    number.max(0.0) as u64
}

/// The session that a socket was marked with.
pub(crate) fn session_of(socket: &WebSocket) -> Option<u32> {
    as_socket(socket).session()
}

/// Marks a socket with its session, so that finding it again costs one look-up.
pub(crate) fn mark_session(socket: &WebSocket, session: u32) {
    let _frozen = as_socket(socket).set_session(session);
}

fn as_socket(socket: &WebSocket) -> &Socket {
    let raw: &JsValue = socket.as_ref();
    raw.unchecked_ref()
}

/// What came over a socket.
pub(crate) enum Incoming {
    Text(String),
    Binary,
    /// A text of more bytes than may be, which was not even copied.
    TooLong,
}

impl Incoming {
    /// Reads a text of up to so many bytes.
    pub(crate) fn of(message: &JsValue, most: usize) -> Self {
        // A character of JavaScript's is at least a byte.
        match message.dyn_ref::<JsString>() {
            None => Self::Binary,
            Some(text) if usize::try_from(text.length()).is_ok_and(|characters| characters > most) => Self::TooLong,
            Some(text) => {
                let text = String::from(text);
                if text.len() > most { Self::TooLong } else { Self::Text(text) }
            }
        }
    }
}

/// Takes a socket in. 503 if the object has as many as the platform allows, closed ones that nobody has finished included.
pub(crate) fn accept(state: &State, socket: &WebSocket) -> Result<(), Problem> {
    state.as_raw().accept_websocket(socket.as_ref()).map_err(|_| Problem::unavailable("there is no room for a socket"))
}

/// Whether a socket is closing or closed: the platform still lists it until its client has taken the end.
pub(crate) fn is_closing(socket: &WebSocket) -> bool {
    const OPEN: u16 = 1;
    let raw: &web_sys::WebSocket = socket.as_ref();
    raw.ready_state() != OPEN
}

/// Closes with one of the documented codes.
pub(crate) fn close(socket: &WebSocket, code: CloseCode) {
    let _already_closed = socket.close(Some(code.code()), Some(code.reason()));
}

/// When the platform last answered this socket's ping by itself.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
pub(crate) fn answered_ping_at(state: &State, socket: &WebSocket) -> Option<Timestamp> {
    let raw: &JsValue = state.as_raw().as_ref();
    let date = raw.unchecked_ref::<ObjectState>().answered_at(socket.as_ref()).ok()??;
    Some(Timestamp::from_millis(date.get_time() as i64))
}

/// The latest time that an alarm can be set to, milliseconds: the end of the year 9999.
const LATEST_ALARM_MS: i64 = 253_402_300_799_999;

/// Arms the alarm in the same turn as the write it belongs to, so that both become durable together.
pub(crate) fn arm_alarm(state: &State, at: Timestamp) {
    let storage = state.storage();
    let raw: &JsValue = storage.as_raw().as_ref();
    // The platform takes no time before 1970, and an alarm that is not set would look after nothing.
    let millis = at.millis().clamp(1, LATEST_ALARM_MS);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let _promise = raw.unchecked_ref::<ObjectStorage>().set_alarm(millis as f64);
}

/// Deletes all that the object has stored, in this turn: it costs nothing any more.
pub(crate) fn delete_all(state: &State) {
    let storage = state.storage();
    let raw: &JsValue = storage.as_raw().as_ref();
    let _promise = raw.unchecked_ref::<ObjectStorage>().delete_all();
}

/// Answers native sockets' `ping` with `pong` without waking the object.
pub(crate) fn answer_pings(state: &State) {
    answer(state, "ping", "pong");
}

/// Answers one frame with another without waking the object: the very same bytes, and one such pair in each object.
pub(crate) fn answer(state: &State, question: &str, reply: &str) {
    if let Ok(pair) = worker::worker_sys::WebSocketRequestResponsePair::new(question, reply) {
        state.set_websocket_auto_response(&pair);
    }
}

/// The answer to an upgrade. A client that offered a subprotocol hangs up unless one is chosen.
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

/// Posts JSON to an object and reads what it answers, for so many milliseconds at most.
pub(crate) async fn ask<A: DeserializeOwned>(
    stub: &Stub,
    path: &str,
    body: &impl Serialize,
    timeout_ms: u32,
) -> worker::Result<A> {
    let asked = async {
        let mut init = RequestInit::new();
        // As bytes: a string body would be decoded to a JavaScript string and encoded again.
        init.with_method(Method::Post).with_body(Some(Uint8Array::from(serde_json::to_vec(body)?.as_slice()).into()));
        let request = Request::new_with_init(&format!("http://object/{path}"), &init)?;
        // Read whatever it says: a body left unread holds on to the object.
        let text = stub.fetch_with_request(request).await?.text().await?;
        read_stored(&text).map_err(|_| worker::Error::from(format!("an object refused {path}")))
    };
    match select(pin!(asked), pin!(sleep(timeout_ms))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(worker::Error::from(format!("an object did not answer {path} in time"))),
    }
}

/// Writes down that something asked by HTTP failed by a fault of ours or of what we need. What clients do wrong is theirs
/// to know.
pub(crate) fn log_failure(at: &str, request_id: Option<&str>, problem: &Problem) {
    if matches!(problem.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(at, request_id, problem = problem.kind.slug(), detail = problem.detail);
    }
}

/// A problem as an HTTP response, for the rare caller that is not a socket.
pub(crate) fn problem_response(problem: &Problem) -> worker::Result<Response> {
    let response = Response::from_json(&problem.to_document())?.with_status(problem.kind.status());
    response.headers().set("content-type", "application/problem+json")?;
    if let Some(wait) = problem.retry_after_ms {
        response.headers().set("retry-after", &wait.div_ceil(1_000).to_string())?;
    }
    Ok(response)
}
