//! Tasks of all objects, which the world polls one at a time in an order given by the seed.

use futures_util::future::LocalBoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

/// A task of an instance of an object, or of the network.
pub(super) struct Task {
    /// The object and its instance; `None` for a task of the network.
    pub(super) owner: Option<(usize, u64)>,
    pub(super) future: LocalBoxFuture<'static, ()>,
    pub(super) is_ready: Arc<Flag>,
}

impl Task {
    pub(super) fn new(owner: Option<(usize, u64)>, future: LocalBoxFuture<'static, ()>) -> Self {
        Self { owner, future, is_ready: Arc::new(Flag(AtomicBool::new(true))) }
    }

    pub(super) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.is_ready))
    }
}

pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
