//! Pressing again: one alert, and what is said last counts.

use super::*;

fn bare() -> NewAlert {
    NewAlert { apartment: Apartment::default(), location: None, note: None, ..new_alert() }
}

#[test]
fn a_thumb_that_trembles_presses_once() {
    let mut alert = raised();
    let before = alert.clone();
    for millis in [0, 1, 999] {
        assert_eq!(alert.press_again(new_alert(), owner(), START.plus_millis(millis)), Decision::default());
    }
    // A clock that went backwards trembles as well.
    assert_eq!(alert.press_again(new_alert(), owner(), at(-60)), Decision::default());
    assert_eq!(alert, before);
    let decision = alert.press_again(new_alert(), owner(), at(1));
    assert_eq!(decision.noted[0].entry.what, What::PressedAgain { presses: 2 });
    assert_eq!((alert.presses, alert.pressed_at, alert.created_at), (2, at(1), START));
}

#[test]
fn what_is_said_with_a_later_press_replaces_what_was_said_before() {
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
fn whoever_has_it_keeps_it_and_nobody_else_is_asked() {
    let mut alert = raised();
    alert.act(Act::Respond, ana(), at(10)).unwrap();
    let decision = alert.press_again(bare(), owner(), at(20));
    assert_eq!((decision.noted[0].page.as_ref(), decision.tell), (None, Some(wire::AlertEvent::Updated)));
    assert_eq!((alert.status, alert.acknowledged_by.as_ref()), (Status::Responding, Some(&ana())));
    assert_eq!(alert.due_at(), Some(at(610)));
}

#[test]
fn steps_that_are_due_stay_due_however_often_somebody_presses() {
    let mut alert = raised();
    for seconds in 1..30 {
        assert_eq!(names(&alert.press_again(bare(), owner(), at(seconds))), ["pressed_again"]);
        assert_eq!(alert.due_at(), Some(at(30)));
    }
}

#[test]
fn a_press_when_nobody_is_left_to_ask_is_heard_like_the_first() {
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
fn presses_beyond_a_hundred_are_counted_and_told_and_leave_no_entry() {
    let mut alert = raised();
    for press in 2..=150 {
        let decision = alert.press_again(bare(), owner(), at(press));
        assert_eq!(decision.noted.len(), usize::from(press <= 100));
        assert_eq!(decision.tell, Some(wire::AlertEvent::Updated));
    }
    assert_eq!((alert.presses, alert.entries), (150, 100));
}

#[test]
fn a_place_that_is_older_than_the_one_that_is_known_is_no_news() {
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
