//! Fake gateways and channel objects: they record requests and give scripted answers.

use crate::ports::{Attached, BoxFuture, Channels};
use axum::body::Body;
use axum::response::Response;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Ask, Attach, ChannelState, CloseAll, GatewayName, Occupied, Publish};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Recorded requests, in order, and scripted answers.
#[derive(Default)]
pub(crate) struct FakeChannels {
    attached: Mutex<Vec<Attach>>,
    published: Mutex<Vec<Publish>>,
    asked: Mutex<Vec<Ask>>,
    closed: Mutex<Vec<CloseAll>>,
    states: Mutex<HashMap<ChannelName, ChannelState>>,
    occupied: Mutex<HashMap<GatewayName, Occupied>>,
    full: AtomicUsize,
    down: AtomicBool,
}

impl FakeChannels {
    /// Opened sockets.
    pub(crate) fn attached(&self) -> Vec<Attach> {
        self.attached.lock().expect("the lock is not poisoned").clone()
    }

    /// Published events.
    pub(crate) fn published(&self) -> Vec<Publish> {
        self.published.lock().expect("the lock is not poisoned").clone()
    }

    /// Queries for channel states.
    pub(crate) fn asked(&self) -> Vec<Ask> {
        self.asked.lock().expect("the lock is not poisoned").clone()
    }

    /// Requests to close a user's sockets.
    pub(crate) fn closed(&self) -> Vec<CloseAll> {
        self.closed.lock().expect("the lock is not poisoned").clone()
    }

    /// Sets the state of a channel.
    pub(crate) fn set_state(&self, channel: &str, state: ChannelState) {
        self.states.lock().expect("the lock is not poisoned").insert(ChannelName::trusted(channel), state);
    }

    /// Sets the channels that a gateway reports.
    pub(crate) fn set_occupied(&self, gateway: &GatewayName, occupied: Occupied) {
        self.occupied.lock().expect("the lock is not poisoned").insert(gateway.clone(), occupied);
    }

    /// Sets how many gateways are full.
    pub(crate) fn set_full(&self, gateways: usize) {
        self.full.store(gateways, Ordering::Relaxed);
    }

    /// Sets whether every object is down.
    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    fn answer<T: Send + 'static>(&self, value: T) -> BoxFuture<'_, Result<T, Problem>> {
        let answer =
            if self.down.load(Ordering::Relaxed) { Err(Problem::unavailable("told to be down")) } else { Ok(value) };
        Box::pin(async move { answer })
    }

    fn states_of<'a>(&self, channels: impl Iterator<Item = &'a ChannelName>) -> Vec<ChannelState> {
        let states = self.states.lock().expect("the lock is not poisoned");
        channels.map(|channel| states.get(channel).cloned().unwrap_or_default()).collect()
    }
}

impl Channels for FakeChannels {
    fn attach(&self, attach: Attach) -> BoxFuture<'_, Result<Attached, Problem>> {
        self.attached.lock().expect("the lock is not poisoned").push(attach);
        let is_full = self.full.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let opened = Response::builder().status(101).body(Body::empty()).expect("a response");
        self.answer(if is_full { Attached::Full } else { Attached::Open(opened) })
    }

    fn refuse(&self, code: Code, message: &str) -> Result<Response, Problem> {
        let refusal = format!("{} {message}", code.number());
        Ok(Response::builder().status(101).header("x-refused", refusal).body(Body::empty()).expect("a response"))
    }

    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Vec<ChannelState>, Problem>> {
        let states = self.states_of(publish.events.iter().map(|event| &event.channel));
        self.published.lock().expect("the lock is not poisoned").push(publish);
        self.answer(states)
    }

    fn ask(&self, ask: Ask) -> BoxFuture<'_, Result<Vec<ChannelState>, Problem>> {
        let states = self.states_of(ask.channels.iter());
        self.asked.lock().expect("the lock is not poisoned").push(ask);
        self.answer(states)
    }

    fn occupied<'a>(
        &'a self,
        _tenant: &'a TenantId,
        gateway: &'a GatewayName,
    ) -> BoxFuture<'a, Result<Occupied, Problem>> {
        let occupied =
            self.occupied.lock().expect("the lock is not poisoned").get(gateway).cloned().unwrap_or_default();
        self.answer(occupied)
    }

    fn close_all(&self, close: CloseAll) -> BoxFuture<'_, Result<(), Problem>> {
        self.closed.lock().expect("the lock is not poisoned").push(close);
        self.answer(())
    }
}
