//! Presses soon after a cancellation: one alert, however often it is raised and cancelled.

use super::*;

fn press(number: i64) -> NewAlert {
    NewAlert { id: AlertId::trusted(format!("press-{number}")), ..new_alert() }
}

fn cancelled(seconds: i64) -> Alert {
    let mut alert = raised();
    alert.act(Act::Acknowledge, ana(), at(1)).unwrap();
    alert.act(cancel(Verdict::Right), owner(), at(seconds)).unwrap();
    alert
}

#[test]
fn a_cancelled_alert_reopens_within_the_window_only() {
    let alert = cancelled(10);
    for (seconds, reopens) in [(10, true), (69, true), (70, false), (-60, true)] {
        assert_eq!(alert.reopens(60, at(seconds)), reopens, "after {seconds} s");
    }
    assert!(!raised().reopens(60, at(1)), "an open alert");
    let mut resolved = raised();
    resolved.act(Act::Resolve(Cause::default()), ana(), at(1)).unwrap();
    assert!(!resolved.reopens(60, at(2)), "a guard ended it");
}

#[test]
fn a_reopened_alert_is_as_open_as_a_new_one_and_pages_the_guards() {
    let mut alert = cancelled(10);
    let decision = alert.reopen(press(1), at(20));
    assert_eq!(decision.tell, Some(wire::AlertEvent::Triggered));
    let Noted { entry, page } = &decision.noted[0];
    assert_eq!((&entry.what, page.as_ref()), (&What::Reopened { presses: 2 }, Some(&Page::guards())));
    assert_eq!((alert.status, alert.due_at(), alert.opened_at()), (Status::Triggered, Some(at(50)), at(20)));
    let seen = alert.payload(Viewer::Guard, Language::En, at(20));
    for field in ["acknowledged_by", "acknowledged_at", "closed_by", "closed_at", "reason"] {
        assert_eq!(seen[field], Value::Null, "{field}");
    }
    assert_eq!(names(&alert.act(Act::Respond, ben(), at(21)).unwrap()), ["responding"]);
}

#[test]
fn ids_of_presses_that_joined_are_remembered() {
    let mut alert = cancelled(10);
    for number in 0..30 {
        alert.reopen(press(number), at(20 + 2 * number));
        assert!(alert.has_joined(&press(number).id));
        alert.act(cancel(Verdict::Right), owner(), at(21 + 2 * number)).unwrap();
    }
    assert!(!alert.has_joined(&press(0).id), "the oldest are forgotten");
    assert_eq!(alert.rounds.joined.len(), 20);
}

/// Names of the entries of rounds that end after `open_s` seconds each, and the alert after them.
fn rounds(count: i64, open_ms: i64) -> (Vec<&'static str>, Alert) {
    let mut alert = cancelled(10);
    let mut entries = Vec::new();
    let mut now = at(20);
    for number in 0..count {
        let decision = alert.reopen(press(number), now);
        assert_eq!(decision.tell, Some(wire::AlertEvent::Triggered), "every screen shows it at once");
        entries.extend(names(&decision));
        now = now.plus_millis(open_ms);
        entries.extend(names(&alert.tick(now)));
        let decision = alert.act(cancel(Verdict::Right), owner(), now).unwrap();
        assert_eq!(decision.tell, Some(wire::AlertEvent::Updated));
        entries.extend(names(&decision));
        now = now.plus_millis(1);
    }
    (entries, alert)
}

#[test]
fn two_thousand_rounds_leave_few_entries_that_end_with_the_cancellation() {
    let (entries, alert) = rounds(2_000, 5);
    assert!(entries.len() < 30, "{}", entries.len());
    assert!(entries.chunks(2).all(|round| round == ["reopened", "cancelled"]), "{entries:?}");
    assert_eq!((alert.presses, alert.rounds.count, alert.due_at()), (2_001, 2_000, None));
}

#[test]
fn a_late_reopening_gets_its_entry_and_page_within_seconds_or_before_the_next_entry() {
    let (_, mut alert) = rounds(12, 1);
    let last = alert.closed_at.unwrap();
    assert!(alert.reopen(press(99), last).noted.is_empty());
    let due = alert.due_at().unwrap();
    assert!(due > last && due <= last.plus_millis(10_000));
    let mut taken = alert.clone();
    let decision = alert.tick(due);
    assert_eq!((names(&decision), decision.noted[0].page.as_ref()), (vec!["reopened"], Some(&Page::guards())));
    assert_eq!(names(&alert.tick(last.plus_millis(30_000))), ["escalated"], "the escalation was not postponed");
    let decision = taken.act(Act::Acknowledge, ana(), last).unwrap();
    assert_eq!(names(&decision), ["reopened", "acknowledged"]);
    assert!(decision.noted.iter().all(|noted| noted.page.is_none()), "nobody is paged for what is taken");
}

#[test]
fn a_press_after_a_guard_has_taken_the_alert_pages_at_once_however_many_came_before() {
    let (_, mut alert) = rounds(40, 1);
    let mut now = alert.closed_at.unwrap();
    assert!(alert.reopen(press(98), now).noted.is_empty(), "too soon after the last one");
    for number in 99..102 {
        now = now.plus_millis(1);
        alert.act(Act::Acknowledge, ana(), now).unwrap();
        alert.act(cancel(Verdict::Right), owner(), now).unwrap();
        let decision = alert.reopen(press(number), now);
        assert_eq!((names(&decision), decision.noted[0].page.as_ref()), (vec!["reopened"], Some(&Page::guards())));
    }
}
