//! Model of two gateways, the object of one public channel, and the messages in flight between them.

use crate::pusher::channel::ChannelName;
use crate::pusher::link::{Counted, GatewayName, ListenerCounts};
use crate::pusher::reporting::{Leases, REPORT_LEASE_MS};
use crate::pusher::roster::{Roster, RosterChange};
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) const GATEWAYS: usize = 2;
/// Resync time-out: the object ignores a later answer and asks again. Milliseconds.
const TIMEOUT_MS: u64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Subscribe(u32),
    Unsubscribe,
}

#[derive(Debug, Clone, Default)]
struct Batch {
    number: u64,
    counts: Option<u32>,
    calls: Vec<Call>,
}

/// Message in flight.
#[derive(Debug, Clone)]
enum Message {
    Calls(usize, Batch),
    /// Gateway, batch number, and the first event number of each new subscription.
    Answers(usize, u64, Vec<Option<u64>>),
    /// Gateway, doubt number and time of the resync request, and the newest batch that the object has answered.
    ResyncRequest(usize, (u64, Timestamp), Option<u64>),
    Counts(usize, (u64, Timestamp), u32),
    Event(usize, u64),
}

impl Message {
    /// The gateway that sends or receives it.
    fn gateway(&self) -> usize {
        let (Self::Calls(at, _)
        | Self::Answers(at, ..)
        | Self::ResyncRequest(at, ..)
        | Self::Counts(at, ..)
        | Self::Event(at, _)) = self;
        *at
    }
}

#[derive(Default)]
struct Gateway {
    listeners: BTreeMap<u32, u64>,
    pending: BTreeMap<u32, Vec<u64>>,
    is_reported: bool,
    lease_until: i64,
    waiting: Vec<Call>,
    sent: Option<(u64, Vec<Call>)>,
    needs_resync: bool,
}

impl Gateway {
    /// Listeners as reported to the object: those whose unsubscription is unanswered still count.
    fn counts(&self) -> u32 {
        let calls = self.sent.iter().flat_map(|(_, calls)| calls).chain(&self.waiting);
        let leaving = calls.filter(|call| **call == Call::Unsubscribe).count();
        u32::try_from(self.listeners.len() + leaving).expect("fits into u32")
    }
}

#[derive(Default)]
pub(super) struct World {
    pub(super) now: i64,
    gateways: [Gateway; GATEWAYS],
    roster: Roster,
    leases: Leases,
    /// Gateways in the object's database.
    stored: BTreeSet<GatewayName>,
    /// Whether the object's database has tables.
    has_tables: bool,
    parked: Vec<(usize, Batch)>,
    newest: BTreeMap<usize, u64>,
    answered: BTreeMap<usize, u64>,
    asked: BTreeMap<usize, u64>,
    publishing: VecDeque<u64>,
    in_flight: Vec<Message>,
    next_id: u32,
    next_number: u64,
    next_batch: u64,
    /// First event that each subscription must get.
    first_due: BTreeMap<u32, u64>,
    received: BTreeMap<u32, Vec<u64>>,
    published: Vec<u64>,
    /// Newest requested event. A subscription that succeeds now need not get it.
    newest_requested: u64,
}

fn name(gateway: usize) -> GatewayName {
    GatewayName::new("eu", u32::try_from(gateway).expect("fits into u32"))
}

fn number_of(gateway: &GatewayName) -> usize {
    (0..GATEWAYS).find(|at| name(*at) == *gateway).expect("a known gateway")
}

fn news() -> ChannelName {
    ChannelName::trusted("news")
}

fn counts(sockets: u32) -> ListenerCounts {
    vec![Counted { channel: news(), sockets, people: Vec::new() }]
}

impl World {
    fn at(&self) -> Timestamp {
        Timestamp::from_millis(1_000_000 + self.now)
    }

    fn succeeded(&mut self, gateway: usize, id: u32, from: u64) {
        self.gateways[gateway].listeners.insert(id, from);
        self.first_due.insert(id, self.newest_requested + 1);
    }

    pub(super) fn subscribe(&mut self, at: usize) {
        self.next_id += 1;
        let (id, now) = (self.next_id, self.now);
        let gateway = &mut self.gateways[at];
        if gateway.is_reported || gateway.lease_until > now {
            gateway.pending.insert(id, Vec::new());
            gateway.waiting.push(Call::Subscribe(id));
            self.send(at);
        } else {
            self.succeeded(at, id, 0);
        }
    }

    pub(super) fn unsubscribe(&mut self, at: usize, which: usize) {
        let gateway = &mut self.gateways[at];
        let ids: Vec<u32> = gateway.listeners.keys().copied().collect();
        let Some(id) = ids.get(which % ids.len().max(1)) else { return };
        gateway.listeners.remove(id);
        self.first_due.remove(id);
        if gateway.is_reported {
            gateway.waiting.push(Call::Unsubscribe);
            self.send(at);
        }
    }

    /// Sends one batch at a time. The first report, and a report after a lost message, contains counts.
    fn send(&mut self, at: usize) {
        self.next_batch += 1;
        let (number, gateway) = (self.next_batch, &mut self.gateways[at]);
        if gateway.sent.is_some() || (gateway.waiting.is_empty() && !gateway.needs_resync) {
            return;
        }
        let calls = std::mem::take(&mut gateway.waiting);
        let needs_counts = std::mem::take(&mut gateway.needs_resync) || !gateway.is_reported;
        // Set before counting: the counts apply before this batch, so its unsubscriptions still count.
        gateway.is_reported = true;
        gateway.sent = Some((number, calls.clone()));
        let counts = needs_counts.then(|| gateway.counts());
        self.in_flight.push(Message::Calls(at, Batch { number, counts, calls }));
    }

    pub(super) fn publish(&mut self) {
        self.next_number += 1;
        self.newest_requested = self.next_number;
        self.publishing.push_back(self.next_number);
        for at in 0..GATEWAYS {
            if !self.leases.knows(&name(at), &self.roster, self.at()) {
                self.roster.suspect(&name(at));
            }
        }
        self.request_resyncs();
        self.proceed();
    }

    fn request_resyncs(&mut self) {
        for (gateway, doubt) in self.roster.doubts() {
            let at = number_of(&gateway);
            if self.asked.insert(at, doubt) != Some(doubt) {
                let request = Message::ResyncRequest(at, (doubt, self.at()), self.answered.get(&at).copied());
                self.in_flight.push(request);
            }
        }
    }

    /// Publishes when no gateway needs a resync, and applies parked calls.
    fn proceed(&mut self) {
        if self.roster.stale().is_empty() {
            while let Some(number) = self.publishing.pop_front() {
                self.published.push(number);
                for gateway in self.roster.gateways_of(&news()) {
                    self.in_flight.push(Message::Event(number_of(&gateway), number));
                }
            }
        }
        let parked = std::mem::take(&mut self.parked);
        for (at, batch) in parked {
            self.apply(at, batch);
        }
    }

    fn store(&mut self, changes: &[RosterChange]) {
        for change in changes {
            match change {
                RosterChange::Opened(_, gateway) => drop(self.stored.insert(gateway.clone())),
                RosterChange::Closed(_, gateway) => drop(self.stored.remove(gateway)),
                _ => {}
            }
        }
    }

    fn apply(&mut self, at: usize, batch: Batch) {
        let gateway = name(at);
        let newest = self.newest.entry(at).or_default();
        *newest = batch.number.max(*newest);
        if *newest > batch.number {
            return;
        }
        let adds_nobody = batch.counts.unwrap_or(0) == 0 && batch.calls.iter().all(|call| *call == Call::Unsubscribe);
        if adds_nobody && !self.has_tables && !self.roster.stale().contains(&gateway) {
            self.answered.insert(at, batch.number);
            self.in_flight.push(Message::Answers(at, batch.number, vec![None; batch.calls.len()]));
            return;
        }
        self.has_tables = true;
        if let Some(sockets) = batch.counts {
            let changes = self.roster.resync(&gateway, counts(sockets));
            self.store(&changes);
        } else {
            if !self.leases.knows(&gateway, &self.roster, self.at()) {
                self.roster.suspect(&gateway);
            }
            if self.roster.stale().contains(&gateway) {
                self.parked.push((at, batch));
                return self.request_resyncs();
            }
        }
        let mut answers = Vec::new();
        for call in &batch.calls {
            let (changes, answer) = match call {
                Call::Subscribe(_) => {
                    let changes = self.roster.subscribe(&gateway, &news(), None, 100).expect("there is room");
                    (changes, Some(self.published.last().copied().unwrap_or(0) + 1))
                }
                Call::Unsubscribe => (self.roster.unsubscribe(&gateway, &news(), None), None),
            };
            self.store(&changes);
            answers.push(answer);
        }
        self.answered.insert(at, batch.number);
        self.in_flight.push(Message::Answers(at, batch.number, answers));
        self.proceed();
    }

    pub(super) fn arrive(&mut self, which: usize) {
        // Events to a gateway arrive in order. A gateway that waits for the named answer delays its counts until then.
        let is_first = |(at, message): &(usize, &Message)| match message {
            Message::ResyncRequest(to, _, Some(answered)) => {
                self.gateways[*to].sent.as_ref().is_none_or(|(number, _)| number != answered)
            }
            Message::Event(to, _) => {
                !self.in_flight[..*at].iter().any(|other| matches!(other, Message::Event(other, _) if other == to))
            }
            _ => true,
        };
        let ready: Vec<usize> = self.in_flight.iter().enumerate().filter(is_first).map(|(at, _)| at).collect();
        if ready.is_empty() {
            return;
        }
        match self.in_flight.remove(ready[which % ready.len()]) {
            Message::Calls(at, batch) => self.apply(at, batch),
            Message::Answers(at, number, answers) => self.answered(at, number, answers),
            Message::ResyncRequest(at, asked, _) => {
                let now = self.now;
                let gateway = &mut self.gateways[at];
                let sockets = gateway.counts();
                gateway.is_reported |= sockets > 0;
                gateway.lease_until = now + REPORT_LEASE_MS;
                self.in_flight.push(Message::Counts(at, asked, sockets));
            }
            Message::Counts(at, (_, asked_at), _) if self.at().since(asked_at) > TIMEOUT_MS => {
                self.asked.remove(&at);
                self.request_resyncs();
            }
            Message::Counts(at, (doubt, asked_at), sockets) => {
                self.has_tables |= sockets > 0;
                if let Some(changes) = self.roster.answered(&name(at), doubt, counts(sockets)) {
                    self.leases.note(&name(at), asked_at, true);
                    self.store(&changes);
                }
                self.proceed();
            }
            Message::Event(at, number) => {
                let gateway = &mut self.gateways[at];
                for (id, _) in gateway.listeners.iter().filter(|(_, from)| **from <= number) {
                    self.received.entry(*id).or_default().push(number);
                }
                for early in gateway.pending.values_mut() {
                    early.push(number);
                }
                if gateway.listeners.is_empty() && gateway.pending.is_empty() && gateway.sent.is_none() {
                    gateway.needs_resync = true;
                    self.send(at);
                }
            }
        }
    }

    /// Ignores the answer to a batch that was sent again under a new number.
    fn answered(&mut self, at: usize, number: u64, answers: Vec<Option<u64>>) {
        let Some((_, calls)) = self.gateways[at].sent.take_if(|(sent, _)| *sent == number) else { return };
        for (call, answer) in calls.into_iter().zip(answers) {
            let (Call::Subscribe(id), Some(from)) = (call, answer) else { continue };
            let early = self.gateways[at].pending.remove(&id).unwrap_or_default();
            self.succeeded(at, id, from);
            self.received.entry(id).or_default().extend(early.into_iter().filter(|number| *number >= from));
        }
        self.send(at);
        let gateway = &mut self.gateways[at];
        if gateway.sent.is_none() && gateway.listeners.is_empty() && gateway.pending.is_empty() {
            gateway.is_reported = false;
        }
    }

    /// The object loses its memory. Answers in flight arrive first; parked calls and resync requests fail, and so do
    /// publish requests. Gateways send parked calls again with counts.
    pub(super) fn object_loses_memory(&mut self) {
        while let Some(at) = self.in_flight.iter().position(|message| matches!(message, Message::Answers(..))) {
            let Message::Answers(gateway, number, answers) = self.in_flight.remove(at) else { return };
            self.answered(gateway, number, answers);
        }
        let stored = self.stored.iter().map(|gateway| (news(), gateway.clone()));
        self.roster = Roster::reopen(stored, []);
        self.leases = Leases::default();
        self.asked.clear();
        self.answered.clear();
        self.publishing.clear();
        let parked: Vec<usize> = self.parked.drain(..).map(|(at, _)| at).collect();
        let is_lost = |message: &Message| matches!(message, Message::ResyncRequest(..) | Message::Counts(..));
        self.in_flight.retain(|message| !is_lost(message));
        for at in parked {
            self.send_again(at);
        }
    }

    /// A gateway sends its batch again with counts: the answer timed out or the batch was lost.
    pub(super) fn send_again(&mut self, at: usize) {
        self.next_batch += 1;
        let number = self.next_batch;
        let gateway = &mut self.gateways[at];
        let Some((sent, calls)) = &mut gateway.sent else { return };
        *sent = number;
        let calls = calls.clone();
        let counts = Some(gateway.counts());
        self.in_flight.push(Message::Calls(at, Batch { number, counts, calls }));
    }

    pub(super) fn gateway_dies(&mut self, at: usize) {
        let asked = self.asked.get(&at).copied();
        self.in_flight.retain(|message| message.gateway() != at);
        self.parked.retain(|(of, _)| *of != at);
        let old = std::mem::take(&mut self.gateways[at]);
        for id in old.listeners.keys().chain(old.pending.keys()) {
            self.first_due.remove(id);
        }
        let gateway = &mut self.gateways[at];
        (gateway.is_reported, gateway.lease_until, gateway.needs_resync) =
            (old.is_reported, old.lease_until, old.is_reported);
        if let Some(doubt) = asked {
            // The object repeats the resync request that was lost.
            let asked_at = self.at();
            self.in_flight.push(Message::ResyncRequest(at, (doubt, asked_at), None));
        }
        self.send(at);
    }

    pub(super) fn deliver_all(&mut self) {
        for turn in 0..10_000 {
            if self.in_flight.is_empty() {
                return;
            }
            self.arrive(turn);
        }
        panic!("messages never end");
    }

    pub(super) fn check(&self) {
        for (id, first) in &self.first_due {
            let received = self.received.get(id).cloned().unwrap_or_default();
            let expected: Vec<u64> = self.published.iter().copied().filter(|number| number >= first).collect();
            let after: Vec<u64> = received.iter().copied().filter(|number| number >= first).collect();
            assert_eq!(after, expected, "events that subscription {id} got after it succeeded");
            assert!(received.windows(2).all(|two| two[0] < two[1]), "each once and in order: {received:?}");
        }
        let listening: usize = self.gateways.iter().map(|gateway| gateway.listeners.len()).sum();
        assert_eq!(self.roster.subscription_count(&news()), u64::try_from(listening).expect("fits into u64"));
        assert!(self.gateways.iter().all(|gateway| gateway.pending.is_empty()), "every subscription is answered");
    }
}
