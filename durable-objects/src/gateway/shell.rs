//! The gateway on the platform: its requests and socket events, as calls of the object.

use super::Object;
use crate::host;
use crate::platform;
use crate::sockets::{HostSocket, incoming};
use crate::sql;
use campana_core::pusher::frame::{PING, PONG};
use campana_core::pusher::link::Attach;
use campana_core::shared::problem::Problem;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::web_sys;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, WebSocketPair, durable_object};

/// Gateway object, named by [`GatewayName::object_name`](campana_core::pusher::link::GatewayName::object_name).
/// Endpoints: `GET /attach` with an [`Attach`] header, and `POST` of the gateway requests in
/// [`link`](campana_core::pusher::link).
#[durable_object(alarm)]
pub struct Gateway {
    object: Rc<Object>,
}

impl DurableObject for Gateway {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        platform::answer(&state, PING, PONG);
        Self { object: Object::start(host::context(&state, &env, sql::database(&state))) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match (request.method(), request.path().as_str()) {
            (Method::Post, path) => {
                let body = platform::text_of(&mut request).await?;
                platform::respond(self.object.post(path, &body).await)
            }
            (Method::Get, "/attach") => {
                let pair = WebSocketPair::new()?;
                match self.object.attach(attach_of(&request), Rc::new(HostSocket(pair.server))).await {
                    Ok(()) => Response::from_websocket(pair.client),
                    Err(problem) => platform::problem_response(&problem),
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

fn attach_of(request: &Request) -> std::result::Result<Attach, Problem> {
    let header = request.headers().get(Attach::HEADER).ok().flatten().ok_or_else(Problem::not_found)?;
    let text = js_sys::decode_uri_component(&header).map_err(|_| Problem::not_found())?;
    serde_json::from_str(&String::from(text)).map_err(|_| Problem::internal("a connection of another version"))
}

/// Socket event handlers. Written by hand: the glue of `worker` returns a promise for every frame.
#[wasm_bindgen]
impl Gateway {
    /// Handles an incoming frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn on_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        self.object.take_in(Rc::new(HostSocket::of(socket)), incoming(message, self.object.max_frame_bytes()));
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
