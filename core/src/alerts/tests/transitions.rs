//! Table test: every action in every state by every actor.

use super::*;
use crate::shared::problem::Kind;

/// Outcome of each action in each state. `held`: duress after an acknowledgement. `locked`: too many wrong PINs.
/// `exhaust`: no escalation step is left. `nothing`: closed as a false alarm. This is the guards' alert: under duress the
/// owner's acts are decided on their view, which is cancelled.
const TABLE: &str = "
                             |raised  |taken   |coming  |duress  |held    |locked  |exhaust |resolved|nothing |cancel
owner: acknowledges          |403     |403     |403     |403     |403     |403     |403     |403     |403     |403
owner: responds              |403     |403     |403     |403     |403     |403     |403     |403     |403     |403
owner: resolves              |resolve |resolve |resolve |resolve |resolve |resolve |resolve |409     |409     |409
owner: false alarm           |false_a |false_a |false_a |false_a |false_a |false_a |false_a |409     |409     |409
holder: acknowledges         |acknowl |-       |-       |acknowl |-       |acknowl |acknowl |409     |409     |409
holder: responds             |respond |respond |-       |respond |respond |respond |respond |409     |409     |409
holder: resolves             |resolve |resolve |resolve |resolve |resolve |resolve |resolve |-       |409     |409
holder: false alarm          |false_a |false_a |false_a |false_a |false_a |false_a |false_a |409     |-       |409
another: acknowledges        |acknowl |409     |409     |acknowl |409     |acknowl |acknowl |409     |409     |409
another: responds            |respond |409     |409     |respond |409     |respond |respond |409     |409     |409
another: resolves            |resolve |resolve |resolve |resolve |resolve |resolve |resolve |409     |409     |409
another: false alarm         |false_a |false_a |false_a |false_a |false_a |false_a |false_a |409     |409     |409
owner: cancels, no PIN set   |cancell |cancell |cancell |cancell |cancell |403     |cancell |409     |409     |-
owner: cancels, no PIN given |422     |422     |422     |422     |422     |403     |422     |409     |409     |-
owner: cancels, right PIN    |cancell |cancell |cancell |cancell |cancell |403     |cancell |409     |409     |-
owner: cancels, duress PIN   |duress! |duress! |duress! |duress! |duress! |403     |duress! |409     |409     |-
owner: cancels, wrong PIN    |wrong_p |wrong_p |wrong_p |wrong_p |wrong_p |403     |wrong_p |409     |409     |-
owner: presses again         |pressed |pressed |pressed |pressed |pressed |pressed |pressed!|-       |-       |-
owner: trembles              |-       |-       |-       |pressed |pressed |-       |-       |-       |-       |-
time: early                  |-       |-       |-       |-       |-       |-       |-       |-       |-       |-
time: due                    |escalat!|lapsed! |lapsed! |escalat!|lapsed! |escalat!|-       |-       |-       |-
time: a week late            |escalat!|lapsed! |lapsed! |escalat!|lapsed! |escalat!|-       |-       |-       |-
";

/// Time of the actions, in seconds after [`START`].
const THEN: i64 = 20;

fn in_state(state: &str) -> Alert {
    let settings = if state == "exhaust" { settings(&[5], 0, 600) } else { AlertSettings::default() };
    let mut alert = raised_by(&settings);
    let mut act = |act: Act, by: Who, seconds: i64| drop(alert.act(act, by, at(seconds)).unwrap());
    match state {
        "taken" => act(Act::Acknowledge, ana(), 10),
        "coming" => {
            act(Act::Acknowledge, ana(), 10);
            act(Act::Respond, ana(), 15);
        }
        "duress" => act(cancel(Verdict::Duress), owner(), 12),
        "held" => {
            act(Act::Acknowledge, ana(), 10);
            act(cancel(Verdict::Duress), owner(), 12);
        }
        "locked" => (0..5).for_each(|seconds| act(cancel(Verdict::Wrong), owner(), 10 + seconds)),
        "resolved" => act(Act::Resolve(because("attended")), ana(), 10),
        "nothing" => act(Act::FalseAlarm(because("a cat")), ana(), 10),
        "cancel" => act(cancel(Verdict::Right), owner(), 10),
        "exhaust" => {
            assert_eq!(names(&alert.tick(at(5))), ["escalated"]);
            assert_eq!(names(&alert.tick(at(10))), ["exhausted"]);
        }
        other => assert_eq!(other, "raised"),
    }
    alert
}

fn someone(name: &str) -> Who {
    match name {
        "owner" => owner(),
        "holder" => ana(),
        other => {
            assert_eq!(other, "another");
            ben()
        }
    }
}

/// Performs the action of a row.
fn perform(alert: &mut Alert, deed: &str) -> Result<Decision, Problem> {
    let due = alert.due_at().unwrap_or(at(THEN));
    let (name, deed) = deed.split_once(": ").expect("an actor and an action");
    let act = match deed {
        "early" => return Ok(alert.tick(due.plus_millis(-1))),
        "due" => return Ok(alert.tick(due)),
        "a week late" => return Ok(alert.tick(due.plus_millis(7 * 86_400_000))),
        "presses again" => return Ok(alert.press_again(new_alert(), someone(name), at(THEN))),
        "trembles" => {
            let soon = alert.pressed_at.plus_millis(999);
            return Ok(alert.press_again(new_alert(), someone(name), soon));
        }
        "acknowledges" => Act::Acknowledge,
        "responds" => Act::Respond,
        "resolves" => Act::Resolve(because("attended")),
        "false alarm" => Act::FalseAlarm(because("a cat")),
        "cancels, no PIN set" => cancel(Verdict::NotNeeded),
        "cancels, no PIN given" => cancel(Verdict::Missing),
        "cancels, right PIN" => cancel(Verdict::Right),
        "cancels, duress PIN" => cancel(Verdict::Duress),
        "cancels, wrong PIN" => cancel(Verdict::Wrong),
        other => panic!("unknown action: {other}"),
    };
    alert.act(act, someone(name), at(THEN))
}

/// Status after a timeline entry of this name.
fn status_after(entry: &str, before: Status) -> Status {
    match entry {
        "acknowledged" => Status::Acknowledged,
        "responding" => Status::Responding,
        "lapsed" => Status::Triggered,
        "resolved" => Status::Resolved,
        "false_alarm" => Status::FalseAlarm,
        "cancelled" => Status::Cancelled,
        _ => before,
    }
}

/// Outcome as in the table: start of the entry's name (`!` if it pages), `-` for no change, or a refusal's HTTP status.
fn outcome(state: &str, deed: &str) -> String {
    let before = in_state(state);
    let mut alert = before.clone();
    let decision = match perform(&mut alert, deed) {
        Ok(decision) => decision,
        Err(problem) => {
            assert_eq!(alert, before, "{state}, {deed}: refused, and yet something changed");
            return problem.kind.status().to_string();
        }
    };
    let Some(noted) = decision.noted.first() else {
        assert_eq!(decision, Decision::default(), "{state}, {deed}");
        alert.escalation.due_at = before.escalation.due_at;
        assert_eq!(alert, before, "{state}, {deed}: nothing happened, and yet something changed");
        return "-".to_owned();
    };
    let name = noted.entry.what.name();
    assert_eq!(decision.noted.len(), 1, "{state}, {deed}");
    assert_eq!(noted.entry.number, before.entries + 1, "{state}, {deed}");
    assert_eq!(alert.entries, before.entries + 1, "{state}, {deed}");
    assert_eq!(alert.updated_at, noted.entry.at, "{state}, {deed}");
    assert_eq!(alert.status, status_after(name, before.status), "{state}, {deed}");
    assert_eq!(decision.tell, Some(wire::AlertEvent::Updated), "{state}, {deed}");
    assert_eq!(decision.refused.is_some(), name == "wrong_pin", "{state}, {deed}");
    let is_taken = matches!(alert.status, Status::Acknowledged | Status::Responding);
    assert!(!is_taken || alert.acknowledged_by.is_some(), "{state}, {deed}: taken by nobody");
    assert_eq!(alert.closed_at.is_some(), !alert.is_open(), "{state}, {deed}");
    assert!(alert.is_open() || alert.due_at().is_none(), "{state}, {deed}: over, and yet due");
    format!("{name:.7}{}", if noted.page.is_some() { "!" } else { "" })
}

#[test]
fn every_action_in_every_state_has_the_outcome_in_the_table() {
    let mut rows = TABLE.trim().lines().map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let states = rows.next().expect("a header row");
    for row in rows {
        let outcomes: Vec<String> = states[1..].iter().map(|state| outcome(state, row[0])).collect();
        assert_eq!(row[1..], outcomes, "{}", row[0]);
    }
}

#[test]
fn of_two_hundred_guards_one_acknowledges_and_the_others_get_409() {
    let mut alert = raised();
    let guards: Vec<Who> = (0..200).map(|number| who(&format!("{}", 100 + number), "Guard")).collect();
    let outcomes: Vec<_> = guards.iter().map(|guard| alert.act(Act::Acknowledge, guard.clone(), at(1))).collect();
    assert!(outcomes[0].as_ref().is_ok_and(|decision| names(decision) == ["acknowledged"]));
    let conflicts =
        outcomes[1..].iter().filter(|outcome| outcome.as_ref().is_err_and(|refusal| refusal.kind == Kind::Conflict));
    assert_eq!(conflicts.count(), 199);
    assert_eq!((alert.acknowledged_by.as_ref(), alert.acknowledged_at), (Some(&guards[0]), Some(at(1))));
    assert_eq!(alert.entries, 2);
}

#[test]
fn repeating_an_action_restarts_the_stale_timer() {
    let mut alert = raised();
    alert.act(Act::Respond, ana(), at(10)).unwrap();
    assert_eq!(alert.due_at(), Some(at(610)));
    assert_eq!(alert.act(Act::Respond, ana(), at(300)), Ok(Decision::default()));
    assert_eq!((alert.due_at(), alert.responding_at), (Some(at(900)), Some(at(10))));
    assert_eq!(alert.act(Act::Acknowledge, ana(), at(400)), Ok(Decision::default()));
    assert_eq!((alert.due_at(), alert.status), (Some(at(1_000)), Status::Responding));
}

#[test]
fn responding_also_acknowledges() {
    let mut alert = raised();
    assert_eq!(names(&alert.act(Act::Respond, ana(), at(10)).unwrap()), ["responding"]);
    assert_eq!((alert.acknowledged_by, alert.acknowledged_at), (Some(ana()), Some(at(10))));
}

#[test]
fn a_closed_alert_keeps_its_cause_and_the_guard_who_acknowledged() {
    let mut alert = raised();
    alert.act(Act::Acknowledge, ana(), at(10)).unwrap();
    let cause = Cause { reason: Some("a cat".to_owned()), note: Some("black".to_owned()) };
    let decision = alert.act(Act::FalseAlarm(cause), ben(), at(60)).unwrap();
    assert_eq!(decision.noted[0].entry.what.data(), *json!({"reason": "a cat", "note": "black"}).as_object().unwrap());
    assert_eq!((alert.acknowledged_by, alert.closed_by, alert.closed_at), (Some(ana()), Some(ben()), Some(at(60))));
    assert_eq!((alert.status, alert.reason.as_deref()), (Status::FalseAlarm, Some("a cat")));
}

#[test]
fn after_too_many_wrong_pins_only_a_guard_can_close_the_alert() {
    let mut alert = raised();
    for count in 1..=MAX_WRONG_PINS {
        let decision = alert.act(cancel(Verdict::Wrong), owner(), at(10)).unwrap();
        assert_eq!(decision.refused.as_ref().map(|problem| problem.kind), Some(Kind::Forbidden));
        assert_eq!((names(&decision), alert.wrong_pins), (vec!["wrong_pin"], count));
    }
    let mut refusals = [Verdict::Wrong, Verdict::Right, Verdict::Duress, Verdict::NotNeeded]
        .map(|verdict| alert.act(cancel(verdict), owner(), at(11)).unwrap_err());
    assert!(refusals.iter().all(|refusal| refusal.kind == Kind::Forbidden));
    // The refusals do not reveal the right PIN.
    refusals.sort_by(|one, other| one.detail.cmp(&other.detail));
    assert_eq!(refusals.first(), refusals.last());
    assert_eq!(names(&alert.act(Act::Resolve(because("seen")), ana(), at(12)).unwrap()), ["resolved"]);
}
