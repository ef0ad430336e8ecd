//! Which endpoint gets what, and when.

use super::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[test]
fn every_endpoint_gets_its_event_types_in_order() {
    let mut world = World::with(&["all"]);
    world.add("ends", &["alert.resolved"]);
    world.accept(event_of("a", 1, raised()));
    world.accept(event_of("a", 2, What::Acknowledged));
    world.accept(event_of("a", 3, What::Resolved { reason: None, note: None }));
    let heard = world.heard();
    let of = |id: &str| heard.iter().filter(|line| line.starts_with(id)).cloned().collect::<Vec<_>>();
    assert_eq!(of("all"), ["all alert.triggered", "all alert.acknowledged", "all alert.resolved"]);
    assert_eq!(of("ends"), ["ends alert.resolved"]);
    assert!(world.queue.is_idle() && world.rows.events.is_empty() && world.rows.waiting.is_empty());
    assert_eq!(world.queue.wake_at(world.now()), None);
}

#[test]
fn an_event_that_no_endpoint_wants_is_not_stored() {
    let mut world = World::with(&[]);
    world.add("ends", &["alert.resolved"]);
    world.accept(event_of("a", 1, raised()));
    assert!(world.rows.events.is_empty());
}

#[test]
fn a_slow_endpoint_delays_no_other_and_has_one_attempt_at_a_time() {
    let mut world = World::with(&["hangs", "quick"]);
    world.accept(event_of("a", 1, raised()));
    let hanging = world.step().into_iter().find(|attempt| attempt.endpoint.id == "hangs").expect("an attempt");
    world.accept(event_of("b", 1, raised()));
    let quick = world.queue.step(world.now(), 0).1;
    assert!(quick.is_empty(), "the first attempt is in progress");
    for attempt in [event_of("a", 1, raised()).id, event_of("b", 1, raised()).id] {
        let turn = world.queue.settle("quick", &attempt, AttemptOutcome::Taken, world.now(), 0);
        world.keep(turn);
        world.step();
    }
    assert!(world.rows.waiting.keys().all(|(endpoint, _)| endpoint == "hangs"), "the other endpoint has everything");
    world.settle(&hanging, AttemptOutcome::NotTaken);
    assert_eq!(world.heard(), ["hangs alert.triggered"], "the second event does not wait for the first one's retry");
    world.pass();
    assert_eq!(world.heard(), ["hangs alert.triggered"]);
}

#[test]
fn attempts_follow_the_schedule_and_then_the_event_is_dropped() {
    let mut world = World::with(&["a"]);
    let refused = event_of("a", 1, raised());
    world.accept(refused.clone());
    let mut tries = Vec::new();
    for number in 2.. {
        let attempts = world.step();
        let Some(attempt) = attempts.iter().find(|attempt| attempt.event.id == refused.id) else { break };
        tries.push(world.now);
        assert_eq!(attempt.tries as usize, tries.len());
        world.settle(attempt, AttemptOutcome::NotTaken);
        // Other events are accepted: the endpoint is alive and refuses only this one.
        world.accept(event_of("b", number, raised()));
        assert_eq!(world.heard(), ["a alert.triggered"]);
        world.pass();
    }
    let pauses: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, SCHEDULE_MS);
    assert_eq!(world.reasons(), [Reason::Exhausted]);
    assert_eq!(world.rows.endpoints["a"].disabled, None);
}

#[test]
fn an_endpoint_that_answers_410_is_disabled_immediately() {
    let mut world = World::with(&["a", "b"]);
    for number in 1..4 {
        world.accept(event_of("a", number, raised()));
    }
    let attempts = world.step();
    world.settle(&attempts[0], AttemptOutcome::Gone);
    assert_eq!(world.rows.endpoints["a"].disabled, Some((world.now(), Disabled::Gone)));
    assert_eq!(world.reasons(), [Reason::Disabled; 3]);
    world.settle(&attempts[1], AttemptOutcome::Taken);
    world.accept(event_of("a", 4, raised()));
    world.crash();
    assert_eq!(world.heard(), ["b alert.triggered"; 3]);
    let (_, turn) = world.queue.enable("a").expect("the endpoint exists");
    world.keep(turn);
    world.accept(event_of("a", 5, raised()));
    world.crash();
    assert_eq!(world.heard(), ["a alert.triggered", "b alert.triggered"]);
}

#[test]
fn an_endpoint_that_accepts_nothing_for_days_is_disabled() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    while world.rows.endpoints["a"].disabled.is_none() {
        for attempt in world.step() {
            world.settle(&attempt, AttemptOutcome::NotTaken);
        }
        world.crash();
        world.pass();
    }
    let (at, why) = world.rows.endpoints["a"].disabled.expect("disabled");
    assert_eq!((why, world.reasons()), (Disabled::Silent, vec![Reason::Disabled]));
    let days = at.since(RAISED_AT);
    assert!((3 * DAY_MS..5 * DAY_MS).contains(&i64::try_from(days).expect("a few days")), "{days}");
    assert!(world.rows.waiting.is_empty() && world.rows.events.is_empty());
}

#[test]
fn one_success_ends_days_of_failure() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    for _ in 0..9 {
        let attempts = world.step();
        for attempt in attempts {
            world.settle(&attempt, AttemptOutcome::NotTaken);
        }
        world.pass();
    }
    assert!(world.rows.endpoints["a"].failing_since.is_some());
    assert_eq!(world.heard(), ["a alert.triggered"]);
    assert_eq!(world.rows.endpoints["a"].failing_since, None);
    world.now += 10 * DAY_MS;
    world.accept(event_of("a", 2, raised()));
    let attempts = world.step();
    world.settle(&attempts[0], AttemptOutcome::NotTaken);
    assert_eq!(world.rows.endpoints["a"].disabled, None, "one failure does not disable");
}

#[test]
fn an_untried_escalation_is_withdrawn_when_the_alert_is_answered() {
    let mut world = World::with(&["busy", "idle"]);
    world.accept(event_of("a", 1, raised()));
    let first = world.step();
    world.settle(&first[1], AttemptOutcome::Taken);
    world.accept(event_of("a", 2, escalated()));
    world.accept(event_of("b", 1, escalated()));
    let page = world.step();
    assert_eq!(page[0].endpoint.id, "idle");
    world.settle(&page[0], AttemptOutcome::NotTaken);
    world.accept(event_of("a", 3, What::Acknowledged));
    let answered = event_of("a", 2, escalated()).id;
    let withdrawn = vec![GivenUp { endpoint: "busy".to_owned(), event: answered, reason: Reason::Answered }];
    assert_eq!(world.given_up, withdrawn, "attempted events and other alerts stay");
    world.settle(&first[0], AttemptOutcome::Taken);
    assert_eq!(
        world.heard(),
        ["busy alert.escalated", "idle alert.escalated", "busy alert.acknowledged", "idle alert.acknowledged",]
    );
    world.pass();
    assert_eq!(world.heard(), ["idle alert.escalated"]);
}

#[test]
fn an_endpoints_queue_is_limited_and_drops_the_oldest() {
    let mut world = World::with(&["a"]);
    for number in 0..=u32::try_from(MAX_QUEUED).expect("a small number") {
        world.accept(event_of("a", number, raised()));
    }
    assert_eq!(world.rows.waiting.len(), MAX_QUEUED);
    let oldest = event_of("a", 0, raised()).id;
    assert_eq!(world.given_up, [GivenUp { endpoint: "a".to_owned(), event: oldest, reason: Reason::Overflow }]);
}

#[test]
fn a_full_endpoint_keeps_the_newest_and_orphaned_events_are_dropped() {
    let mut world = World::with(&["a"]);
    // A row that another version may have left.
    let left_over = event_of("x", 1, raised());
    world.rows.events.insert(0, left_over);
    world.crash();
    let kinds = [raised(), What::Lapsed, What::Exhausted, What::WrongPin];
    for what in &kinds {
        world.add(what.name(), &[&Event::kind_of(what.name())]);
    }
    for alert in 0..MAX_QUEUED {
        for (number, what) in (1..).zip(&kinds) {
            world.accept(event_of(&format!("a{alert}"), number, what.clone()));
        }
    }
    assert!(!world.rows.events.contains_key(&0), "the total limit drops it");
    assert_eq!(world.rows.waiting.keys().filter(|(endpoint, _)| endpoint == "a").count(), MAX_QUEUED);
    assert!(world.reasons().iter().all(|reason| *reason == Reason::Overflow));
}

#[test]
fn endpoints_are_limited_and_unknown_ones_are_not_found() {
    let mut world = World::default();
    for number in 0..MAX_ENDPOINTS {
        world.add(&format!("e{number}"), &[]);
    }
    let one_more = AlertEndpoint::new("x".to_owned(), String::new(), Vec::new(), Secret::new([1; 32]), world.now());
    assert_eq!(world.queue.add(one_more).map_err(|problem| problem.kind.status()), Err(409));
    let status = |problem: crate::shared::problem::Problem| problem.kind.status();
    assert_eq!(world.queue.remove("x").map_err(status), Err(404));
    assert_eq!(world.queue.enable("x").map_err(status), Err(404));
    assert_eq!(world.queue.rotate("x", Secret::new([1; 32]), world.now()).map_err(status), Err(404));
}
