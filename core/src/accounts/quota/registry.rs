//! The registry's side of the quota: leases of an app's objects, and totals. The caller stores connections per user.

use super::{Answer, Busy, Kind, MAX_BUSIEST, People, Report, Stats};
use crate::shared::ids::ConversationId;
use crate::shared::timestamp::Timestamp;
use std::collections::{HashMap, VecDeque};

/// TTL of a lease, milliseconds. Objects with connections renew it at least every ten minutes.
const LEASE_MS: i64 = 15 * 60_000;
/// Window of the message rate, seconds.
const RATE_SECONDS: i64 = 60;

/// An object's last report, valid until the lease expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Kind of the object.
    pub kind: Kind,
    /// Open connections.
    pub connections: u32,
    /// Users with a connection.
    pub people: u32,
    /// Messages ever sent there.
    pub sent: i64,
    /// Turn of the newest report.
    pub turn: i64,
    /// Expiry unless renewed.
    pub until: Timestamp,
}

/// A change to persist for [`Registry::reopen`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryChange {
    /// An object's lease was created or renewed.
    Lease(String, Lease),
    /// An object's lease ended: delete it with its connections per user.
    Gone(String),
    /// New total of sent messages.
    Messages(i64),
}

/// Quota registry of one app. A cache of the persisted leases: open it with [`Registry::reopen`].
#[derive(Debug, Default)]
pub struct Registry {
    leases: HashMap<String, Lease>,
    /// Sum of the leases' connections.
    connections: u64,
    /// Lower bound of the leases' expiry times.
    earliest_expiry: Option<Timestamp>,
    messages_total: i64,
    /// Messages per Unix second, for the last minute.
    recent: VecDeque<(i64, i64)>,
}

impl Registry {
    /// A registry with its persisted state.
    pub fn reopen(leases: impl IntoIterator<Item = (String, Lease)>, messages_total: i64) -> Self {
        let mut registry = Self { messages_total, ..Self::default() };
        for (source, lease) in leases {
            registry.put(&source, lease);
        }
        registry
    }

    /// Processes a report. Before it sends the answer, the caller persists the changes and, if the report was accepted,
    /// the report's users, and adds their totals to the answer.
    pub fn take(&mut self, report: &Report, now: Timestamp) -> (Answer, Vec<RegistryChange>) {
        let mut changes = Vec::new();
        self.sweep(now, &mut changes);
        let known = self.leases.get(&report.source);
        if let Some(known) = known.filter(|known| known.turn >= report.turn) {
            return (Answer::new(known.turn, self.connections), changes);
        }
        if known.is_none() && matches!(report.holders, People::Changed(_)) {
            // The lease expired, so the changes have no base: an answer with another turn requests a full report.
            return (Answer::new(report.turn.saturating_sub(1), self.connections), changes);
        }
        // The registry's count ends with the lease, and the object's count may be outdated: the higher one is right.
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
            // No messages are sent there, so there is no count to keep.
            self.remove(&report.source);
            changes.push(RegistryChange::Gone(report.source.clone()));
        } else {
            changes.push(RegistryChange::Lease(report.source.clone(), lease));
        }
        (Answer::new(report.turn, self.connections), changes)
    }

    /// Messages sent since the app's registry exists.
    pub const fn messages_total(&self) -> i64 {
        self.messages_total
    }

    /// The app's present statistics. The caller persists the changes: expired leases end here.
    pub fn stats(&mut self, now: Timestamp) -> (Stats, Vec<RegistryChange>) {
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
        let recent: i64 = self.recent.iter().map(|(_, messages)| *messages).fold(0, i64::saturating_add);
        #[expect(clippy::cast_precision_loss, reason = "the messages of a minute are far below 2^52")]
        let per_second = recent as f64 / RATE_SECONDS as f64;
        stats.messages_per_second = per_second;
        (stats, changes)
    }

    /// Ends expired leases.
    fn sweep(&mut self, now: Timestamp, changes: &mut Vec<RegistryChange>) {
        if self.earliest_expiry.is_none_or(|earliest_expiry| earliest_expiry > now) {
            return;
        }
        let expired: Vec<String> =
            self.leases.iter().filter(|(_, lease)| lease.until <= now).map(|(source, _)| source.clone()).collect();
        for source in expired {
            self.remove(&source);
            changes.push(RegistryChange::Gone(source));
        }
        self.earliest_expiry = self.leases.values().map(|lease| lease.until).min();
    }

    fn put(&mut self, source: &str, lease: Lease) {
        self.earliest_expiry =
            Some(self.earliest_expiry.map_or(lease.until, |earliest_expiry| earliest_expiry.min(lease.until)));
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

    fn add_messages(&mut self, messages: i64, now: Timestamp, changes: &mut Vec<RegistryChange>) {
        if messages <= 0 {
            return;
        }
        self.messages_total = self.messages_total.saturating_add(messages);
        changes.push(RegistryChange::Messages(self.messages_total));
        self.forget_rates(now);
        let second = now.millis().div_euclid(1_000);
        match self.recent.back_mut() {
            Some((last, sum)) if *last >= second => *sum = sum.saturating_add(messages),
            _ => self.recent.push_back((second, messages)),
        }
    }

    fn forget_rates(&mut self, now: Timestamp) {
        let oldest = now.millis().div_euclid(1_000).saturating_sub(RATE_SECONDS);
        while self.recent.front().is_some_and(|(second, _)| *second <= oldest) {
            self.recent.pop_front();
        }
    }
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}
