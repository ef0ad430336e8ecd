//! Objects and their ledger, step by step in every order.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What is kept of a book.
#[derive(Default)]
struct Kept {
    leases: BTreeMap<String, Lease>,
    persons: BTreeMap<(String, UserId), u32>,
    messages: i64,
}

impl Kept {
    fn keep(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Lease(source, lease) => drop(self.leases.insert(source, lease)),
                Change::Gone(source) => {
                    self.leases.remove(&source);
                    self.persons.retain(|(at, _), _| *at != source);
                }
                Change::Person(source, user, 0) => drop(self.persons.remove(&(source, user))),
                Change::Person(source, user, count) => drop(self.persons.insert((source, user), count)),
                Change::Messages(total) => self.messages = total,
            }
        }
    }

    fn reopen(&self) -> Book {
        let persons = self.persons.iter().map(|((source, user), count)| (source.clone(), user.clone(), *count));
        Book::reopen(self.leases.clone(), persons, self.messages)
    }
}

/// An object: its holder, whose connections are open, and the tally under way.
#[derive(Default)]
struct Object {
    name: String,
    holder: Holder,
    open: Vec<UserId>,
    seated: Vec<UserId>,
    waiting: BTreeMap<u32, UserId>,
    under_way: Option<Tally>,
}

impl Object {
    fn connect(&mut self, user: &UserId, caps: Caps) {
        let open = u32::try_from(self.open.len()).expect("few");
        if self.holder.take_seat(user, open, caps) {
            self.seated.push(user.clone());
        } else {
            let ticket = self.holder.wait(user);
            self.waiting.insert(ticket, user.clone());
        }
    }

    fn write(&mut self, caps: Caps, now: Timestamp) {
        let connections = u32::try_from(self.open.len()).expect("few");
        let source = self.name.clone();
        // Every other one is a channel.
        let kind = if source.ends_with(['1', '3']) { Kind::Channel } else { Kind::Room };
        let here = Here { source: &source, kind, connections, people: 0, sent: 0, sent_counted: 0, caps };
        let open = self.open.clone();
        let of = |user: &UserId| u32::try_from(open.iter().filter(|one| *one == user).count()).expect("few");
        if let Some(tally) = self.holder.write(&here, now, of, || open.clone()) {
            self.under_way = Some(tally);
        }
    }

    fn hear(&mut self, told: Vec<(u32, Verdict)>) {
        for (ticket, verdict) in told {
            let user = self.waiting.remove(&ticket).expect("it waited");
            if verdict == Verdict::Admitted {
                self.seated.push(user);
            }
        }
    }

    fn holds(&self) -> usize {
        self.open.len() + self.seated.len()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Connect(usize, usize),
    Open(usize),
    GiveUp(usize),
    Close(usize, usize),
    Write(usize),
    Exchange(usize),
    AnswerIsLost(usize),
    ObjectForgets(usize),
    LedgerForgets,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (object, person) = (0..4_usize, 0..3_usize);
    let step = prop_oneof![
        6 => (object.clone(), person).prop_map(|(at, who)| Step::Connect(at, who)),
        4 => object.clone().prop_map(Step::Open),
        1 => object.clone().prop_map(Step::GiveUp),
        2 => (object.clone(), 0..8_usize).prop_map(|(at, which)| Step::Close(at, which)),
        5 => object.clone().prop_map(Step::Write),
        6 => object.clone().prop_map(Step::Exchange),
        1 => object.clone().prop_map(Step::AnswerIsLost),
        1 => object.prop_map(Step::ObjectForgets),
        1 => Just(Step::LedgerForgets),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// [I12] Objects that connect, close, ask, lose their memory; a ledger that loses its own; answers that come late
    /// or are lost after the ledger has taken the tally. Nobody is let in unasked here, so every lost answer turns its
    /// people away instead.
    #[test]
    fn no_order_of_events_lets_in_one_too_many(
        steps in steps(),
        app in prop::option::of(1..9_u32),
        person in prop::option::of(1..4_u32),
    ) {
        let caps = Caps { app, person };
        prop_assume!(caps.any());
        let (mut kept, mut book) = (Kept::default(), Book::default());
        let mut objects: Vec<Object> =
            (0..4).map(|number| Object { name: format!("object {number}"), ..Object::default() }).collect();
        for (now, step) in (1..).zip(steps) {
            let now = at(now);
            match step {
                Step::Connect(at, who) => objects[at].connect(&user(&who.to_string()), caps),
                Step::Open(at) => {
                    if let Some(user) = objects[at].seated.pop() {
                        objects[at].open.push(user.clone());
                        objects[at].holder.leave_seat(&user);
                    }
                }
                Step::GiveUp(at) => {
                    if let Some(user) = objects[at].seated.pop() {
                        objects[at].holder.leave_seat(&user);
                    }
                }
                Step::Close(at, which) => {
                    let object = &mut objects[at];
                    if which < object.open.len() {
                        let user = object.open.remove(which);
                        object.holder.changed(&user);
                    }
                }
                Step::Write(at) => objects[at].write(caps, now),
                Step::Exchange(at) => {
                    if let Some(tally) = objects[at].under_way.take() {
                        let (granted, changes) = book.take(&tally, now);
                        kept.keep(changes);
                        let told = objects[at].holder.answered(&granted, now);
                        objects[at].hear(told);
                    }
                }
                Step::AnswerIsLost(at) => {
                    if let Some(tally) = objects[at].under_way.take() {
                        let (_, changes) = book.take(&tally, now);
                        kept.keep(changes);
                        let object = &mut objects[at];
                        for (ticket, _) in object.holder.failed(now) {
                            let user = object.waiting.remove(&ticket).expect("it waited");
                            object.holder.leave_seat(&user);
                        }
                    }
                }
                Step::ObjectForgets(at) => {
                    let object = &mut objects[at];
                    (object.holder, object.under_way) = (Holder::default(), None);
                    object.seated.clear();
                    object.waiting.clear();
                }
                Step::LedgerForgets => book = kept.reopen(),
            }
            let held: usize = objects.iter().map(Object::holds).sum();
            prop_assert!(app.is_none_or(|cap| held <= cap as usize), "{held} of {app:?}");
            for who in 0..3 {
                let who = user(&who.to_string());
                let theirs = |object: &Object| {
                    object.open.iter().chain(&object.seated).filter(|one| **one == who).count()
                };
                let held: usize = objects.iter().map(theirs).sum();
                prop_assert!(person.is_none_or(|cap| held <= cap as usize), "{held} of {person:?}");
            }
        }
        // And once everything has closed and been told, there is room for as many as are allowed.
        for (now, object) in (1_000..).zip(&mut objects) {
            object.open.clear();
            for user in std::mem::take(&mut object.seated) {
                object.holder.leave_seat(&user);
            }
            for _ in 0..2 {
                object.write(caps, at(now));
                if let Some(tally) = object.under_way.take() {
                    let told = object.holder.answered(&book.take(&tally, at(now)).0, at(now));
                    object.hear(told);
                }
                for user in std::mem::take(&mut object.seated) {
                    object.holder.leave_seat(&user);
                }
            }
            object.holder = Holder::default();
            object.write(caps, at(now + 10_000));
            book.take(&object.under_way.take().expect("written"), at(now + 10_000));
        }
        let (granted, _) = book.take(&Tally { caps, ..wanting("new", 20_000, 0, 1, 1) }, at(20_000));
        prop_assert_eq!(granted.verdicts, [Verdict::Admitted]);
        prop_assert_eq!(stats(&mut book, 20_000).connections, 1);
    }
}
