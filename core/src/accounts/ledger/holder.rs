//! The objects' side: what an object may hold, who waits to be let in, and when to tell the ledger.
//!
//! One tally is under way at a time. While it is, the object counts on what it had when it wrote the tally and no
//! more, so an answer that never comes costs room but never gives any away.

use super::{Caps, Counted, Granted, Kind, Tally, Verdict};
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// Shortest time between two tallies that nobody waits for, milliseconds.
const TELL_EVERY_MS: i64 = 2_000;
/// The same in apps with a maximum, where a closed connection has to make room soon.
const TELL_EVERY_WITH_CAPS_MS: i64 = 1_000;
/// Connections are told again after so long, milliseconds: early enough that a lease of fifteen minutes does not run
/// out when the object is asked only every ten.
const TELL_AGAIN_MS: u64 = 4 * 60_000;
/// Shortest time between two tallies when the ledger has not answered: doubled with every failure, up to the longest.
const FIRST_BACKOFF_MS: i64 = 5_000;
const MAX_BACKOFF_MS: i64 = 300_000;
/// Doublings after which the longest is reached.
const MAX_DOUBLINGS: u32 = 6;

/// How an object stands when it writes a tally.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// Its name.
    pub source: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Connections that are open.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
    /// Messages ever sent here.
    pub sent: i64,
    /// Of them, those that the ledger has counted.
    pub sent_counted: i64,
    /// What the app allows.
    pub caps: Caps,
}

/// When to write a tally that nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// There is nothing to tell, or it is being told.
    No,
    /// Now.
    Now,
    /// Then, unless something else comes before.
    At(Timestamp),
}

/// What an object knows of what it may hold. Only in memory: an object that wakes without it begins with no
/// allowance, and tells everything anew.
#[derive(Debug)]
pub struct Holder {
    allowance: u32,
    /// People who are let in and whose connections are not open yet, with how many of these.
    seats: HashMap<UserId, u32>,
    seats_taken: u32,
    turn: i64,
    has_news: bool,
    changed: BTreeSet<UserId>,
    tell_everybody: bool,
    waiting: Vec<(u32, UserId)>,
    asked: Vec<(u32, UserId)>,
    last_ticket: u32,
    is_telling: bool,
    failures: u32,
    told_at: Option<Timestamp>,
}

impl Default for Holder {
    fn default() -> Self {
        Self {
            allowance: 0,
            seats: HashMap::new(),
            seats_taken: 0,
            turn: 0,
            // What was told before, if anything, is forgotten.
            has_news: true,
            changed: BTreeSet::new(),
            tell_everybody: true,
            waiting: Vec::new(),
            asked: Vec::new(),
            last_ticket: 0,
            is_telling: false,
            failures: 0,
            told_at: None,
        }
    }
}

impl Holder {
    /// A connection of this person opened or closed.
    pub fn changed(&mut self, user: &UserId) {
        self.has_news = true;
        if !self.tell_everybody {
            self.changed.insert(user.clone());
        }
    }

    /// Takes a seat for somebody without asking, if the allowance has room for one more than are `open`.
    pub fn take_seat(&mut self, user: &UserId, open: u32, caps: Caps) -> bool {
        let spoken_for = open.saturating_add(self.seats_taken);
        let may = !caps.any() || (caps.person.is_none() && self.waiting.is_empty() && spoken_for < self.allowance);
        if may {
            self.seat(user);
        }
        may
    }

    fn seat(&mut self, user: &UserId) {
        let seats = self.seats.entry(user.clone()).or_default();
        *seats = seats.saturating_add(1);
        self.seats_taken = self.seats_taken.saturating_add(1);
    }

    /// A seat is given back: the connection is open and counts from now on, or will not open.
    pub fn leave_seat(&mut self, user: &UserId) {
        self.seats_taken = self.seats_taken.saturating_sub(1);
        if let Some(seats) = self.seats.get_mut(user) {
            *seats = seats.saturating_sub(1);
            if *seats == 0 {
                self.seats.remove(user);
            }
        }
        self.changed(user);
    }

    /// Somebody waits to be let in. The ticket by which they hear of it.
    pub fn wait(&mut self, user: &UserId) -> u32 {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        self.waiting.push((self.last_ticket, user.clone()));
        self.last_ticket
    }

    /// Whether somebody waits whom no tally has asked for yet.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// When to write a tally that nobody waits for.
    pub fn due(&self, here: &Here<'_>, now: Timestamp) -> Due {
        let Some(told_at) = self.told_at else { return if self.is_telling { Due::No } else { Due::Now } };
        let is_old = here.connections > 0 && now.since(told_at) >= TELL_AGAIN_MS;
        let has_news = self.has_news || here.sent > here.sent_counted || is_old;
        if self.is_telling || !has_news {
            return Due::No;
        }
        let pause = match self.failures {
            0 if here.caps.any() => TELL_EVERY_WITH_CAPS_MS,
            0 => TELL_EVERY_MS,
            failures => (FIRST_BACKOFF_MS << failures.saturating_sub(1).min(MAX_DOUBLINGS)).min(MAX_BACKOFF_MS),
        };
        let at = told_at.plus_millis(pause);
        // A clock that stepped back does not silence the object.
        if at <= now || told_at > now { Due::Now } else { Due::At(at) }
    }

    /// Writes a tally, unless one is under way. [`Holder::answered`] or [`Holder::failed`] has to follow.
    /// `open_of` tells a person's open connections, `people` who is here.
    pub fn write(
        &mut self,
        here: &Here<'_>,
        now: Timestamp,
        open_of: impl Fn(&UserId) -> u32,
        people: impl FnOnce() -> Vec<UserId>,
    ) -> Option<Tally> {
        if self.is_telling {
            return None;
        }
        self.is_telling = true;
        self.has_news = false;
        self.turn = now.millis().max(self.turn.saturating_add(1));
        let connections = here.connections.saturating_add(self.seats_taken);
        self.allowance = if here.caps.app.is_some() { self.allowance.min(connections) } else { 0 };
        self.asked = std::mem::take(&mut self.waiting);
        Some(Tally {
            source: here.source.to_owned(),
            kind: here.kind,
            turn: self.turn,
            connections,
            people: here.people,
            allowance: self.allowance,
            sent: here.sent,
            sent_counted: here.sent_counted,
            counted: self.count(here.caps, open_of, people),
            caps: here.caps,
            wants: self.asked.iter().map(|(_, user)| user.clone()).collect(),
        })
    }

    fn count(&mut self, caps: Caps, open_of: impl Fn(&UserId) -> u32, people: impl FnOnce() -> Vec<UserId>) -> Counted {
        let changed = std::mem::take(&mut self.changed);
        if caps.person.is_none() {
            self.tell_everybody = true;
            return Counted::Nobody;
        }
        let with_seats = |user: UserId| {
            let count = open_of(&user).saturating_add(self.seats.get(&user).copied().unwrap_or(0));
            (user, count)
        };
        if !std::mem::replace(&mut self.tell_everybody, false) {
            return Counted::Changed(changed.into_iter().map(with_seats).collect());
        }
        let everybody: BTreeSet<UserId> = people().into_iter().chain(self.seats.keys().cloned()).collect();
        Counted::Everybody(everybody.into_iter().map(with_seats).collect())
    }

    /// The ledger has answered. Tickets with what became of them; whoever is let in has a seat.
    pub fn answered(&mut self, granted: &Granted, now: Timestamp) -> Vec<(u32, Verdict)> {
        self.is_telling = false;
        self.told_at = Some(now);
        self.failures = 0;
        let asked = std::mem::take(&mut self.asked);
        if granted.turn != self.turn {
            // The ledger has a newer one, of a clock that was ahead: the next is newer still.
            self.turn = self.turn.max(granted.turn);
            self.start_over();
            self.waiting.splice(0..0, asked);
            return Vec::new();
        }
        self.allowance = granted.allowance;
        let verdicts = granted.verdicts.iter().copied().chain(std::iter::repeat(Verdict::Admitted));
        self.seat_admitted(asked.into_iter().zip(verdicts))
    }

    /// The ledger has not answered: whoever waits is let in, since a fault of ours keeps nobody out.
    pub fn failed(&mut self, now: Timestamp) -> Vec<(u32, Verdict)> {
        self.is_telling = false;
        self.told_at = Some(now);
        self.failures = self.failures.saturating_add(1);
        self.start_over();
        let asked = std::mem::take(&mut self.asked);
        self.seat_admitted(asked.into_iter().map(|one| (one, Verdict::Admitted)))
    }

    fn start_over(&mut self) {
        self.has_news = true;
        self.tell_everybody = true;
        self.changed.clear();
    }

    fn seat_admitted(&mut self, decided: impl Iterator<Item = ((u32, UserId), Verdict)>) -> Vec<(u32, Verdict)> {
        let mut told = Vec::new();
        for ((ticket, user), verdict) in decided {
            if verdict == Verdict::Admitted {
                self.seat(&user);
            }
            told.push((ticket, verdict));
        }
        told
    }
}
