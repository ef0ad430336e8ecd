//! Timers: who is paged and when, and that a late or repeated tick does one step only.

use super::*;

/// Ticks at every second and returns the resulting entries.
fn watch(alert: &mut Alert, seconds: std::ops::Range<i64>) -> Vec<(i64, &'static str)> {
    let entries = |seconds, decision: &Decision| names(decision).into_iter().map(move |name| (seconds, name)).collect();
    seconds.flat_map(|seconds| -> Vec<_> { entries(seconds, &alert.tick(at(seconds))) }).collect()
}

#[test]
fn the_default_policy_pages_eighteen_times_and_then_is_exhausted() {
    let mut alert = raised();
    let steps = watch(&mut alert, 0..86_400);
    let rounds = (0..6_i64).flat_map(|round| [30, 90, 210].map(|after| (round * 210 + after, "escalated")));
    let expected: Vec<_> = rounds.chain([(6 * 210 + 120, "exhausted")]).collect();
    assert_eq!(steps, expected);
    assert_eq!((alert.status, alert.escalation.level, alert.due_at()), (Status::Triggered, 18, None));
}

#[test]
fn every_step_pages_its_recipients() {
    let mut settings = settings(&[5, 10], 0, 0);
    let boss = Page { people: vec![UserId::trusted("9")], webhooks: true, ..Page::default() };
    settings.escalation.steps[1].page = boss.clone();
    let mut alert = raised_by(&settings);
    for (seconds, level, page) in [(5, 1, Page::guards()), (15, 2, boss)] {
        let noted = alert.tick(at(seconds)).noted.remove(0);
        assert_eq!(noted.page.as_ref(), Some(&page));
        assert_eq!((noted.entry.what, noted.entry.by), (What::Escalated { level, page }, None));
    }
}

#[test]
fn a_tick_a_week_late_is_one_step() {
    let mut alert = raised();
    let late = 7 * 86_400;
    assert_eq!(names(&alert.tick(at(late))), ["escalated"]);
    assert_eq!(alert.tick(at(late)), Decision::default());
    assert_eq!((alert.escalation.level, alert.due_at()), (1, Some(at(late + 60))));
}

/// [I14] Each step is done once.
#[test]
fn a_step_is_not_repeated() {
    let mut alert = raised();
    assert_eq!(names(&alert.tick(at(30))), ["escalated"]);
    let after = alert.clone();
    for seconds in [0, 29, 30, 31, 89] {
        assert_eq!(alert.tick(at(seconds)), Decision::default());
    }
    assert_eq!(alert, after);
}

#[test]
fn an_acknowledgement_lapses_and_the_guards_are_paged_again() {
    let mut alert = raised_by(&settings(&[30, 60], 0, 600));
    assert_eq!(names(&alert.tick(at(30))), ["escalated"]);
    alert.act(Act::Acknowledge, ana(), at(40)).unwrap();
    alert.act(Act::Respond, ana(), at(100)).unwrap();
    assert_eq!(watch(&mut alert, 41..700), []);
    let decision = alert.tick(at(700));
    assert_eq!(decision.tell, Some(wire::AlertEvent::Updated));
    let Noted { entry, page } = &decision.noted[0];
    assert_eq!((&entry.what, entry.by.as_ref(), page.as_ref()), (&What::Lapsed, Some(&ana()), Some(&Page::guards())));
    assert_eq!((alert.status, alert.acknowledged_by.as_ref()), (Status::Triggered, None));
    assert_eq!((alert.acknowledged_at, alert.responding_at), (None, None));
    // The steps start again; the level continues.
    assert_eq!(watch(&mut alert, 700..2_000), [(730, "escalated"), (790, "escalated"), (850, "exhausted")]);
    assert_eq!(alert.escalation.level, 3);
    assert_eq!(names(&alert.act(Act::Acknowledge, ben(), at(2_001)).unwrap()), ["acknowledged"]);
    assert_eq!(alert.due_at(), Some(at(2_601)));
}

#[test]
fn without_a_stale_limit_an_acknowledgement_never_lapses() {
    let mut alert = raised_by(&settings(&[30], 0, 0));
    alert.act(Act::Acknowledge, ana(), at(10)).unwrap();
    assert_eq!(alert.due_at(), None);
    assert_eq!(watch(&mut alert, 10..86_400), []);
}

#[test]
fn a_policy_without_steps_pages_nobody() {
    let mut alert = raised_by(&settings(&[], 3, 60));
    assert_eq!(alert.due_at(), None);
    assert_eq!(watch(&mut alert, 0..86_400), []);
}

#[test]
fn a_closed_alert_is_never_due() {
    let acts = [Act::Resolve(Cause::default()), Act::FalseAlarm(because("a cat")), cancel(Verdict::NotNeeded)];
    for act in acts {
        let mut alert = raised();
        alert.act(act, owner(), at(10)).unwrap();
        assert_eq!(alert.due_at(), None);
        assert_eq!(watch(&mut alert, 0..86_400), []);
    }
}

#[test]
fn an_alert_keeps_its_first_policy() {
    let first = settings(&[30], 0, 600);
    let mut alert = raised_by(&first);
    alert.act(Act::Acknowledge, ana(), at(10)).unwrap();
    alert.tick(at(610));
    assert_eq!(alert.escalation.policy, first.escalation);
    assert_eq!(watch(&mut alert, 610..5_000), [(640, "escalated"), (670, "exhausted")]);
}

#[track_caller]
fn check(policy: &Value, refusal: Option<&str>) {
    assert_eq!(Policy::read(policy).err().as_deref(), refusal, "{policy}");
}

fn policy_with(page: &Value) -> Value {
    json!({"steps": [{"after_s": 30, "page": page}]})
}

fn people(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

#[test]
fn valid_policies_are_accepted() {
    let steps = |count: usize| vec![json!({"after_s": 5, "page": {"webhooks": true}}); count];
    check(&json!({"steps": []}), None);
    check(&json!({"steps": steps(MAX_STEPS), "repeat": 100, "stale_after_s": 86_400}), None);
    check(&json!({"steps": [{"after_s": 86_400, "page": {"groups": ["night-shift_2"]}}], "stale_after_s": 5}), None);
    check(&policy_with(&json!({"people": people(MAX_PEOPLE)})), None);
    check(&policy_with(&json!({"people": [9, "ana"]})), None);
    let default = serde_json::to_value(Policy::default()).unwrap();
    assert_eq!(Policy::read(&default), Ok(Policy::default()));
}

#[test]
fn invalid_policies_are_refused_without_repeating_a_value() {
    const SHAPE: &str =
        "is not a policy: {steps: [{after_s, page: {groups, people, webhooks}}], repeat, stale_after_s}";
    const AFTER: &str = "has a step whose after_s is not from 5 to 86400";
    const STALE: &str = "has a stale_after_s that is not 0 or from 5 to 86400";
    const GROUP: &str = "names a group that is not 1 to 32 small letters, digits, - and _";
    let shapes = [
        json!(null),
        json!([]),
        json!({}),
        json!({"steps": {}}),
        json!({"steps": [], "secret": 1}),
        json!({"steps": [{"after_s": 30}]}),
        json!({"steps": [{"after_s": -1, "page": {"webhooks": true}}]}),
        json!({"steps": [{"after_s": 30.5, "page": {"webhooks": true}}]}),
        json!({"steps": [{"after_s": 30, "page": {"webhooks": true}, "secret": 1}]}),
        policy_with(&json!({"webhooks": true, "everybody": true})),
        policy_with(&json!({"people": [-9]})),
        json!({"steps": [], "repeat": -1}),
        json!({"steps": [], "stale_after_s": "60"}),
    ];
    for shape in &shapes {
        check(shape, Some(SHAPE));
    }
    let step = json!({"after_s": 30, "page": {"webhooks": true}});
    check(&json!({"steps": vec![step; MAX_STEPS + 1]}), Some("has more than 20 steps"));
    check(&json!({"steps": [], "repeat": 101}), Some("repeats more than 100 times"));
    for (after_s, stale_after_s, refusal) in
        [(0, 0, AFTER), (4, 0, AFTER), (86_401, 0, AFTER), (5, 1, STALE), (5, 4, STALE), (5, 86_401, STALE)]
    {
        let steps = json!([{"after_s": after_s, "page": {"webhooks": true}}]);
        check(&json!({"steps": steps, "stale_after_s": stale_after_s}), Some(refusal));
    }
    for page in [json!({}), json!({"groups": [], "people": [], "webhooks": false})] {
        check(&policy_with(&page), Some("has a step that asks nobody"));
    }
    let crowd = json!({"groups": ["guards"], "people": people(MAX_PEOPLE)});
    check(&policy_with(&crowd), Some("has a step that names more than 100"));
    for group in ["", "Guards", "two words", "näch", &"g".repeat(33)] {
        check(&policy_with(&json!({"groups": ["guards", group]})), Some(GROUP));
    }
    for user in ["", &"9".repeat(129)] {
        check(&policy_with(&json!({"people": [user]})), Some("names somebody by something that is no id"));
    }
}
