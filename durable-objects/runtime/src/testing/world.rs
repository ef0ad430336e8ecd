//! Simulation of objects, the network between them, and time.

use super::database::{Disk, Sqlite};
use super::host::TestHost;
use super::sockets::TestSocket;
use super::tasks::Task;
use crate::context::Context;
use crate::ports::Answer;
use crate::sockets::Socket;
use crate::sql::Sql;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Store;
use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Context as Polling;

/// An object's behaviour. Built anew for each instance.
pub trait Object {
    /// Answers a call.
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer>;

    /// Handles the alarm.
    fn alarm(&self) -> LocalBoxFuture<'static, ()>;

    /// Opens a socket: accepts or refuses it. `connect` is the JSON of the connection's header.
    fn open(&self, _connect: String, _socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
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

/// Delay of the alarm's retry after its handler died, milliseconds.
const ALARM_RETRY_MS: i64 = 2_000;

type Factory = Rc<dyn Fn(Context) -> Rc<dyn Object>>;

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
pub struct Node(usize);

struct Place {
    name: String,
    disk: Rc<Disk>,
    factory: Factory,
    instance: u64,
    object: Option<Rc<dyn Object>>,
    alarm: Option<Timestamp>,
    /// Whether the alarm's handler runs. If the object dies in it, the alarm fires again, as on the platform.
    is_alarm_handled: bool,
    is_dead: Rc<Cell<bool>>,
    /// Whether the last instance panicked.
    is_lost: Rc<Cell<bool>>,
    sockets: Vec<Rc<TestSocket>>,
}

impl Place {
    /// The alarm's time, unless the previous alarm's handler still runs.
    fn next_alarm(&self) -> Option<Timestamp> {
        self.alarm.filter(|_| !self.is_alarm_handled)
    }
}

pub(super) struct Inner {
    now: Cell<i64>,
    seed: Cell<u64>,
    is_newest_first: Cell<bool>,
    record: RefCell<Option<Store>>,
    faults: Cell<Faults>,
    tasks: RefCell<Vec<Task>>,
    sleepers: RefCell<Vec<(i64, oneshot::Sender<()>)>>,
    places: RefCell<Vec<Place>>,
    crashes: Cell<u64>,
}

/// The simulated world; clones share it.
#[derive(Clone)]
pub struct World {
    inner: Rc<Inner>,
}

impl World {
    /// An empty world without faults. Its clock starts at 1 ms after the Unix epoch.
    pub fn new(seed: u64) -> Self {
        let inner = Inner {
            now: Cell::new(1),
            seed: Cell::new(seed | 1),
            is_newest_first: Cell::new(false),
            record: RefCell::default(),
            faults: Cell::default(),
            tasks: RefCell::default(),
            sleepers: RefCell::default(),
            places: RefCell::default(),
            crashes: Cell::new(0),
        };
        Self { inner: Rc::new(inner) }
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

    /// Sets the faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.inner.faults.set(faults);
    }

    /// Adds an object, which starts with its first call.
    pub fn add(&self, name: &str, factory: impl Fn(Context) -> Rc<dyn Object> + 'static) -> Node {
        let mut places = self.inner.places.borrow_mut();
        places.push(Place {
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
        Node(places.len().saturating_sub(1))
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

    /// A client opens a socket at an object, which accepts or refuses it while the world runs.
    pub fn open(&self, node: Node, connect: String) -> Rc<TestSocket> {
        let socket = Rc::new(TestSocket::default());
        if let Some(place) = self.inner.places.borrow_mut().get_mut(node.0) {
            place.sockets.push(Rc::clone(&socket));
        }
        let server: Rc<dyn Socket> = Rc::clone(&socket) as _;
        self.inner.event(node, |object| object.open(connect, server));
        socket
    }

    /// A client sends a frame.
    pub fn send(&self, node: Node, socket: &Rc<TestSocket>, text: &str) {
        let (socket, text) = (Rc::clone(socket), text.to_owned());
        self.inner.event(node, |object| object.frame(socket, text));
    }

    /// A client's connection breaks.
    pub fn disconnect(&self, node: Node, socket: &Rc<TestSocket>) {
        socket.break_off();
        if let Some(place) = self.inner.places.borrow_mut().get_mut(node.0) {
            place.sockets.retain(|other| !Rc::ptr_eq(other, socket));
        }
        let socket = Rc::clone(socket);
        self.inner.event(node, |object| object.gone(socket));
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
        let disk = Rc::clone(&self.inner.places.borrow()[node.0].disk);
        Sql::new(Rc::new(Sqlite { disk, fuse: Rc::new(|| false) }))
    }
}

impl Inner {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.get())
    }

    /// Xorshift: reproducible; its quality does not matter.
    pub(super) fn draw(&self, below: u64) -> u64 {
        let mut state = self.seed.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.seed.set(state);
        (state >> 11).checked_rem(below).unwrap_or_default()
    }

    fn happens(&self, parts: u64) -> bool {
        parts > 0 && self.draw(1_000) < parts
    }

    pub(super) fn sleep(&self, millis: i64) -> LocalBoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        self.sleepers.borrow_mut().push((self.now.get().saturating_add(millis), wake));
        Box::pin(async move {
            let _woken = woken.await;
        })
    }

    pub(super) fn spawn(&self, owner: Option<(usize, u64)>, task: LocalBoxFuture<'static, ()>) {
        self.tasks.borrow_mut().push(Task::new(owner, task));
    }

    pub(super) fn record(&self) -> Result<Store, Problem> {
        self.record.borrow().clone().ok_or_else(|| Problem::unavailable("the record is not there"))
    }

    pub(super) fn sockets_of(&self, node: usize) -> Vec<Rc<TestSocket>> {
        let places = self.places.borrow();
        let sockets = places.get(node).map(|place| place.sockets.iter().filter(|socket| socket.is_accepted()));
        sockets.into_iter().flatten().cloned().collect()
    }

    /// Starts a handler of an object in a task of its own.
    fn event(
        self: &Rc<Self>,
        node: Node,
        handle: impl FnOnce(Rc<dyn Object>) -> LocalBoxFuture<'static, ()> + 'static,
    ) {
        let Some((object, instance)) = self.object(node.0) else { return };
        // The handler's own first part belongs to its turn.
        self.spawn(Some((node.0, instance)), Box::pin(async move { handle(object).await }));
    }

    pub(super) fn set_alarm(&self, node: usize, instance: u64, at: Timestamp) {
        if let Some(place) = self.places.borrow_mut().get_mut(node)
            && place.instance == instance
            && !place.is_dead.get()
        {
            place.alarm = Some(at);
        }
    }

    pub(super) fn call(
        self: &Rc<Self>,
        name: &str,
        path: &str,
        body: Vec<u8>,
    ) -> LocalBoxFuture<'static, Result<Answer, String>> {
        let (send, reply) = oneshot::channel();
        let (world, name, path) = (Rc::clone(self), name.to_owned(), path.to_owned());
        self.spawn(
            None,
            Box::pin(async move {
                let faults = world.faults.get();
                if world.happens(faults.late) {
                    let delay = i64::try_from(world.draw(10_000)).unwrap_or_default();
                    world.sleep(delay).await;
                }
                if world.happens(faults.lost) {
                    return drop(send.send(Err("lost".to_owned())));
                }
                let answer = world.deliver(&name, &path, body).await;
                let is_unheard = world.happens(faults.unheard);
                let _gone = send.send(answer.filter(|_| !is_unheard).ok_or_else(|| "no answer".to_owned()));
            }),
        );
        Box::pin(async move { reply.await.unwrap_or_else(|_| Err("the network is gone".to_owned())) })
    }

    /// `None` if the object died before it answered.
    async fn deliver(self: &Rc<Self>, name: &str, path: &str, body: Vec<u8>) -> Option<Answer> {
        let node = self.places.borrow().iter().position(|place| place.name == name)?;
        let (object, instance) = self.object(node)?;
        let (send, reply) = oneshot::channel();
        let (world, answer) = (Rc::clone(self), object.fetch(path, body));
        self.spawn(
            Some((node, instance)),
            Box::pin(async move {
                let answer = answer.await;
                if !world.places.borrow().get(node).is_some_and(|place| place.is_dead.get()) {
                    let _gone = send.send(answer);
                }
            }),
        );
        reply.await.ok()
    }

    fn object(self: &Rc<Self>, node: usize) -> Option<(Rc<dyn Object>, u64)> {
        let (disk, factory, instance, is_dead, is_lost) = {
            let places = self.places.borrow();
            let place = places.get(node)?;
            if let Some(object) = &place.object {
                return Some((Rc::clone(object), place.instance));
            }
            let (is_dead, is_lost) = (Rc::clone(&place.is_dead), Rc::clone(&place.is_lost));
            (Rc::clone(&place.disk), Rc::clone(&place.factory), place.instance, is_dead, is_lost)
        };
        let world = Rc::clone(self);
        let has_lost = is_lost.take();
        let turn_disk = Rc::clone(&disk);
        let fuse = Rc::new(move || {
            let faults = world.faults.get();
            if !is_dead.get() && world.happens(faults.killed) {
                turn_disk.roll_back();
                is_dead.set(true);
            } else if !is_dead.get() && world.happens(faults.panics) {
                is_dead.set(true);
                is_lost.set(true);
            }
            is_dead.get()
        });
        let sql = Sql::new(Rc::new(Sqlite { disk, fuse }));
        let host = TestHost { world: Rc::clone(self), node, instance, has_lost };
        let object = factory(Context::new(sql, Rc::new(host)));
        self.places.borrow_mut().get_mut(node)?.object = Some(Rc::clone(&object));
        Some((object, instance))
    }

    /// Runs one turn of one ready task, or advances time. Returns false if no work is left.
    fn turn(self: &Rc<Self>) -> bool {
        let ready: Vec<usize> = {
            let tasks = self.tasks.borrow();
            tasks.iter().enumerate().filter(|(_, task)| task.is_ready.is_set()).map(|(at, _)| at).collect()
        };
        let choice = if self.is_newest_first.get() {
            ready.len().saturating_sub(1)
        } else {
            usize::try_from(self.draw(u64::try_from(ready.len()).unwrap_or(1))).unwrap_or_default()
        };
        let Some(at) = ready.get(choice).copied() else { return self.advance() };
        let mut task = self.tasks.borrow_mut().remove(at);
        task.is_ready.clear();
        let waker = task.waker();
        let is_done = task.future.as_mut().poll(&mut Polling::from_waker(&waker)).is_ready();
        let owner = task.owner;
        if !is_done {
            let mut tasks = self.tasks.borrow_mut();
            let at = at.min(tasks.len());
            tasks.insert(at, task);
        }
        if let Some((node, _)) = owner {
            self.end_turn(node);
        }
        true
    }

    /// Commits the turn's writes, lets out what it sent, and removes an instance that died in it.
    fn end_turn(&self, node: usize) {
        let (is_dead, is_lost) = {
            let places = self.places.borrow();
            let Some(place) = places.get(node) else { return };
            place.disk.commit();
            let (is_dead, is_lost) = (place.is_dead.replace(false), place.is_lost.get());
            place.sockets.iter().for_each(|socket| socket.end_turn(!is_dead || is_lost));
            (is_dead, is_lost)
        };
        if is_dead {
            self.crashes.set(self.crashes.get().saturating_add(1));
            self.remove_instance(node);
            if !is_lost {
                self.break_sockets(node);
            }
        }
    }

    fn remove_instance(&self, node: usize) {
        let mut places = self.places.borrow_mut();
        let Some(place) = places.get_mut(node) else { return };
        let instance = place.instance;
        place.instance = instance.saturating_add(1);
        let object = place.object.take();
        if std::mem::take(&mut place.is_alarm_handled) && place.alarm.is_none() {
            place.alarm = Some(self.now().plus_millis(ALARM_RETRY_MS));
        }
        drop(places);
        let dead: Vec<Task> = {
            let mut tasks = self.tasks.borrow_mut();
            let (dead, alive) = tasks.drain(..).partition(|task: &Task| task.owner == Some((node, instance)));
            *tasks = alive;
            dead
        };
        drop((dead, object));
    }

    fn break_sockets(&self, node: usize) {
        let sockets = self.places.borrow_mut().get_mut(node).map(|place| std::mem::take(&mut place.sockets));
        sockets.into_iter().flatten().for_each(|socket| socket.break_off());
    }

    fn has_ready(&self) -> bool {
        self.tasks.borrow().iter().any(|task| task.is_ready.is_set())
    }

    /// Time of the next sleeper or alarm.
    fn next_due(&self) -> Option<i64> {
        let sleeper = self.sleepers.borrow().iter().map(|(at, _)| *at).min();
        let alarm = self.places.borrow().iter().filter_map(Place::next_alarm).map(Timestamp::millis).min();
        sleeper.into_iter().chain(alarm).min()
    }

    /// Advances time to the next sleeper or alarm. Returns false if there is none.
    fn advance(self: &Rc<Self>) -> bool {
        let Some(next) = self.next_due() else { return false };
        self.now.set(self.now.get().max(next));
        let now = self.now.get();
        let (woken, asleep) = self.sleepers.borrow_mut().drain(..).partition(|(at, _)| *at <= now);
        let woken: Vec<(i64, oneshot::Sender<()>)> = woken;
        *self.sleepers.borrow_mut() = asleep;
        for (_, wake) in woken {
            let _gone = wake.send(());
        }
        let due: Vec<usize> = {
            let mut places = self.places.borrow_mut();
            let due = places.iter_mut().enumerate().filter_map(|(at, place)| {
                place.next_alarm().filter(|alarm| alarm.millis() <= now)?;
                place.alarm = None;
                Some(at)
            });
            due.collect()
        };
        for node in due {
            let Some((object, instance)) = self.object(node) else { continue };
            if let Some(place) = self.places.borrow_mut().get_mut(node) {
                place.is_alarm_handled = true;
            }
            let (world, alarm) = (Rc::clone(self), object.alarm());
            self.spawn(
                Some((node, instance)),
                Box::pin(async move {
                    alarm.await;
                    if let Some(place) = world.places.borrow_mut().get_mut(node)
                        && !place.is_dead.get()
                    {
                        place.is_alarm_handled = false;
                    }
                }),
            );
        }
        true
    }
}
