//! What the simulated world consists of, and how a turn runs.

use super::database::{Disk, Sqlite};
use super::host::TestHost;
use super::sockets::TestSocket;
use super::tasks::Task;
use super::world::{Faults, Node, Object};
use crate::context::Context;
use crate::files::FileParts;
use crate::ports::Answer;
use crate::sql::Sql;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Store;
use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Context as Polling;

/// Delay of the alarm's retry after its handler died, milliseconds.
const ALARM_RETRY_MS: i64 = 2_000;

type Factory = Rc<dyn Fn(Context) -> Rc<dyn Object>>;

pub(super) struct Slot {
    pub(super) name: String,
    pub(super) disk: Rc<Disk>,
    pub(super) factory: Factory,
    pub(super) instance: u64,
    pub(super) object: Option<Rc<dyn Object>>,
    pub(super) alarm: Option<Timestamp>,
    /// Whether the alarm's handler runs. If the object dies in it, the alarm fires again, as on the platform.
    pub(super) is_alarm_handled: bool,
    pub(super) is_dead: Rc<Cell<bool>>,
    /// Whether the last instance panicked.
    pub(super) is_lost: Rc<Cell<bool>>,
    pub(super) sockets: Vec<Rc<TestSocket>>,
}

impl Slot {
    /// The alarm's time, unless the previous alarm's handler still runs.
    fn next_alarm(&self) -> Option<Timestamp> {
        self.alarm.filter(|_| !self.is_alarm_handled)
    }
}

pub(super) struct Inner {
    pub(super) now: Cell<i64>,
    pub(super) seed: Cell<u64>,
    pub(super) is_newest_first: Cell<bool>,
    pub(super) record: RefCell<Option<Store>>,
    pub(super) files: RefCell<Option<Rc<dyn FileParts>>>,
    pub(super) faults: Cell<Faults>,
    /// The variable `ENVIRONMENT`.
    pub(super) environment: Cell<&'static str>,
    pub(super) tasks: RefCell<Vec<Task>>,
    pub(super) sleepers: RefCell<Vec<(i64, oneshot::Sender<()>)>>,
    pub(super) slots: RefCell<Vec<Slot>>,
    pub(super) crashes: Cell<u64>,
}

impl Inner {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            now: Cell::new(1),
            seed: Cell::new(seed | 1),
            is_newest_first: Cell::new(false),
            record: RefCell::default(),
            files: RefCell::default(),
            faults: Cell::default(),
            environment: Cell::new("local"),
            tasks: RefCell::default(),
            sleepers: RefCell::default(),
            slots: RefCell::default(),
            crashes: Cell::new(0),
        }
    }

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

    pub(super) fn happens(&self, parts: u64) -> bool {
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
        let slots = self.slots.borrow();
        let sockets = slots.get(node).map(|slot| slot.sockets.iter().filter(|socket| socket.is_accepted()));
        sockets.into_iter().flatten().cloned().collect()
    }

    /// Starts a handler of an object in a task of its own.
    pub(super) fn event(
        self: &Rc<Self>,
        node: Node,
        handle: impl FnOnce(Rc<dyn Object>) -> LocalBoxFuture<'static, ()> + 'static,
    ) {
        let Some((object, instance)) = self.object(node.0) else { return };
        // The handler's own first part belongs to its turn.
        self.spawn(Some((node.0, instance)), Box::pin(async move { handle(object).await }));
    }

    pub(super) fn set_alarm(&self, node: usize, instance: u64, at: Timestamp) {
        if let Some(slot) = self.slots.borrow_mut().get_mut(node)
            && slot.instance == instance
            && !slot.is_dead.get()
        {
            slot.alarm = Some(at);
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.slots.borrow().iter().any(|slot| slot.name == name)
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
        let node = self.slots.borrow().iter().position(|slot| slot.name == name)?;
        let (object, instance) = self.object(node)?;
        let (send, reply) = oneshot::channel();
        let (world, answer) = (Rc::clone(self), object.fetch(path, body));
        self.spawn(
            Some((node, instance)),
            Box::pin(async move {
                let answer = answer.await;
                if !world.slots.borrow().get(node).is_some_and(|slot| slot.is_dead.get()) {
                    let _gone = send.send(answer);
                }
            }),
        );
        reply.await.ok()
    }

    fn object(self: &Rc<Self>, node: usize) -> Option<(Rc<dyn Object>, u64)> {
        let (disk, factory, instance, is_dead, is_lost) = {
            let slots = self.slots.borrow();
            let slot = slots.get(node)?;
            if let Some(object) = &slot.object {
                return Some((Rc::clone(object), slot.instance));
            }
            let (is_dead, is_lost) = (Rc::clone(&slot.is_dead), Rc::clone(&slot.is_lost));
            (Rc::clone(&slot.disk), Rc::clone(&slot.factory), slot.instance, is_dead, is_lost)
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
        self.slots.borrow_mut().get_mut(node)?.object = Some(Rc::clone(&object));
        Some((object, instance))
    }

    /// Runs one turn of one ready task, or advances time. Returns false if no work is left.
    pub(super) fn turn(self: &Rc<Self>) -> bool {
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
            let slots = self.slots.borrow();
            let Some(slot) = slots.get(node) else { return };
            slot.disk.commit();
            let (is_dead, is_lost) = (slot.is_dead.replace(false), slot.is_lost.get());
            slot.sockets.iter().for_each(|socket| socket.end_turn(!is_dead || is_lost));
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

    pub(super) fn remove_instance(&self, node: usize) {
        // A new instance starts later than the last: numbers that begin with the time rely on it.
        self.now.set(self.now.get().saturating_add(1));
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(node) else { return };
        let instance = slot.instance;
        slot.instance = instance.saturating_add(1);
        let object = slot.object.take();
        // Upgrades in progress fail with the instance.
        slot.sockets.iter().filter(|socket| !socket.is_accepted()).for_each(|socket| socket.break_off());
        slot.sockets.retain(|socket| socket.is_accepted());
        slot.sockets.iter().for_each(|socket| socket.lose_incoming());
        if std::mem::take(&mut slot.is_alarm_handled) && slot.alarm.is_none() {
            slot.alarm = Some(self.now().plus_millis(ALARM_RETRY_MS));
        }
        drop(slots);
        let dead: Vec<Task> = {
            let mut tasks = self.tasks.borrow_mut();
            let (dead, alive) = tasks.drain(..).partition(|task: &Task| task.owner == Some((node, instance)));
            *tasks = alive;
            dead
        };
        drop((dead, object));
    }

    pub(super) fn break_sockets(&self, node: usize) {
        let sockets = self.slots.borrow_mut().get_mut(node).map(|slot| std::mem::take(&mut slot.sockets));
        sockets.into_iter().flatten().for_each(|socket| socket.break_off());
    }

    pub(super) fn has_ready(&self) -> bool {
        self.tasks.borrow().iter().any(|task| task.is_ready.is_set())
    }

    /// Time of the next sleeper or alarm.
    pub(super) fn next_due(&self) -> Option<i64> {
        let sleeper = self.sleepers.borrow().iter().map(|(at, _)| *at).min();
        let alarm = self.slots.borrow().iter().filter_map(Slot::next_alarm).map(Timestamp::millis).min();
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
            let mut slots = self.slots.borrow_mut();
            let due = slots.iter_mut().enumerate().filter_map(|(at, slot)| {
                slot.next_alarm().filter(|alarm| alarm.millis() <= now)?;
                slot.alarm = None;
                Some(at)
            });
            due.collect()
        };
        for node in due {
            let Some((object, instance)) = self.object(node) else { continue };
            if let Some(slot) = self.slots.borrow_mut().get_mut(node) {
                slot.is_alarm_handled = true;
            }
            let (world, alarm) = (Rc::clone(self), object.alarm());
            self.spawn(
                Some((node, instance)),
                Box::pin(async move {
                    alarm.await;
                    if let Some(slot) = world.slots.borrow_mut().get_mut(node)
                        && !slot.is_dead.get()
                    {
                        slot.is_alarm_handled = false;
                    }
                }),
            );
        }
        true
    }
}
