mod alerts;
mod messages;

use super::{SCHEDULES, run_schedule};
use crate::testing::{START_MS, World};
use campana_core::chat::command::Trimmed;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::purge;
use campana_storage::{Database, Fault, Row, Statement, Value as Param};
use pollster::block_on;
use serde_json::{Value, json};
use tracing::dispatcher::with_default;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The time `days` days before the world's start, milliseconds.
fn days_ago(days: i64) -> i64 {
    START_MS - days * DAY_MS
}

impl World {
    /// Runs a schedule; returns its log lines.
    fn schedule(&self, name: &str) -> Vec<Value> {
        let schedule = SCHEDULES.iter().find(|schedule| schedule.name == name).expect("the schedule exists");
        self.fire(schedule.cron)
    }

    fn fire(&self, cron: &str) -> Vec<Value> {
        let before = self.log.everything().len();
        let run = run_schedule(&self.app, cron, Timestamp::from_millis(START_MS));
        with_default(&self.dispatch, || block_on(run));
        self.log.everything().split_off(before)
    }

    fn rows<const N: usize>(&self, sql: &'static str, params: [Param; N]) -> Vec<Row> {
        block_on(self.database.query(Statement::unnamed(sql, params))).expect("the statement succeeds")
    }

    fn count(&self, sql: &'static str) -> i64 {
        self.rows(sql, [])[0]["n"].as_i64().expect("a number")
    }

    /// Inserts a conversation with this many messages, one per second.
    fn conversation(&self, tenant: &str, id: &str, messages: u32, from: i64) {
        const MAKE: &str = "INSERT INTO conversations (id, tenant_id, type, created_by, created_at, last_seq, \
                            message_count, oldest_message_at) VALUES (?2, ?1, 'group', 'ana', 1, ?3, ?3, ?4)";
        const SAY: &str = "
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
            INSERT INTO messages (conversation_id, seq, id, tenant_id, ordinal, sender_id, sender_name, type,
                created_at, updated_seq)
            SELECT ?2, i, ?2 || i, ?1, i, 'ana', 'Ana', 'text', CAST(?4 AS INTEGER) + i * 1000, i FROM n";
        for sql in [MAKE, SAY] {
            self.run(sql, [tenant.into(), id.into(), messages.into(), from.into()]);
        }
    }

    fn keep_messages(&self, tenant: &str, days: u32) {
        const KEEP: &str = "UPDATE apps SET settings = json_set(settings, '$.retention', json_object('message_days', \
                            CAST(?2 AS INTEGER))) WHERE tenant_id = ?1";
        self.run(KEEP, [tenant.into(), days.into()]);
    }
}

/// `purged`, `steps`, `failures` and `more` of a job's log line.
fn reported(lines: &[Value], job: &str) -> (u64, u64, u64, bool) {
    let line = lines.iter().find(|line| line["job"] == job && line["level"] == "info").expect("the job logged a line");
    let number = |name: &str| line[name].as_u64().expect("a number");
    (number("purged"), number("steps"), number("failures"), line["more"].as_bool().expect("a boolean"))
}

#[test]
fn wrangler_toml_lists_the_same_schedules() {
    let config = include_str!("../../../../wrangler.toml");
    let (_, rest) = config.split_once("crons = [").expect("wrangler.toml lists crons");
    let (list, _) = rest.split_once("\n]").expect("the end of the list");
    let named: Vec<_> = list.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let expected = SCHEDULES.iter().map(|schedule| {
        let jobs: Vec<_> = schedule.jobs.iter().map(|(name, _)| *name).collect();
        format!("\"{}\", # {}: {}", schedule.cron, schedule.name, jobs.join(", "))
    });
    assert_eq!(named, expected.collect::<Vec<_>>());
}

#[test]
fn an_unknown_cron_is_logged_and_does_nothing() {
    let world = World::new();
    let lines = world.fire("* * * * *");
    assert_eq!((lines.len(), &lines[0]["level"], &lines[0]["cron"]), (1, &json!("warning"), &json!("* * * * *")));
}

#[test]
fn a_run_without_work_is_logged_and_changes_nothing() {
    let world = World::new();
    for schedule in &SCHEDULES {
        let lines = world.schedule(schedule.name);
        assert_eq!(lines.len(), schedule.jobs.len());
        for ((job, _), line) in schedule.jobs.iter().zip(&lines) {
            let expected = json!({
                "level": "info", "at": "scheduled", "schedule": schedule.name, "job": job, "purged": 0, "steps": 1,
                "failures": 0, "more": false, "ms": 0, "scheduled_at": "2023-11-14T22:13:20.000Z",
            });
            assert_eq!(*line, expected);
        }
    }
}

#[test]
fn expired_leases_tickets_responses_and_cache_entries_are_purged() {
    let world = World::new();
    world.meet(&["ana"]);
    world.run("UPDATE presence SET online_until = ?1", [START_MS.into()]);
    let lease = "INSERT INTO presence (tenant_id, user_id, source, online_until, last_seen_at)
        VALUES ('demo', 'ana', ?1, ?2, ?2)";
    let ticket = "INSERT INTO tickets (ticket_hash, principal, expires_at) VALUES (?1, '{}', ?2)";
    let key = "INSERT INTO idempotency_keys (tenant_id, user_id, key, request_hash, begun_at, created_at)
        VALUES ('demo', 'ana', ?1, '', 0, ?2)";
    let kept = "INSERT INTO cached_channels (tenant_id, channel, kept_until) VALUES ('demo', ?1, ?2)";
    let created = "INSERT INTO creations (tenant_id, user_id, kind, minute, count)
        VALUES ('demo', ?1, 'conversation', ?2, 1)";
    let two_hours_ago = START_MS - 2 * 3_600_000;
    for (sql, over, alive) in [
        (created, two_hours_ago, two_hours_ago + 1),
        (lease, START_MS, START_MS + 1),
        (ticket, START_MS, START_MS + 1),
        (key, days_ago(1), days_ago(1) + 1),
        (kept, START_MS, START_MS + 1),
    ] {
        world.run(sql, ["over".into(), over.into()]);
        world.run(sql, ["alive".into(), alive.into()]);
    }
    for expected in [1, 0] {
        let lines = world.schedule("presence");
        for job in ["presence", "tickets", "idempotency_keys", "creations", "cached_channels"] {
            assert_eq!(reported(&lines, job), (expected, 1, 0, false), "{job}");
        }
    }
    for left in [
        "SELECT count(*) AS n FROM presence WHERE source = 'alive'",
        "SELECT count(*) AS n FROM tickets WHERE ticket_hash = 'alive'",
        "SELECT count(*) AS n FROM idempotency_keys WHERE key = 'alive'",
        "SELECT count(*) AS n FROM cached_channels WHERE channel = 'alive'",
        "SELECT count(*) AS n FROM creations WHERE user_id = 'alive'",
    ] {
        assert_eq!(world.count(left), 1, "{left}");
    }
}

/// Inserts invites and mutes that ended at this time.
fn over(world: &World, invites: u32, sanctions: u32, at: i64) {
    const INVITES: &str = "
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
        INSERT INTO room_invites (id, tenant_id, room_id, token_hash, role, created_by, created_at, over_at)
        SELECT 'i' || ?3 || i, 'demo', ?1, 't' || ?3 || i, 'member', 'ana', 1, CAST(?3 AS INTEGER) + i FROM n";
    const SANCTIONS: &str = "
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO sanctions (conversation_id, kind, user_id, tenant_id, until, imposed_by, imposed_at)
        SELECT c.id, 'mute', 'ana', c.tenant_id, CAST(?2 AS INTEGER) + i, 'ana', 1
        FROM n CROSS JOIN conversations AS c ON c.id = 'c' || i WHERE i <= ?1";
    let (room, _) = world.room_of(&["ana"]);
    let id = room.rsplit('/').next().expect("the id is present");
    world.run(INVITES, [id.into(), invites.into(), at.into()]);
    for number in 1..=sanctions {
        world.conversation("demo", &format!("c{number}"), 1, START_MS);
    }
    world.run(SANCTIONS, [sanctions.into(), at.into()]);
}

#[test]
fn a_backlog_is_purged_in_bounded_runs_and_starves_no_job() {
    const INVITES: &str = "SELECT count(*) AS n FROM room_invites";
    let world = World::new();
    over(&world, 45_000, 3, days_ago(8));
    over(&world, 5, 0, days_ago(7) + 5_000);
    let lines = world.schedule("invites");
    assert_eq!(reported(&lines, "invites"), (36_000, 36, 0, true));
    assert_eq!(reported(&lines, "sanctions"), (3, 1, 0, false), "the other job ran too");
    assert_eq!(world.count(INVITES), 9_005);
    let lines = world.schedule("invites");
    assert_eq!(reported(&lines, "invites"), (9_000, 10, 0, false));
    let lines = world.schedule("invites");
    assert_eq!(reported(&lines, "invites"), (0, 1, 0, false));
    assert_eq!(world.count(INVITES), 5, "invites of this week stay");
}

#[test]
fn a_failing_job_is_logged_and_blocks_no_other() {
    for fault in [Fault::BeforePersisting, Fault::AfterPersisting] {
        let world = World::new();
        over(&world, 3, 2, days_ago(8));
        world.database.fail_at(purge::INVITES, fault);
        let lines = world.schedule("invites");
        assert_eq!(reported(&lines, "invites"), (0, 1, 1, true));
        assert_eq!(reported(&lines, "sanctions"), (2, 1, 0, false));
        let error = &lines[0];
        assert_eq!((&error["level"], &error["job"]), (&json!("error"), &json!("invites")));
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains("told to fail")), "{error}");
        let lines = world.schedule("invites");
        assert_eq!(reported(&lines, "invites").2, 0);
        assert_eq!(world.count("SELECT count(*) AS n FROM room_invites"), 0);
    }
}

#[test]
fn deleted_messages_are_purged_after_thirty_days() {
    const DELETE: &str = "UPDATE messages SET deleted_at = CAST(?2 AS INTEGER) WHERE id = ?1";
    let world = World::new();
    world.conversation("demo", "c", 5, days_ago(90));
    for (id, at) in [("c1", days_ago(31)), ("c2", days_ago(30)), ("c3", days_ago(30) + 1)] {
        world.run(DELETE, [id.into(), at.into()]);
    }
    assert_eq!(reported(&world.schedule("messages"), "deleted_messages"), (2, 1, 0, false));
    assert_eq!(reported(&world.schedule("messages"), "deleted_messages"), (0, 1, 0, false));
    assert_eq!(world.count("SELECT count(*) AS n FROM messages"), 3);
    assert_eq!(world.count("SELECT count(*) AS n FROM tombstones"), 2);
}

#[test]
fn apps_with_a_message_retention_are_served_round_robin() {
    const LEFT: &str = "SELECT count(*) AS n FROM messages WHERE conversation_id = ?1";
    let world = World::new();
    world.conversation("demo", "large", 25_000, days_ago(20));
    world.conversation("other", "small", 700, days_ago(9));
    world.conversation("other", "young", 3, days_ago(7));
    let left = |id: &str| world.rows(LEFT, [id.into()])[0]["n"].as_i64().expect("a number");
    assert_eq!(reported(&world.schedule("messages"), "old_messages"), (0, 1, 0, false), "off by default");
    world.keep_messages("demo", 10);
    world.keep_messages("other", 7);
    // Of the 40 steps, one finds the apps, three serve the other app and five run the other jobs.
    let lines = world.schedule("messages");
    assert_eq!(reported(&lines, "old_messages"), (31 * 500 + 700, 35, 0, true));
    assert_eq!((left("large"), left("small"), left("young")), (9_500, 0, 3), "both apps were served");
    assert_eq!(reported(&world.schedule("messages"), "old_messages"), (9_500, 21, 0, false));
    assert_eq!(reported(&world.schedule("messages"), "old_messages"), (0, 1, 0, false));
    assert_eq!((left("large"), left("young")), (0, 3));
    let due = world.rows("SELECT id FROM conversations WHERE log_due_at = ?1 ORDER BY id", [START_MS.into()]);
    let due: Vec<_> = due.iter().map(|row| row["id"].as_str().expect("the id is present")).collect();
    assert_eq!(due, ["large", "small"], "their logs are due for a trim");
}

#[test]
fn an_app_whose_purge_fails_blocks_no_other() {
    let world = World::new();
    world.conversation("demo", "first", 3, days_ago(90));
    world.conversation("other", "second", 3, days_ago(80));
    world.keep_messages("demo", 10);
    world.keep_messages("other", 10);
    world.database.fail_at(purge::OLD_MESSAGES, Fault::BeforePersisting);
    assert_eq!(reported(&world.schedule("messages"), "old_messages"), (3, 4, 1, true));
    assert_eq!(reported(&world.schedule("messages"), "old_messages"), (3, 3, 0, false));
}

#[test]
fn objects_are_asked_to_trim_old_events() {
    const DUE: &str = "UPDATE conversations SET log_due_at = CAST(?2 AS INTEGER) WHERE id = ?1";
    const NEXT: &str = "SELECT log_due_at AS at FROM conversations WHERE id = ?1";
    let world = World::new();
    let answers = [
        ("emptied", "demo", Some((7, None))),
        ("kept", "demo", Some((2, Some(days_ago(28))))),
        ("in use", "demo", Some((1, Some(days_ago(30) + 1)))),
        ("behind", "demo", Some((0, Some(days_ago(40))))),
        ("silent", "demo", None),
        ("short", "other", Some((1, Some(days_ago(5))))),
        ("young", "demo", None),
    ];
    for (at, (id, tenant, answer)) in (1..).zip(answers) {
        world.conversation(tenant, id, 2, START_MS);
        world.run(DUE, [id.into(), (START_MS - 100 + at).into()]);
        if let Some((events, oldest)) = answer {
            let oldest_at = oldest.map(Timestamp::from_millis);
            world.objects.has_old_events(id, Trimmed { events, oldest_at });
        }
    }
    world.run(DUE, ["young".into(), (START_MS + 1).into()]);
    world.keep_messages("other", 7);

    let lines = world.schedule("logs");
    assert_eq!(reported(&lines, "logs"), (11, 1, 0, false));
    assert_eq!((&lines[0]["level"], &lines[0]["objects_without_answer"]), (&json!("warning"), &json!(1)));
    let trims = world.objects.trims();
    let asked: Vec<_> = trims
        .iter()
        .map(|it| (it.conversation_id.as_str(), it.before.millis(), it.erase_before.map(Timestamp::millis)))
        .collect();
    let (month, week) = ((days_ago(30), None), (days_ago(7), Some(days_ago(7))));
    assert_eq!(
        asked,
        [("emptied", month), ("kept", month), ("in use", month), ("behind", month), ("silent", month), ("short", week)]
            .map(|(id, (before, erase_before))| (id, before, erase_before)),
        "most overdue first, none early"
    );
    let soon = START_MS + DAY_MS / 48;
    for (id, next) in [
        ("emptied", None),
        ("kept", Some(days_ago(28) + 30 * DAY_MS)),
        ("in use", Some(START_MS + DAY_MS)),
        ("behind", Some(soon)),
        ("silent", Some(soon)),
        ("short", Some(days_ago(5) + 7 * DAY_MS)),
        ("young", Some(START_MS + 1)),
    ] {
        assert_eq!(world.rows(NEXT, [id.into()])[0]["at"].as_i64(), next, "{id}");
    }
    assert_eq!(reported(&world.schedule("logs"), "logs"), (0, 1, 0, false));
    assert!(world.objects.trims().is_empty());

    world.clock.pass(DAY_MS / 24);
    world.schedule("logs");
    let again: Vec<_> = world.objects.trims().into_iter().map(|it| it.conversation_id.to_string()).collect();
    assert_eq!(again, ["young", "behind", "silent"], "silent objects are retried after the others");
}

#[test]
fn a_retention_of_a_year_erases_no_younger_text() {
    let world = World::new();
    world.conversation("demo", "c", 1, START_MS);
    world.run("UPDATE conversations SET log_due_at = CAST(?1 AS INTEGER)", [START_MS.into()]);
    world.keep_messages("demo", 365);
    world.schedule("logs");
    let trims = world.objects.trims();
    assert_eq!(trims[0].before.millis(), days_ago(30), "the log's own retention applies");
    assert_eq!(trims[0].erase_before.map(Timestamp::millis), Some(days_ago(365)));
}

#[test]
fn a_run_asks_a_bounded_number_of_objects() {
    let world = World::new();
    for number in 0..700 {
        world.conversation("demo", &format!("c{number}"), 1, START_MS);
    }
    world.run("UPDATE conversations SET log_due_at = CAST(?1 AS INTEGER)", [START_MS.into()]);
    for (asked, more) in [(600, true), (100, false), (0, false)] {
        let lines = world.schedule("logs");
        assert_eq!((world.objects.trims().len(), reported(&lines, "logs").3), (asked, more));
    }
}

#[test]
fn reports_are_purged_with_the_audit_entries_of_their_time() {
    const WRITE: &str = "INSERT INTO reports
        (id, tenant_id, conversation_id, message_id, sender_id, reported_by, reason, created_at)
        VALUES (?1, ?2, 'c', ?1, 'ana', 'bo', 'spam', CAST(?3 AS INTEGER))";
    const KEEP: &str = "UPDATE apps SET settings = '{\"retention\":{\"audit_days\":90}}' WHERE tenant_id = ?1";
    let world = World::new();
    world.run(KEEP, ["other".into()]);
    for (id, tenant, days) in [("1", "demo", 367), ("2", "demo", 364), ("3", "other", 92), ("4", "other", 89)] {
        world.run(WRITE, [id.into(), tenant.into(), days_ago(days).into()]);
    }
    assert_eq!(reported(&world.schedule("audits"), "reports"), (2, 3, 0, false));
    let left = world.rows("SELECT id FROM reports ORDER BY id", []);
    let left: Vec<_> = left.iter().map(|row| row["id"].as_str().expect("the id is present")).collect();
    assert_eq!(left, ["2", "4"]);
}

#[test]
fn audit_entries_are_purged_after_their_apps_retention() {
    const WRITE: &str = "INSERT INTO admin_audits (id, tenant_id, actor_id, action, target_type, target_id, created_at)
        VALUES (?1, ?2, 'ana', 'room.created', 'room', 'r', CAST(?3 AS INTEGER))";
    const KEEP: &str = "UPDATE apps SET settings = '{\"retention\":{\"audit_days\":90}}' WHERE tenant_id = ?1";
    let world = World::new();
    world.run(KEEP, ["other".into()]);
    for (id, tenant, days) in [("1", "demo", 367), ("2", "demo", 364), ("3", "other", 92), ("4", "other", 89)] {
        world.run(WRITE, [id.into(), tenant.into(), days_ago(days).into()]);
    }
    assert_eq!(reported(&world.schedule("audits"), "audits"), (2, 3, 0, false));
    assert_eq!(reported(&world.schedule("audits"), "audits"), (0, 1, 0, false));
    let left = world.rows("SELECT id FROM admin_audits ORDER BY id", []);
    let left: Vec<_> = left.iter().map(|row| row["id"].as_str().expect("the id is present")).collect();
    assert_eq!(left, ["2", "4"]);
}
