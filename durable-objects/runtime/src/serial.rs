//! Frames of one connection, handled strictly one after the other: a frame waits until the one before it is done, also
//! if that awaits something. Frames of other connections do not wait.

use crate::single_flight::{Flight, SingleFlight};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Bytes that wait at most on one connection.
const MAX_WAITING_BYTES: usize = 128 * 1024;
/// Assumed memory of a waiting frame beyond its bytes.
const FRAME_OVERHEAD_BYTES: usize = 128;

/// Frames that wait for the one before them.
#[derive(Debug)]
pub struct Serial<T> {
    waiting: RefCell<VecDeque<(T, usize)>>,
    waiting_bytes: Cell<usize>,
    flight: SingleFlight,
}

/// What the caller does with its frame.
#[derive(Debug)]
pub enum Turn<T> {
    /// Handle it now, then the frames of [`Serial::next`], and drop the flight when there are none.
    Now(T, Flight),
    /// It waits.
    Waits,
    /// Too much waits: it is returned, and the caller refuses it.
    Full(T),
}

impl<T> Default for Serial<T> {
    fn default() -> Self {
        Self { waiting: RefCell::default(), waiting_bytes: Cell::default(), flight: SingleFlight::default() }
    }
}

impl<T> Serial<T> {
    /// Takes in a frame of so many bytes.
    pub fn accept(&self, frame: T, bytes: usize) -> Turn<T> {
        if let Some(flight) = self.flight.begin() {
            return Turn::Now(frame, flight);
        }
        let bytes = bytes.saturating_add(FRAME_OVERHEAD_BYTES);
        let waiting_bytes = self.waiting_bytes.get().saturating_add(bytes);
        if waiting_bytes > MAX_WAITING_BYTES {
            return Turn::Full(frame);
        }
        self.waiting_bytes.set(waiting_bytes);
        self.waiting.borrow_mut().push_back((frame, bytes));
        Turn::Waits
    }

    /// The next frame.
    pub fn next(&self) -> Option<T> {
        let (frame, bytes) = self.waiting.borrow_mut().pop_front()?;
        self.waiting_bytes.set(self.waiting_bytes.get().saturating_sub(bytes));
        Some(frame)
    }

    /// Drops the frames that wait.
    pub fn clear(&self) {
        self.waiting.borrow_mut().clear();
        self.waiting_bytes.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_waits_until_the_one_before_it_is_done() {
        let serial = Serial::default();
        let Turn::Now(1, flight) = serial.accept(1, 10) else { panic!("nothing is before it") };
        assert!(matches!((serial.accept(2, 10), serial.accept(3, 10)), (Turn::Waits, Turn::Waits)));
        assert_eq!([serial.next(), serial.next(), serial.next()], [Some(2), Some(3), None]);
        drop(flight);
        assert!(matches!(serial.accept(4, 10), Turn::Now(4, _)));
    }

    #[test]
    fn what_waits_is_bounded() {
        let serial = Serial::default();
        let Turn::Now(_, flight) = serial.accept(0, 10) else { panic!("nothing is before it") };
        let taken = (1..10_000).take_while(|frame| matches!(serial.accept(*frame, 1_000), Turn::Waits)).count();
        assert_eq!(taken, MAX_WAITING_BYTES / (1_000 + FRAME_OVERHEAD_BYTES));
        assert_eq!(serial.next(), Some(1));
        assert!(matches!(serial.accept(-1, 1_000), Turn::Waits));
        serial.clear();
        assert_eq!(serial.next(), None);
        assert!(matches!(serial.accept(-2, MAX_WAITING_BYTES - FRAME_OVERHEAD_BYTES), Turn::Waits));
        drop(flight);
    }
}
