//! After the PIN that means duress: guards know, and whoever raised the alert sees what a real cancellation looks like.

use super::*;

/// What the person who raised an alert is shown of it, and of its timeline, at every second of `seconds`.
fn shown(alert: &Alert, timeline: &[Entry], seconds: std::ops::Range<i64>) -> Vec<Value> {
    let entries = Entry::timeline_for_owner(timeline.to_vec(), alert.duress_at);
    let entries = serde_json::to_value(entries).unwrap();
    let payloads = seconds.map(|second| alert.payload(Viewer::Owner, Language::En, at(second)));
    payloads.map(|payload| json!({"alert": payload, "timeline": entries})).collect()
}

/// An alert with its timeline.
struct Story(Alert, Vec<Entry>);

impl Story {
    fn begin() -> Self {
        let (alert, decision) = Alert::raise(new_alert(), owner(), &settings(&[5, 10], 3, 60), START);
        Self(alert, decision.noted.into_iter().map(|noted| noted.entry).collect())
    }

    fn take_in(&mut self, decision: Decision) {
        self.1.extend(decision.noted.into_iter().map(|noted| noted.entry));
    }

    fn act(&mut self, act: Act, by: Who, seconds: i64) {
        let decision = self.0.act(act, by, at(seconds)).unwrap();
        self.take_in(decision);
    }

    fn tick(&mut self, seconds: i64) {
        let decision = self.0.tick(at(seconds));
        assert_ne!(decision, Decision::default(), "nothing was due");
        self.take_in(decision);
    }

    fn shown(&self) -> Vec<Value> {
        shown(&self.0, &self.1, 50..400)
    }
}

fn somewhere(seconds: i64) -> Location {
    Location { string: Some("Basement".to_owned()), at: at(seconds), ..new_alert().location.unwrap() }
}

/// Two alerts with the same beginning, at 50 seconds one is cancelled with each PIN.
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
fn a_duress_pin_and_the_right_one_look_the_same_whatever_happened_before() {
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
            story.take_in(decision);
        },
    ];
    for beginning in beginnings {
        let (cancelled, duress) = twins(beginning);
        assert_eq!((cancelled.0.status, duress.0.is_open()), (Status::Cancelled, true));
        assert_eq!(duress.shown(), cancelled.shown());
        assert!(!format!("{:?}", duress.shown()).contains("duress"));
    }
}

/// [I15] Later changes do not show either.
#[test]
fn whatever_guards_and_time_do_later_does_not_show() {
    let (cancelled, mut duress) = twins(|story| story.act(Act::Acknowledge, ana(), 10));
    assert!(duress.0.locate(somewhere(55), at(55)), "guards follow them");
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
fn whatever_the_person_does_next_is_answered_alike() {
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
        // Also when guards have ended it meanwhile.
        duress.act(Act::Resolve(because("police")), ana(), 70);
        assert_eq!(duress.0.act(act.clone(), owner(), at(80)), answers[1], "{act:?}");
    }
}

#[test]
fn guards_see_that_it_is_open_and_why_and_are_paged() {
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
    assert_eq!(alert.due_at(), Some(at(30)), "it escalates as before");
}

#[test]
fn pressing_again_asks_for_help_where_it_can_be_seen() {
    let (_, mut duress) = twins(|_| ());
    // Also at once: this is no thumb that trembles.
    let decision = duress.0.press_again(new_alert(), owner(), at(50));
    assert_eq!(names(&decision), ["pressed_again"]);
    duress.take_in(decision);
    let seen = duress.0.payload(Viewer::Owner, Language::En, at(60));
    assert_eq!((&seen["status"], &seen["presses"]), (&json!("triggered"), &json!(2)));
    let entries = Entry::timeline_for_owner(duress.1.clone(), duress.0.duress_at);
    assert_eq!(names_of(&entries), ["triggered", "pressed_again"]);
    // And once more under duress: what was hidden stays hidden.
    duress.act(cancel(Verdict::Duress), owner(), 70);
    let entries = Entry::timeline_for_owner(duress.1, duress.0.duress_at);
    assert_eq!(names_of(&entries), ["triggered", "pressed_again", "cancelled"]);
}

#[test]
fn an_alert_that_forgot_what_was_shown_shows_nothing_that_came_later() {
    let (_, mut duress) = twins(|_| ());
    duress.act(Act::Acknowledge, ana(), 60);
    duress.0.pretence = None;
    let seen = duress.0.payload(Viewer::Owner, Language::En, at(60));
    assert_eq!((&seen["status"], &seen["acknowledged_by"]), (&json!("cancelled"), &Value::Null));
}
