//! What a pager asks of its own database: who is paged, told and left alone, on the real engine's SQL.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests")]

use campana_schema::objects::{PAGER, pager};
use campana_storage::{Database, Query, Row, Sqlite, Statement, Value};
use pollster::block_on;
use serde_json::{Value as Json, json};

const NOW: i64 = 1_000;
const LATER: i64 = 5_000;

/// A pager's database with devices of three people: `7` who raises alerts, and the guards `8` and `9`, one of whom is a
/// chief too.
struct Kept(Sqlite);

impl Kept {
    fn new() -> Self {
        let kept = Self(Sqlite::of_object(&PAGER.all_steps()).expect("the tables are made"));
        for (endpoint, user, group, expires_at) in [
            ("own", "7", "guards", LATER),
            ("phone8", "8", "guards", LATER),
            ("tablet8", "8", "chiefs", LATER),
            ("phone9", "9", "guards", LATER),
            ("old9", "9", "guards", NOW),
        ] {
            let texts = [endpoint, user, group, "key", "auth"].map(Value::from);
            let times = [NOW, expires_at].map(Value::from);
            kept.run(pager::SAVE_DEVICE, texts.into_iter().chain(times));
        }
        kept
    }

    fn run(&self, sql: &'static str, params: impl IntoIterator<Item = Value>) -> Vec<Row> {
        let statement = Statement { query: Query::unnamed(sql), params: params.into_iter().collect() };
        block_on(self.0.query(statement)).expect("the statement runs")
    }

    /// A message about the alert `a`; its number.
    fn message(&self, is_page: bool, while_open: bool) -> i64 {
        let flags = [i64::from(is_page), i64::from(while_open), LATER].map(Value::from);
        self.run(pager::ADD_PAGE, ["a".into(), "{}".into()].into_iter().chain(flags));
        self.run(pager::NEWEST_PAGE, ["a".into()])[0]["number"].as_i64().expect("a number")
    }

    /// Pages these, for an alert of `7`.
    fn page(&self, groups: &[&str], people: &[&str], while_open: bool) -> i64 {
        let number = self.message(true, while_open);
        for (sql, named) in [(pager::PAGE_GROUPS, groups), (pager::PAGE_PEOPLE, people)] {
            let named = json!(named).to_string();
            self.run(sql, ["a".into(), number.into(), NOW.into(), named.into(), "7".into()]);
        }
        number
    }

    /// Tells those who were paged how it stands.
    fn tell(&self, is_over: bool) -> i64 {
        self.run(pager::WITHDRAW_PAGES, ["a".into(), i64::from(is_over).into()]);
        let number = self.message(false, false);
        self.run(pager::TELL_PAGED, ["a".into(), number.into(), NOW.into()]);
        number
    }

    /// A try of this page at a device begins. Whether there is such a job.
    fn begin(&self, endpoint: &str, page: i64) -> bool {
        let is_due = self.due(false).contains(&(endpoint.to_owned(), page));
        self.run(pager::BEGIN_JOB, ["a".into(), endpoint.into(), page.into(), NOW.into()]);
        if is_due {
            self.run(pager::NOTE_PAGED, ["a".into(), endpoint.into(), NOW.into()]);
        }
        is_due
    }

    /// What is due: to which device, and what.
    fn due(&self, is_slow: bool) -> Vec<(String, i64)> {
        let rows = self.run(pager::DUE_JOBS, [i64::from(is_slow).into(), NOW.into(), 100_i64.into()]);
        let read = |row: &Row| Some((row["endpoint"].as_str()?.to_owned(), row["page"].as_i64()?));
        let mut due: Vec<_> = rows.iter().filter_map(read).collect();
        due.sort();
        due
    }

    #[track_caller]
    fn is_due(&self, expected: &[(&str, i64)]) {
        let expected: Vec<_> = expected.iter().map(|(endpoint, page)| ((*endpoint).to_owned(), *page)).collect();
        assert_eq!(self.due(false), expected);
    }
}

#[test]
fn who_is_named_is_paged_once_and_never_who_raised_it() {
    let kept = Kept::new();
    let guards = kept.page(&["guards"], &["7", "8"], false);
    kept.is_due(&[("phone8", guards), ("phone9", guards), ("tablet8", guards)]);
    let chiefs = kept.page(&["chiefs"], &[], false);
    kept.is_due(&[("phone8", guards), ("phone9", guards), ("tablet8", chiefs)]);
    assert_eq!(kept.page(&["nobody"], &[], false), chiefs + 1, "a page may be for nobody");
}

#[test]
fn a_newer_page_takes_the_place_of_one_that_was_tried() {
    let kept = Kept::new();
    let first = kept.page(&["guards"], &[], false);
    assert!(kept.begin("phone8", first));
    let second = kept.page(&["guards"], &[], false);
    kept.run(pager::END_JOB, ["a".into(), "phone8".into(), first.into()]);
    kept.is_due(&[("phone8", second), ("phone9", second)]);
    let tries = kept.run(pager::DUE_JOBS, [0_i64.into(), NOW.into(), 1_i64.into()])[0]["tries"].clone();
    assert_eq!(tries, Json::from(0));
}

#[test]
fn those_who_were_paged_are_told_and_those_who_were_not_are_left_alone() {
    let kept = Kept::new();
    let page = kept.page(&["guards"], &[], false);
    assert!(kept.begin("phone8", page));
    let news = kept.tell(false);
    kept.is_due(&[("phone8", news)]);
    assert!(!kept.begin("phone9", page), "it was withdrawn");
}

#[test]
fn what_whoever_has_taken_it_has_to_know_is_withdrawn_only_when_it_is_over() {
    let kept = Kept::new();
    let page = kept.page(&["guards"], &[], false);
    assert!(kept.begin("phone8", page) && kept.begin("phone9", page));
    kept.run(pager::END_JOB, ["a".into(), "phone8".into(), page.into()]);
    kept.run(pager::END_JOB, ["a".into(), "phone9".into(), page.into()]);
    let duress = kept.page(&["guards"], &[], true);
    kept.run(pager::END_JOB, ["a".into(), "phone8".into(), duress.into()]);
    let taken = kept.tell(false);
    kept.is_due(&[("phone8", taken), ("phone9", duress)]);
    let over = kept.tell(true);
    kept.is_due(&[("phone8", over), ("phone9", over)]);
    kept.run(pager::FORGET_PAGED, ["a".into()]);
    kept.tell(true);
    kept.is_due(&[]);
}

#[test]
fn a_device_that_hangs_is_given_out_apart_from_the_others() {
    let kept = Kept::new();
    kept.run(pager::MARK_DEVICE, ["phone8".into(), 1_i64.into()]);
    let page = kept.page(&["guards"], &[], false);
    kept.is_due(&[("phone9", page)]);
    assert_eq!(kept.due(true), [("phone8".to_owned(), page)]);
    kept.run(pager::MARK_DEVICE, ["phone8".into(), 0_i64.into()]);
    kept.run(pager::MARK_JOBS, ["phone8".into(), 0_i64.into()]);
    kept.is_due(&[("phone8", page), ("phone9", page)]);
}

#[test]
fn what_is_too_old_is_not_sent_and_a_device_that_is_gone_is_gone_altogether() {
    let kept = Kept::new();
    let page = kept.page(&["guards"], &[], false);
    for sql in [pager::REMOVE_JOBS_OF_DEVICE, pager::REMOVE_PAGED_OF_DEVICE, pager::REMOVE_DEVICE] {
        kept.run(sql, ["phone8".into()]);
    }
    kept.is_due(&[("phone9", page)]);
    assert!(kept.run(pager::DEVICES_OF, ["8".into(), 20_i64.into()]).iter().all(|row| row["endpoint"] == "tablet8"));
    for now in [LATER - 1, LATER] {
        kept.run(pager::END_JOBS_BEFORE, [now.into()]);
        kept.run(pager::END_PAGES_BEFORE, [now.into()]);
        let expected = if now < LATER { vec![("phone9".to_owned(), page)] } else { Vec::new() };
        assert_eq!(kept.due(false), expected);
    }
    let next = kept.run(pager::NEXT_JOB, []);
    assert_eq!(next[0].values().next(), Some(&Json::Null));
}

#[test]
fn a_report_is_about_one_alert_at_a_time() {
    let kept = Kept::new();
    for (alert, user) in [("b", "8"), ("a", "9"), ("a", "8"), ("a", "8")] {
        kept.run(pager::NOTE_REPORT, [alert.into(), user.into()]);
    }
    let reported = |kept: &Kept| -> Vec<String> {
        let rows = kept.run(pager::REPORTS, [10_i64.into()]);
        rows.iter().map(|row| format!("{} {}", row["alert_id"], row["user_id"])).collect()
    };
    assert_eq!(reported(&kept), [r#""a" "8""#, r#""a" "9""#]);
    kept.run(pager::END_REPORTS, ["a".into(), json!(["8", "9"]).to_string().into()]);
    assert_eq!(reported(&kept), [r#""b" "8""#]);
}
