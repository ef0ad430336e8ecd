//! Ports to clients' connections: hibernating WebSockets and streams of server-sent events.

use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::any::Any;
use std::rc::Rc;

/// A text in the host's own form, encoded once for any number of connections.
#[derive(Clone)]
pub struct Frame(Rc<dyn Any>);

impl Frame {
    /// A frame of this host's form.
    pub fn new(encoded: impl Any) -> Self {
        Self(Rc::new(encoded))
    }

    /// The host's form. `None` for a frame of another host or of the other kind of connection.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

/// A hibernating WebSocket.
pub trait Socket: Any {
    /// Sends a frame of [`Sockets::frame`]. Returns the bytes that were buffered for the client before. A closing socket
    /// drops the frame, which is no error: its close event follows.
    fn send(&self, frame: &Frame) -> u64;

    /// [`Socket::send`] for a text with one receiver.
    fn send_text(&self, text: &str) -> u64;

    /// Bytes that are buffered for the client.
    fn buffered(&self) -> u64;

    /// Closes the socket; does nothing if it is closed.
    fn close(&self, code: u16, reason: &str);

    /// Whether the socket is closing or closed. The host lists it until its client has taken the close.
    fn is_closing(&self) -> bool;

    /// Stores JSON with the socket, at most 16 KiB; it survives hibernation. Does nothing if the socket is closed.
    fn attach(&self, json: &str);

    /// The stored JSON.
    fn attachment(&self) -> Option<String>;

    /// Marks the socket with its session's number.
    fn mark(&self, session: u32);

    /// The mark, which a lost instance may have set.
    fn marked(&self) -> Option<u32>;

    /// Whether both are the same socket.
    fn is_same(&self, other: &dyn Socket) -> bool;

    /// Opens a new socket without hibernation, sends a text and closes it: browsers do not expose a refused upgrade.
    fn refuse(&self, text: &str, code: u16, reason: &str);
}

/// A stream of server-sent events.
pub trait Stream: Any {
    /// Sends a frame of [`Sockets::chunk`]. Returns the bytes that were buffered for the client before.
    fn send(&self, chunk: &Frame) -> u64;

    /// [`Stream::send`] for a text with one receiver.
    fn send_text(&self, text: &str) -> u64;

    /// Bytes that are buffered for the client.
    fn buffered(&self) -> u64;

    /// Whether the stream was not ended and its client, as far as known, is connected.
    fn is_open(&self) -> bool;

    /// Ends the stream after its queued bytes.
    fn close(&self);

    /// Breaks the stream off and drops its queued bytes.
    fn abort(&self);

    /// Sets the callback for the end of the stream, whichever side ends it.
    fn when_gone(&self, act: Box<dyn FnOnce()>);
}

/// Connections of an object.
pub trait Sockets {
    /// Encodes a text for sockets.
    fn frame(&self, text: &str) -> Frame;

    /// Encodes a text for streams.
    fn chunk(&self, text: &str) -> Frame;

    /// The object's sockets, those that survived hibernation included.
    fn sockets(&self) -> Vec<Rc<dyn Socket>>;

    /// Accepts a new socket, which then hibernates. 503 if the host has no room, closing sockets included.
    fn accept(&self, socket: &dyn Socket) -> Result<(), Problem>;

    /// Whether an earlier instance of the object was lost to a panic: its work in progress is lost too, while the object
    /// and its connections remain.
    fn has_lost_instance(&self) -> bool;

    /// Time of the host's last automatic answer to a ping on a socket.
    fn ponged_at(&self, socket: &dyn Socket) -> Option<Timestamp>;
}

/// An incoming frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text within the size limit.
    Text(String),
    /// A binary frame; it was not kept.
    Binary,
    /// A text above the size limit; it was not kept.
    TooLong,
}
