//! Tasks that wait for something that another task of the object does.

use futures_channel::oneshot::{Sender, channel};
use futures_util::FutureExt;
use std::cell::RefCell;

/// Wakes the tasks that wait. A wait costs no timer, unlike looking again and again.
#[derive(Debug, Default)]
pub struct Notify {
    waiting: RefCell<Vec<Sender<()>>>,
}

impl Notify {
    /// Wakes every task that waits now.
    pub fn notify_waiters(&self) {
        for waiting in self.waiting.take() {
            // A task that no longer waits needs no notice.
            let _gone = waiting.send(());
        }
    }

    /// Resolves at the next notification after this call.
    pub fn notified(&self) -> impl Future<Output = ()> + Unpin + use<> {
        let (sender, receiver) = channel();
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|waiting| !waiting.is_canceled());
        waiting.push(sender);
        // The sender is dropped only with the object.
        receiver.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_are_notified_once() {
        let notify = Notify::default();
        notify.notify_waiters();
        let (mut one, mut other) = (notify.notified(), notify.notified());
        assert_eq!(((&mut one).now_or_never(), (&mut other).now_or_never()), (None, None));
        notify.notify_waiters();
        assert_eq!((one.now_or_never(), other.now_or_never()), (Some(()), Some(())));
        assert_eq!(notify.notified().now_or_never(), None);
    }

    #[test]
    fn tasks_that_no_longer_wait_are_forgotten() {
        let notify = Notify::default();
        for _ in 0..10 {
            drop(notify.notified());
        }
        let _last = notify.notified();
        assert_eq!(notify.waiting.borrow().len(), 1);
    }
}
