//! Property tests of objects and their registry, with steps in random order.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The registry with the leases and connections per user that its object stores.
#[derive(Default)]
struct StoredRegistry {
    registry: Registry,
    leases: BTreeMap<String, Lease>,
    per_user: BTreeMap<(String, UserId), u32>,
}

impl StoredRegistry {
    fn take(&mut self, report: &Report, now: Timestamp) -> Answer {
        let (mut answer, changes) = self.registry.take(report, now);
        for change in changes {
            match change {
                RegistryChange::Lease(source, lease) => drop(self.leases.insert(source, lease)),
                RegistryChange::Gone(source) => {
                    self.leases.remove(&source);
                    self.per_user.retain(|(at, _), _| *at != source);
                }
                RegistryChange::Messages(_) => {}
            }
        }
        if answer.turn == report.turn {
            if !matches!(report.holders, People::Changed(_)) {
                self.per_user.retain(|(at, _), _| *at != report.source);
            }
            for (user, count) in report.holders.named() {
                self.per_user.insert((report.source.clone(), user.clone()), *count);
            }
            let named = report.holders.named().iter().map(|(user, _)| (user.clone(), self.total(user)));
            answer.people = named.collect();
        }
        answer
    }

    fn total(&self, user: &UserId) -> u64 {
        self.per_user.iter().filter(|((_, of), _)| of == user).map(|(_, count)| u64::from(*count)).sum()
    }

    fn forget(&mut self) {
        self.registry = Registry::reopen(self.leases.clone(), 0);
    }
}

/// An object: its reporter, its open connections with their confirmation, and the report in flight.
#[derive(Default)]
struct Object {
    name: String,
    reporter: Reporter,
    open: BTreeMap<u32, (UserId, bool)>,
    last_id: u32,
    in_flight: Option<(Report, u32)>,
}

impl Object {
    fn list(&self) -> Connections {
        self.open.iter().map(|(id, (user, _))| (*id, Some(user.clone()))).collect()
    }

    fn count(&self, which: impl Fn(&UserId, bool) -> bool) -> usize {
        self.open.values().filter(|(user, is_confirmed)| which(user, *is_confirmed)).count()
    }

    fn connect(&mut self, user: &UserId, quota: Quota, now: Timestamp) {
        let few = |count: usize| u32::try_from(count).expect("few");
        let theirs = few(self.count(|of, _| of == user));
        if self.reporter.admit(few(self.open.len()), Some((user, theirs)), quota, now).is_ok() {
            self.last_id += 1;
            self.open.insert(self.last_id, (user.clone(), false));
            self.reporter.opened(self.last_id, Some(user), quota);
        }
    }

    fn close(&mut self, id: u32) {
        if let Some((user, _)) = self.open.remove(&id) {
            self.reporter.changed(Some(&user));
        }
    }

    fn write(&mut self, quota: Quota, now: Timestamp) {
        let connections = u32::try_from(self.open.len()).expect("few");
        // Every second object is a channel.
        let kind = if self.name.ends_with(['1', '3']) { Kind::Channel } else { Kind::Room };
        let source = self.name.clone();
        let here = Here { source: &source, kind, connections, people: 0, sent: 0, sent_counted: 0, quota };
        let list = self.list();
        if let Some(report) = self.reporter.write(&here, now, || list) {
            self.in_flight = Some((report, self.last_id));
        }
    }

    fn process_answer(&mut self, report: &Report, up_to: u32, answer: &Answer, now: Timestamp) {
        let list = self.list();
        for (id, _) in self.reporter.answered(report, answer, || list, now) {
            assert!(!self.open[&id].1, "a confirmed connection must not be closed");
            self.close(id);
        }
        if answer.turn == report.turn {
            self.open.range_mut(..=up_to).for_each(|(_, (_, is_confirmed))| *is_confirmed = true);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Connect(usize, usize),
    Close(usize, usize),
    Write(usize),
    Exchange(usize),
    ObjectForgets(usize),
    RegistryForgets,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (object, person) = (0..4_usize, 0..3_usize);
    let step = prop_oneof![
        6 => (object.clone(), person).prop_map(|(at, who)| Step::Connect(at, who)),
        2 => (object.clone(), 0..8_usize).prop_map(|(at, which)| Step::Close(at, which)),
        5 => object.clone().prop_map(Step::Write),
        6 => object.clone().prop_map(Step::Exchange),
        1 => object.prop_map(Step::ObjectForgets),
        1 => Just(Step::RegistryForgets),
        1 => (1..3_000_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Objects open and close connections, report and lose their memory; the registry loses its memory; totals have
    /// any age.
    #[test]
    fn confirmed_connections_never_exceed_the_maximum_and_the_rest_is_closed(
        steps in steps(),
        app in prop::option::of(1..9_u32),
        person in prop::option::of(1..4_u32),
    ) {
        let quota = Quota { app, person };
        prop_assume!(quota.any());
        let within = |count: usize, most: Option<u32>| most.is_none_or(|most| count <= most as usize);
        let mut stored = StoredRegistry::default();
        let mut objects: Vec<Object> =
            (0..4).map(|number| Object { name: format!("object {number}"), ..Object::default() }).collect();
        let mut now = at(1);
        for step in steps {
            now = now.plus_millis(1);
            match step {
                Step::Connect(at, who) => objects[at].connect(&user(&who.to_string()), quota, now),
                Step::Close(at, which) => {
                    let id = objects[at].open.keys().nth(which).copied();
                    objects[at].close(id.unwrap_or(0));
                }
                Step::Write(at) => objects[at].write(quota, now),
                Step::Exchange(at) => {
                    if let Some((report, up_to)) = objects[at].in_flight.take() {
                        let answer = stored.take(&report, now);
                        objects[at].process_answer(&report, up_to, &answer, now);
                    }
                }
                Step::ObjectForgets(at) => {
                    // An object hibernates only without a report in flight and without unconfirmed connections.
                    let object = &mut objects[at];
                    if object.in_flight.is_none() && object.count(|_, is_confirmed| !is_confirmed) == 0 {
                        object.reporter = Reporter::default();
                    }
                }
                Step::RegistryForgets => stored.forget(),
                Step::Wait(millis) => now = now.plus_millis(millis),
            }
            let confirmed: usize = objects.iter().map(|object| object.count(|_, is_confirmed| is_confirmed)).sum();
            prop_assert!(within(confirmed, app), "{confirmed} confirmed of {app:?}");
            for object in &objects {
                prop_assert!(within(object.open.len(), app), "{} in one object of {app:?}", object.open.len());
            }
            for who in (0..3).map(|who| user(&who.to_string())) {
                let confirmed: usize =
                    objects.iter().map(|object| object.count(|of, is_confirmed| *of == who && is_confirmed)).sum();
                prop_assert!(within(confirmed, person), "{confirmed} confirmed of {person:?}");
                for object in &objects {
                    let here = object.count(|of, _| *of == who);
                    prop_assert!(within(here, person), "{here} in one object of {person:?}");
                }
            }
        }
        // Once all objects have reported, the maximum holds exactly and the registry's totals are exact.
        for _ in 0..2 {
            for object in &mut objects {
                now = now.plus_millis(1);
                if object.in_flight.is_none() {
                    object.write(quota, now);
                }
                let (report, up_to) = object.in_flight.take().expect("a report in flight");
                let answer = stored.take(&report, now);
                object.process_answer(&report, up_to, &answer, now);
            }
        }
        for object in &mut objects {
            now = now.plus_millis(1);
            object.write(quota, now);
            let (report, _) = object.in_flight.take().expect("a report in flight");
            stored.take(&report, now);
        }
        let open: usize = objects.iter().map(|object| object.open.len()).sum();
        prop_assert!(within(open, app), "{open} of {app:?}");
        prop_assert_eq!(stats(&mut stored.registry, now.millis()).connections, open as u64);
        for who in (0..3).map(|who| user(&who.to_string())) {
            let theirs: usize = objects.iter().map(|object| object.count(|of, _| *of == who)).sum();
            prop_assert!(within(theirs, person), "{theirs} of {person:?}");
            prop_assert_eq!(stored.total(&who), theirs as u64);
        }
        // After all connections closed, all totals are 0.
        for object in &mut objects {
            now = now.plus_millis(1);
            object.open.clear();
            object.reporter = Reporter::default();
            object.write(quota, now);
            let (report, _) = object.in_flight.take().expect("a report in flight");
            stored.take(&report, now);
        }
        prop_assert_eq!(stats(&mut stored.registry, now.millis()).connections, 0);
        prop_assert!(stored.per_user.values().all(|count| *count == 0));
    }
}
