//! Pacing of incoming frames.
//!
//! The host reads a socket's buffered frames without polling its other sockets, so one flooding client delays
//! everything else in the process. After a burst, further frames wait in a queue, which is worked off in order, a few
//! frames per turn. The host dispatches the next frame whether or not the handler of the last one has ended, so the
//! queue also keeps the order.

use crate::context::Hosted;
use crate::single_flight::{Flight, SingleFlight};
use crate::sockets::{Incoming, Socket};
use campana_core::shared::timestamp::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// Frames handled at once, and per turn of the queue.
const BURST: usize = 16;
/// Time in which at most a burst is handled at once, in milliseconds.
const WINDOW_MS: u64 = 16;
/// Bytes that wait at most; beyond them all frames are handled at once.
const MAX_WAITING_BYTES: usize = 512 * 1024;

/// Assumed memory of a waiting frame beyond its bytes.
const FRAME_OVERHEAD_BYTES: usize = 128;

/// Frames that wait for a turn.
pub struct InboundQueue<T> {
    /// Frames with their bytes.
    waiting: RefCell<VecDeque<(T, usize)>>,
    waiting_bytes: Cell<usize>,
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
        Self {
            waiting: RefCell::default(),
            waiting_bytes: Cell::default(),
            window: Cell::default(),
            flight: SingleFlight::default(),
        }
    }
}

impl<T> InboundQueue<T> {
    /// Takes in a frame of so many bytes.
    pub fn accept(&self, frame: T, bytes: usize, now: Timestamp) -> Pace<T> {
        let (began_at, count) = self.window.get();
        let (began_at, count) = if now.since(began_at) >= WINDOW_MS { (now, 0) } else { (began_at, count) };
        self.window.set((began_at, count.saturating_add(1)));
        if count < BURST && self.waiting.borrow().is_empty() {
            return Pace::Now(vec![frame]);
        }
        // A frame takes memory beyond its bytes.
        let bytes = bytes.saturating_add(FRAME_OVERHEAD_BYTES);
        self.waiting.borrow_mut().push_back((frame, bytes));
        self.waiting_bytes.set(self.waiting_bytes.get().saturating_add(bytes));
        if self.waiting_bytes.get() > MAX_WAITING_BYTES {
            return Pace::Now(self.take_all());
        }
        Pace::Later(self.flight.begin())
    }

    /// Frames to handle in this turn; empty if none wait.
    pub fn next_turn(&self) -> Vec<T> {
        self.take(BURST)
    }

    /// All waiting frames: handle them before an event that they precede.
    pub fn take_all(&self) -> Vec<T> {
        self.take(usize::MAX)
    }

    fn take(&self, most: usize) -> Vec<T> {
        let mut waiting = self.waiting.borrow_mut();
        let count = waiting.len().min(most);
        let (frames, bytes): (Vec<T>, Vec<usize>) = waiting.drain(..count).unzip();
        self.waiting_bytes.set(bytes.into_iter().fold(self.waiting_bytes.get(), usize::saturating_sub));
        frames
    }
}

/// An object that takes in frames of its sockets.
pub trait TakesFrames: Hosted {
    /// Frames that wait.
    fn inbound(&self) -> &InboundQueue<(Rc<dyn Socket>, Incoming)>;

    /// Begins to handle a frame. The frames after it do not wait for its end.
    fn begin_frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming);
}

/// Takes in a frame: handles it now, or after the frames that wait.
pub fn take_in<O: TakesFrames>(object: &Rc<O>, socket: Rc<dyn Socket>, frame: Incoming) {
    let bytes = if let Incoming::Text(text) = &frame { text.len() } else { 0 };
    match object.inbound().accept((socket, frame), bytes, object.context().now()) {
        Pace::Now(frames) => begin_frames(object, frames),
        Pace::Later(None) => {}
        Pace::Later(Some(flight)) => object.spawn(async move |object| {
            loop {
                object.context().sleep(0).await;
                let frames = object.inbound().next_turn();
                if frames.is_empty() {
                    return drop(flight);
                }
                begin_frames(&object, frames);
            }
        }),
    }
}

/// Handles the frames that wait: call it before an event that they precede, such as the close of a socket.
pub fn take_in_waiting<O: TakesFrames>(object: &Rc<O>) {
    begin_frames(object, object.inbound().take_all());
}

fn begin_frames<O: TakesFrames>(object: &Rc<O>, frames: Vec<(Rc<dyn Socket>, Incoming)>) {
    for (socket, frame) in frames {
        object.begin_frame(socket, frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).plus_millis(1_000_000)
    }

    fn accept(queue: &InboundQueue<usize>, frames: impl Iterator<Item = usize>, now: Timestamp) -> Vec<usize> {
        let handled = frames.map(|frame| match queue.accept(frame, 100, now) {
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
        let Pace::Later(Some(flight)) = queue.accept(16, 100, at(0)) else { panic!("the task must start") };
        assert!(matches!(queue.accept(17, 100, at(0)), Pace::Later(None)));
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
        assert!(!waiting.is_empty() && waiting.len() * (100 + FRAME_OVERHEAD_BYTES) <= MAX_WAITING_BYTES);
        assert_eq!([handled, waiting].concat(), (0..3_000).collect::<Vec<_>>());
        let bytes = MAX_WAITING_BYTES - FRAME_OVERHEAD_BYTES;
        assert!(matches!(queue.accept(3_000, bytes, at(0)), Pace::Later(_)), "an empty queue counts from zero");
    }
}
