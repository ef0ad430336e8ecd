//! Property test with crashes between any two steps: every event is delivered or dropped with a reason, disabled
//! endpoints get nothing, and an alert answered before the first attempt sends no escalation.

use super::*;
use crate::shared::handover;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ENDPOINTS: [&str; 3] = ["e0", "e1", "e2"];
const ALERTS: [&str; 2] = ["a", "b"];

#[derive(Debug, Clone, Copy)]
enum Move {
    /// The desk hands over a new event of an alert, and repeats this many earlier ones.
    HandOver {
        alert: usize,
        what: usize,
        again: usize,
    },
    /// Due attempts start, all with this outcome.
    Send(Fault),
    Crash,
    /// This many milliseconds pass.
    Pass(i64),
    Remove(usize),
    Add(usize),
    Enable(usize),
    Rotate(usize),
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Accepted,
    Refused,
    Gone,
    /// The receiver gets it, but the sender crashes.
    Crash,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let outcome = prop_oneof![
        4 => Just(Fault::Accepted),
        4 => Just(Fault::Refused),
        1 => Just(Fault::Gone),
        2 => Just(Fault::Crash),
    ];
    let endpoint = 0..ENDPOINTS.len();
    let one = prop_oneof![
        6 => (0..ALERTS.len(), 0_usize..5, 0_usize..4)
            .prop_map(|(alert, what, again)| Move::HandOver { alert, what, again }),
        8 => outcome.prop_map(Move::Send),
        2 => Just(Move::Crash),
        4 => prop_oneof![0_i64..60_000, 0_i64..200_000_000].prop_map(Move::Pass),
        1 => endpoint.clone().prop_map(Move::Remove),
        2 => endpoint.clone().prop_map(Move::Add),
        1 => endpoint.clone().prop_map(Move::Enable),
        1 => endpoint.prop_map(Move::Rotate),
    ];
    prop::collection::vec(one, 1..80)
}

fn what(kind: usize) -> What {
    match kind {
        0 => raised(),
        1 => What::Acknowledged,
        2 => What::Resolved { reason: None, note: None },
        3 => What::Lapsed,
        _ => escalated(),
    }
}

/// The queue and what the test expects of it.
#[derive(Default)]
struct Story {
    world: World,
    /// Numbered events of the desk, and the last number that the receiver accepted.
    desk: Vec<(i64, Event)>,
    known: Option<i64>,
    /// Events that each endpoint is to get, with their state.
    owed: BTreeMap<(String, String), Fate>,
    /// Escalations that must not be sent: their alerts were answered before the first attempt.
    moot: BTreeSet<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Waits { tried: bool },
    Delivered,
    GivenUp,
}

impl Story {
    fn is_enabled(&self, id: &str) -> bool {
        self.world.rows.endpoints.get(id).is_some_and(|endpoint| endpoint.disabled.is_none())
    }

    fn hand_over(&mut self, alert: &str, kind: usize, again: usize) {
        let number = self.desk.len() + 1;
        let event = event_of(alert, u32::try_from(number).expect("a small number"), what(kind));
        self.desk.push((i64::try_from(number).expect("a small number"), event.clone()));
        let from = self.desk.len().saturating_sub(again + 1);
        let (news, lost) = handover::unknown_of(self.desk[from..].to_vec(), self.known);
        assert_eq!((news.len(), lost), (1, 0), "repeated events are dropped");
        self.known = self.desk.last().map(|(number, _)| *number);
        if event.answers {
            for ((endpoint, name), fate) in &self.owed {
                let page = self.desk.iter().find(|(_, page)| page.id == *name).map(|(_, page)| page);
                let is_moot = page.is_some_and(|page| page.is_page && page.alert == event.alert);
                if is_moot && *fate == (Fate::Waits { tried: false }) {
                    self.moot.insert((endpoint.clone(), name.clone()));
                }
            }
        }
        let enabled: Vec<&str> = ENDPOINTS.into_iter().filter(|id| self.is_enabled(id)).collect();
        for id in enabled {
            self.owed.insert((id.to_owned(), event.id.clone()), Fate::Waits { tried: false });
        }
        for event in news {
            self.world.accept(event);
        }
        self.note_given_up();
    }

    fn note_given_up(&mut self) {
        for given_up in std::mem::take(&mut self.world.given_up) {
            let key = (given_up.endpoint.clone(), given_up.id.clone());
            let fate = self.owed.get_mut(&key).expect("an expected event");
            assert!(matches!(*fate, Fate::Waits { .. } | Fate::Delivered), "dropped twice: {given_up:?}");
            assert_eq!(given_up.reason == Reason::Answered, self.moot.contains(&key), "{given_up:?}");
            // An event may be both delivered and dropped if the response was lost.
            *fate = if *fate == Fate::Delivered { Fate::Delivered } else { Fate::GivenUp };
        }
    }

    fn send(&mut self, fault: Fault) {
        let attempts = self.world.step();
        let to: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.endpoint.as_str()).collect();
        assert_eq!(to.len(), attempts.len(), "one attempt per endpoint at a time");
        for attempt in &attempts {
            assert!(self.is_enabled(&attempt.endpoint), "disabled endpoints get nothing");
            let key = (attempt.endpoint.clone(), attempt.id.clone());
            assert!(!self.moot.contains(&key), "no escalation of an answered alert");
            let fate = self.owed.get_mut(&key).expect("an expected event");
            assert_ne!(*fate, Fate::GivenUp, "dropped events are not sent");
            match fault {
                Fault::Accepted | Fault::Crash => *fate = Fate::Delivered,
                Fault::Refused | Fault::Gone if *fate != Fate::Delivered => *fate = Fate::Waits { tried: true },
                Fault::Refused | Fault::Gone => {}
            }
            match fault {
                Fault::Accepted => self.world.settle(attempt, Outcome::Accepted),
                Fault::Refused => self.world.settle(attempt, Outcome::Failed),
                Fault::Gone => self.world.settle(attempt, Outcome::Gone),
                Fault::Crash => {}
            }
        }
        if matches!(fault, Fault::Crash) {
            self.world.crash();
        }
        self.note_given_up();
    }

    fn act(&mut self, act: Move) {
        match act {
            Move::HandOver { alert, what, again } => self.hand_over(ALERTS[alert], what, again),
            Move::Send(outcome) => self.send(outcome),
            Move::Crash => self.world.crash(),
            Move::Pass(millis) => self.world.now += millis,
            Move::Remove(at) => {
                let _unknown = self.world.turn(|queue| queue.delete(ENDPOINTS[at]));
            }
            Move::Add(at) => {
                if !self.world.rows.endpoints.contains_key(ENDPOINTS[at]) {
                    self.world.add(ENDPOINTS[at], &[]);
                }
            }
            Move::Enable(at) => {
                let _unknown = self.world.turn(|queue| queue.enable(ENDPOINTS[at]));
            }
            Move::Rotate(at) => {
                let now = self.world.now();
                let secret = Secret::new([3; 32]);
                let _unknown = self.world.turn(|queue| queue.rotate(ENDPOINTS[at], secret, now));
            }
        }
        self.note_given_up();
    }

    /// From now on every attempt succeeds.
    fn finish(&mut self) {
        self.world.crash();
        while self.world.pass() {
            self.send(Fault::Accepted);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_event_is_lost_without_a_reason(moves in moves()) {
        let mut story = Story { world: World::with(&ENDPOINTS), ..Story::default() };
        for act in moves {
            story.act(act);
        }
        story.finish();
        for ((endpoint, event), fate) in &story.owed {
            prop_assert!(matches!(fate, Fate::Delivered | Fate::GivenUp), "{} {}: {:?}", endpoint, event, fate);
        }
        prop_assert!(story.world.queue.log.events.is_empty());
        prop_assert!(story.world.rows.pending.is_empty() && story.world.rows.events.is_empty(), "no rows remain");
    }
}
