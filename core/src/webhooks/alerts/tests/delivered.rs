//! Which endpoint gets what, and when.

use super::*;
use crate::shared::problem::Problem;
use crate::webhooks::{LEASE_MS, Turn};

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
    assert!(world.queue.log.events.is_empty() && world.rows.events.is_empty() && world.rows.pending.is_empty());
    assert_eq!(world.queue.due_at(world.now()), None);
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
    let hanging = world.step().into_iter().find(|attempt| attempt.endpoint == "hangs").expect("an attempt");
    world.accept(event_of("b", 1, raised()));
    assert!(world.step().is_empty(), "the first attempts are in progress");
    for id in [event_of("a", 1, raised()).id, event_of("b", 1, raised()).id] {
        world.settle(&Delivery { endpoint: "quick".to_owned(), id, ..hanging.clone() }, Outcome::Accepted);
        world.step();
    }
    assert!(world.rows.pending.keys().all(|(endpoint, _)| endpoint == "hangs"), "the other endpoint has everything");
    world.settle(&hanging, Outcome::Failed);
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
        let Some(attempt) = attempts.iter().find(|attempt| attempt.id == refused.id) else { break };
        tries.push(world.now);
        assert_eq!(attempt.attempt as usize, tries.len());
        world.settle(attempt, Outcome::Failed);
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
    world.settle(&attempts[0], Outcome::Gone);
    assert_eq!(world.rows.endpoints["a"].disabled, Some((world.now(), Disabled::Gone)));
    assert_eq!(world.reasons(), [Reason::Disabled; 3]);
    world.settle(&attempts[1], Outcome::Accepted);
    world.accept(event_of("a", 4, raised()));
    world.crash();
    assert_eq!(world.heard(), ["b alert.triggered"; 3]);
    world.enable("a");
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
            world.settle(&attempt, Outcome::Failed);
        }
        world.crash();
        world.pass();
    }
    let (at, why) = world.rows.endpoints["a"].disabled.expect("disabled");
    assert_eq!((why, world.reasons()), (Disabled::Silent, vec![Reason::Disabled]));
    let days = at.since(RAISED_AT);
    assert!((3 * DAY_MS..5 * DAY_MS).contains(&i64::try_from(days).expect("a few days")), "{days}");
    assert!(world.rows.pending.is_empty() && world.rows.events.is_empty());
}

#[test]
fn one_success_ends_days_of_failure() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    for _ in 0..9 {
        let attempts = world.step();
        for attempt in attempts {
            world.settle(&attempt, Outcome::Failed);
        }
        world.pass();
    }
    assert!(world.rows.endpoints["a"].failing_since.is_some());
    assert_eq!(world.heard(), ["a alert.triggered"]);
    assert_eq!(world.rows.endpoints["a"].failing_since, None);
    world.now += 10 * DAY_MS;
    world.accept(event_of("a", 2, raised()));
    let attempts = world.step();
    world.settle(&attempts[0], Outcome::Failed);
    assert_eq!(world.rows.endpoints["a"].disabled, None, "one failure does not disable");
}

#[test]
fn an_untried_escalation_is_withdrawn_when_the_alert_is_answered() {
    let mut world = World::with(&["busy", "idle"]);
    world.accept(event_of("a", 1, raised()));
    let first = world.step();
    world.settle(&first[1], Outcome::Accepted);
    world.accept(event_of("a", 2, escalated()));
    world.accept(event_of("b", 1, escalated()));
    let page = world.step();
    assert_eq!(page[0].endpoint, "idle");
    world.settle(&page[0], Outcome::Failed);
    world.accept(event_of("a", 3, What::Acknowledged));
    let answered = event_of("a", 2, escalated()).id;
    let withdrawn = vec![given_up("busy", &answered, Reason::Answered)];
    assert_eq!(world.given_up, withdrawn, "attempted events and other alerts stay");
    world.settle(&first[0], Outcome::Accepted);
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
    assert_eq!(world.rows.pending.len(), MAX_QUEUED);
    let oldest = event_of("a", 0, raised()).id;
    assert_eq!(world.given_up, [given_up("a", &oldest, Reason::Overflow)]);
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
    assert_eq!(world.rows.pending.keys().filter(|(endpoint, _)| endpoint == "a").count(), MAX_QUEUED);
    assert!(world.reasons().iter().all(|reason| *reason == Reason::Overflow));
}

#[test]
fn endpoints_are_limited_and_unknown_ones_are_not_found() {
    let mut world = World::default();
    for number in 0..MAX_ENDPOINTS {
        world.add(&format!("e{number}"), &[]);
    }
    let one_more = AlertEndpoint::new("x".to_owned(), String::new(), Vec::new(), Secret::new([1; 32]), world.now());
    let now = world.now();
    let mut refused = |act: &dyn Fn(&mut AlertQueue) -> Result<(), Problem>| {
        act(&mut world.queue).map_err(|problem| problem.kind.status())
    };
    assert_eq!(refused(&|queue| queue.add(one_more.clone())), Err(409));
    assert_eq!(refused(&|queue| queue.delete("x")), Err(404));
    assert_eq!(refused(&|queue| queue.enable("x").map(drop)), Err(404));
    assert_eq!(refused(&|queue| queue.rotate("x", Secret::new([1; 32]), now).map(drop)), Err(404));
    assert_eq!(world.queue.take_turn(), Turn::default());
}

#[test]
fn an_attempt_without_an_outcome_counts_as_lost_when_its_lease_ends() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    let first = world.step().remove(0);
    world.now += LEASE_MS - 1;
    assert_eq!((world.step(), world.queue.due_at(world.now())), (Vec::new(), Some(world.now().plus_millis(1))));
    world.now += 1;
    let second = world.step().remove(0);
    assert_eq!((&second.id, second.attempt), (&first.id, 2));
    world.settle(&first, Outcome::Accepted);
    assert!(world.rows.pending.is_empty(), "a late acceptance counts");
    world.settle(&second, Outcome::Failed);
    assert_eq!(world.rows.endpoints["a"].failing_since, None, "and the repetition's outcome does not");
}

#[test]
fn an_event_that_cannot_be_parsed_is_reported_and_its_number_is_not_used_again() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    world.rows.pending.insert(("a".to_owned(), 2), Pending { tries: 0, next_at: world.now() });
    world.queue = AlertQueue::default();
    world.queue.restore_event(2, None);
    let rows = world.rows.clone();
    rows.restore(&mut world.queue);
    world.accept(event_of("a", 3, raised()));
    assert_eq!(world.rows.events.keys().copied().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(world.heard(), ["a alert.triggered"; 2]);
    assert_eq!(world.given_up, [given_up("", "", Reason::Unreadable)]);
}

fn given_up(endpoint: &str, id: &str, reason: Reason) -> GivenUp {
    GivenUp { endpoint: endpoint.to_owned(), id: id.to_owned(), events: 1, reason }
}
