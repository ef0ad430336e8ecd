//! Handling of frames from clients.

use super::Object;
use super::client::Client;
use crate::platform;
use crate::sockets::incoming;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{ClientEvent, ClientFrame, Fault, PONG};
use campana_core::pusher::link::{Answer, Call};
use campana_core::shared::backlog;
use campana_core::shared::limits::MAX_FRAME_BYTES;
use campana_runtime::sockets::Incoming;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::WebSocket;

/// Sustained frames per second of one socket, without client events.
const FRAMES_PER_SECOND: u32 = 25;
/// Burst of frames, in addition to two for each channel that the socket may subscribe to.
const FRAME_BURST: u32 = 50;
/// Rate-limited frames after which the socket is closed.
const MAX_REFUSALS: u32 = 60;

impl Object {
    /// Burst sizes of frames and of client events.
    pub(super) fn bursts(&self) -> (u32, u32) {
        let settings = self.pusher();
        (settings.channels_per_socket.saturating_mul(2).saturating_add(FRAME_BURST), settings.client_events_per_second)
    }

    /// Handles one frame. Faults are answered to the client.
    pub(super) async fn frame(self: &Rc<Self>, socket: &WebSocket, message: &JsValue) {
        let Some(client) = self.clients.borrow().of_socket(socket) else {
            // The gateway has just closed this socket; the client sent the frame before it got the close.
            return;
        };
        if platform::waiting(&client.socket) > backlog::CONNECTION_BYTES {
            return self.drop_one_unread(&client);
        }
        let settings = self.pusher();
        client.touch(self.context.now(), i64::from(settings.activity_timeout_s).saturating_mul(1_000));
        let most = MAX_FRAME_BYTES.max(usize::try_from(settings.payload_bytes).unwrap_or(0).saturating_mul(2));
        let frame = match incoming(message, most) {
            Incoming::Text(text) => ClientFrame::parse(&text),
            Incoming::TooLong => Err(Fault::new(format!("A frame has at most {most} bytes"))),
            Incoming::Binary => {
                return client.send(&Fault::new("Invalid message format: frames are text").to_frame());
            }
        };
        let is_event = matches!(frame, Ok(ClientFrame::Event(_)));
        if !is_event && !self.passes(&client) {
            return;
        }
        let outcome = match frame {
            Err(fault) => Err(fault),
            Ok(ClientFrame::Ping) => {
                client.send(PONG);
                Ok(())
            }
            Ok(ClientFrame::Pong) => Ok(()),
            Ok(ClientFrame::Subscribe(request)) => self.subscribe(&client, request).await,
            Ok(ClientFrame::Unsubscribe(channel)) => {
                self.unsubscribe(&client, &channel);
                Ok(())
            }
            Ok(ClientFrame::SignIn { auth, user_data }) => self.sign_in(&client, &auth, &user_data).await,
            Ok(ClientFrame::Event(event)) => {
                client.answered(&event.channel).await;
                self.client_event(&client, event).await
            }
        };
        if let Err(fault) = outcome {
            client.send(&fault.to_frame());
        }
    }

    fn passes(self: &Rc<Self>, client: &Rc<Client>) -> bool {
        let (burst, _) = self.bursts();
        if client.frames.borrow_mut().take(FRAMES_PER_SECOND, burst, self.context.now()).is_ok() {
            client.refusals.set(client.refusals.get().saturating_sub(1));
            return true;
        }
        self.refused(client, &Fault::new("Too many frames: slow down"));
        false
    }

    /// Answers a rate-limited frame. Closes the socket after [`MAX_REFUSALS`], and the client reconnects after a pause.
    fn refused(self: &Rc<Self>, client: &Rc<Client>, fault: &Fault) {
        client.send(&fault.to_frame());
        client.refusals.set(client.refusals.get().saturating_add(1));
        if client.refusals.get() >= MAX_REFUSALS {
            self.dismiss(client, Code::OverCapacity);
        }
    }

    async fn client_event(self: &Rc<Self>, client: &Rc<Client>, event: ClientEvent) -> Result<(), Fault> {
        let settings = self.pusher();
        let rejected = |why: &str| Fault::event(format!("Client event rejected: {why}"));
        if !settings.client_events {
            return Err(rejected("the app does not allow them"));
        }
        if !event.channel.takes_client_events() {
            return Err(rejected("only private and presence channels take them"));
        }
        if event.data.len() > usize::try_from(settings.payload_bytes).unwrap_or(usize::MAX) {
            return Err(rejected(&format!("its data has at most {} bytes", settings.payload_bytes)));
        }
        let subscription = client.subscriptions.borrow().get(&event.channel).cloned();
        let Some(subscription) = subscription else {
            return Err(rejected("the socket does not listen to the channel"));
        };
        let rate = settings.client_events_per_second;
        if client.events.borrow_mut().take(rate, rate, self.context.now()).is_err() {
            self.refused(client, &rejected(&format!("at most {rate} a second")));
            return Ok(());
        }
        let socket = client.socket_id.clone();
        let call = Call::Event { event, socket, listener: subscription.listener };
        match self.call(&subscription.target, call).await {
            Answer::Refused(refusal) => Err(rejected(&refusal.message)),
            Answer::Done | Answer::Subscribed { .. } => Ok(()),
        }
    }
}
