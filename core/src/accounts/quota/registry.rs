//! The registry's side: the leases of an app's objects, and the totals. Whose connections they are is kept beside it.

use super::{Answer, Busy, Kind, MAX_BUSIEST, People, Report, Stats};
use crate::shared::ids::ConversationId;
use crate::shared::timestamp::Timestamp;
use std::collections::{HashMap, VecDeque};

/// TTL of a lease, milliseconds. Objects with connections renew it at least every ten minutes.
const LEASE_MS: i64 = 15 * 60_000;
/// The time that a rate is the average of, seconds.
const RATE_SECONDS: i64 = 60;

/// What one object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is.
    pub kind: Kind,
    /// Connections.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
    /// Messages ever sent there.
    pub sent: i64,
    /// The newest report's turn.
    pub turn: i64,
    /// Until when this holds unless it is renewed.
    pub until: Timestamp,
}

/// A change to persist, so that [`Registry::reopen`] finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An object's lease is this one now.
    Lease(String, Lease),
    /// An object's lease is over, and with it what its people held there.
    Gone(String),
    /// Messages sent in all.
    Messages(i64),
}

/// The registry of one app. A cache of what is persisted: open it with [`Registry::reopen`].
#[derive(Debug, Default)]
pub struct Registry {
    leases: HashMap<String, Lease>,
    /// The sum of the leases' connections.
    connections: u64,
    /// No lease ends before.
    soonest: Option<Timestamp>,
    messages_total: i64,
    /// Messages by second, for the last minute.
    lately: VecDeque<(i64, i64)>,
}

impl Registry {
    /// A registry with what was persisted of it.
    pub fn reopen(leases: impl IntoIterator<Item = (String, Lease)>, messages_total: i64) -> Self {
        let mut registry = Self { messages_total, ..Self::default() };
        for (source, lease) in leases {
            registry.put(&source, lease);
        }
        registry
    }

    /// Takes a report. The changes are to be persisted before the answer leaves; whoever is named in the report is for
    /// the caller to keep, and to add to the answer.
    pub fn take(&mut self, report: &Report, now: Timestamp) -> (Answer, Vec<Change>) {
        let mut changes = Vec::new();
        self.sweep(now, &mut changes);
        let known = self.leases.get(&report.source);
        if let Some(known) = known.filter(|known| known.turn >= report.turn) {
            return (Answer::new(known.turn, self.connections), changes);
        }
        if known.is_none() && matches!(report.holders, People::Changed(_)) {
            // The lease ran out, so nothing is left for these changes to apply to: any other turn asks for everything.
            return (Answer::new(report.turn.saturating_sub(1), self.connections), changes);
        }
        // What an object counts goes with its lease, so both are looked at: neither alone outlives every crash.
        let counted = known.map_or(report.sent_counted, |known| known.sent.max(report.sent_counted));
        self.add_messages(report.sent.saturating_sub(counted), now, &mut changes);
        let lease = Lease {
            kind: report.kind,
            connections: report.connections,
            people: report.people,
            sent: report.sent.max(counted),
            turn: report.turn,
            until: now.plus_millis(LEASE_MS),
        };
        self.put(&report.source, lease.clone());
        if lease.kind == Kind::Channel && lease.connections == 0 {
            // Nothing to remember: no messages are sent there.
            self.remove(&report.source);
            changes.push(Change::Gone(report.source.clone()));
        } else {
            changes.push(Change::Lease(report.source.clone(), lease));
        }
        (Answer::new(report.turn, self.connections), changes)
    }

    /// How the app stands. The changes are to be persisted: leases run out as time goes by.
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

    /// Ends leases that were not renewed in time.
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
        add(&mut self.connections, lease.connections.into());
        if let Some(before) = self.leases.insert(source.to_owned(), lease) {
            self.connections = self.connections.saturating_sub(before.connections.into());
        }
    }

    fn remove(&mut self, source: &str) {
        if let Some(lease) = self.leases.remove(source) {
            self.connections = self.connections.saturating_sub(lease.connections.into());
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
