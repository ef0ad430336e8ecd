//! Repeated presses: one alert, and the latest details replace earlier ones.

use super::*;

fn bare() -> NewAlert {
    NewAlert { apartment: Apartment::default(), location: None, note: None, ..new_alert() }
}

#[test]
fn presses_within_a_second_count_once() {
    let mut alert = raised();
    let before = alert.clone();
    for millis in [0, 1, 999] {
        assert_eq!(alert.press_again(new_alert(), owner(), START.plus_millis(millis)), Decision::default());
    }
    // A clock that went backwards counts as within the window.
    assert_eq!(alert.press_again(new_alert(), owner(), at(-60)), Decision::default());
    assert_eq!(alert, before);
    let decision = alert.press_again(new_alert(), owner(), at(1));
    assert_eq!(decision.noted[0].entry.what, What::PressedAgain { presses: 2 });
    assert_eq!((alert.presses, alert.pressed_at, alert.created_at), (2, at(1), START));
}

#[test]
fn details_of_a_later_press_replace_earlier_ones() {
    let mut alert = raised();
    let (location, note) = (alert.location.clone(), alert.note.clone());
    alert.press_again(bare(), owner(), at(5));
    assert_eq!((&alert.location, &alert.note), (&location, &note));
    let roof = Location { string: Some("Roof".to_owned()), ..location.unwrap() };
    let louder = NewAlert { location: Some(roof.clone()), note: Some("fire".to_owned()), ..bare() };
    alert.press_again(louder, owner(), at(10));
    assert_eq!((alert.location, alert.note.as_deref()), (Some(roof), Some("fire")));
    assert_eq!(alert.apartment, new_alert().apartment);
}

#[test]
fn a_press_after_the_acknowledgement_pages_nobody() {
    let mut alert = raised();
    alert.act(Act::Respond, ana(), at(10)).unwrap();
    let decision = alert.press_again(bare(), owner(), at(20));
    assert_eq!((decision.noted[0].page.as_ref(), decision.tell), (None, Some(wire::AlertEvent::Updated)));
    assert_eq!((alert.status, alert.acknowledged_by.as_ref()), (Status::Responding, Some(&ana())));
    assert_eq!(alert.due_at(), Some(at(610)));
}

#[test]
fn presses_do_not_postpone_the_next_step() {
    let mut alert = raised();
    for seconds in 1..30 {
        assert_eq!(names(&alert.press_again(bare(), owner(), at(seconds))), ["pressed_again"]);
        assert_eq!(alert.due_at(), Some(at(30)));
    }
}

#[test]
fn a_press_after_exhaustion_restarts_the_escalation() {
    let mut alert = raised_by(&settings(&[5], 0, 0));
    for seconds in [5, 10] {
        alert.tick(at(seconds));
    }
    let decision = alert.press_again(bare(), owner(), at(60));
    assert_eq!(decision.noted[0].page, Some(Page::guards()));
    assert_eq!(alert.due_at(), Some(at(65)));
    assert_eq!([names(&alert.tick(at(65))), names(&alert.tick(at(70)))], [["escalated"], ["exhausted"]]);
}

#[test]
fn presses_beyond_a_hundred_send_an_event_but_leave_no_entry() {
    let mut alert = raised();
    for press in 2..=150 {
        let decision = alert.press_again(bare(), owner(), at(press));
        assert_eq!(decision.noted.len(), usize::from(press <= 100));
        assert_eq!(decision.tell, Some(wire::AlertEvent::Updated));
    }
    assert_eq!((alert.presses, alert.entries), (150, 100));
}

#[test]
fn a_place_older_than_the_known_one_is_ignored() {
    let mut alert = raised();
    let seen = |seconds: i64| Location { at: at(seconds), ..new_alert().location.unwrap() };
    assert!(alert.locate(seen(10), at(11)));
    assert!(!alert.locate(seen(9), at(12)));
    assert!(alert.locate(seen(10), at(13)));
    assert_eq!((alert.location.clone(), alert.updated_at), (Some(seen(10)), at(13)));
    alert.act(Act::Resolve(Cause::default()), ana(), at(20)).unwrap();
    assert!(!alert.locate(seen(30), at(30)));
    assert_eq!(alert.location, Some(seen(10)));
}
