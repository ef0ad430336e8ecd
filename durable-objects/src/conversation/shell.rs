//! The conversation on the platform: its requests and socket events, as calls of the object.

use super::{Object, connect};
use crate::handshake::{connect_of, upgrade};
use crate::host;
use crate::platform::{self, EventStream};
use crate::sockets::{HostSocket, incoming};
use crate::sql;
use campana_core::shared::limits::MAX_FRAME_BYTES;
use campana_core::shared::problem::Problem;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::web_sys;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// Durable Object of one conversation, named `{tenant}/{conversation_id}`. Routes: `POST /command` with an
/// [`Envelope`](campana_core::chat::command::Envelope), `POST /trim` with a
/// [`TrimLog`](campana_core::chat::command::TrimLog), `POST` of the [`link`](campana_core::pusher::link) requests for
/// targets, and `GET /socket` and `GET /events` with a [`campana_core::chat::command::Connect`] header.
#[durable_object(alarm)]
pub struct Conversation {
    object: Rc<Object>,
    state: State,
}

impl DurableObject for Conversation {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        platform::answer_pings(&state);
        let object = Object::start(host::context(&state, &env, sql::database(&state)));
        Self { object, state }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.object.catch_up();
        match (request.method(), request.path().as_str()) {
            (Method::Post, path) => platform::respond(self.object.post(path, &request.text().await?).await),
            (Method::Get, "/socket") => upgrade(&self.object, &request).await,
            (Method::Get, "/events") => {
                let stream = Rc::new(EventStream::of(&self.state));
                match connect::events(&self.object, connect_of(&request), Rc::clone(&stream) as _).await {
                    Ok(()) => platform::streamed(&stream),
                    Err(problem) => {
                        stream.end();
                        platform::problem_response(&problem)
                    }
                }
            }
            _ => platform::problem_response(&Problem::not_found()),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.object.alarm().await;
        Response::ok("")
    }
}

/// Socket event handlers. Written by hand: the glue of `worker` returns a promise for every frame, which takes about as
/// long as handling the frame.
#[wasm_bindgen]
impl Conversation {
    /// Handles an incoming frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn on_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        self.object.catch_up();
        self.object.take_in(Rc::new(HostSocket::of(socket)), incoming(message, MAX_FRAME_BYTES));
    }

    /// Handles the close of a socket.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn on_close(&self, socket: web_sys::WebSocket, _code: u16, _reason: JsValue, is_answered: bool) {
        self.object.socket_gone(&HostSocket::of(socket), is_answered);
    }

    /// Handles an error on a socket.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn on_error(&self, socket: web_sys::WebSocket) {
        self.object.socket_gone(&HostSocket::of(socket), false);
    }
}
