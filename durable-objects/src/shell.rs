//! The objects on the platform: each shell passes the platform's events to an [`Instance`].

use crate::file_parts::body_of;
use crate::platform::{self, EventStream};
use crate::sockets::{HostSocket, incoming};
use crate::{
    alert_desk, channel, chat_push, conversation, gateway, host, pager, quota_registry, resumable, search, sql,
    webhooks,
};
use campana_core::chat::command::Connect;
use campana_core::files::resumable::WriteUpload;
use campana_core::pusher::link::Attach;
use campana_runtime::instance::Instance;
use campana_runtime::ports::Answer;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::web_sys;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, WebSocketPair, durable_object};

/// Defines a Durable Object around an [`Instance`]. The socket events are written by hand: the glue of `worker` copies
/// each frame whatever its size and returns a promise for it, which takes about as long as handling the frame.
macro_rules! shell {
    ($(#[$doc:meta])* $name:ident: $instance:ty) => {
        $(#[$doc])*
        #[durable_object(alarm)]
        pub struct $name {
            instance: Rc<$instance>,
            state: State,
        }

        impl DurableObject for $name {
            fn new(state: State, env: Env) -> Self {
                Self { instance: start(&state, &env), state }
            }

            async fn fetch(&self, request: Request) -> Result<Response> {
                fetch(&self.instance, &self.state, request).await
            }

            async fn alarm(&self) -> Result<Response> {
                self.instance.alarm().await;
                Response::ok("")
            }
        }

        #[wasm_bindgen]
        impl $name {
            /// Handles an incoming frame.
            #[wasm_bindgen(js_name = webSocketMessage)]
            pub fn on_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
                let frame = incoming(message, self.instance.max_frame_bytes());
                self.instance.frame(Rc::new(HostSocket::of(socket)), frame);
            }

            /// Handles the close of a socket.
            #[wasm_bindgen(js_name = webSocketClose)]
            pub fn on_close(&self, socket: web_sys::WebSocket, _code: u16, _reason: JsValue, is_answered: bool) {
                self.instance.gone(&HostSocket::of(socket), is_answered);
            }

            /// Handles an error on a socket.
            #[wasm_bindgen(js_name = webSocketError)]
            pub fn on_error(&self, socket: web_sys::WebSocket) {
                self.instance.gone(&HostSocket::of(socket), false);
            }
        }
    };
}

shell! {
    /// The only writer of one conversation, named `{tenant}/{conversation_id}`.
    Conversation: conversation::Object
}
shell! {
    /// A channel that no conversation owns, named by
    /// [`Target::object_name`](campana_core::pusher::link::Target::object_name).
    Channel: channel::Object
}
shell! {
    /// Sockets of Pusher clients, named by [`GatewayName::object_name`](campana_core::pusher::link::GatewayName::object_name).
    Gateway: gateway::Object
}
shell! {
    /// A tenant's panic alerts, named by the tenant.
    AlertDesk: alert_desk::Object
}
shell! {
    /// A tenant's web push notifications and alert webhooks, named by the tenant.
    Pager: pager::Object
}
shell! {
    /// The pushes of one person's notifications, named by [`PushMessage::object_name`](campana_core::chat::push::PushMessage::object_name).
    ChatPush: chat_push::Object
}
shell! {
    /// A tenant's index for search, named by [`object_name`](campana_core::chat::search::object_name).
    Search: search::Object
}
shell! {
    /// One resumable upload, named by [`OfUpload::object_name`](campana_core::files::resumable::OfUpload::object_name).
    ResumableUpload: resumable::Object
}
shell! {
    /// Connections and users of an app, named by the tenant.
    QuotaRegistry: quota_registry::Object
}
shell! {
    /// An app's channel webhooks, named by the tenant.
    Webhooks: webhooks::AppWebhooks
}

fn start<I: Instance>(state: &State, env: &Env) -> Rc<I> {
    crate::start_log(env);
    if let Some((ping, pong)) = I::PING {
        platform::answer(state, ping, pong);
    }
    I::start(host::context(state, env, sql::database(state)))
}

async fn fetch<I: Instance>(instance: &Rc<I>, state: &State, mut request: Request) -> Result<Response> {
    let (method, path) = (request.method(), request.path());
    let opened = match (method, path.as_str()) {
        (Method::Get, "/socket" | "/attach") => {
            let (connect, pair) = (connect_of(&request)?, WebSocketPair::new()?);
            let opened = instance.open(&connect, Rc::new(HostSocket(pair.server))).await;
            opened.map(|()| platform::upgraded(pair.client, &request))
        }
        (Method::Get, "/events") => {
            let stream = Rc::new(EventStream::of(state));
            let opened = instance.stream(&connect_of(&request)?, Rc::clone(&stream) as _).await;
            if opened.is_err() {
                stream.end();
            }
            opened.map(|()| platform::streamed(&stream))
        }
        (_, "/write") => Ok(platform::respond(instance.receive(&call_of(&request)?, body_of(&request)).await)),
        (_, path) => Ok(platform::respond(instance.request(path, &platform::text_of(&mut request).await?).await)),
    };
    opened.unwrap_or_else(|problem| platform::respond(Answer::problem(&problem)))
}

/// The JSON that describes the bytes of a request.
fn call_of(request: &Request) -> Result<String> {
    let encoded = request.headers().get(WriteUpload::HEADER)?.unwrap_or_default();
    Ok(js_sys::decode_uri_component(&encoded)?.into())
}

/// The JSON that describes a connection. The function that forwarded the request has verified it.
fn connect_of(request: &Request) -> Result<String> {
    let headers = request.headers();
    let encoded = headers.get(Connect::HEADER)?.or(headers.get(Attach::HEADER)?).unwrap_or_default();
    Ok(js_sys::decode_uri_component(&encoded)?.into())
}
