//! Duress PIN: guards see it; the owner's view is a cancelled alert of its own.

use super::record::OwnView;
use super::*;

/// A history before the cancellation.
type Beginning<'a> = &'a dyn Fn(&mut Alert);

fn after(beginning: Beginning<'_>) -> Alert {
    let mut alert = raised_by(&settings(&[5, 10], 3, 60));
    beginning(&mut alert);
    alert
}

fn seen(alert: &Alert) -> Vec<Value> {
    (50..400).map(|second| alert.payload(Viewer::Owner, Language::En, at(second))).collect()
}

/// [I15] A view that is cancelled with the duress PIN is what a cancelled alert is.
#[test]
fn after_every_history_both_pins_show_the_owner_the_same() {
    let beginnings: [Beginning<'_>; 4] = [
        &|_| (),
        &|alert| drop(alert.tick(at(5))),
        &|alert| {
            alert.act(Act::Respond, ana(), at(8)).unwrap();
            alert.act(cancel(Verdict::Wrong), owner(), at(9)).unwrap();
        },
        &|alert| {
            alert.act(cancel(Verdict::Right), owner(), at(1)).unwrap();
            alert.reopen(new_alert(), at(30));
        },
    ];
    for beginning in beginnings {
        let (mut cancelled, mut duress) = (after(beginning), after(beginning));
        let mut view = OwnView::fork(&duress, None);
        let answers = [&mut cancelled, &mut view.alert].map(|alert| {
            let decision = alert.act(cancel(Verdict::Right), owner(), at(50)).unwrap();
            (decision, alert.clone())
        });
        assert_eq!(answers[0], answers[1]);
        assert_eq!(seen(&view.alert), seen(&cancelled));
        let paged = duress.under_duress(because("by mistake"), owner(), at(50));
        assert_eq!(names(&paged), ["duress"]);
        assert_eq!((view.behind.as_str(), view.forked), (duress.id.as_str(), duress.entries - 1));
        assert!(duress.is_open() && duress.is_apart && !view.alert.is_apart);
    }
}

#[test]
fn guards_see_the_duress_and_are_paged() {
    let mut alert = raised();
    alert.act(Act::Acknowledge, ana(), at(1)).unwrap();
    let decision = alert.act(cancel(Verdict::Duress), owner(), at(5)).unwrap();
    let Noted { entry, page } = &decision.noted[0];
    assert_eq!(entry.what, What::Duress { reason: Some("by mistake".to_owned()) });
    assert_eq!((page.as_ref(), decision.tell), (Some(&Page::guards()), Some(wire::AlertEvent::Updated)));
    let payload = alert.payload(Viewer::Guard, Language::En, at(60));
    assert_eq!(
        (&payload["status"], &payload["duress"], &payload["reason"]),
        (&json!("acknowledged"), &json!(true), &Value::Null)
    );
}

#[test]
fn a_press_under_duress_is_one_more_press_for_guards() {
    let mut alert = raised();
    alert.under_duress(Cause::default(), owner(), at(5));
    // Even within a second of the last press: to the owner this raises an alert.
    let decision = alert.press_again(new_alert(), owner(), at(0));
    assert_eq!((names(&decision), alert.presses), (vec!["pressed_again"], 2));
    assert_eq!((alert.due_at(), alert.duress_at), (Some(at(30)), Some(at(5))), "the escalation goes on");
}

#[test]
fn pins_leave_a_bounded_number_of_entries() {
    let mut alert = raised();
    for second in 0..100 {
        assert_eq!(alert.under_duress(Cause::default(), owner(), at(second)).noted.len(), usize::from(second < 20));
        assert_eq!(alert.wrong_pin(owner(), at(second)).noted.len(), usize::from(second < 20));
    }
    assert_eq!((alert.duress_pins, alert.wrong_pins, alert.entries), (100, 100, 41));
}

/// Stored by an earlier release: the owner's view is part of the alert.
#[test]
fn an_alert_of_an_earlier_release_stays_disguised() {
    let mut alert = raised();
    alert.duress_at = Some(at(5));
    alert.pretence = Some(Box::new(Pretence { reason: Some("slip".to_owned()), ..Pretence::default() }));
    alert.act(Act::Acknowledge, ana(), at(60)).unwrap();
    for alert in [alert.clone(), alert.as_owner_sees()] {
        let seen = alert.payload(Viewer::Owner, Language::En, at(60));
        assert_eq!(
            (&seen["status"], &seen["reason"], &seen["acknowledged_by"]),
            (&json!("cancelled"), &json!("slip"), &Value::Null)
        );
    }
    assert_eq!(alert.as_owner_sees().awaits_pin(&owner().id), Ok(false), "cancelling again is a repetition");
}
