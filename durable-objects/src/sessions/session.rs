//! One native connection: a hibernating socket or an event stream.

use super::Rates;
use crate::attachment::Attachment;
use crate::server_sent;
use campana_core::chat::wire::Person;
use campana_core::live;
use campana_core::shared::backlog;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::serial::Serial;
use campana_runtime::sockets::{Incoming, Socket, Stream};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Transport of a session.
pub(crate) enum Link {
    /// A hibernating WebSocket.
    Socket(Rc<dyn Socket>),
    /// A stream of server-sent events. `epoch` is the log's: an object whose log begins again has no open streams.
    Events { stream: Rc<dyn Stream>, epoch: Rc<str> },
}

/// One connection of one user.
pub(crate) struct Session {
    /// Number of the session, unique in this instance.
    pub(crate) id: u32,
    /// Transport.
    pub(crate) link: Link,
    /// State that survives hibernation.
    pub(crate) attachment: RefCell<Attachment>,
    /// Rate limits of its user, shared by all of their connections here.
    pub(crate) rates: Rc<RefCell<Rates>>,
    /// Frames of its client.
    pub(crate) frames: Serial<Incoming>,
    /// Number of the first event that it gets, in the fan-out's numbering.
    pub(crate) hears_from: u64,
    /// Rate-limited frames, less the frames accepted since.
    pub(crate) refusals: Cell<u32>,
    /// Our close code, once it is closed here.
    pub(crate) closed_with: Cell<Option<u16>>,
    /// Time of the first probe since its last frame.
    pub(crate) probed_at: Cell<Option<Timestamp>>,
}

impl Session {
    /// The user behind it, with their name.
    pub(crate) fn person(&self) -> Person {
        let attachment = self.attachment.borrow();
        Person { user_id: attachment.principal.user_id.clone(), name: attachment.principal.name.clone() }
    }

    /// Sends a text to this connection.
    pub(crate) fn send(&self, text: &str) {
        self.send_measured(text);
    }

    /// Tells the client that its frame, or its connection, is refused.
    pub(crate) fn refuse(&self, problem: &Problem, client_msg_id: Option<&str>) {
        self.send(&problem.to_frame(client_msg_id).to_string());
    }

    /// [`Self::send`]; returns the bytes that were buffered for its client before.
    pub(crate) fn send_measured(&self, text: &str) -> u64 {
        match &self.link {
            Link::Socket(socket) => socket.send_text(text),
            Link::Events { stream, .. } => stream.send_text(text),
        }
    }

    /// Bytes that are buffered for its client.
    pub(crate) fn waiting(&self) -> u64 {
        match &self.link {
            Link::Socket(socket) => socket.buffered(),
            Link::Events { stream, .. } => stream.buffered(),
        }
    }

    /// Sends an event without a position to this connection.
    pub(crate) fn send_event(&self, text: &str) {
        match &self.link {
            Link::Socket(_) => self.send(text),
            Link::Events { .. } => self.send(&server_sent::event(None, None, text)),
        }
    }

    /// Stores the attachment, so that it survives hibernation.
    pub(crate) fn persist(&self) {
        if let Link::Socket(socket) = &self.link {
            socket.attach(&serde_json::to_string(&*self.attachment.borrow()).unwrap_or_default());
        }
    }

    /// Key of the connection: see [`live::key`].
    pub(crate) fn key(&self) -> String {
        let is_numbered = self.attachment.borrow().number > 0;
        if !is_numbered {
            self.attachment.borrow_mut().number = self.id;
            self.persist();
        }
        let attachment = self.attachment.borrow();
        live::key(attachment.opened_at_ms, &attachment.number.to_string())
    }

    /// Records that a frame arrived. The attachment is slow to write, so it is updated per quarter of the idle time.
    pub(crate) fn heard(&self, now: Timestamp, idle_timeout_ms: i64) {
        self.probed_at.set(None);
        let stale = now.millis().saturating_sub(self.attachment.borrow().heard_at_ms) > idle_timeout_ms / 4;
        if stale {
            self.attachment.borrow_mut().heard_at_ms = now.millis();
            self.persist();
        }
    }

    /// Time at which the platform last answered its ping.
    pub(crate) fn pinged_at(&self, context: &Context) -> Option<Timestamp> {
        match &self.link {
            Link::Socket(socket) => context.host().ponged_at(&**socket),
            Link::Events { .. } => None,
        }
    }

    /// Closes the connection.
    pub(crate) fn close(&self, code: CloseCode) {
        self.closed_with.set(Some(code.code()));
        match &self.link {
            Link::Socket(socket) => socket.close(code.code(), code.reason()),
            // A backlog that the client does not read is dropped.
            Link::Events { stream, .. }
                if code == CloseCode::NotReading || stream.buffered() > backlog::SPARED_BYTES =>
            {
                stream.abort();
            }
            Link::Events { stream, .. } => stream.close(),
        }
    }

    /// Whether this is an event stream whose reader has disconnected.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(&self.link, Link::Events { stream, .. } if !stream.is_open())
    }

    /// Sends a probe: a stream without a reader breaks, a socket's client must answer.
    pub(crate) fn probe(&self, now: Timestamp) {
        if self.probed_at.get().is_none() {
            self.probed_at.set(Some(now));
        }
        match &self.link {
            Link::Socket(_) => self.send(PROBE),
            Link::Events { .. } => self.send(server_sent::KEEP_ALIVE),
        }
    }
}

/// Probe to a socket's client, which answers with a frame of type `pong`.
const PROBE: &str = r#"{"type":"ping"}"#;
