//! Handling of frames from clients.

use super::Object;
use super::client::Client;
use super::order::Request;
use campana_core::accounts::metrics::EVENTS_PUBLISHED;
use campana_core::pusher::anonymous::FrameRate;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{ClientEvent, ClientFrame, Fault, PONG};
use campana_core::pusher::link::{Answer, Call};
use campana_core::shared::backlog;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::inbound::{InboundQueue, TakesFrames};
use campana_runtime::instance::Instance;
use campana_runtime::metrics;
use campana_runtime::sockets::{Incoming, Socket};
use std::rc::Rc;

/// Sustained frames per second of one socket, without client events.
const FRAMES_PER_SECOND: u32 = 25;
/// Burst of frames, in addition to two for each channel that the socket may subscribe to.
const FRAME_BURST: u32 = 50;
const NOT_LISTENING: &str = "the socket does not listen to the channel";
const TOO_MUCH_WAITS: &str = "too many frames wait for the channel";
/// Rate-limited frames after which the socket is closed.
const MAX_REFUSALS: u32 = 60;
/// A socket that sent a frame within this time takes part in a flood of its address, milliseconds.
const SENT_LATELY_MS: u64 = 2_000;

impl TakesFrames for Object {
    fn inbound(&self) -> &InboundQueue<(Rc<dyn Socket>, Incoming)> {
        &self.inbound
    }

    /// Handles a frame; faults are answered to the client. What awaits an answer continues in the background.
    fn begin_frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming) {
        let Some(client) = self.clients.borrow().of_socket(&*socket) else {
            // The gateway has just closed this socket; the client sent the frame before it got the close.
            return;
        };
        if client.socket.buffered() > backlog::CONNECTION_BYTES {
            return self.drop_one_unread(&client);
        }
        client.touch(self.context.now(), i64::from(self.pusher().activity_timeout_s).saturating_mul(1_000));
        if let Err(fault) = self.handle(&client, frame) {
            client.send(&fault.to_frame());
        }
    }
}

impl Object {
    /// Burst sizes of frames and of client events.
    pub(super) fn bursts(&self) -> (u32, u32) {
        let settings = self.pusher();
        (settings.channels_per_socket.saturating_mul(2).saturating_add(FRAME_BURST), settings.client_events_per_second)
    }

    fn handle(self: &Rc<Self>, client: &Rc<Client>, frame: Incoming) -> Result<(), Fault> {
        let frame = match frame {
            Incoming::Text(text) => ClientFrame::parse(&text),
            Incoming::TooLong => Err(Fault::new(format!("A frame has at most {} bytes", self.max_frame_bytes()))),
            Incoming::Binary => return Err(Fault::new("Invalid message format: frames are text")),
        };
        let passes = match &frame {
            Ok(ClientFrame::Event(_)) => true,
            Ok(ClientFrame::Subscribe(request)) => self.passes(client, Some(&request.channel)),
            _ => self.passes(client, None),
        };
        if !passes {
            return Ok(());
        }
        match frame? {
            ClientFrame::Ping => client.send(PONG),
            ClientFrame::Pong => {}
            ClientFrame::Subscribe(request) => self.take_request(client, Request::Subscribe(request)),
            ClientFrame::Unsubscribe(channel) => self.take_request(client, Request::Unsubscribe(channel)),
            ClientFrame::Event(event) => {
                if self.may_publish(client, &event.channel) {
                    self.take_request(client, Request::Event(event));
                }
            }
            ClientFrame::SignIn { auth, user_data } => {
                self.take_request(client, Request::SignIn { auth, user_data });
            }
        }
        Ok(())
    }

    /// Counts a frame, which may subscribe to a channel, against the limits of its socket and of its address. False if it was
    /// refused.
    fn passes(self: &Rc<Self>, client: &Rc<Client>, channel: Option<&ChannelName>) -> bool {
        let ((burst, _), now) = (self.bursts(), self.context.now());
        client.sent_at.set(now);
        let is_within = client.frames.borrow_mut().take(FRAMES_PER_SECOND, burst, now).is_ok();
        let rate = self.clients.borrow_mut().take_frame(client, channel, &self.pusher(), now);
        match rate {
            FrameRate::Within if is_within => {
                client.refusals.set(client.refusals.get().saturating_sub(1));
                return true;
            }
            FrameRate::Within | FrameRate::Exceeded => self.refused(client, &too_many_frames()),
            FrameRate::Flooding => self.shed(client, now),
        }
        false
    }

    /// Closes the sockets of a flooding address that have no user and sent frames lately. Their clients reconnect after a pause.
    /// The close frame is the only answer: more would cost more than the flood's frames.
    fn shed(self: &Rc<Self>, flooding: &Client, now: Timestamp) {
        let clients = self.clients.borrow().all();
        for client in clients {
            let has_sent = now.since(client.sent_at.get()) < SENT_LATELY_MS;
            if has_sent && client.is_anonymous.get() && client.address == flooding.address {
                client.socket.close(Code::OverCapacity.number(), Code::OverCapacity.message());
                client.closed_with.set(Some(Code::OverCapacity.number()));
                client.cancel_pending();
                self.forget(&client);
            }
        }
    }

    /// Answers a rate-limited frame. Closes the socket after [`MAX_REFUSALS`], and the client reconnects after a pause.
    pub(super) fn refused(self: &Rc<Self>, client: &Rc<Client>, fault: &Fault) {
        client.send(&fault.to_frame());
        client.refusals.set(client.refusals.get().saturating_add(1));
        if client.refusals.get() >= MAX_REFUSALS {
            self.dismiss(client, Code::OverCapacity);
        }
    }

    /// Counts a client event when it arrives. False if it was answered as too many.
    fn may_publish(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName) -> bool {
        let rate = self.pusher().client_events_per_second;
        let passes = client.events.borrow_mut().take(rate, rate, self.context.now()).is_ok();
        if !passes {
            self.refused(client, &refused_event(channel, &format!("at most {rate} a second")));
        }
        passes
    }

    /// Passes a client event to its target. A refusal is answered in the background.
    pub(super) fn publish(self: &Rc<Self>, client: &Rc<Client>, event: ClientEvent) -> Result<(), Fault> {
        let settings = self.pusher();
        let channel = event.channel.clone();
        let rejected = |why: &str| refused_event(&channel, why);
        if !settings.client_events {
            return Err(rejected("the app does not allow them"));
        }
        if !event.channel.takes_client_events() {
            return Err(rejected("only private and presence channels take them"));
        }
        if !settings.allows_event(&event.event) {
            return Err(rejected(&format!("a name has at most {} characters", settings.event_name_chars)));
        }
        if event.data.len() > usize::try_from(settings.payload_bytes).unwrap_or(usize::MAX) {
            return Err(rejected(&format!("its data has at most {} bytes", settings.payload_bytes)));
        }
        let subscription = client.subscriptions.borrow().get(&channel).cloned();
        let subscription = subscription.ok_or_else(|| rejected(NOT_LISTENING))?;
        if let Some((app_config, _)) = &*self.me.borrow() {
            let tenant = &app_config.tenant;
            metrics::count(tenant, |collector| collector.add(&EVENTS_PUBLISHED, &["client"], 1));
            metrics::report_soon(&self.context, tenant);
        }
        let (socket, number) = (client.socket_id.clone(), self.take_number());
        let call = Call::Event { event, socket, listener: subscription.listener, number };
        let (object, client) = (Rc::clone(self), Rc::clone(client));
        self.context.begin(async move {
            if let Answer::Refused(refusal) = object.call(&subscription.target, call).await {
                client.send(&refused_event(&channel, &refusal.message).to_frame());
            }
        });
        Ok(())
    }
}

/// A refused client event.
fn refused_event(channel: &ChannelName, why: &str) -> Fault {
    Fault::event(Some(channel.clone()), why)
}

fn too_many_frames() -> Fault {
    Fault::new("Too many frames: slow down")
}

/// The fault of a frame for which too many others wait, if it is an event of this channel.
pub(super) fn too_much_waits(event_on: Option<&ChannelName>) -> Fault {
    event_on.map_or_else(too_many_frames, |channel| refused_event(channel, TOO_MUCH_WAITS))
}
