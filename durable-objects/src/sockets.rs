//! The platform's sockets and event streams as ports of [`campana_runtime::sockets`].

use crate::host::ObjectHost;
use crate::platform::{EventStream, bytes};
use crate::strings::js_string;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sockets::{Frame, Incoming, Socket, Sockets, Stream};
use js_sys::{Date, JSON, JsString, Uint8Array};
use std::any::Any;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use worker::WebSocket;
use worker::worker_sys::web_sys;

// Direct bindings: the calls for each socket of a fan-out create no string.
#[wasm_bindgen]
extern "C" {
    /// A hibernatable WebSocket.
    type RawSocket;
    /// Session number with which the socket is marked.
    #[wasm_bindgen(method, structural, getter, js_name = campanaSession)]
    fn session(this: &RawSocket) -> Option<u32>;
    #[wasm_bindgen(method, structural, catch, setter, js_name = campanaSession)]
    fn set_session(this: &RawSocket, session: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = serializeAttachment)]
    fn serialize_attachment(this: &RawSocket, value: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = deserializeAttachment)]
    fn deserialize_attachment(this: &RawSocket) -> Result<JsValue, JsValue>;

    /// The object's `DurableObjectState`.
    type ObjectState;
    #[wasm_bindgen(method, structural, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn answered_at(this: &ObjectState, socket: &JsValue) -> Result<Option<Date>, JsValue>;
}

#[wasm_bindgen(module = "/js/connections.js")]
extern "C" {
    /// Sends a text. A closing socket drops it, which is no error: its close event follows.
    #[wasm_bindgen(js_name = trySend)]
    fn try_send(socket: &RawSocket, text: &JsString) -> f64;
    #[wasm_bindgen(js_name = bufferedOf)]
    fn buffered_of(socket: &RawSocket) -> f64;
}

/// A socket of the platform.
#[derive(Clone)]
pub(crate) struct HostSocket(pub(crate) WebSocket);

impl HostSocket {
    /// A socket that the platform passed to an event handler.
    pub(crate) fn of(socket: web_sys::WebSocket) -> Self {
        Self(socket.into())
    }

    fn value(&self) -> &JsValue {
        self.0.as_ref()
    }

    fn raw(&self) -> &RawSocket {
        self.value().unchecked_ref()
    }
}

impl Socket for HostSocket {
    fn send(&self, frame: &Frame) -> u64 {
        frame.get::<JsString>().map_or(0, |text| bytes(try_send(self.raw(), text)))
    }

    fn send_text(&self, text: &str) -> u64 {
        bytes(try_send(self.raw(), &js_string(text)))
    }

    fn buffered(&self) -> u64 {
        bytes(buffered_of(self.raw()))
    }

    fn close(&self, code: u16, reason: &str) {
        let _already_closed = self.0.close(Some(code), Some(reason));
    }

    /// The platform lists a socket until its client has taken the close.
    fn is_closing(&self) -> bool {
        let raw: &web_sys::WebSocket = self.0.as_ref();
        raw.ready_state() != web_sys::WebSocket::OPEN
    }

    fn attach(&self, json: &str) {
        if let Ok(value) = JSON::parse(json) {
            let _closing = self.raw().serialize_attachment(&value);
        }
    }

    fn attachment(&self) -> Option<String> {
        let value = self.raw().deserialize_attachment().ok()?;
        JSON::stringify(&value).ok()?.as_string()
    }

    fn mark(&self, session: u32) {
        let _frozen = self.raw().set_session(session);
    }

    fn marked(&self) -> Option<u32> {
        self.raw().session()
    }

    fn is_same(&self, other: &dyn Socket) -> bool {
        of(other).is_some_and(|other| other.value() == self.value())
    }

    fn refuse(&self, text: &str, code: u16, reason: &str) {
        if self.0.accept().is_ok() {
            self.send_text(text);
            self.close(code, reason);
        }
    }
}

fn of(socket: &dyn Socket) -> Option<&HostSocket> {
    let socket: &dyn Any = socket;
    socket.downcast_ref()
}

impl Stream for EventStream {
    fn send(&self, chunk: &Frame) -> u64 {
        chunk.get::<Uint8Array>().map_or(0, |chunk| self.send_bytes(chunk))
    }

    fn send_text(&self, text: &str) -> u64 {
        self.send_bytes(&Uint8Array::from(text.as_bytes()))
    }

    fn buffered(&self) -> u64 {
        self.waiting()
    }

    fn is_open(&self) -> bool {
        self.open()
    }

    fn close(&self) {
        self.end();
    }

    fn abort(&self) {
        self.break_off();
    }

    fn when_gone(&self, act: Box<dyn FnOnce()>) {
        self.set_on_gone(&Closure::once_into_js(act));
    }
}

impl Sockets for ObjectHost {
    fn frame(&self, text: &str) -> Frame {
        Frame::new(js_string(text))
    }

    fn chunk(&self, text: &str) -> Frame {
        Frame::new(Uint8Array::from(text.as_bytes()))
    }

    fn sockets(&self) -> Vec<Rc<dyn Socket>> {
        self.state.get_websockets().into_iter().map(|socket| Rc::new(HostSocket(socket)) as Rc<dyn Socket>).collect()
    }

    /// 503 at the platform's limit, which also counts closing sockets.
    fn accept(&self, socket: &dyn Socket) -> Result<(), Problem> {
        let socket = of(socket).ok_or_else(|| Problem::internal("a socket of another host"))?;
        let accepted = self.state.as_raw().accept_websocket(socket.0.as_ref());
        accepted.map_err(|_| Problem::unavailable("there is no room for a socket"))
    }

    fn has_lost_instance(&self) -> bool {
        self.has_lost
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    fn ponged_at(&self, socket: &dyn Socket) -> Option<Timestamp> {
        let state: &JsValue = self.state.as_raw().as_ref();
        let date = state.unchecked_ref::<ObjectState>().answered_at(of(socket)?.value()).ok()??;
        Some(Timestamp::from_millis(date.get_time() as i64))
    }
}

/// Reads an incoming text of at most `most` bytes.
pub(crate) fn incoming(message: &JsValue, most: usize) -> Incoming {
    // Each UTF-16 unit takes at least one byte, so a longer text need not be copied.
    match message.dyn_ref::<JsString>() {
        None => Incoming::Binary,
        Some(text) if usize::try_from(text.length()).is_ok_and(|characters| characters > most) => Incoming::TooLong,
        Some(text) => {
            let text = String::from(text);
            if text.len() > most { Incoming::TooLong } else { Incoming::Text(text) }
        }
    }
}
