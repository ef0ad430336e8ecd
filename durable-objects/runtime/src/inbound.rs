//! Pacing of incoming frames.
//!
//! The host reads a socket's buffered frames without polling its other sockets, so one flooding client delays
//! everything else in the process. After a burst, further frames wait in a queue, which is worked off in order, a few
//! frames per turn. The host dispatches the next frame whether or not the handler of the last one has ended, so the
//! queue also keeps the order.

use crate::single_flight::{Flight, SingleFlight};
use campana_core::shared::timestamp::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Frames handled at once, and per turn of the queue.
const BURST: usize = 16;
/// Time in which at most a burst is handled at once, in milliseconds.
const WINDOW_MS: u64 = 16;
/// Longest queue; beyond it frames are handled at once.
const MAX_WAITING: usize = 2_000;

/// Frames that wait for a turn.
pub struct InboundQueue<T> {
    waiting: RefCell<VecDeque<T>>,
    window: Cell<(Timestamp, usize)>,
    flight: SingleFlight,
}

/// What the caller does with its frame.
#[derive(Debug)]
pub enum Pace<T> {
    /// Handle these frames now, in order.
    Now(Vec<T>),
    /// The frame waits. With a flight, the caller starts a task that holds it and, after each turn of the host, handles
    /// the frames of [`InboundQueue::next_turn`], until there are none.
    Later(Option<Flight>),
}

impl<T> Default for InboundQueue<T> {
    fn default() -> Self {
        Self { waiting: RefCell::default(), window: Cell::default(), flight: SingleFlight::default() }
    }
}

impl<T> InboundQueue<T> {
    /// Takes in a frame.
    pub fn accept(&self, frame: T, now: Timestamp) -> Pace<T> {
        let (began_at, count) = self.window.get();
        let (began_at, count) = if now.since(began_at) >= WINDOW_MS { (now, 0) } else { (began_at, count) };
        self.window.set((began_at, count.saturating_add(1)));
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() && count < BURST {
            return Pace::Now(vec![frame]);
        }
        waiting.push_back(frame);
        if waiting.len() > MAX_WAITING {
            return Pace::Now(waiting.drain(..).collect());
        }
        Pace::Later(self.flight.begin())
    }

    /// Frames to handle in this turn; empty if none wait.
    pub fn next_turn(&self) -> Vec<T> {
        let mut waiting = self.waiting.borrow_mut();
        let count = waiting.len().min(BURST);
        waiting.drain(..count).collect()
    }

    /// All waiting frames: handle them before an event that they precede.
    pub fn take_all(&self) -> Vec<T> {
        self.waiting.take().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).plus_millis(1_000_000)
    }

    fn accept(queue: &InboundQueue<usize>, frames: impl Iterator<Item = usize>, now: Timestamp) -> Vec<usize> {
        let handled = frames.map(|frame| match queue.accept(frame, now) {
            Pace::Now(frames) => frames,
            Pace::Later(_) => Vec::new(),
        });
        handled.collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_burst_is_handled_at_once_and_the_rest_in_order_over_turns() {
        let queue = InboundQueue::default();
        assert_eq!(accept(&queue, 0..40, at(0)), (0..16).collect::<Vec<_>>());
        assert_eq!(queue.next_turn(), (16..32).collect::<Vec<_>>());
        assert_eq!(accept(&queue, 40..41, at(50)), Vec::<usize>::new(), "a new frame must not overtake");
        assert_eq!(queue.next_turn(), (32..41).collect::<Vec<_>>());
        assert_eq!(queue.next_turn(), Vec::<usize>::new());
        assert_eq!(accept(&queue, 41..42, at(50)), vec![41]);
    }

    #[test]
    fn only_the_first_waiting_frame_starts_the_task() {
        let queue = InboundQueue::default();
        accept(&queue, 0..16, at(0));
        let Pace::Later(Some(flight)) = queue.accept(16, at(0)) else { panic!("the task must start") };
        assert!(matches!(queue.accept(17, at(0)), Pace::Later(None)));
        assert_eq!(queue.take_all(), vec![16, 17]);
        drop(flight);
    }

    #[test]
    fn a_steady_sender_never_waits() {
        let queue = InboundQueue::default();
        for number in 0..1_000 {
            let now = at(i64::try_from(number).unwrap_or(0).saturating_mul(2));
            assert_eq!(accept(&queue, number..=number, now), vec![number]);
        }
    }

    #[test]
    fn a_full_queue_is_handled_at_once() {
        let queue = InboundQueue::default();
        let handled = accept(&queue, 0..3_000, at(0));
        let waiting = queue.take_all();
        assert!(waiting.len() <= MAX_WAITING);
        assert_eq!([handled, waiting].concat(), (0..3_000).collect::<Vec<_>>());
    }
}
