//! Property tests: invariants of an alert under random actions and delays.

use super::*;
use proptest::prelude::*;

/// An event in a history.
#[derive(Debug, Clone)]
enum Step {
    /// A guard or the owner acts.
    Act(usize, Deed),
    /// The owner tries to cancel with a PIN.
    Cancel(Verdict),
    PressAgain,
    /// The owner presses after a cancellation.
    Reopen,
    Locate,
    /// The timer is checked.
    Tick,
    /// This many milliseconds pass.
    Wait(i64),
    /// Time passes until a step is due.
    WaitUntilDue,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Acknowledge,
    Respond,
    Resolve,
    FalseAlarm,
}

fn step() -> impl Strategy<Value = Step> {
    let taking = prop_oneof![Just(Deed::Acknowledge), Just(Deed::Respond)];
    let ending = prop_oneof![Just(Deed::Resolve), Just(Deed::FalseAlarm)];
    let verdict = prop_oneof![
        1 => Just(Verdict::Right),
        1 => Just(Verdict::NotNeeded),
        4 => Just(Verdict::Missing),
        4 => Just(Verdict::Wrong),
        6 => Just(Verdict::Duress),
    ];
    prop_oneof![
        6 => (0..4_usize, taking).prop_map(|(who, deed)| Step::Act(who, deed)),
        1 => (0..4_usize, ending).prop_map(|(who, deed)| Step::Act(who, deed)),
        3 => verdict.prop_map(Step::Cancel),
        3 => Just(Step::PressAgain),
        3 => Just(Step::Reopen),
        3 => Just(Step::Locate),
        6 => Just(Step::Tick),
        3 => (0..100_000_i64).prop_map(Step::Wait),
        6 => Just(Step::WaitUntilDue),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    let after = prop::collection::vec(5..120_u32, 0..4);
    (after, 0..3_u32, prop_oneof![Just(0_u32), 5..600_u32])
        .prop_map(|(after, repeat, stale_after_s)| settings(&after, repeat, stale_after_s).escalation)
}

/// An alert, its timeline, and what the test expects of it.
struct World {
    now: Timestamp,
    alert: Alert,
    timeline: Vec<Entry>,
    policy: Policy,
    /// The alert when it was closed.
    ended: Option<Alert>,
}

fn actor(number: usize) -> Who {
    if number == 0 { owner() } else { who(&format!("{}", 19 + number), "Guard") }
}

impl World {
    fn new(policy: Policy) -> Self {
        let settings = AlertSettings { escalation: policy.clone(), ..AlertSettings::default() };
        let (alert, decision) = Alert::raise(new_alert(), owner(), &settings, START);
        let timeline = decision.noted.into_iter().map(|noted| noted.entry).collect();
        Self { now: START, alert, timeline, policy, ended: None }
    }

    /// Checks a decision and appends its entries.
    fn apply(&mut self, decision: Decision) {
        assert_eq!(decision.tell.is_none(), decision == Decision::default(), "every entry comes with an event");
        for Noted { entry, page } in decision.noted {
            assert_eq!(entry.at, self.now);
            let pages = matches!(entry.what, What::Triggered { .. } | What::Escalated { .. } | What::Lapsed);
            assert!(!pages || page.is_some(), "{entry:?} pages nobody");
            self.timeline.push(entry);
        }
    }

    fn act(&mut self, act: Act, by: Who) {
        let before = self.alert.clone();
        match self.alert.act(act, by, self.now) {
            Ok(decision) => self.apply(decision),
            Err(_) => assert_eq!(self.alert, before, "a refusal changes nothing"),
        }
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Act(number, deed) => {
                let act = match deed {
                    Deed::Acknowledge => Act::Acknowledge,
                    Deed::Respond => Act::Respond,
                    Deed::Resolve => Act::Resolve(because("attended")),
                    Deed::FalseAlarm => Act::FalseAlarm(because("a cat")),
                };
                self.act(act, actor(*number));
            }
            Step::Cancel(verdict) => self.act(cancel(*verdict), owner()),
            Step::PressAgain => {
                let decision = self.alert.press_again(new_alert(), owner(), self.now);
                self.apply(decision);
            }
            Step::Reopen if self.alert.reopens(60, self.now) => {
                let decision = self.alert.reopen(new_alert(), self.now);
                self.ended = None;
                self.apply(decision);
            }
            Step::Reopen => {}
            Step::Locate => {
                let there = Location { at: self.now, ..new_alert().location.unwrap() };
                let is_open = self.alert.is_open();
                assert!(!self.alert.locate(there, self.now) || is_open);
            }
            Step::Tick => {
                let is_due = self.alert.due_at().is_some_and(|due| due <= self.now);
                let decision = self.alert.tick(self.now);
                assert_eq!(decision != Decision::default(), is_due);
                self.apply(decision);
                assert_eq!(self.alert.tick(self.now), Decision::default(), "a step is done once");
            }
            Step::Wait(millis) => self.now = self.now.plus_millis(*millis),
            Step::WaitUntilDue => self.now = self.alert.due_at().map_or(self.now, |due| due.max(self.now)),
        }
    }

    fn is_exhausted(&self) -> bool {
        let ends =
            |entry: &&Entry| !matches!(entry.what, What::WrongPin | What::Duress { .. } | What::PressedAgain { .. });
        self.timeline.iter().rfind(ends).is_some_and(|entry| entry.what == What::Exhausted)
    }

    fn check(&mut self) {
        let alert = &self.alert;
        let numbers: Vec<u32> = self.timeline.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=alert.entries).collect::<Vec<_>>());
        assert_eq!(alert.escalation.policy, self.policy);
        let is_taken = matches!(alert.status, Status::Acknowledged | Status::Responding);
        if alert.is_open() {
            assert_eq!(alert.acknowledged_by.is_some(), is_taken, "`acknowledged_by` matches the status");
            assert!(alert.closed_at.is_none() && alert.closed_by.is_none());
            assert_eq!(alert.responding_at.is_some(), alert.status == Status::Responding);
        } else {
            assert!(alert.closed_at.is_some() && alert.closed_by.is_some() && alert.due_at().is_none());
            let ended = self.ended.get_or_insert_with(|| alert.clone());
            assert_eq!(ended, alert, "a closed alert does not change");
        }
        assert_eq!(alert.acknowledged_by.is_some(), alert.acknowledged_at.is_some());
        if alert.status == Status::Triggered && !self.policy.steps.is_empty() && !self.is_exhausted() {
            assert!(alert.due_at().is_some(), "an unacknowledged alert has a due step");
        }
        if is_taken {
            assert_eq!(alert.due_at().is_some(), self.policy.stale_after_s > 0);
        }
        let shown = self.alert.payload(Viewer::Owner, Language::En, at(1_000));
        assert!(!shown.to_string().contains("duress"));
        assert_eq!(self.alert.is_apart, self.alert.duress_at.is_some());
        let kept = serde_json::to_string(&self.alert).unwrap();
        assert_eq!(serde_json::from_str::<Alert>(&kept).unwrap(), self.alert);
    }
}

proptest! {
    #[test]
    fn invariants_hold_for_every_history(policy in policy(), steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new(policy);
        for step in &steps {
            world.play(step);
            world.check();
        }
    }

    /// [I14] One guard gets an alert, in any order of attempts.
    #[test]
    fn two_guards_never_have_one_alert(order in prop::collection::vec(1..4_usize, 1..40)) {
        let mut alert = raised();
        let winners: Vec<usize> = order
            .into_iter()
            .filter(|number| alert.act(Act::Acknowledge, actor(*number), at(1)).is_ok())
            .collect();
        prop_assert!(winners.iter().all(|winner| *winner == winners[0]));
    }
}
