//! Two gateways, the object of one public channel, and what is under way between them.

use crate::pusher::channel::ChannelName;
use crate::pusher::link::{Counted, GatewayName, ListenerCounts};
use crate::pusher::reporting::{Leases, REPORT_LEASE_MS};
use crate::pusher::roster::{Change, Roster};
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) const GATEWAYS: usize = 2;
/// An answer that takes longer than that is not taken any more.
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

/// What is under way.
#[derive(Debug, Clone)]
enum Message {
    Calls(usize, Batch),
    /// To a batch: from which number on each of the new subscriptions hears.
    Answers(usize, u64, Vec<Option<u64>>),
    /// With the doubt that it is about, when it was asked, and the newest batch that the object has answered.
    Question(usize, (u64, Timestamp), Option<u64>),
    Standing(usize, (u64, Timestamp), u32),
    Event(usize, u64),
}

impl Message {
    /// To whom it goes, or from whom it comes.
    fn gateway(&self) -> usize {
        let (Self::Calls(at, _)
        | Self::Answers(at, ..)
        | Self::Question(at, ..)
        | Self::Standing(at, ..)
        | Self::Event(at, _)) = self;
        *at
    }
}

#[derive(Default)]
struct Gateway {
    listeners: BTreeMap<u32, u64>,
    pending: BTreeMap<u32, Vec<u64>>,
    is_told: bool,
    lease_until: i64,
    waiting: Vec<Call>,
    sent: Option<(u64, Vec<Call>)>,
    is_doubtful: bool,
}

impl Gateway {
    /// As the object has been told of them: those who are about to leave still count.
    fn counts(&self) -> u32 {
        let calls = self.sent.iter().flat_map(|(_, calls)| calls).chain(&self.waiting);
        let leaving = calls.filter(|call| **call == Call::Unsubscribe).count();
        u32::try_from(self.listeners.len() + leaving).expect("few")
    }
}

#[derive(Default)]
pub(super) struct World {
    pub(super) now: i64,
    gateways: [Gateway; GATEWAYS],
    roster: Roster,
    leases: Leases,
    /// Gateways that are listed in the object's database.
    kept: BTreeSet<GatewayName>,
    /// Whether the object has anything in its database.
    has_tables: bool,
    parked: Vec<(usize, Batch)>,
    newest: BTreeMap<usize, u64>,
    answered: BTreeMap<usize, u64>,
    asked: BTreeMap<usize, u64>,
    publishing: VecDeque<u64>,
    under_way: Vec<Message>,
    next_id: u32,
    next_number: u64,
    next_batch: u64,
    /// By subscription: the first event that it must hear.
    due: BTreeMap<u32, u64>,
    heard: BTreeMap<u32, Vec<u64>>,
    said: Vec<u64>,
    /// The newest event that was asked for: a subscription that succeeds now need not hear it.
    asked_for: u64,
}

fn name(gateway: usize) -> GatewayName {
    GatewayName::new("eu", u32::try_from(gateway).expect("few"))
}

fn number_of(gateway: &GatewayName) -> usize {
    (0..GATEWAYS).find(|at| name(*at) == *gateway).expect("one of them")
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
        self.due.insert(id, self.asked_for + 1);
    }

    pub(super) fn subscribe(&mut self, at: usize) {
        self.next_id += 1;
        let (id, now) = (self.next_id, self.now);
        let gateway = &mut self.gateways[at];
        if gateway.is_told || gateway.lease_until > now {
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
        self.due.remove(id);
        if gateway.is_told {
            gateway.waiting.push(Call::Unsubscribe);
            self.send(at);
        }
    }

    /// One batch at a time; the first report, and one after something was lost, brings a census.
    fn send(&mut self, at: usize) {
        self.next_batch += 1;
        let (number, gateway) = (self.next_batch, &mut self.gateways[at]);
        if gateway.sent.is_some() || (gateway.waiting.is_empty() && !gateway.is_doubtful) {
            return;
        }
        let calls = std::mem::take(&mut gateway.waiting);
        let brings_counts = std::mem::take(&mut gateway.is_doubtful) || !gateway.is_told;
        // Those of this batch have not left before it.
        gateway.is_told = true;
        gateway.sent = Some((number, calls.clone()));
        let counts = brings_counts.then(|| gateway.counts());
        self.under_way.push(Message::Calls(at, Batch { number, counts, calls }));
    }

    pub(super) fn publish(&mut self) {
        self.next_number += 1;
        self.asked_for = self.next_number;
        self.publishing.push_back(self.next_number);
        for at in 0..GATEWAYS {
            if !self.leases.knows(&name(at), &self.roster, self.at()) {
                self.roster.suspect(&name(at));
            }
        }
        self.ask();
        self.go_on();
    }

    fn ask(&mut self) {
        for (gateway, doubt) in self.roster.doubts() {
            let at = number_of(&gateway);
            if self.asked.insert(at, doubt) != Some(doubt) {
                let question = Message::Question(at, (doubt, self.at()), self.answered.get(&at).copied());
                self.under_way.push(question);
            }
        }
    }

    /// Publishes once nobody is in doubt, and follows calls of gateways that are not.
    fn go_on(&mut self) {
        if self.roster.stale().is_empty() {
            while let Some(number) = self.publishing.pop_front() {
                self.said.push(number);
                for gateway in self.roster.gateways_of(&news()) {
                    self.under_way.push(Message::Event(number_of(&gateway), number));
                }
            }
        }
        let parked = std::mem::take(&mut self.parked);
        for (at, batch) in parked {
            self.follow(at, batch);
        }
    }

    fn keep(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Opened(_, gateway) => drop(self.kept.insert(gateway.clone())),
                Change::Closed(_, gateway) => drop(self.kept.remove(gateway)),
                _ => {}
            }
        }
    }

    fn follow(&mut self, at: usize, batch: Batch) {
        let gateway = name(at);
        let newest = self.newest.entry(at).or_default();
        *newest = batch.number.max(*newest);
        if *newest > batch.number {
            return;
        }
        let brings_nobody = batch.counts.unwrap_or(0) == 0 && batch.calls.iter().all(|call| *call == Call::Unsubscribe);
        if brings_nobody && !self.has_tables && !self.roster.stale().contains(&gateway) {
            self.answered.insert(at, batch.number);
            self.under_way.push(Message::Answers(at, batch.number, vec![None; batch.calls.len()]));
            return;
        }
        self.has_tables = true;
        if let Some(sockets) = batch.counts {
            let changes = self.roster.resync(&gateway, counts(sockets));
            self.keep(&changes);
        } else {
            if !self.leases.knows(&gateway, &self.roster, self.at()) {
                self.roster.suspect(&gateway);
            }
            if self.roster.stale().contains(&gateway) {
                self.parked.push((at, batch));
                return self.ask();
            }
        }
        let mut answers = Vec::new();
        for call in &batch.calls {
            let (changes, answer) = match call {
                Call::Subscribe(_) => {
                    let changes = self.roster.subscribe(&gateway, &news(), None, 100).expect("there is room");
                    (changes, Some(self.said.last().copied().unwrap_or(0) + 1))
                }
                Call::Unsubscribe => (self.roster.unsubscribe(&gateway, &news(), None), None),
            };
            self.keep(&changes);
            answers.push(answer);
        }
        self.answered.insert(at, batch.number);
        self.under_way.push(Message::Answers(at, batch.number, answers));
        self.go_on();
    }

    pub(super) fn arrive(&mut self, which: usize) {
        // Deliveries to a gateway are one at a time.
        // A gateway waits for an answer that it knows to be under way before it says how it stands.
        let is_first = |(at, message): &(usize, &Message)| match message {
            Message::Question(to, _, Some(answered)) => {
                self.gateways[*to].sent.as_ref().is_none_or(|(number, _)| number != answered)
            }
            Message::Event(to, _) => {
                !self.under_way[..*at].iter().any(|other| matches!(other, Message::Event(other, _) if other == to))
            }
            _ => true,
        };
        let ready: Vec<usize> = self.under_way.iter().enumerate().filter(is_first).map(|(at, _)| at).collect();
        if ready.is_empty() {
            return;
        }
        match self.under_way.remove(ready[which % ready.len()]) {
            Message::Calls(at, batch) => self.follow(at, batch),
            Message::Answers(at, number, answers) => self.answered(at, number, answers),
            Message::Question(at, asked, _) => {
                let now = self.now;
                let gateway = &mut self.gateways[at];
                let sockets = gateway.counts();
                gateway.is_told |= sockets > 0;
                gateway.lease_until = now + REPORT_LEASE_MS;
                self.under_way.push(Message::Standing(at, asked, sockets));
            }
            Message::Standing(at, (_, asked_at), _) if self.at().since(asked_at) > TIMEOUT_MS => {
                self.asked.remove(&at);
                self.ask();
            }
            Message::Standing(at, (doubt, asked_at), sockets) => {
                self.has_tables |= sockets > 0;
                if let Some(changes) = self.roster.answered(&name(at), doubt, counts(sockets)) {
                    self.leases.note(&name(at), asked_at, true);
                    self.keep(&changes);
                }
                self.go_on();
            }
            Message::Event(at, number) => {
                let gateway = &mut self.gateways[at];
                for (id, _) in gateway.listeners.iter().filter(|(_, from)| **from <= number) {
                    self.heard.entry(*id).or_default().push(number);
                }
                for early in gateway.pending.values_mut() {
                    early.push(number);
                }
                if gateway.listeners.is_empty() && gateway.pending.is_empty() && gateway.sent.is_none() {
                    gateway.is_doubtful = true;
                    self.send(at);
                }
            }
        }
    }

    /// The answer to a batch that was sent again is not waited for any more.
    fn answered(&mut self, at: usize, number: u64, answers: Vec<Option<u64>>) {
        let Some((_, calls)) = self.gateways[at].sent.take_if(|(sent, _)| *sent == number) else { return };
        for (call, answer) in calls.into_iter().zip(answers) {
            let (Call::Subscribe(id), Some(from)) = (call, answer) else { continue };
            let early = self.gateways[at].pending.remove(&id).unwrap_or_default();
            self.succeeded(at, id, from);
            self.heard.entry(id).or_default().extend(early.into_iter().filter(|number| *number >= from));
        }
        self.send(at);
        let gateway = &mut self.gateways[at];
        if gateway.sent.is_none() && gateway.listeners.is_empty() && gateway.pending.is_empty() {
            gateway.is_told = false;
        }
    }

    /// Calls and questions under way fail; a gateway tries again with a census. Whoever wanted to publish is told so. What
    /// was answered has arrived before the object is there again.
    pub(super) fn object_forgets(&mut self) {
        while let Some(at) = self.under_way.iter().position(|message| matches!(message, Message::Answers(..))) {
            let Message::Answers(gateway, number, answers) = self.under_way.remove(at) else { return };
            self.answered(gateway, number, answers);
        }
        let kept = self.kept.iter().map(|gateway| (news(), gateway.clone()));
        self.roster = Roster::reopen(kept, []);
        self.leases = Leases::default();
        self.asked.clear();
        self.answered.clear();
        self.publishing.clear();
        let parked: Vec<usize> = self.parked.drain(..).map(|(at, _)| at).collect();
        let is_lost = |message: &Message| matches!(message, Message::Question(..) | Message::Standing(..));
        self.under_way.retain(|message| !is_lost(message));
        for at in parked {
            self.try_again(at);
        }
    }

    /// A gateway has waited for too long, or what it sent is lost.
    pub(super) fn try_again(&mut self, at: usize) {
        self.next_batch += 1;
        let number = self.next_batch;
        let gateway = &mut self.gateways[at];
        let Some((sent, calls)) = &mut gateway.sent else { return };
        *sent = number;
        let calls = calls.clone();
        let counts = Some(gateway.counts());
        self.under_way.push(Message::Calls(at, Batch { number, counts, calls }));
    }

    pub(super) fn gateway_dies(&mut self, at: usize) {
        let asked = self.asked.get(&at).copied();
        self.under_way.retain(|message| message.gateway() != at);
        self.parked.retain(|(of, _)| *of != at);
        let old = std::mem::take(&mut self.gateways[at]);
        for id in old.listeners.keys().chain(old.pending.keys()) {
            self.due.remove(id);
        }
        let gateway = &mut self.gateways[at];
        (gateway.is_told, gateway.lease_until, gateway.is_doubtful) = (old.is_told, old.lease_until, old.is_told);
        if let Some(doubt) = asked {
            // A question that was lost with it is asked again.
            let asked_at = self.at();
            self.under_way.push(Message::Question(at, (doubt, asked_at), None));
        }
        self.send(at);
    }

    pub(super) fn settle(&mut self) {
        for turn in 0..10_000 {
            if self.under_way.is_empty() {
                return;
            }
            self.arrive(turn);
        }
        panic!("messages without end");
    }

    pub(super) fn check(&self) {
        for (id, first) in &self.due {
            let heard = self.heard.get(id).cloned().unwrap_or_default();
            let expected: Vec<u64> = self.said.iter().copied().filter(|number| number >= first).collect();
            let after: Vec<u64> = heard.iter().copied().filter(|number| number >= first).collect();
            assert_eq!(after, expected, "what {id} heard of what came after it");
            assert!(heard.windows(2).all(|two| two[0] < two[1]), "each once and in order: {heard:?}");
        }
        let listening: usize = self.gateways.iter().map(|gateway| gateway.listeners.len()).sum();
        assert_eq!(self.roster.subscription_count(&news()), u64::try_from(listening).expect("few"));
        assert!(self.gateways.iter().all(|gateway| gateway.pending.is_empty()), "everybody was answered");
    }
}
