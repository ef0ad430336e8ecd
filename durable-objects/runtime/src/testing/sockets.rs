//! Connections of clients of the simulated world. What an object sends leaves at the end of its turn, when the turn's
//! writes are durable; a turn in which the process dies sends nothing.

use crate::sockets::{Frame, Socket, Stream};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// What arrives at an object from a socket.
pub(super) enum Arrival {
    Frame(String),
    End,
}

/// A client's WebSocket, seen from both ends.
pub struct TestSocket {
    /// Whether the object's instance has died in this turn.
    is_dead: Rc<Cell<bool>>,
    is_accepted: Cell<bool>,
    mark: Cell<Option<u32>>,
    attachment: RefCell<Option<String>>,
    /// What the object has not got yet, in order.
    incoming: RefCell<VecDeque<Arrival>>,
    unsent: RefCell<Vec<String>>,
    received: RefCell<Vec<String>>,
    closed: RefCell<Option<(u16, String)>>,
    buffered: Cell<u64>,
}

impl TestSocket {
    pub(super) fn new(is_dead: Rc<Cell<bool>>) -> Self {
        Self {
            is_dead,
            is_accepted: Cell::default(),
            mark: Cell::default(),
            attachment: RefCell::default(),
            incoming: RefCell::default(),
            unsent: RefCell::default(),
            received: RefCell::default(),
            closed: RefCell::default(),
            buffered: Cell::default(),
        }
    }

    /// Takes the texts that the client has received since the last call.
    pub fn received(&self) -> Vec<String> {
        self.received.take()
    }

    /// Code and reason of the close, if the object has closed the socket.
    pub fn closed(&self) -> Option<(u16, String)> {
        self.closed.borrow().clone()
    }

    /// The stored JSON.
    pub fn attached(&self) -> Option<String> {
        self.attachment.borrow().clone()
    }

    /// Sets how many bytes the client has not read.
    pub fn set_buffered(&self, bytes: u64) {
        self.buffered.set(bytes);
    }

    pub(super) fn queue_incoming(&self, arrival: Arrival) {
        self.incoming.borrow_mut().push_back(arrival);
    }

    pub(super) fn next_incoming(&self) -> Option<Arrival> {
        self.incoming.borrow_mut().pop_front()
    }

    /// Loses what the object has not got yet, with the object's instance.
    pub(super) fn lose_incoming(&self) {
        self.incoming.take();
    }

    pub(super) fn accept(&self) {
        self.is_accepted.set(true);
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.is_accepted.get()
    }

    pub(super) fn end_turn(&self, is_durable: bool) {
        let sent = self.unsent.take();
        if is_durable {
            self.received.borrow_mut().extend(sent);
        }
    }

    /// The connection breaks, without a close of the object.
    pub(super) fn break_off(&self) {
        self.closed.borrow_mut().get_or_insert((1006, String::new()));
        self.unsent.take();
    }
}

impl Socket for TestSocket {
    fn send(&self, frame: &Frame) -> u64 {
        frame.get::<String>().map_or(0, |text| self.send_text(text))
    }

    fn send_text(&self, text: &str) -> u64 {
        if !self.is_closing() && !self.is_dead.get() {
            self.unsent.borrow_mut().push(text.to_owned());
        }
        self.buffered.get()
    }

    fn buffered(&self) -> u64 {
        self.buffered.get()
    }

    fn close(&self, code: u16, reason: &str) {
        if !self.is_dead.get() {
            self.closed.borrow_mut().get_or_insert_with(|| (code, reason.to_owned()));
        }
    }

    fn is_closing(&self) -> bool {
        self.closed.borrow().is_some()
    }

    fn attach(&self, json: &str) {
        if !self.is_dead.get() {
            *self.attachment.borrow_mut() = Some(json.to_owned());
        }
    }

    fn attachment(&self) -> Option<String> {
        self.attached()
    }

    fn mark(&self, session: u32) {
        self.mark.set(Some(session));
    }

    fn marked(&self) -> Option<u32> {
        self.mark.get()
    }

    fn is_same(&self, other: &dyn Socket) -> bool {
        std::ptr::addr_eq(self, other)
    }

    fn refuse(&self, text: &str, code: u16, reason: &str) {
        self.send_text(text);
        self.close(code, reason);
    }
}

/// A client's event stream.
#[derive(Default)]
pub struct TestStream {
    received: RefCell<String>,
    is_closed: Cell<bool>,
    when_gone: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl TestStream {
    /// Takes what the client has received since the last call.
    pub fn received(&self) -> String {
        self.received.take()
    }
}

impl Stream for TestStream {
    fn send(&self, chunk: &Frame) -> u64 {
        chunk.get::<String>().map_or(0, |text| self.send_text(text))
    }

    fn send_text(&self, text: &str) -> u64 {
        self.received.borrow_mut().push_str(text);
        0
    }

    fn buffered(&self) -> u64 {
        0
    }

    fn is_open(&self) -> bool {
        !self.is_closed.get()
    }

    fn close(&self) {
        self.is_closed.set(true);
        if let Some(act) = self.when_gone.take() {
            act();
        }
    }

    fn abort(&self) {
        self.close();
    }

    fn when_gone(&self, act: Box<dyn FnOnce()>) {
        *self.when_gone.borrow_mut() = Some(act);
    }
}
