//! Native tests of the quota registry and the reporters: counts, admission, schedule of reports, closed connections.

mod histories;

use super::*;
use crate::shared::timestamp::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn user(id: &str) -> UserId {
    UserId::trusted(id)
}

fn report(source: &str, turn: i64, connections: u32) -> Report {
    Report {
        source: source.to_owned(),
        kind: Kind::Room,
        turn,
        connections,
        people: connections,
        sent: 0,
        sent_counted: 0,
        holders: People::Everybody(Vec::new()),
        quota: Quota::default(),
        allowance: 0,
        wants: Vec::new(),
    }
}

fn stats(registry: &mut Registry, now: i64) -> Stats {
    registry.stats(at(now)).0
}

const MINUTE: i64 = 60_000;

#[test]
fn reports_are_absolute_and_a_repeated_one_counts_once() {
    let mut registry = Registry::default();
    for turn in [1, 1, 2] {
        registry.take(&report("a", turn, 3), at(0));
    }
    registry.take(&Report { kind: Kind::Conversation, ..report("b", 1, 2) }, at(0));
    let (answer, _) = registry.take(&Report { kind: Kind::Channel, ..report("user.ana", 1, 1) }, at(0));
    assert_eq!((answer.turn, answer.connections), (1, Some(6)));
    let now = stats(&mut registry, 1);
    assert_eq!((now.connections, now.conversations_live, now.rooms_live, now.channels_live), (6, 2, 1, 1));
    let busiest: Vec<_> = now.busiest.iter().map(|busy| (busy.conversation_id.as_str(), busy.connections)).collect();
    assert_eq!(busiest, [("a", 3), ("b", 2)]);
    let (answer, changes) = registry.take(&report("a", 1, 9), at(2));
    assert_eq!((answer.turn, changes), (2, Vec::new()), "a late report with an older turn is ignored");
    assert_eq!(stats(&mut registry, 3).connections, 6);
    registry.take(&report("a", 3, 0), at(4));
    assert_eq!(stats(&mut registry, 5).rooms_live, 0);
}

#[test]
fn a_lease_expires_unless_it_is_renewed() {
    let mut registry = Registry::default();
    registry.take(&report("dead", 1, 3), at(0));
    registry.take(&report("alive", 1, 1), at(0));
    registry.take(&report("alive", 2, 1), at(10 * MINUTE));
    assert_eq!(stats(&mut registry, 15 * MINUTE - 1).connections, 4);
    let (now, changes) = registry.stats(at(15 * MINUTE));
    assert_eq!(now.connections, 1);
    assert_eq!(changes, [RegistryChange::Gone("dead".to_owned())]);
    let late = Report { holders: People::Changed(Vec::new()), ..report("dead", 2, 3) };
    let (answer, _) = registry.take(&late, at(15 * MINUTE));
    assert_ne!(answer.turn, 2, "the lease's users were deleted: a full report is requested");
    assert_eq!(stats(&mut registry, 25 * MINUTE).connections, 0);
}

#[test]
fn a_channel_without_connections_leaves_nothing_behind() {
    let mut registry = Registry::default();
    let channel = |turn, connections| Report { kind: Kind::Channel, ..report("user.ana", turn, connections) };
    registry.take(&channel(1, 1), at(0));
    assert_eq!(registry.take(&channel(2, 0), at(1)).1, [RegistryChange::Gone("user.ana".to_owned())]);
}

#[test]
fn messages_are_counted_once_despite_repeated_or_lost_reports() {
    let mut registry = Registry::default();
    let report_of = |turn, sent, sent_counted| Report { sent, sent_counted, ..report("a", turn, 0) };
    registry.take(&report_of(1, 110, 100), at(0));
    assert_eq!(stats(&mut registry, 0).messages_total, 10, "messages from before the registry existed do not count");
    registry.take(&report_of(2, 112, 100), at(1));
    assert_eq!(stats(&mut registry, 1).messages_total, 12, "the object lost the count of ten messages");
    registry.take(&report_of(2, 112, 100), at(2));
    registry.take(&report_of(3, 112, 112), at(3));
    assert_eq!(stats(&mut registry, 3).messages_total, 12);
    registry.take(&report_of(4, 115, 112), at(60 * MINUTE));
    assert_eq!(stats(&mut registry, 60 * MINUTE).messages_total, 15, "the lease expired, but the object has the count");
}

#[test]
fn the_rate_is_the_average_of_the_last_minute() {
    let mut registry = Registry::default();
    let rate = |registry: &mut Registry, now| (stats(registry, now).messages_per_second * 60.0).round();
    registry.take(&Report { sent: 60, ..report("a", 1, 0) }, at(0));
    registry.take(&Report { sent: 90, ..report("a", 2, 0) }, at(30_000));
    assert!((rate(&mut registry, 30_000) - 90.0).abs() < 0.1);
    assert!((rate(&mut registry, 60_000) - 30.0).abs() < 0.1);
    assert!(rate(&mut registry, 90_000).abs() < 0.1);
}

fn here(quota: Quota, connections: usize) -> Here<'static> {
    let connections = u32::try_from(connections).expect("few");
    Here { source: "a", kind: Kind::Room, connections, people: 0, sent: 0, sent_counted: 0, quota }
}

const fn app(most: u32) -> Quota {
    Quota { app: Some(most), person: None }
}

const fn person(most: u32) -> Quota {
    Quota { app: None, person: Some(most) }
}

/// Connections of the user ana with these numbers.
fn anas(ids: &[u32]) -> Connections {
    ids.iter().map(|id| (*id, Some(user("ana")))).collect()
}

/// Sends a report and processes an answer with the given totals of the app and of the user ana.
fn exchange(
    reporter: &mut Reporter,
    quota: Quota,
    ids: &[u32],
    total: u64,
    anas_total: u64,
    now: i64,
) -> Vec<(u32, Exceeded)> {
    let list = || anas(ids);
    let report = reporter.write(&here(quota, ids.len()), at(now), list).expect("no report in flight");
    let people = vec![(user("ana"), anas_total)];
    let answer = Answer { people, ..Answer::new(report.turn, total) };
    reporter.answered(&report, &answer, list, at(now))
}

#[test]
fn an_objects_own_connections_are_counted_exactly() {
    let mut reporter = Reporter::default();
    for id in 1..=3 {
        assert_eq!(reporter.admit(id - 1, None, app(3), at(0)), Ok(()));
        reporter.opened(id, None, app(3));
    }
    assert_eq!(reporter.admit(3, None, app(3), at(0)), Err(Exceeded::App));
    assert_eq!(reporter.admit(3, None, Quota::default(), at(0)), Ok(()));
    let ana = user("ana");
    assert_eq!(reporter.admit(9, Some((&ana, 1)), person(2), at(0)), Ok(()));
    assert_eq!(reporter.admit(9, Some((&ana, 2)), person(2), at(0)), Err(Exceeded::Person));
}

#[test]
fn connections_in_other_objects_count_until_the_totals_expire() {
    let mut reporter = Reporter::default();
    let ana = user("ana");
    let both = Quota { app: Some(10), person: Some(3) };
    assert_eq!(exchange(&mut reporter, both, &[1], 10, 3, 1_000), []);
    for (now, expected) in
        [(1_000, Err(Exceeded::Person)), (2_999, Err(Exceeded::Person)), (3_000, Ok(())), (999, Ok(()))]
    {
        assert_eq!(reporter.admit(1, Some((&ana, 1)), both, at(now)), expected, "at {now}");
    }
    let ben = user("ben");
    assert_eq!(reporter.admit(1, Some((&ben, 0)), both, at(1_000)), Err(Exceeded::App));
    assert_eq!(reporter.admit(1, Some((&ben, 0)), person(3), at(1_000)), Ok(()), "no total of this user is known");
    assert_eq!(reporter.admit(0, Some((&ben, 0)), both, at(1_000)), Ok(()), "one of the ten connections closed");
}

#[test]
fn the_newest_unconfirmed_connections_above_a_maximum_are_closed() {
    let mut reporter = Reporter::default();
    for id in 1..=4 {
        reporter.opened(id, Some(&user("ana")), app(20));
    }
    assert_eq!(exchange(&mut reporter, app(20), &[1, 2, 3, 4], 22, 0, 0), [(3, Exceeded::App), (4, Exceeded::App)]);
    assert_eq!(exchange(&mut reporter, app(1), &[1, 2], 20, 0, 1_000), [], "confirmed connections stay open");
    reporter.opened(5, Some(&user("ana")), person(3));
    assert_eq!(exchange(&mut reporter, person(3), &[1, 2, 5], 9, 4, 2_000), [(5, Exceeded::Person)]);
    reporter.opened(6, Some(&user("ana")), person(3));
    assert_eq!(exchange(&mut reporter, person(3), &[1, 2, 6], 9, 3, 3_000), []);
    let both = Quota { app: Some(9), person: Some(3) };
    reporter.opened(7, Some(&user("ana")), both);
    let closed = exchange(&mut reporter, both, &[1, 2, 6, 7], 10, 4, 4_000);
    assert_eq!(closed, [(7, Exceeded::Person)], "one closed connection satisfies both maxima");
}

#[test]
fn connections_that_open_or_close_while_a_report_is_in_flight_count() {
    let mut reporter = Reporter::default();
    reporter.opened(1, None, app(4));
    reporter.opened(2, None, app(4));
    let first = reporter.write(&here(app(4), 2), at(0), Vec::new).expect("no report in flight");
    reporter.opened(3, None, app(4));
    let list = || vec![(1, None), (3, None)];
    assert_eq!(reporter.answered(&first, &Answer::new(first.turn, 5), list, at(0)), [(3, Exceeded::App)]);
    let second = reporter.write(&here(app(4), 1), at(1_000), Vec::new).expect("no report in flight");
    assert_eq!(reporter.answered(&second, &Answer::new(second.turn, 9), || vec![(1, None)], at(1_000)), []);
}

#[test]
fn an_unreachable_registry_refuses_no_connection_and_gets_fewer_reports() {
    let mut reporter = Reporter::default();
    let mut now = 0;
    for (id, wait) in (1..).zip([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
        assert_eq!(reporter.admit(0, None, app(1), at(now)), Ok(()));
        reporter.opened(id, Some(&user("ana")), app(1));
        let report = reporter.write(&here(app(1), 1), at(now), || anas(&[id])).expect("no report in flight");
        assert!(matches!(report.holders, People::Everybody(_)), "the registry's state is unknown");
        reporter.failed(at(now));
        assert_eq!(reporter.due(&here(app(1), 1), at(now)), Due::At(at(now + wait)));
        now += wait;
    }
    assert_eq!(
        exchange(&mut reporter, app(1), &[8], 5, 0, now),
        [],
        "connections admitted during the outage stay open"
    );
    assert_eq!(reporter.admit(1, None, app(1), at(now)), Err(Exceeded::App));
}

#[test]
fn reports_are_throttled_and_list_changed_users() {
    let mut reporter = Reporter::default();
    let free = Quota::default();
    assert_eq!(reporter.due(&here(free, 0), at(0)), Due::Now, "no report since the object woke");
    let first = reporter.write(&here(free, 2), at(100), || anas(&[1, 2])).expect("no report in flight");
    assert_eq!(first.holders, People::Everybody(vec![(user("ana"), 2)]));
    assert_eq!(reporter.due(&here(free, 2), at(100)), Due::No, "a report is in flight");
    assert_eq!(reporter.write(&here(free, 2), at(100), Vec::new), None);
    reporter.answered(&first, &Answer::new(first.turn, 2), Vec::new, at(100));
    assert_eq!(reporter.due(&here(free, 2), at(200)), Due::No);
    reporter.changed(Some(&user("ben")));
    reporter.changed(Some(&user("ana")));
    assert_eq!(reporter.due(&here(free, 1), at(200)), Due::At(at(2_100)));
    assert_eq!(reporter.due(&here(app(9), 1), at(200)), Due::At(at(1_100)));
    assert_eq!(reporter.due(&here(free, 1), at(2_100)), Due::Now);
    let second = reporter.write(&here(free, 1), at(2_100), || anas(&[2])).expect("no report in flight");
    assert_eq!(second.holders, People::Changed(vec![(user("ana"), 1), (user("ben"), 0)]));
    reporter.answered(&second, &Answer::new(second.turn, 1), Vec::new, at(2_100));
    let with_messages = Here { sent: 1, ..here(app(9), 1) };
    assert_eq!(reporter.due(&with_messages, at(9_000)), Due::At(at(12_100)), "messages alone can wait");
    assert_eq!(reporter.due(&with_messages, at(12_100)), Due::Now, "new messages are reported");
    assert_eq!(reporter.due(&here(free, 1), at(2_100 + 4 * MINUTE - 1)), Due::No);
    assert_eq!(reporter.due(&here(free, 1), at(2_100 + 4 * MINUTE)), Due::Now, "the lease needs renewal");
    assert_eq!(reporter.due(&here(free, 0), at(2_100 + 4 * MINUTE)), Due::No, "no connection is open");
}

#[test]
fn after_an_ignored_report_the_object_reports_all_users_with_a_newer_turn() {
    let mut reporter = Reporter::default();
    let first = reporter.write(&here(app(1), 0), at(5), Vec::new).expect("no report in flight");
    reporter.answered(&first, &Answer::new(900, 7), Vec::new, at(5));
    let second = reporter.write(&here(app(1), 1), at(6), || anas(&[1])).expect("no report in flight");
    assert_eq!((second.turn, second.holders), (901, People::Everybody(vec![(user("ana"), 1)])));
}

/// During a deployment, objects and their registry run different releases for minutes.
#[test]
fn reports_and_answers_are_compatible_with_the_previous_release() {
    let theirs = r#"{"source":"a","kind":"room","turn":1,"connections":1,"people":1,"allowance":1,"sent":0,
        "sent_counted":0,"counted":"nobody","caps":{"app":4,"person":null},"wants":["ana"]}"#;
    let read: Report = serde_json::from_str(theirs).expect("a report");
    assert_eq!((read.connections, &read.holders, read.quota), (1, &People::Nobody, app(4)));
    let ours = serde_json::to_value(report("a", 1, 1)).expect("JSON");
    let needed = ["source", "kind", "turn", "connections", "people", "allowance", "sent", "sent_counted", "counted"];
    assert!(needed.iter().chain(&["caps", "wants"]).all(|name| ours.get(name).is_some()), "{ours}");
    let answer: Answer = serde_json::from_str(r#"{"turn":1,"allowance":2,"verdicts":[]}"#).expect("an answer");
    assert_eq!((answer.turn, answer.connections), (1, None));
    let ours = serde_json::to_value(Answer::new(1, 2)).expect("JSON");
    assert_eq!((&ours["allowance"], &ours["verdicts"]), (&0.into(), &serde_json::json!([])));
}
