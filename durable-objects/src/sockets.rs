//! The platform's sockets and event streams as ports of [`campana_runtime::sockets`].

use crate::host::ObjectHost;
use crate::platform::{self, EventStream};
use crate::strings::js_string;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sockets::{Frame, Incoming, Socket, Sockets, Stream};
use js_sys::{JSON, JsString, Uint8Array};
use std::any::Any;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use worker::WebSocket;
use worker::worker_sys::web_sys;

#[wasm_bindgen]
extern "C" {
    type Attachable;
    #[wasm_bindgen(method, structural, catch, js_name = serializeAttachment)]
    fn serialize_attachment(this: &Attachable, value: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = deserializeAttachment)]
    fn deserialize_attachment(this: &Attachable) -> Result<JsValue, JsValue>;
}

/// A socket of the platform.
#[derive(Clone)]
pub(crate) struct HostSocket(pub(crate) WebSocket);

impl HostSocket {
    /// A socket that the platform passed to an event handler.
    pub(crate) fn of(socket: web_sys::WebSocket) -> Self {
        Self(socket.into())
    }

    fn raw(&self) -> &JsValue {
        self.0.as_ref()
    }
}

impl Socket for HostSocket {
    fn send(&self, frame: &Frame) -> u64 {
        frame.get::<JsString>().map_or(0, |text| platform::send(&self.0, text))
    }

    fn send_text(&self, text: &str) -> u64 {
        platform::send(&self.0, &js_string(text))
    }

    fn buffered(&self) -> u64 {
        platform::waiting(&self.0)
    }

    fn close(&self, code: u16, reason: &str) {
        let _already_closed = self.0.close(Some(code), Some(reason));
    }

    fn is_closing(&self) -> bool {
        platform::is_closing(&self.0)
    }

    fn attach(&self, json: &str) {
        if let Ok(value) = JSON::parse(json) {
            let _closing = self.raw().unchecked_ref::<Attachable>().serialize_attachment(&value);
        }
    }

    fn attachment(&self) -> Option<String> {
        let value = self.raw().unchecked_ref::<Attachable>().deserialize_attachment().ok()?;
        JSON::stringify(&value).ok()?.as_string()
    }

    fn mark(&self, session: u32) {
        platform::mark_session(&self.0, session);
    }

    fn marked(&self) -> Option<u32> {
        platform::session_of(&self.0)
    }

    fn is_same(&self, other: &dyn Socket) -> bool {
        of(other).is_some_and(|other| other.raw() == self.raw())
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

    fn accept(&self, socket: &dyn Socket) -> Result<(), Problem> {
        let socket = of(socket).ok_or_else(|| Problem::internal("a socket of another host"))?;
        platform::accept(&self.state, &socket.0)
    }

    fn has_lost_instance(&self) -> bool {
        self.has_lost
    }

    fn ponged_at(&self, socket: &dyn Socket) -> Option<Timestamp> {
        of(socket).and_then(|socket| platform::answered_ping_at(&self.state, &socket.0))
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
