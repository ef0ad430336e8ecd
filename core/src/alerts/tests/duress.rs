//! Duress PIN: guards see it; the owner's view equals that of a real cancellation.

use super::*;

/// What the owner sees of the alert and its timeline, at every second of `seconds`.
fn shown(alert: &Alert, timeline: &[Entry], seconds: std::ops::Range<i64>) -> Vec<Value> {
    let entries = timeline_for_owner(timeline.to_vec(), alert.duress_at);
    let entries = serde_json::to_value(entries).unwrap();
    let payloads = seconds.map(|second| alert.payload(Viewer::Owner, Language::En, at(second)));
    payloads.map(|payload| json!({"alert": payload, "timeline": entries})).collect()
}

/// An alert and its timeline.
struct Story(Alert, Vec<Entry>);

impl Story {
    fn begin() -> Self {
        let (alert, decision) = Alert::raise(new_alert(), owner(), &settings(&[5, 10], 3, 60), START);
        Self(alert, decision.noted.into_iter().map(|noted| noted.entry).collect())
    }

    fn apply(&mut self, decision: Decision) {
        self.1.extend(decision.noted.into_iter().map(|noted| noted.entry));
    }

    fn act(&mut self, act: Act, by: Who, seconds: i64) {
        let decision = self.0.act(act, by, at(seconds)).unwrap();
        self.apply(decision);
    }

    fn tick(&mut self, seconds: i64) {
        let decision = self.0.tick(at(seconds));
        assert_ne!(decision, Decision::default(), "a step was due");
        self.apply(decision);
    }

    fn shown(&self) -> Vec<Value> {
        shown(&self.0, &self.1, 50..400)
    }
}

fn somewhere(seconds: i64) -> Location {
    Location { string: Some("Basement".to_owned()), at: at(seconds), ..new_alert().location.unwrap() }
}

/// Two alerts with the same history: at 50 seconds one is cancelled with the right PIN, one with the duress PIN.
fn twins(beginning: impl Fn(&mut Story)) -> (Story, Story) {
    let twin = |verdict| {
        let mut story = Story::begin();
        beginning(&mut story);
        story.act(cancel(verdict), owner(), 50);
        story
    };
    (twin(Verdict::Right), twin(Verdict::Duress))
}

/// [I15] The owner's payload and timeline are those of a cancelled alert.
#[test]
fn after_every_history_both_pins_show_the_owner_the_same() {
    let beginnings: [&dyn Fn(&mut Story); 5] = [
        &|_| (),
        &|story| story.tick(5),
        &|story| story.act(Act::Acknowledge, ana(), 10),
        &|story| {
            story.tick(5);
            story.act(Act::Respond, ana(), 8);
            story.act(cancel(Verdict::Wrong), owner(), 9);
        },
        &|story| {
            story.act(Act::Acknowledge, ana(), 1);
            assert!(story.0.locate(somewhere(20), at(20)));
            let decision = story.0.press_again(new_alert(), owner(), at(30));
            story.apply(decision);
        },
    ];
    for beginning in beginnings {
        let (cancelled, duress) = twins(beginning);
        assert_eq!((cancelled.0.status, duress.0.is_open()), (Status::Cancelled, true));
        assert_eq!(duress.shown(), cancelled.shown());
        assert!(!format!("{:?}", duress.shown()).contains("duress"));
    }
}

/// [I15] Later changes are hidden, too.
#[test]
fn later_changes_are_hidden_from_the_owner() {
    let (cancelled, mut duress) = twins(|story| story.act(Act::Acknowledge, ana(), 10));
    assert!(duress.0.locate(somewhere(55), at(55)), "guards still get new places");
    duress.tick(70);
    assert_eq!(duress.shown(), cancelled.shown());
    duress.tick(75);
    duress.act(Act::Respond, ben(), 80);
    assert_eq!(duress.shown(), cancelled.shown());
    duress.act(Act::Resolve(because("police")), ben(), 90);
    assert_eq!(duress.shown(), cancelled.shown());
    assert_eq!(
        names_of(&duress.1),
        ["triggered", "acknowledged", "duress", "lapsed", "escalated", "responding", "resolved"]
    );
}

fn names_of(entries: &[Entry]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.what.name()).collect()
}

#[test]
fn later_actions_of_the_owner_get_the_same_answers() {
    let acts = [
        cancel(Verdict::Right),
        cancel(Verdict::Wrong),
        cancel(Verdict::Missing),
        cancel(Verdict::Duress),
        Act::Acknowledge,
        Act::Respond,
        Act::Resolve(because("over")),
        Act::FalseAlarm(because("over")),
    ];
    for act in acts {
        let (mut cancelled, mut duress) = twins(|story| story.tick(5));
        let answers = [&mut cancelled, &mut duress].map(|story| story.0.act(act.clone(), owner(), at(60)));
        assert_eq!(answers[0], answers[1], "{act:?}");
        assert_eq!(duress.shown(), cancelled.shown());
        // The same after a guard has closed the alert.
        duress.act(Act::Resolve(because("police")), ana(), 70);
        assert_eq!(duress.0.act(act.clone(), owner(), at(80)), answers[1], "{act:?}");
    }
}

#[test]
fn guards_see_the_duress_and_are_paged() {
    let (_, duress) = twins(|story| story.act(Act::Acknowledge, ana(), 10));
    let seen = duress.0.payload(Viewer::Guard, Language::En, at(60));
    assert_eq!(
        (&seen["status"], &seen["duress"], &seen["reason"]),
        (&json!("acknowledged"), &json!(true), &Value::Null)
    );
    let mut alert = raised();
    let decision = alert.act(cancel(Verdict::Duress), owner(), at(5)).unwrap();
    let Noted { entry, page } = &decision.noted[0];
    assert_eq!(entry.what, What::Duress { reason: Some("by mistake".to_owned()) });
    assert_eq!((page.as_ref(), decision.tell), (Some(&Page::guards()), Some(wire::AlertEvent::Updated)));
    assert_eq!(alert.due_at(), Some(at(30)), "the escalation continues");
}

#[test]
fn pressing_again_ends_the_pretence() {
    let (_, mut duress) = twins(|_| ());
    // Even within a second of the last press: the debounce does not apply.
    let decision = duress.0.press_again(new_alert(), owner(), at(50));
    assert_eq!(names(&decision), ["pressed_again"]);
    duress.apply(decision);
    let seen = duress.0.payload(Viewer::Owner, Language::En, at(60));
    assert_eq!((&seen["status"], &seen["presses"]), (&json!("triggered"), &json!(2)));
    let entries = timeline_for_owner(duress.1.clone(), duress.0.duress_at);
    assert_eq!(names_of(&entries), ["triggered", "pressed_again"]);
    // Another duress PIN: entries that were hidden stay hidden.
    duress.act(cancel(Verdict::Duress), owner(), 70);
    let entries = timeline_for_owner(duress.1, duress.0.duress_at);
    assert_eq!(names_of(&entries), ["triggered", "pressed_again", "cancelled"]);
}

#[test]
fn without_a_stored_pretence_later_changes_stay_hidden() {
    let (_, mut duress) = twins(|_| ());
    duress.act(Act::Acknowledge, ana(), 60);
    duress.0.pretence = None;
    let seen = duress.0.payload(Viewer::Owner, Language::En, at(60));
    assert_eq!((&seen["status"], &seen["acknowledged_by"]), (&json!("cancelled"), &Value::Null));
}
