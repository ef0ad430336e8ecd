//! The ledger's side: what every object of the app holds, and who is let in.

use super::{Busy, Caps, Counted, Granted, Kind, MAX_BUSIEST, Stats, Tally, Verdict};
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::timestamp::Timestamp;
use std::collections::{HashMap, VecDeque};

/// How long an object's numbers hold without being told again, milliseconds. Objects with connections tell them at
/// least every ten minutes.
const LEASE_MS: i64 = 15 * 60_000;
/// The time that a rate is the average of, seconds.
const RATE_SECONDS: i64 = 60;
/// An app with so many connections has its room given out one by one; a larger one in portions.
const CONNECTIONS_PER_PORTION: u32 = 1_000;
/// Largest portion.
const MAX_PORTION: u32 = 64;
/// Only so much of the room that is left is given out unasked, so that none is held by objects that do not need it.
const SPARED: u64 = 16;

/// What one object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is.
    pub kind: Kind,
    /// Connections.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
    /// Connections it may hold.
    pub allowance: u32,
    /// Messages ever sent there.
    pub sent: i64,
    /// The newest tally's turn.
    pub turn: i64,
    /// Until when this holds unless told again.
    pub until: Timestamp,
}

impl Lease {
    /// What it takes of the app's maximum.
    fn holds(&self) -> u64 {
        self.connections.max(self.allowance).into()
    }
}

/// What has to be kept of a change, for a book to be opened again with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An object's lease is this one now.
    Lease(String, Lease),
    /// An object's lease is over, and with it what its people held there.
    Gone(String),
    /// A person's connections at an object; 0 is none.
    Person(String, UserId, u32),
    /// Messages sent.
    Messages(i64),
}

/// The book of one app. Memory over what is kept elsewhere: open it with [`Book::reopen`].
#[derive(Debug, Default)]
pub struct Book {
    leases: HashMap<String, Lease>,
    /// The sum of what the leases hold.
    held: u64,
    /// People's connections, by object.
    counted: HashMap<String, HashMap<UserId, u32>>,
    /// The same summed up.
    persons: HashMap<UserId, u32>,
    /// No lease ends before.
    soonest: Option<Timestamp>,
    messages_total: i64,
    /// Messages by second, for the last minute.
    lately: VecDeque<(i64, i64)>,
}

impl Book {
    /// A book with what was kept of it.
    pub fn reopen(
        leases: impl IntoIterator<Item = (String, Lease)>,
        persons: impl IntoIterator<Item = (String, UserId, u32)>,
        messages_total: i64,
    ) -> Self {
        let mut book = Self { messages_total, ..Self::default() };
        for (source, lease) in leases {
            book.put(&source, lease);
        }
        for (source, user, count) in persons {
            book.count(&source, &user, count);
        }
        book
    }

    /// Takes a tally in and decides about those who wait. Says what has to be kept.
    pub fn take(&mut self, tally: &Tally, now: Timestamp) -> (Granted, Vec<Change>) {
        let mut changes = Vec::new();
        self.sweep(now, &mut changes);
        let known = self.leases.get(&tally.source);
        if let Some(known) = known.filter(|known| known.turn >= tally.turn) {
            let granted = Granted { turn: known.turn, allowance: known.allowance, verdicts: Vec::new() };
            return (granted, changes);
        }
        // What an object counts goes with its lease, so both are looked at: neither alone outlives every crash.
        let counted = known.map_or(tally.sent_counted, |known| known.sent.max(tally.sent_counted));
        self.add_messages(tally.sent.saturating_sub(counted), now, &mut changes);
        self.recount(tally, &mut changes);
        let lease = Lease {
            kind: tally.kind,
            connections: tally.connections,
            people: tally.people,
            allowance: tally.allowance,
            sent: tally.sent.max(counted),
            turn: tally.turn,
            until: now.plus_millis(LEASE_MS),
        };
        self.put(&tally.source, lease);
        let verdicts: Vec<Verdict> = tally.wants.iter().map(|user| self.decide(tally, user, &mut changes)).collect();
        if verdicts.iter().all(|verdict| *verdict == Verdict::Admitted) && !verdicts.is_empty() {
            self.give_a_portion(tally);
        }
        let allowance = self.keep(&tally.source, &mut changes);
        (Granted { turn: tally.turn, allowance, verdicts }, changes)
    }

    /// How the app stands. Says what has to be kept, too: leases run out as time goes by.
    pub fn stats(&mut self, now: Timestamp) -> (Stats, Vec<Change>) {
        let mut changes = Vec::new();
        self.sweep(now, &mut changes);
        self.forget_rates(now);
        let mut stats = Stats { messages_total: self.messages_total, ..Stats::default() };
        let mut busiest: Vec<(&str, &Lease)> = Vec::new();
        for (source, lease) in self.leases.iter().filter(|(_, lease)| lease.connections > 0) {
            add(&mut stats.connections, lease.connections.into());
            match lease.kind {
                Kind::Channel => add(&mut stats.channels_live, 1),
                Kind::Gateway => add(&mut stats.pusher_connections, lease.connections.into()),
                Kind::Room | Kind::Conversation => {
                    add(&mut stats.conversations_live, 1);
                    add(&mut stats.rooms_live, (lease.kind == Kind::Room).into());
                    busiest.push((source, lease));
                }
            }
        }
        busiest.sort_by(|(a, one), (b, other)| other.connections.cmp(&one.connections).then_with(|| a.cmp(b)));
        let busy = |(source, lease): (&str, &Lease)| Busy {
            conversation_id: ConversationId::trusted(source),
            connections: lease.connections,
            people: lease.people,
        };
        stats.busiest = busiest.into_iter().take(MAX_BUSIEST).map(busy).collect();
        let lately: i64 = self.lately.iter().map(|(_, messages)| *messages).fold(0, i64::saturating_add);
        #[expect(clippy::cast_precision_loss, reason = "the messages of a minute are far below 2^52")]
        let per_second = lately as f64 / RATE_SECONDS as f64;
        stats.messages_per_second = per_second;
        (stats, changes)
    }

    /// Says that a lease has to be kept, unless there is nothing left to remember of the object. Its allowance.
    fn keep(&mut self, source: &str, changes: &mut Vec<Change>) -> u32 {
        let Some(lease) = self.leases.get(source).cloned() else { return 0 };
        let allowance = lease.allowance;
        if lease.kind == Kind::Channel && lease.holds() == 0 {
            self.remove(source);
            changes.push(Change::Gone(source.to_owned()));
        } else {
            changes.push(Change::Lease(source.to_owned(), lease));
        }
        allowance
    }

    /// Lets go of leases that were not told again in time.
    fn sweep(&mut self, now: Timestamp, changes: &mut Vec<Change>) {
        if self.soonest.is_none_or(|soonest| soonest > now) {
            return;
        }
        let over: Vec<String> =
            self.leases.iter().filter(|(_, lease)| lease.until <= now).map(|(source, _)| source.clone()).collect();
        for source in over {
            self.remove(&source);
            changes.push(Change::Gone(source));
        }
        self.soonest = self.leases.values().map(|lease| lease.until).min();
    }

    fn put(&mut self, source: &str, lease: Lease) {
        self.soonest = Some(self.soonest.map_or(lease.until, |soonest| soonest.min(lease.until)));
        add(&mut self.held, lease.holds());
        if let Some(before) = self.leases.insert(source.to_owned(), lease) {
            self.held = self.held.saturating_sub(before.holds());
        }
    }

    fn remove(&mut self, source: &str) {
        if let Some(lease) = self.leases.remove(source) {
            self.held = self.held.saturating_sub(lease.holds());
        }
        self.forget_persons(source);
    }

    fn forget_persons(&mut self, source: &str) {
        let users: Vec<UserId> =
            self.counted.get(source).map(|users| users.keys().cloned().collect()).unwrap_or_default();
        for user in users {
            self.count(source, &user, 0);
        }
    }

    /// Sets a person's connections at an object. True if that changed anything.
    fn count(&mut self, source: &str, user: &UserId, count: u32) -> bool {
        let here = self.counted.entry(source.to_owned()).or_default();
        let before = if count == 0 { here.remove(user) } else { here.insert(user.clone(), count) }.unwrap_or(0);
        if here.is_empty() {
            self.counted.remove(source);
        }
        let total = self.persons.entry(user.clone()).or_default();
        *total = total.saturating_sub(before).saturating_add(count);
        if *total == 0 {
            self.persons.remove(user);
        }
        before != count
    }

    fn recount(&mut self, tally: &Tally, changes: &mut Vec<Change>) {
        let source = &tally.source;
        let (told, others_have_none) = match &tally.counted {
            Counted::Nobody => (&[][..], true),
            Counted::Changed(told) => (&told[..], false),
            Counted::Everybody(told) => (&told[..], true),
        };
        let mut news: HashMap<UserId, u32> = HashMap::new();
        if others_have_none && let Some(users) = self.counted.get(source) {
            news.extend(users.keys().map(|user| (user.clone(), 0)));
        }
        news.extend(told.iter().cloned());
        for (user, count) in news {
            if self.count(source, &user, count) {
                changes.push(Change::Person(source.clone(), user, count));
            }
        }
    }

    /// Lets one more in, or does not.
    fn decide(&mut self, tally: &Tally, user: &UserId, changes: &mut Vec<Change>) -> Verdict {
        let Caps { app, person } = tally.caps;
        if person.is_some_and(|cap| self.persons.get(user).copied().unwrap_or(0) >= cap) {
            return Verdict::PersonFull;
        }
        let Some(lease) = self.leases.get_mut(&tally.source) else { return Verdict::AppFull };
        let held_before = lease.holds();
        if let Some(cap) = app
            && lease.connections >= lease.allowance
        {
            if self.held >= u64::from(cap) {
                return Verdict::AppFull;
            }
            // What it holds now, at least: it may have more than it was allowed, from before there was a maximum.
            lease.allowance = lease.connections.saturating_add(1);
        }
        lease.connections = lease.connections.saturating_add(1);
        add(&mut self.held, lease.holds().saturating_sub(held_before));
        if person.is_some() {
            let count = self
                .counted
                .get(&tally.source)
                .and_then(|here| here.get(user))
                .map_or(1, |count| count.saturating_add(1));
            self.count(&tally.source, user, count);
            changes.push(Change::Person(tally.source.clone(), user.clone(), count));
        }
        Verdict::Admitted
    }

    /// In an app of many connections, room for those who come next: they need not ask.
    fn give_a_portion(&mut self, tally: &Tally) {
        let (Some(cap), None) = (tally.caps.app, tally.caps.person) else { return };
        let portion = (cap / CONNECTIONS_PER_PORTION).clamp(1, MAX_PORTION).saturating_sub(1);
        let left = u64::from(cap).saturating_sub(self.held) / SPARED;
        let portion = portion.min(u32::try_from(left).unwrap_or(MAX_PORTION));
        if tally.kind != Kind::Channel
            && let Some(lease) = self.leases.get_mut(&tally.source)
        {
            let before = lease.holds();
            lease.allowance = lease.allowance.saturating_add(portion);
            add(&mut self.held, lease.holds().saturating_sub(before));
        }
    }

    fn add_messages(&mut self, messages: i64, now: Timestamp, changes: &mut Vec<Change>) {
        if messages <= 0 {
            return;
        }
        self.messages_total = self.messages_total.saturating_add(messages);
        changes.push(Change::Messages(self.messages_total));
        self.forget_rates(now);
        let second = now.millis().div_euclid(1_000);
        match self.lately.back_mut() {
            Some((last, sum)) if *last >= second => *sum = sum.saturating_add(messages),
            _ => self.lately.push_back((second, messages)),
        }
    }

    fn forget_rates(&mut self, now: Timestamp) {
        let oldest = now.millis().div_euclid(1_000).saturating_sub(RATE_SECONDS);
        while self.lately.front().is_some_and(|(second, _)| *second <= oldest) {
            self.lately.pop_front();
        }
    }
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}
