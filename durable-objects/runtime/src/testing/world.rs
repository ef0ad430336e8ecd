//! Simulation of objects, the network between them, and time.

use super::database::{Disk, Sqlite};
use super::engine::{Inner, Slot};
use super::sockets::{Arrival, TestSocket, TestStream};
use crate::context::Context;
use crate::files::{self, FileParts};
use crate::ports::Answer;
use crate::sockets::{Socket, Stream};
use crate::sql::Sql;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Store;
use futures_util::future::LocalBoxFuture;
use std::cell::RefCell;
use std::rc::Rc;

/// An object's behaviour. Built anew for each instance.
pub trait Object {
    /// Answers a call.
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer>;

    /// Takes bytes. `call` is the JSON of the request's header.
    fn receive(&self, _call: String, _bytes: files::Incoming) -> LocalBoxFuture<'static, Answer> {
        Box::pin(async { Answer { status: 404, body: Vec::new(), retry_after: None } })
    }

    /// Handles the alarm.
    fn alarm(&self) -> LocalBoxFuture<'static, ()>;

    /// Opens a socket: accepts or refuses it. `connect` is the JSON of the connection's header.
    fn open(&self, _connect: String, _socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }

    /// Opens an event stream, or leaves it silent.
    fn stream(&self, _connect: String, _stream: Rc<dyn Stream>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }

    /// Handles a frame from a socket.
    fn frame(&self, _socket: Rc<dyn Socket>, _text: String) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }

    /// Handles the end of a socket.
    fn gone(&self, _socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// Probabilities of faults, per mille.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// A call is lost on the way.
    pub lost: u64,
    /// An answer is lost on the way back.
    pub unheard: u64,
    /// A call arrives up to 10 s late, possibly after its caller's time-out.
    pub late: u64,
    /// An object's process dies at a statement: all writes of the turn are lost.
    pub killed: u64,
    /// An object's instance is lost at a statement (a panic): the turn's earlier writes stay.
    pub panics: u64,
}

/// An object of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node(pub(super) usize);

/// The simulated world; clones share it.
#[derive(Clone)]
pub struct World {
    inner: Rc<Inner>,
}

impl World {
    /// An empty world without faults. Its clock starts at 1 ms after the Unix epoch.
    pub fn new(seed: u64) -> Self {
        crate::metrics::forget();
        Self { inner: Rc::new(Inner::new(seed)) }
    }

    /// A world that always runs the newest ready task: a call is answered before background tasks run, as far as it
    /// does not wait for them.
    pub fn newest_first(seed: u64) -> Self {
        let world = Self::new(seed);
        world.inner.is_newest_first.set(true);
        world
    }

    /// Advances the clock to a time, unless it is later already. What is due by then happens when the world runs.
    pub fn advance_to(&self, at: Timestamp) {
        self.inner.now.set(self.inner.now.get().max(at.millis()));
    }

    /// Sets the objects' record; `None` makes it unavailable, as it is at first.
    pub fn set_record(&self, record: Option<Store>) {
        *self.inner.record.borrow_mut() = record;
    }

    /// Sets the objects' store of files; there is none at first.
    pub fn set_files(&self, files: Rc<dyn FileParts>) {
        *self.inner.files.borrow_mut() = Some(files);
    }

    /// Sets the faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.inner.faults.set(faults);
    }

    /// Sets the environment, which is a development machine (`local`) at first.
    pub fn set_environment(&self, name: &'static str) {
        self.inner.environment.set(name);
    }

    /// Adds an object, which starts with its first call.
    pub fn add(&self, name: &str, factory: impl Fn(Context) -> Rc<dyn Object> + 'static) -> Node {
        let mut slots = self.inner.slots.borrow_mut();
        slots.push(Slot {
            name: name.to_owned(),
            disk: Disk::new(),
            factory: Rc::new(factory),
            instance: 0,
            object: None,
            alarm: None,
            is_alarm_handled: false,
            is_dead: Rc::default(),
            is_lost: Rc::default(),
            sockets: Vec::new(),
        });
        Node(slots.len().saturating_sub(1))
    }

    /// The next pseudo-random number below `below`.
    pub fn draw(&self, below: u64) -> u64 {
        self.inner.draw(below)
    }

    /// How often objects died.
    pub fn crashes(&self) -> u64 {
        self.inner.crashes.get()
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.inner.now()
    }

    /// Calls an object from outside. The answer is set while the world runs.
    pub fn call(&self, name: &str, path: &str, body: Vec<u8>) -> Rc<RefCell<Option<Result<Answer, String>>>> {
        let (answer, result) = (self.inner.call(name, path, body), Rc::new(RefCell::new(None)));
        let slot = Rc::clone(&result);
        self.inner.spawn(None, Box::pin(async move { *slot.borrow_mut() = Some(answer.await) }));
        result
    }

    /// A client sends bytes to an object. The answer is set while the world runs; it stays `None` if the object dies.
    pub fn send_bytes(&self, node: Node, call: String, bytes: files::Incoming) -> Rc<RefCell<Option<Answer>>> {
        let answer = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&answer);
        self.inner.event(node, |object| {
            Box::pin(async move {
                let answered = object.receive(call, bytes).await;
                *slot.borrow_mut() = Some(answered);
            })
        });
        answer
    }

    /// A client opens an event stream at an object.
    pub fn stream(&self, node: Node, connect: String) -> Rc<TestStream> {
        let stream = Rc::new(TestStream::default());
        let server: Rc<dyn Stream> = Rc::clone(&stream) as _;
        self.inner.event(node, |object| object.stream(connect, server));
        stream
    }

    /// A client opens a socket at an object, which accepts or refuses it while the world runs.
    #[expect(clippy::indexing_slicing, reason = "nodes are made by this world and never removed")]
    pub fn open(&self, node: Node, connect: String) -> Rc<TestSocket> {
        let socket = {
            let mut slots = self.inner.slots.borrow_mut();
            let slot = &mut slots[node.0];
            let socket = Rc::new(TestSocket::new(Rc::clone(&slot.is_dead)));
            slot.sockets.push(Rc::clone(&socket));
            socket
        };
        let server: Rc<dyn Socket> = Rc::clone(&socket) as _;
        self.inner.event(node, |object| object.open(connect, server));
        socket
    }

    /// A client sends a frame.
    pub fn send(&self, node: Node, socket: &Rc<TestSocket>, text: &str) {
        self.arrives(node, socket, Arrival::Frame(text.to_owned()));
    }

    /// A client's connection breaks.
    pub fn disconnect(&self, node: Node, socket: &Rc<TestSocket>) {
        socket.break_off();
        if let Some(slot) = self.inner.slots.borrow_mut().get_mut(node.0) {
            slot.sockets.retain(|other| !Rc::ptr_eq(other, socket));
        }
        self.arrives(node, socket, Arrival::End);
    }

    /// The object gets what arrives from one socket in order.
    fn arrives(&self, node: Node, socket: &Rc<TestSocket>, arrival: Arrival) {
        socket.queue_incoming(arrival);
        let socket = Rc::clone(socket);
        self.inner.event(node, |object| match socket.next_incoming() {
            Some(Arrival::Frame(text)) => object.frame(socket, text),
            Some(Arrival::End) => object.gone(socket),
            None => Box::pin(async {}),
        });
    }

    /// Removes an object's instance between two turns. Its sockets and its alarm stay: the next event starts an
    /// instance.
    pub fn hibernate(&self, node: Node) {
        self.inner.remove_instance(node.0);
    }

    /// Ends an object's process between two turns: [`World::hibernate`], and its connections break.
    pub fn kill(&self, node: Node) {
        self.inner.remove_instance(node.0);
        self.inner.break_sockets(node.0);
    }

    /// Runs `turns` turns, or fewer if no work is left.
    pub fn run(&self, turns: u64) {
        for _ in 0..turns {
            if !self.inner.turn() {
                return;
            }
        }
    }

    /// Runs `turns` turns of the work that is due within `millis`, or fewer if no such work is left. Later alarms do not fire.
    pub fn run_within(&self, turns: u64, millis: i64) {
        let end = self.inner.now().plus_millis(millis).millis();
        for _ in 0..turns {
            if !self.inner.has_ready() && self.inner.next_due().is_none_or(|at| at > end) {
                return;
            }
            self.inner.turn();
        }
    }

    /// Runs the world until `is_done`, work is left out at most `turns` turns later, or none is left. Returns whether it
    /// is done.
    pub fn run_until(&self, turns: u64, is_done: impl Fn() -> bool) -> bool {
        (0..turns).any(|_| is_done() || !self.inner.turn()) && is_done()
    }

    /// Runs all work that is due within so many milliseconds, and advances the clock by as much.
    pub fn run_for(&self, millis: i64) {
        let end = self.inner.now().plus_millis(millis);
        while self.inner.has_ready() || self.inner.next_due().is_some_and(|at| at <= end.millis()) {
            self.inner.turn();
        }
        self.advance_to(end);
    }

    /// An object's database, for the test to inspect. No faults occur there.
    #[expect(clippy::indexing_slicing, reason = "nodes are made by this world and never removed")]
    pub fn look(&self, node: Node) -> Sql {
        let disk = Rc::clone(&self.inner.slots.borrow()[node.0].disk);
        Sql::new(Rc::new(Sqlite { disk, fuse: Rc::new(|| false) }))
    }
}
