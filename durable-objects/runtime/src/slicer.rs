//! Sending to many connections in slices, one slice per turn.
//!
//! The host writes to the connections when a turn is over. If all were served in one turn, each would wait for the last,
//! and so would other objects of the isolate. Urgent rounds overtake the others and go out in one turn, since each
//! further turn would wait behind other work.

use campana_core::shared::timestamp::Timestamp;
use futures_channel::oneshot;
use std::collections::VecDeque;

/// Connections served per turn for urgent rounds.
const URGENT_SLICE: usize = 4_000;
/// Minimum time between two checks of all connections' unsent bytes, milliseconds.
const CHECK_MS: u64 = 20;

/// Priority of a round. Rounds of one priority stay in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Sent before all others, those that are partly sent included.
    Alert,
    /// Sent in queue order.
    #[default]
    Usual,
}

/// Rounds to send.
#[derive(Debug)]
pub struct Slicer<P> {
    urgent: VecDeque<Round<P>>,
    usual: VecDeque<Round<P>>,
    /// Whether a recent slice found a connection with many unsent bytes from before.
    is_anyone_behind: bool,
    checked_at: Timestamp,
}

/// A payload and the connections that still need it, served from the end.
#[derive(Debug)]
struct Round<P> {
    payload: P,
    remaining: Vec<u32>,
    waiters: Vec<oneshot::Sender<()>>,
}

impl<P> Default for Slicer<P> {
    fn default() -> Self {
        Self {
            urgent: VecDeque::new(),
            usual: VecDeque::new(),
            is_anyone_behind: false,
            checked_at: Timestamp::default(),
        }
    }
}

impl<P> Slicer<P> {
    /// Queues a payload for these connections.
    pub fn push(&mut self, urgency: Urgency, payload: P, to: Vec<u32>) {
        self.rounds(urgency).push_back(Round { payload, remaining: to, waiters: Vec::new() });
    }

    /// Receiver that completes when all rounds of a priority queued so far are sent. `None` if there are none.
    pub fn drained(&mut self, urgency: Urgency) -> Option<oneshot::Receiver<()>> {
        let last = self.rounds(urgency).back_mut()?;
        let (waiter, drained) = oneshot::channel();
        last.waiters.push(waiter);
        Some(drained)
    }

    /// Whether urgent rounds remain.
    pub fn is_urgent(&self) -> bool {
        !self.urgent.is_empty()
    }

    /// Whether every round is sent.
    pub fn is_idle(&self) -> bool {
        self.urgent.is_empty() && self.usual.is_empty()
    }

    /// Whether the caller must check all connections' unsent bytes before the next slice, whose bytes cannot be written
    /// yet. A check costs more than sending, so it needs a connection that was behind, and is made every 20 ms at most.
    pub fn is_check_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.is_anyone_behind && now.since(self.checked_at) >= CHECK_MS;
        if is_due {
            self.is_anyone_behind = false;
            self.checked_at = now;
        }
        is_due
    }

    /// Sends a slice: urgent rounds, and others as long as fewer than `slice` connections are served. `send` returns the
    /// bytes that were buffered for a connection before; more than `unsuspicious` means that it is behind. Returns
    /// whether rounds remain.
    pub fn serve(&mut self, slice: usize, unsuspicious: u64, mut send: impl FnMut(&P, u32) -> u64) -> bool {
        let mut served = 0_usize;
        loop {
            let (rounds, most) = if self.urgent.is_empty() {
                (&mut self.usual, slice)
            } else {
                (&mut self.urgent, slice.max(URGENT_SLICE))
            };
            let Some(round) = rounds.front_mut().filter(|_| served < most) else { break };
            let rest = round.remaining.len().saturating_sub(most.saturating_sub(served));
            served = served.saturating_add(round.remaining.len().saturating_sub(rest));
            for connection in round.remaining.drain(rest..) {
                self.is_anyone_behind |= send(&round.payload, connection) > unsuspicious;
            }
            if rest == 0
                && let Some(Round { waiters, .. }) = rounds.pop_front()
            {
                for waiter in waiters {
                    let _gone = waiter.send(());
                }
            }
        }
        !self.is_idle()
    }

    fn rounds(&mut self, urgency: Urgency) -> &mut VecDeque<Round<P>> {
        match urgency {
            Urgency::Alert => &mut self.urgent,
            Urgency::Usual => &mut self.usual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SLICE: usize = 50;

    /// Serves a slice. Returns what was sent, in order.
    fn serve(slicer: &mut Slicer<u32>) -> Vec<(u32, u32)> {
        let mut sent = Vec::new();
        slicer.serve(SLICE, 0, |round, connection| {
            sent.push((*round, connection));
            0
        });
        sent
    }

    #[test]
    fn an_alert_goes_out_in_the_next_slice_and_before_the_rest_of_a_round() {
        let mut slicer = Slicer::default();
        slicer.push(Urgency::Usual, 1, (0..1_000).collect());
        assert_eq!(serve(&mut slicer).len(), SLICE);
        slicer.push(Urgency::Usual, 2, (0..1_000).collect());
        slicer.push(Urgency::Alert, 3, (0..70).collect());
        assert_eq!(serve(&mut slicer), (0..70).map(|connection| (3, connection)).collect::<Vec<_>>());
        assert_eq!(serve(&mut slicer).len(), SLICE);
    }

    #[test]
    fn a_waiter_learns_when_the_rounds_before_it_are_sent() {
        let mut slicer = Slicer::default();
        assert!(slicer.drained(Urgency::Usual).is_none());
        slicer.push(Urgency::Usual, 1, (0..60).collect());
        let waiters = [slicer.drained(Urgency::Usual), slicer.drained(Urgency::Usual)];
        slicer.push(Urgency::Usual, 2, (0..60).collect());
        let [Some(mut one), Some(mut other)] = waiters else { panic!("a round is queued") };
        serve(&mut slicer);
        assert_eq!((one.try_recv(), other.try_recv()), (Ok(None), Ok(None)));
        serve(&mut slicer);
        assert_eq!((one.try_recv(), other.try_recv()), (Ok(Some(())), Ok(Some(()))));
        assert!(!slicer.is_idle());
    }

    #[test]
    fn a_check_needs_a_connection_that_is_behind_and_20_ms() {
        let at = Timestamp::from_millis;
        let mut slicer = Slicer::default();
        let serve = |slicer: &mut Slicer<()>, buffered: u64| {
            slicer.push(Urgency::Usual, (), vec![1, 2]);
            slicer.serve(SLICE, 100, |(), connection| if connection == 1 { buffered } else { 0 });
        };
        serve(&mut slicer, 100);
        assert!(!slicer.is_check_due(at(1_000)));
        serve(&mut slicer, 101);
        assert!(slicer.is_check_due(at(1_000)) && !slicer.is_check_due(at(2_000)));
        serve(&mut slicer, 101);
        assert!(slicer.is_check_due(at(2_000)));
        serve(&mut slicer, 101);
        assert!(!slicer.is_check_due(at(2_019)) && slicer.is_check_due(at(2_020)));
    }

    proptest! {
        #[test]
        fn each_connection_gets_each_round_once_and_those_of_a_priority_in_order(
            rounds in prop::collection::vec((any::<bool>(), 0_u32..200, 0_usize..3), 1..20),
        ) {
            let (mut slicer, mut sent) = (Slicer::default(), Vec::new());
            for (number, (is_urgent, connections, slices)) in (0_u32..).zip(&rounds) {
                let urgency = if *is_urgent { Urgency::Alert } else { Urgency::Usual };
                slicer.push(urgency, number, (0..*connections).collect());
                for _ in 0..*slices {
                    let slice = serve(&mut slicer);
                    let is_usual = |(round, _): &&(u32, u32)| rounds.get(*round as usize).is_some_and(|round| !round.0);
                    prop_assert!(slice.iter().filter(is_usual).count() <= SLICE);
                    prop_assert!(slicer.urgent.is_empty());
                    sent.extend(slice);
                }
            }
            while !slicer.is_idle() {
                sent.extend(serve(&mut slicer));
            }
            for connection in 0..200 {
                for is_urgent in [true, false] {
                    let is_meant = |number: &u32| rounds.get(*number as usize).is_some_and(|round| round.0 == is_urgent);
                    let got = sent.iter().filter(|(_, to)| *to == connection).map(|(round, _)| *round).filter(is_meant);
                    let due = (0_u32..).zip(&rounds).filter(|(_, round)| connection < round.1).map(|(number, _)| number);
                    prop_assert_eq!(got.collect::<Vec<_>>(), due.filter(is_meant).collect::<Vec<_>>());
                }
            }
        }
    }
}
