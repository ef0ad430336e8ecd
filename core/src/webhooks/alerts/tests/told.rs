//! Who is told what, and when.

use super::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[test]
fn everybody_hears_what_they_ask_for_in_order() {
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
fn what_nobody_asks_for_is_not_kept() {
    let mut world = World::with(&[]);
    world.add("ends", &["alert.resolved"]);
    world.accept(event_of("a", 1, raised()));
    assert!(world.rows.events.is_empty());
}

#[test]
fn one_that_hangs_delays_nobody_else_and_has_one_request_at_once() {
    let mut world = World::with(&["hangs", "quick"]);
    world.accept(event_of("a", 1, raised()));
    let hanging = world.step().into_iter().find(|attempt| attempt.endpoint.id == "hangs").expect("it is tried");
    world.accept(event_of("b", 1, raised()));
    let quick = world.queue.step(world.now(), 0).1;
    assert!(quick.is_empty(), "its first is under way");
    for attempt in [event_of("a", 1, raised()).id, event_of("b", 1, raised()).id] {
        let turn = world.queue.settle("quick", &attempt, Told::Taken, world.now(), 0);
        world.keep(turn);
        world.step();
    }
    assert!(world.rows.waiting.keys().all(|(endpoint, _)| endpoint == "hangs"), "the other has everything");
    world.settle(&hanging, Told::NotTaken);
    assert_eq!(world.heard(), ["hangs alert.triggered"], "the second does not wait for the first's next try");
    world.pass();
    assert_eq!(world.heard(), ["hangs alert.triggered"]);
}

#[test]
fn tries_follow_the_schedule_and_then_the_event_is_given_up() {
    let mut world = World::with(&["a"]);
    let refused = event_of("a", 1, raised());
    world.accept(refused.clone());
    let mut tries = Vec::new();
    for number in 2.. {
        let attempts = world.step();
        let Some(attempt) = attempts.iter().find(|attempt| attempt.event.id == refused.id) else { break };
        tries.push(world.now);
        assert_eq!(attempt.tries as usize, tries.len());
        world.settle(attempt, Told::NotTaken);
        // What happens meanwhile is taken: the endpoint is not silent, it refuses this one.
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
fn one_that_is_gone_is_disabled_at_once_and_hears_nothing_more() {
    let mut world = World::with(&["a", "b"]);
    for number in 1..4 {
        world.accept(event_of("a", number, raised()));
    }
    let attempts = world.step();
    world.settle(&attempts[0], Told::Gone);
    assert_eq!(world.rows.endpoints["a"].disabled, Some((world.now(), Disabled::Gone)));
    assert_eq!(world.reasons(), [Reason::Disabled; 3]);
    world.settle(&attempts[1], Told::Taken);
    world.accept(event_of("a", 4, raised()));
    world.crash();
    assert_eq!(world.heard(), ["b alert.triggered"; 3]);
    let (_, turn) = world.queue.enable("a").expect("it is there");
    world.keep(turn);
    world.accept(event_of("a", 5, raised()));
    world.crash();
    assert_eq!(world.heard(), ["a alert.triggered", "b alert.triggered"]);
}

#[test]
fn one_that_takes_nothing_for_days_is_disabled() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    while world.rows.endpoints["a"].disabled.is_none() {
        for attempt in world.step() {
            world.settle(&attempt, Told::NotTaken);
        }
        world.crash();
        world.pass();
    }
    let (at, why) = world.rows.endpoints["a"].disabled.expect("it is disabled");
    assert_eq!((why, world.reasons()), (Disabled::Silent, vec![Reason::Disabled]));
    let days = at.since(RAISED_AT);
    assert!((3 * DAY_MS..5 * DAY_MS).contains(&i64::try_from(days).expect("it fits")), "{days}");
    assert!(world.rows.waiting.is_empty() && world.rows.events.is_empty());
}

#[test]
fn one_success_makes_up_for_days_of_failure() {
    let mut world = World::with(&["a"]);
    world.accept(event_of("a", 1, raised()));
    for _ in 0..9 {
        let attempts = world.step();
        for attempt in attempts {
            world.settle(&attempt, Told::NotTaken);
        }
        world.pass();
    }
    assert!(world.rows.endpoints["a"].failing_since.is_some());
    assert_eq!(world.heard(), ["a alert.triggered"]);
    assert_eq!(world.rows.endpoints["a"].failing_since, None);
    world.now += 10 * DAY_MS;
    world.accept(event_of("a", 2, raised()));
    let attempts = world.step();
    world.settle(&attempts[0], Told::NotTaken);
    assert_eq!(world.rows.endpoints["a"].disabled, None, "it failed once");
}

#[test]
fn a_page_that_nobody_was_called_by_is_withdrawn_when_the_alert_is_answered() {
    let mut world = World::with(&["busy", "idle"]);
    world.accept(event_of("a", 1, raised()));
    let first = world.step();
    world.settle(&first[1], Told::Taken);
    world.accept(event_of("a", 2, escalated()));
    world.accept(event_of("b", 1, escalated()));
    let page = world.step();
    assert_eq!(page[0].endpoint.id, "idle");
    world.settle(&page[0], Told::NotTaken);
    world.accept(event_of("a", 3, What::Acknowledged));
    let answered = event_of("a", 2, escalated()).id;
    let withdrawn = vec![GivenUp { endpoint: "busy".to_owned(), event: answered, reason: Reason::Answered }];
    assert_eq!(world.given_up, withdrawn, "not what was tried, and not another alert's");
    world.settle(&first[0], Told::Taken);
    assert_eq!(
        world.heard(),
        ["busy alert.escalated", "idle alert.escalated", "busy alert.acknowledged", "idle alert.acknowledged",]
    );
    world.pass();
    assert_eq!(world.heard(), ["idle alert.escalated"]);
}

#[test]
fn what_waits_has_a_limit_and_the_oldest_falls_out() {
    let mut world = World::with(&["a"]);
    for number in 0..=u32::try_from(MAX_QUEUED).expect("it fits") {
        world.accept(event_of("a", number, raised()));
    }
    assert_eq!(world.rows.waiting.len(), MAX_QUEUED);
    let oldest = event_of("a", 0, raised()).id;
    assert_eq!(world.given_up, [GivenUp { endpoint: "a".to_owned(), event: oldest, reason: Reason::Overflow }]);
}

#[test]
fn an_endpoint_that_is_full_is_told_the_newest_and_an_event_that_nobody_waits_for_is_in_nobodys_way() {
    let mut world = World::with(&["a"]);
    // As another version may have left it behind.
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
    assert!(!world.rows.events.contains_key(&0), "the limit of all lets it go");
    assert_eq!(world.rows.waiting.keys().filter(|(endpoint, _)| endpoint == "a").count(), MAX_QUEUED);
    assert!(world.reasons().iter().all(|reason| *reason == Reason::Overflow));
}

#[test]
fn there_are_only_so_many_endpoints_and_those_that_are_not_there_are_not_found() {
    let mut world = World::default();
    for number in 0..MAX_ENDPOINTS {
        world.add(&format!("e{number}"), &[]);
    }
    let one_more = Endpoint::new("x".to_owned(), String::new(), Vec::new(), Secret::new([1; 32]), world.now());
    assert_eq!(world.queue.add(one_more).map_err(|problem| problem.kind.status()), Err(409));
    let status = |problem: crate::shared::problem::Problem| problem.kind.status();
    assert_eq!(world.queue.remove("x").map_err(status), Err(404));
    assert_eq!(world.queue.enable("x").map_err(status), Err(404));
    assert_eq!(world.queue.rotate("x", Secret::new([1; 32]), world.now()).map_err(status), Err(404));
}
