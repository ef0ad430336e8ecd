//! Tests of counting, reporting and summing.

use super::*;
use crate::shared::timestamp::Timestamp;
use std::convert::Infallible;

const HOUR_MS: i64 = 60 * 60_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + ms)
}

fn report_of(collector: &mut Collector, id: &str, now: Timestamp) -> Report {
    let report = collector.report(now, || Ok::<_, Infallible>(id.to_owned())).expect("an id");
    report.expect("there is news")
}

fn alerts(totals: &Totals) -> u64 {
    totals.sums().get("alerts_raised_total").map_or(0, |counts| counts[0])
}

fn raise(collector: &mut Collector, count: u64) {
    collector.add(&ALERTS_RAISED, &[], count);
}

#[test]
fn sums_cover_every_isolate() {
    let (mut one, mut other, mut totals) = (Collector::default(), Collector::default(), Totals::default());
    raise(&mut one, 2);
    raise(&mut other, 3);
    for (collector, id) in [(&mut one, "a"), (&mut other, "b")] {
        let report = report_of(collector, id, at(0));
        let (taken, ..) = totals.take(&report, at(0));
        assert!(taken.accepted);
        collector.answered(&report, true);
    }
    assert_eq!(alerts(&totals), 5);
    assert!(!one.is_due(at(1)), "nothing to report");
    raise(&mut one, 1);
    let report = report_of(&mut one, "unused", at(5_000));
    assert_eq!(report.source, "a");
    assert_eq!(report.counts, Counts::from([("alerts_raised_total".to_owned(), vec![3])]), "absolute numbers");
    let (_, grown, _) = totals.take(&report, at(5_000));
    assert_eq!(grown["alerts_raised_total"], [1]);
    assert_eq!(alerts(&totals), 6);
}

#[test]
fn lost_repeated_and_overtaken_reports_change_nothing() {
    let (mut isolate, mut totals) = (Collector::default(), Totals::default());
    let mut reports = Vec::new();
    for round in 0..4 {
        raise(&mut isolate, 1);
        reports.push(report_of(&mut isolate, "a", at(round * 5_000)));
        isolate.failed();
    }
    let mut highest = 0;
    for index in [2, 0, 2, 3, 1, 3] {
        totals.take(&reports[index], at(20_000));
        assert!(alerts(&totals) >= highest, "never lower");
        highest = alerts(&totals);
    }
    assert_eq!(alerts(&totals), 4);
}

#[test]
fn folding_keeps_the_sum_and_a_folded_isolate_goes_on_under_another_id() {
    let (mut isolate, mut totals) = (Collector::default(), Totals::default());
    raise(&mut isolate, 2);
    let report = report_of(&mut isolate, "a", at(0));
    totals.take(&report, at(0));
    isolate.answered(&report, true);
    // Another isolate's report, two hours later, folds the first.
    let mut other = Collector::default();
    raise(&mut other, 1);
    totals.take(&report_of(&mut other, "b", at(2 * HOUR_MS)), at(2 * HOUR_MS));
    assert_eq!((totals.isolates(), alerts(&totals)), (1, 3));
    raise(&mut isolate, 5);
    let late = report_of(&mut isolate, "unused", at(2 * HOUR_MS));
    let (taken, grown, changes) = totals.take(&late, at(2 * HOUR_MS));
    assert_eq!((taken.accepted, grown.len(), changes.len()), (false, 0, 0));
    isolate.answered(&late, false);
    // The five may have been counted with the report before: they are lost rather than counted twice.
    raise(&mut isolate, 1);
    let report = report_of(&mut isolate, "c", at(2 * HOUR_MS));
    assert_eq!((report.source.as_str(), report.opens), ("c", true));
    totals.take(&report, at(2 * HOUR_MS));
    assert_eq!(alerts(&totals), 4);
}

#[test]
fn a_silent_isolate_counts_again_without_loss() {
    let (mut isolate, mut totals) = (Collector::default(), Totals::default());
    raise(&mut isolate, 2);
    let report = report_of(&mut isolate, "a", at(0));
    totals.take(&report, at(0));
    isolate.answered(&report, true);
    raise(&mut isolate, 5);
    let report = report_of(&mut isolate, "b", at(2 * HOUR_MS));
    let (taken, ..) = totals.take(&report, at(2 * HOUR_MS));
    assert!(taken.accepted, "still known: nothing was folded");
    assert_eq!(alerts(&totals), 7);
}

#[test]
fn reopened_totals_have_the_persisted_changes() {
    let mut totals = Totals::default();
    let (mut folded, mut sources) = (Counts::new(), std::collections::BTreeMap::new());
    for round in 0..300 {
        let mut isolate = Collector::default();
        raise(&mut isolate, 1);
        let report = report_of(&mut isolate, &format!("isolate {round}"), at(round));
        for change in totals.take(&report, at(round)).2 {
            match change {
                TotalsChange::Source(name, source) => drop(sources.insert(name, source)),
                TotalsChange::Gone(name) => drop(sources.remove(&name)),
                TotalsChange::Folded(counts) => folded = counts,
            }
        }
        let reopened = Totals::reopen(folded.clone(), sources.clone());
        assert_eq!(alerts(&reopened), u64::try_from(round).expect("small") + 1);
        assert!(reopened.isolates() <= 256, "bounded");
    }
}

#[test]
fn unknown_and_malformed_series_are_dropped() {
    let mut totals = Totals::default();
    let counts =
        [("invented_total", vec![1]), ("alerts_raised_total|a|b", vec![1]), ("alerts_raised_total", vec![1, 2])];
    let counts = counts.into_iter().map(|(key, numbers)| (key.to_owned(), numbers)).collect();
    totals.take(&Report { source: "a".to_owned(), opens: true, counts, people: Vec::new() }, at(0));
    assert_eq!(totals.sums(), Counts::new());
}

#[test]
fn one_report_at_a_time_until_it_counts_as_lost() {
    let mut isolate = Collector::default();
    assert!(!isolate.begin(at(0)), "no news");
    raise(&mut isolate, 1);
    assert!(isolate.begin(at(0)));
    assert!(!isolate.begin(at(9_999)));
    assert!(isolate.begin(at(10_000)));
}

#[test]
fn durations_fall_into_the_bucket_of_their_bound() {
    let mut isolate = Collector::default();
    for ms in [5, 6, 10_000] {
        isolate.observe(&HTTP_DURATION, &["chat"], ms);
    }
    let report = report_of(&mut isolate, "a", at(0));
    let mut expected = vec![0; HTTP_DURATION.width()];
    expected[0] = 1;
    expected[1] = 1;
    expected[HTTP_DURATION.bounds_ms.len()] = 1;
    expected[HTTP_DURATION.width() - 1] = 10_011;
    assert_eq!(report.counts["http_request_duration_seconds|chat"], expected);
}

#[test]
fn a_user_is_reported_once_a_day() {
    let mut isolate = Collector::default();
    isolate.active(7, at(0));
    let report = report_of(&mut isolate, "a", at(0));
    assert_eq!(report.people, [7]);
    isolate.answered(&report, true);
    isolate.active(7, at(1));
    assert!(!isolate.is_due(at(1)), "already counted today");
    isolate.active(7, at(24 * HOUR_MS));
    assert!(isolate.is_due(at(24 * HOUR_MS)));
}

#[test]
fn estimates_of_people_are_within_five_percent() {
    for people in [0_u64, 1, 100, 5_000, 40_000, 200_000] {
        let mut registers = Registers::default();
        for user in 0..people {
            registers.add(hash_of(&user.to_string()));
        }
        let (estimate, allowed) = (registers.estimate(), people / 20);
        assert!(estimate.abs_diff(people) <= allowed, "{estimate} for {people}");
        assert_eq!(Registers::parse(&registers.to_text()), registers);
        let mut twice = registers.clone();
        twice.merge(&registers);
        assert_eq!(twice.estimate(), estimate);
    }
    assert_eq!(Registers::parse("no registers"), Registers::default());
}

#[test]
fn a_minute_has_requests_errors_and_quantiles() {
    let mut isolate = Collector::default();
    isolate.add(&HTTP_REQUESTS, &["GET", "/api/me", "2xx"], 3);
    isolate.add(&HTTP_REQUESTS, &["GET", "/api/me", "5xx"], 1);
    for ms in [1, 1, 1, 40] {
        isolate.observe(&DELIVERY, &["conversation"], ms);
    }
    let mut minute = Minute::default();
    assert_eq!(minute.value(Series::DeliveryP50), None);
    minute.grow(&report_of(&mut isolate, "a", at(0)).counts);
    let values = [Series::Requests, Series::Errors, Series::DeliveryP50, Series::DeliveryP99, Series::Connections];
    assert_eq!(values.map(|series| minute.value(series)), [Some(4), Some(1), Some(1), Some(50), None]);
}
