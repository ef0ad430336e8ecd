//! Ordered queues of items for other objects, one per receiver.
//!
//! A receiver gets one batch at a time: items queued during a delivery share the next batch. A batch that fails is
//! retried after pauses. When its last attempt has failed, the receiver's whole queue is dropped and passed to
//! [`Deliver::lost`], and so is what exceeds the bounds: no loss goes unnoticed. A failed attempt may have been
//! delivered, so receivers must recognise repetitions. The queues are in memory; the owner restores what must survive
//! the loss of it.

use crate::context::Context;
use crate::retry::with_pauses;
use crate::single_flight::{Flight, SingleFlight};
use futures_channel::oneshot;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Bounds and retries of the queues.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Items in one batch at most.
    pub batch_items: usize,
    /// Bytes in one batch at most; a single item may be larger.
    pub batch_bytes: usize,
    /// Items queued for one receiver at most, with those in flight.
    pub max_items: usize,
    /// Bytes queued for one receiver at most, with those in flight.
    pub max_bytes: usize,
    /// What is dropped beyond these.
    pub overflow: Overflow,
    /// Pauses between attempts, milliseconds; one attempt more than pauses.
    pub pauses_ms: &'static [u32],
}

/// What an item that exceeds the bounds drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Itself.
    Newest,
    /// All items that are not in flight.
    All,
}

/// Owner of queues. Its clones are handles to the same owner.
pub trait Deliver: Clone + 'static {
    /// Identifies a receiver.
    type Key: Clone + Eq + Hash;
    /// What is delivered, in order.
    type Item;
    /// What else the owner knows of a receiver while it has a queue.
    type State: Default;
    /// One attempt.
    type Request;
    /// The receiver's answer.
    type Answer;

    /// Bounds and retries.
    const POLICY: Policy;

    /// The object's context.
    fn context(&self) -> &Context;
    /// The queues.
    fn queues(&self) -> &Queues<Self::Key, Self::Item, Self::State>;
    /// Whether the state has to be delivered, if necessary in a batch without items.
    fn is_due(state: &Self::State) -> bool;
    /// Whether the queue waits for [`Deliver::start`] to be called without this.
    fn is_held(_state: &Self::State) -> bool {
        false
    }
    /// Builds an attempt to deliver [`Queue::batch`]. Called in the turn in which the attempt begins.
    fn request(&self, key: &Self::Key, queue: &mut Queue<Self::Item, Self::State>) -> Result<Self::Request, String>;
    /// Sends an attempt. Fails if it is not known to be delivered, within a time-out.
    fn send(&self, key: &Self::Key, request: Self::Request) -> impl Future<Output = Result<Self::Answer, String>>;
    /// Called after each failed attempt.
    fn failed(&self, state: &mut Self::State, error: &str);
    /// Called when a batch is delivered.
    fn delivered(&self, key: &Self::Key, items: Vec<Self::Item>, answer: Self::Answer);
    /// Called when items are dropped. A state that is then due is delivered once [`Deliver::start_due`] is called.
    fn lost(&self, key: &Self::Key, items: Vec<Self::Item>);
    /// Called when a receiver has everything, and its queue is removed.
    fn emptied(&self, key: &Self::Key, state: Self::State);

    /// Queues an item of so many bytes. False if it was dropped.
    fn push(&self, key: &Self::Key, item: Self::Item, bytes: usize) -> bool {
        let dropped = self.queues().with(key, |queue| queue.push(item, bytes, &Self::POLICY));
        let has_room = dropped.is_empty();
        if !has_room {
            self.lost(key, dropped);
        }
        self.start(key);
        has_room
    }

    /// Delivers a receiver's queue in the background, unless it is held or being delivered.
    fn start(&self, key: &Self::Key) {
        let begin = |queue: &mut Queue<_, _>| if Self::is_held(&queue.state) { None } else { queue.flight.begin() };
        if let Some(flight) = self.queues().get(key, begin).flatten() {
            let (owner, key) = (self.clone(), key.clone());
            self.context().spawn(async move { run(&owner, &key, flight).await });
        }
    }

    /// Starts every queue whose state is due: for the object's alarm.
    fn start_due(&self) {
        for key in self.queues().keys(|state| Self::is_due(state)) {
            self.start(&key);
        }
    }
}

/// Delivers batch by batch until the queue is empty or a batch fails.
async fn run<D: Deliver>(owner: &D, key: &D::Key, flight: Flight) {
    let queues = owner.queues();
    while queues.with(key, |queue| queue.begin(&D::POLICY) || D::is_due(&queue.state)) {
        let attempt = async || {
            let request = queues.with(key, |queue| owner.request(key, queue));
            let answer = match request {
                Ok(request) => owner.send(key, request).await,
                Err(error) => Err(error),
            };
            answer.inspect_err(|error| queues.with(key, |queue| owner.failed(&mut queue.state, error)))
        };
        let Ok(answer) = with_pauses(owner.context(), D::POLICY.pauses_ms, attempt).await else {
            let dropped = queues.with(key, |queue| {
                queue.in_flight = 0;
                queue.waiters.clear();
                queue.drop_waiting()
            });
            drop(flight);
            return owner.lost(key, dropped);
        };
        let items = queues.with(key, Queue::finish);
        owner.delivered(key, items, answer);
        queues.with(key, |queue| {
            if !D::is_due(&queue.state) {
                queue.wake_waiters();
            }
        });
    }
    let queue = queues.by_key.borrow_mut().remove(key);
    if let Some(queue) = queue {
        owner.emptied(key, queue.state);
    }
}

/// Queues by receiver. A queue exists while its receiver lacks something.
#[derive(Debug)]
pub struct Queues<K, T, S> {
    by_key: RefCell<HashMap<K, Queue<T, S>>>,
}

impl<K, T, S> Default for Queues<K, T, S> {
    fn default() -> Self {
        Self { by_key: RefCell::default() }
    }
}

impl<K: Clone + Eq + Hash, T, S: Default> Queues<K, T, S> {
    /// Calls a function with a receiver's queue, created if there is none.
    pub fn with<R>(&self, key: &K, act: impl FnOnce(&mut Queue<T, S>) -> R) -> R {
        let mut by_key = self.by_key.borrow_mut();
        match by_key.get_mut(key) {
            Some(queue) => act(queue),
            None => act(by_key.entry(key.clone()).or_default()),
        }
    }

    /// Calls a function with a receiver's queue, if there is one.
    pub fn get<R>(&self, key: &K, act: impl FnOnce(&mut Queue<T, S>) -> R) -> Option<R> {
        self.by_key.borrow_mut().get_mut(key).map(act)
    }

    /// Receivers whose state has a property.
    pub fn keys(&self, is_meant: impl Fn(&S) -> bool) -> Vec<K> {
        self.by_key.borrow().iter().filter(|(_, queue)| is_meant(&queue.state)).map(|(key, _)| key.clone()).collect()
    }

    /// Whether a receiver has a queue.
    pub fn contains(&self, key: &K) -> bool {
        self.by_key.borrow().contains_key(key)
    }

    /// Whether no receiver has a queue.
    pub fn is_empty(&self) -> bool {
        self.by_key.borrow().is_empty()
    }
}

/// Queue of one receiver.
#[derive(Debug)]
pub struct Queue<T, S> {
    /// What else the owner knows of the receiver.
    pub state: S,
    /// Items that are not delivered yet; those in flight first.
    items: VecDeque<Queued<T>>,
    in_flight: usize,
    bytes: usize,
    next_number: u64,
    /// Tasks that wait until all items below a number are delivered, ascending.
    waiters: VecDeque<(u64, oneshot::Sender<()>)>,
    flight: SingleFlight,
}

#[derive(Debug)]
struct Queued<T> {
    number: u64,
    bytes: usize,
    item: T,
}

impl<T, S: Default> Default for Queue<T, S> {
    fn default() -> Self {
        Self {
            state: S::default(),
            items: VecDeque::new(),
            in_flight: 0,
            bytes: 0,
            next_number: 0,
            waiters: VecDeque::new(),
            flight: SingleFlight::default(),
        }
    }
}

impl<T, S> Queue<T, S> {
    /// Items that the receiver is not known to have, in order.
    pub fn items(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|queued| &queued.item)
    }

    /// Items in flight.
    pub fn batch(&self) -> impl Iterator<Item = &T> {
        self.items().take(self.in_flight)
    }

    /// Whether the queue is being delivered.
    pub fn is_running(&self) -> bool {
        self.flight.is_running()
    }

    /// Waits until all items queued so far are delivered, with the state that was due until then. Fails if one was
    /// dropped.
    pub fn wait(&mut self) -> oneshot::Receiver<()> {
        let (waiter, outcome) = oneshot::channel();
        self.waiters.push_back((self.next_number, waiter));
        outcome
    }

    /// Removes items that the receiver does not need. Only for a queue that is not being delivered.
    pub fn retain(&mut self, is_needed: impl Fn(&T) -> bool) {
        self.items.retain(|queued| is_needed(&queued.item));
        self.bytes = self.items.iter().map(|queued| queued.bytes).fold(0, usize::saturating_add);
    }

    /// Drops and returns all items that are not in flight, for the caller to pass to [`Deliver::lost`].
    pub fn drop_waiting(&mut self) -> Vec<T> {
        self.drop_from(self.in_flight)
    }

    /// Returns the items that were dropped.
    fn push(&mut self, item: T, bytes: usize, policy: &Policy) -> Vec<T> {
        self.items.push_back(Queued { number: self.next_number, bytes, item });
        self.next_number = self.next_number.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.items.len() <= policy.max_items && self.bytes <= policy.max_bytes {
            return Vec::new();
        }
        match policy.overflow {
            Overflow::Newest => self.drop_from(self.items.len().saturating_sub(1)),
            Overflow::All => self.drop_waiting(),
        }
    }

    fn drop_from(&mut self, at: usize) -> Vec<T> {
        let first = self.items.get(at).map_or(self.next_number, |queued| queued.number);
        let kept = self.waiters.partition_point(|(number, _)| *number <= first);
        self.waiters.truncate(kept);
        let dropped = self.items.split_off(at);
        self.without_bytes(dropped)
    }

    /// Puts the next batch in flight. False if there are no items.
    fn begin(&mut self, policy: &Policy) -> bool {
        let mut bytes = 0_usize;
        let fits = |queued: &&Queued<T>| {
            bytes = bytes.saturating_add(queued.bytes);
            bytes <= policy.batch_bytes
        };
        let fitting = self.items.iter().take(policy.batch_items).take_while(fits).count();
        self.in_flight = fitting.max(1).min(self.items.len());
        self.in_flight > 0
    }

    /// Removes the items of a delivered batch.
    fn finish(&mut self) -> Vec<T> {
        let rest = self.items.split_off(self.in_flight);
        self.in_flight = 0;
        let delivered = std::mem::replace(&mut self.items, rest);
        self.without_bytes(delivered)
    }

    fn wake_waiters(&mut self) {
        let first = self.items.front().map_or(self.next_number, |queued| queued.number);
        let waiting = self.waiters.partition_point(|(number, _)| *number <= first);
        for (_, waiter) in self.waiters.drain(..waiting) {
            let _gone = waiter.send(());
        }
    }

    fn without_bytes(&mut self, removed: VecDeque<Queued<T>>) -> Vec<T> {
        let bytes = removed.iter().map(|queued| queued.bytes).fold(0, usize::saturating_add);
        self.bytes = self.bytes.saturating_sub(bytes);
        removed.into_iter().map(|queued| queued.item).collect()
    }
}
