//! A pager's queries on SQLite: which devices get pages and follow-up messages.

use crate::pager::queries::{devices, jobs, paged, pages, reports};
use campana_schema::objects::PAGER;
use campana_storage::{Database, Query, Row, Sqlite, Statement, Value};
use pollster::block_on;
use serde_json::{Value as Json, json};

const NOW: i64 = 1_000;
const LATER: i64 = 5_000;

/// A pager's database with devices of user `7`, who raises alerts, and of guards `8` and `9`; `8` is a chief too.
struct Pager(Sqlite);

impl Pager {
    fn new() -> Self {
        let pager_db = Self(Sqlite::of_object(&PAGER.all_steps()).expect("the steps apply"));
        for (endpoint, user, group, expires_at) in [
            ("own", "7", "guards", LATER),
            ("phone8", "8", "guards", LATER),
            ("tablet8", "8", "chiefs", LATER),
            ("phone9", "9", "guards", LATER),
            ("old9", "9", "guards", NOW),
        ] {
            let texts = [endpoint, user, group, "key", "auth"].map(Value::from);
            let times = [NOW, expires_at].map(Value::from);
            pager_db.run(devices::SAVE, texts.into_iter().chain(times));
        }
        pager_db
    }

    fn run(&self, sql: &'static str, params: impl IntoIterator<Item = Value>) -> Vec<Row> {
        let statement = Statement { query: Query::unnamed(sql), params: params.into_iter().collect() };
        block_on(self.0.query(statement)).expect("the statement runs")
    }

    /// Adds a message about the alert `a`. Returns its number.
    fn message(&self, is_page: bool, while_open: bool) -> i64 {
        let flags = [i64::from(is_page), i64::from(while_open), LATER].map(Value::from);
        self.run(pages::ADD, ["a".into(), "{}".into()].into_iter().chain(flags));
        self.run(pages::NEWEST, ["a".into()])[0]["number"].as_i64().expect("the number is an integer")
    }

    /// Pages these groups and users for an alert of `7`. Returns the page's number.
    fn page(&self, groups: &[&str], people: &[&str], while_open: bool) -> i64 {
        let number = self.message(true, while_open);
        for (sql, named) in [(jobs::ADD_FOR_GROUPS, groups), (jobs::ADD_FOR_USERS, people)] {
            let named = json!(named).to_string();
            self.run(sql, ["a".into(), number.into(), NOW.into(), named.into(), "7".into()]);
        }
        number
    }

    /// Withdraws pending pages and queues a status message for paged devices. Returns its number.
    fn tell(&self, is_over: bool) -> i64 {
        self.run(jobs::WITHDRAW_ALERT, ["a".into(), i64::from(is_over).into()]);
        let number = self.message(false, false);
        self.run(jobs::ADD_FOR_PAGED, ["a".into(), number.into(), NOW.into(), "7".into()]);
        number
    }

    /// Begins an attempt to send this page to a device. Returns whether the job was due.
    fn begin(&self, endpoint: &str, page: i64) -> bool {
        let is_due = self.due(false).contains(&(endpoint.to_owned(), page));
        self.run(jobs::BEGIN, ["a".into(), endpoint.into(), page.into(), NOW.into()]);
        if is_due {
            self.run(paged::NOTE, ["a".into(), endpoint.into(), NOW.into()]);
        }
        is_due
    }

    /// Due jobs, as (endpoint, page number).
    fn due(&self, is_slow: bool) -> Vec<(String, i64)> {
        let rows =
            self.run(jobs::DUE, [i64::from(is_slow).into(), NOW.into(), 100_i64.into(), "7".into(), "[]".into()]);
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
fn each_recipient_is_paged_once_except_the_user_who_raised_the_alert() {
    let pager_db = Pager::new();
    let guards = pager_db.page(&["guards"], &["7", "8"], false);
    pager_db.is_due(&[("phone8", guards), ("phone9", guards), ("tablet8", guards)]);
    let chiefs = pager_db.page(&["chiefs"], &[], false);
    pager_db.is_due(&[("phone8", guards), ("phone9", guards), ("tablet8", chiefs)]);
    assert_eq!(pager_db.page(&["nobody"], &[], false), chiefs + 1, "a page may have no recipients");
}

#[test]
fn a_newer_page_replaces_an_attempted_one_and_resets_its_attempts() {
    let pager_db = Pager::new();
    let first = pager_db.page(&["guards"], &[], false);
    assert!(pager_db.begin("phone8", first));
    let second = pager_db.page(&["guards"], &[], false);
    pager_db.run(jobs::END, ["a".into(), "phone8".into(), first.into()]);
    pager_db.is_due(&[("phone8", second), ("phone9", second)]);
    let tries =
        pager_db.run(jobs::DUE, [0_i64.into(), NOW.into(), 1_i64.into(), "7".into(), "[]".into()])[0]["tries"].clone();
    assert_eq!(tries, Json::from(0));
}

#[test]
fn only_paged_devices_get_the_status_message() {
    let pager_db = Pager::new();
    let page = pager_db.page(&["guards"], &[], false);
    assert!(pager_db.begin("phone8", page));
    let news = pager_db.tell(false);
    pager_db.is_due(&[("phone8", news)]);
    assert!(!pager_db.begin("phone9", page), "its page was withdrawn");
}

#[test]
fn a_page_needed_while_the_alert_is_open_is_withdrawn_only_when_it_is_closed() {
    let pager_db = Pager::new();
    let page = pager_db.page(&["guards"], &[], false);
    assert!(pager_db.begin("phone8", page) && pager_db.begin("phone9", page));
    pager_db.run(jobs::END, ["a".into(), "phone8".into(), page.into()]);
    pager_db.run(jobs::END, ["a".into(), "phone9".into(), page.into()]);
    let duress = pager_db.page(&["guards"], &[], true);
    pager_db.run(jobs::END, ["a".into(), "phone8".into(), duress.into()]);
    let taken = pager_db.tell(false);
    pager_db.is_due(&[("phone8", taken), ("phone9", duress)]);
    let over = pager_db.tell(true);
    pager_db.is_due(&[("phone8", over), ("phone9", over)]);
    pager_db.run(paged::FORGET, ["a".into()]);
    pager_db.tell(true);
    pager_db.is_due(&[]);
}

#[test]
fn jobs_of_a_slow_device_are_listed_separately() {
    let pager_db = Pager::new();
    pager_db.run(devices::MARK, ["phone8".into(), 1_i64.into()]);
    let page = pager_db.page(&["guards"], &[], false);
    pager_db.is_due(&[("phone9", page)]);
    assert_eq!(pager_db.due(true), [("phone8".to_owned(), page)]);
    pager_db.run(devices::MARK, ["phone8".into(), 0_i64.into()]);
    pager_db.run(jobs::MARK, ["phone8".into(), 0_i64.into()]);
    pager_db.is_due(&[("phone8", page), ("phone9", page)]);
}

#[test]
fn expired_jobs_are_deleted_and_a_removed_device_leaves_no_rows() {
    let pager_db = Pager::new();
    let page = pager_db.page(&["guards"], &[], false);
    for sql in [jobs::REMOVE_OF_DEVICE, paged::REMOVE_OF_DEVICE, devices::REMOVE] {
        pager_db.run(sql, ["phone8".into()]);
    }
    pager_db.is_due(&[("phone9", page)]);
    assert!(pager_db.run(devices::OF_USER, ["8".into(), 20_i64.into()]).iter().all(|row| row["endpoint"] == "tablet8"));
    for now in [LATER - 1, LATER] {
        pager_db.run(jobs::END_BEFORE, [now.into()]);
        pager_db.run(pages::END_BEFORE, [now.into()]);
        let expected = if now < LATER { vec![("phone9".to_owned(), page)] } else { Vec::new() };
        assert_eq!(pager_db.due(false), expected);
    }
    let next = pager_db.run(jobs::NEXT, []);
    assert_eq!(next[0].values().next(), Some(&Json::Null));
}

#[test]
fn reports_are_listed_one_alert_at_a_time() {
    let pager_db = Pager::new();
    for (alert, user) in [("b", "8"), ("a", "9"), ("a", "8"), ("a", "8")] {
        pager_db.run(reports::NOTE, [alert.into(), user.into()]);
    }
    let reported = |pager_db: &Pager| -> Vec<String> {
        let rows = pager_db.run(reports::LIST, [10_i64.into()]);
        rows.iter().map(|row| format!("{} {}", row["alert_id"], row["user_id"])).collect()
    };
    assert_eq!(reported(&pager_db), [r#""a" "8""#, r#""a" "9""#]);
    pager_db.run(reports::END, ["a".into(), json!(["8", "9"]).to_string().into()]);
    assert_eq!(reported(&pager_db), [r#""b" "8""#]);
}

#[test]
fn the_users_who_raised_alerts_with_due_jobs_are_found_one_after_the_other() {
    let pager_db = Pager::new();
    let number = pager_db.message(true, false);
    for (alert, owner, at) in [("a", "7", NOW), ("b", "4", NOW), ("c", "5", LATER)] {
        let named = json!(["guards"]).to_string();
        pager_db.run(jobs::ADD_FOR_GROUPS, [alert.into(), number.into(), at.into(), named.into(), owner.into()]);
    }
    let next_without = |busy: &[&str], after: &str| {
        let rows =
            pager_db.run(jobs::NEXT_OWNER, [0_i64.into(), NOW.into(), after.into(), json!(busy).to_string().into()]);
        rows[0].values().next().and_then(|owner| owner.as_str().map(str::to_owned))
    };
    let next = |after: &str| next_without(&[], after);
    assert_eq!(next("").as_deref(), Some("4"));
    assert_eq!(next("4").as_deref(), Some("7"), "that of 5 is not due");
    assert_eq!(next("7"), None);
    // Devices with a request in flight are left out.
    assert_eq!(next_without(&["phone8"], "").as_deref(), Some("4"));
    assert_eq!(next_without(&["own", "phone8", "tablet8", "phone9"], ""), None);
}

#[test]
fn jobs_of_a_release_that_stored_no_owner_are_found() {
    const OF_OLD_RELEASE: &str = "INSERT INTO jobs (alert_id, endpoint, page, tries, next_at, is_slow)
        VALUES ('a', 'phone8', ?1, 0, ?2, 0)";
    let pager_db = Pager::new();
    let number = pager_db.message(true, false);
    pager_db.run(OF_OLD_RELEASE, [number.into(), NOW.into()]);
    let found = pager_db.run(jobs::NEXT_OWNER, [0_i64.into(), NOW.into(), "".into(), "[]".into()]);
    let owner = found[0].values().next().and_then(|owner| owner.as_str()).expect("an owner");
    let due = pager_db.run(jobs::DUE, [0_i64.into(), NOW.into(), 1_i64.into(), owner.into(), "[]".into()]);
    assert_eq!(due[0]["endpoint"], "phone8");
}
