//! Scheduled messages: sent once, never early, also after crashes and outages of the record.

mod refusals;

use super::SOON_MS;
use super::scene::{Scene, events};
use crate::tests::group::{GROUP, record_of_room};
use campana_core::chat::command::{Command, Draft, Reply};
use campana_core::chat::policy::Posting;
use campana_core::chat::scheduled::{ScheduledMessage, ScheduledStatus, SendDue, sent_key};
use campana_core::shared::ids::{ConversationId, ScheduledId, TenantId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::testing::{Faults, World};
use campana_schema::{members, scheduled_messages};
use campana_storage::Fault;
use pollster::block_on;
use serde_json::{Value, json};

/// Longer than an alarm and a flush take, milliseconds.
const ALARM_MS: i64 = 2_500;
const MINUTE_MS: i64 = 60_000;

fn room() -> Scene {
    let (store, record) = record_of_room();
    Scene::with(World::new(1), store, record)
}

fn draft(key: &str, body: &str) -> Draft {
    Draft::text(key, body)
}

fn posting(post: Option<Posting>, slow_mode_s: Option<u32>) -> Command {
    Command::UpdateRoom { name: None, description: None, visibility: None, post, slow_mode_s }
}

impl Scene {
    /// Schedules a message in so many milliseconds.
    fn schedule(&self, user: &str, body: &str, in_ms: i64) -> Result<ScheduledMessage, Problem> {
        self.schedule_at(user, body, self.world.now().plus_millis(in_ms)).map(|(message, _)| message)
    }

    fn schedule_at(&self, user: &str, body: &str, at: Timestamp) -> Result<(ScheduledMessage, bool), Problem> {
        match self.command(user, Command::Schedule { draft: draft(body, body), send_at: at })? {
            Reply::Scheduled { message, created } => Ok((*message, created)),
            _ => Err(Problem::internal("not an answer to a request to schedule")),
        }
    }

    fn cancel(&self, user: &str, id: &ScheduledId) -> Result<(), Kind> {
        self.command(user, Command::CancelScheduled { id: id.clone() }).map(drop).map_err(|problem| problem.kind)
    }

    /// The message as its author's list has it.
    fn status(&self, user: &str, id: &ScheduledId) -> ScheduledMessage {
        let (tenant, user) = (TenantId::trusted("demo"), UserId::trusted(user));
        block_on(self.store().scheduled(&tenant, &user, id)).expect("the query runs").expect("it is there")
    }

    /// Runs the world up to so many milliseconds before a time.
    fn pass_until(&self, at: Timestamp, before_ms: i64) {
        let millis = at.plus_millis(before_ms.saturating_neg()).since(self.world.now());
        self.pass(i64::try_from(millis).expect("a short time"));
    }

    /// What the scheduled job asks of the object.
    fn send_due(&self) {
        let due = SendDue { tenant: TenantId::trusted("demo"), conversation_id: ConversationId::trusted(GROUP) };
        let answer: Result<(), Problem> = self.call("scheduled", serde_json::to_vec(&due).expect("JSON"));
        assert_eq!(answer, Ok(()), "the object answers");
    }

    fn failed(&self, user: &str, id: &ScheduledId) -> Option<String> {
        let message = self.status(user, id);
        (message.status == ScheduledStatus::Failed).then_some(message.problem).flatten()
    }
}

#[test]
fn a_scheduled_message_is_sent_at_its_time_and_not_before() {
    let scene = Scene::new();
    let bo = scene.open("bo", "two");
    let told = scene.own_channel("ana", 0);
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    scene.hibernate();
    scene.pass_until(scheduled.send_at, 1);
    assert!(events(&bo.frames()).is_empty(), "never early");
    assert_eq!(scene.recorded(), [""; 0]);
    scene.pass(ALARM_MS);
    let frames = bo.frames();
    let [event] = &events(&frames)[..] else { panic!("one event: {frames:?}") };
    assert_eq!((&event["partial"]["body"], &event["partial"]["sender_name"]), (&json!("later"), &json!("ana")));
    assert_eq!(event["partial"]["client_msg_id"], json!(sent_key(&scheduled.id)));
    scene.pass(SOON_MS);
    assert_eq!(scene.recorded(), ["later"]);
    let settled = scene.status("ana", &scheduled.id);
    assert_eq!((settled.status, settled.body), (ScheduledStatus::Sent, None));
    assert_eq!(json!(settled.message_id), event["id"]);
    let told: Vec<Value> = told.borrow().iter().filter(|notice| notice["event"] == "scheduled.sent").cloned().collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["partial"], json!({"scheduled_id": scheduled.id, "message_id": event["id"]}));
    scene.pass(10 * MINUTE_MS);
    assert_eq!(scene.recorded(), ["later"], "once");
}

#[test]
fn messages_in_a_row_are_sent_on_time_and_settled_by_flushes() {
    let scene = Scene::new();
    let bo = scene.open("bo", "two");
    let ids: Vec<ScheduledId> = (0..3)
        .map(|number| scene.schedule("ana", &number.to_string(), MINUTE_MS + number * 1_000).expect("scheduled").id)
        .collect();
    let statuses = || ids.iter().map(|id| scene.status("ana", id).status).collect::<Vec<_>>();
    scene.pass(MINUTE_MS + 500);
    assert_eq!(statuses(), [ScheduledStatus::Sent, ScheduledStatus::Pending, ScheduledStatus::Pending]);
    scene.pass(1_600);
    assert_eq!(events(&bo.frames()).len(), 3, "on time");
    assert_eq!(statuses(), [ScheduledStatus::Sent; 3]);
}

/// A new instance does not know its alarm's time, and what it arms the alarm for first may be later.
#[test]
fn one_that_is_due_in_days_is_sent_on_time_whatever_wakes_the_object() {
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", 5 * 24 * 60 * MINUTE_MS).expect("scheduled");
    let near = scene.schedule("bo", "sooner", 24 * 60 * MINUTE_MS).expect("scheduled");
    for at in [near.send_at, scheduled.send_at] {
        scene.hibernate();
        scene.pass_until(at, 3_000);
        scene.hibernate();
        scene.command("cy", Command::Send { draft: draft(&at.to_rfc3339(), "hello") }).expect("sent");
        scene.pass_until(at, 1);
        let sent = scene.recorded().len();
        scene.pass(ALARM_MS);
        assert_eq!(scene.recorded().len(), sent + 1);
    }
    let sent = scene.status("ana", &scheduled.id).ended_at.expect("it was sent");
    assert!((0..100).contains(&sent.since(scheduled.send_at)), "{sent:?}");
}

#[test]
fn a_repeated_request_schedules_once_and_another_one_with_its_key_is_refused() {
    let scene = Scene::new();
    let at = scene.world.now().plus_millis(MINUTE_MS);
    let (first, created) = scene.schedule_at("ana", "later", at).expect("scheduled");
    assert!(created);
    scene.kill();
    let (second, created) = scene.schedule_at("ana", "later", at).expect("a repeat");
    assert!(!created);
    assert_eq!(first, second);
    let other_time = scene.schedule_at("ana", "later", at.plus_millis(1)).expect_err("another time");
    assert_eq!(other_time.kind, Kind::KeyReused);
    scene.pass(MINUTE_MS + ALARM_MS);
    let (third, created) = scene.schedule_at("ana", "later", at).expect("a repeat after its time");
    assert_eq!((third.status, created), (ScheduledStatus::Sent, false));
    scene.pass(MINUTE_MS);
    assert_eq!(scene.recorded(), ["later"]);
}

#[test]
fn a_time_that_has_passed_or_is_too_far_is_refused() {
    let scene = Scene::new();
    for in_ms in [-1, 0, 367 * 24 * 60 * MINUTE_MS] {
        let problem = scene.schedule("ana", "later", in_ms).expect_err("refused");
        assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Invalid, "send_at"), "{in_ms}");
    }
}

#[test]
fn a_message_that_was_sent_is_not_sent_again_when_its_end_was_lost() {
    const LOSE: &str = "UPDATE scheduled SET ended = NULL, pending = ?2, due_at = 0 WHERE id = ?1";
    const PENDING: &str = "SELECT pending FROM scheduled";
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    let sql = scene.look();
    let pending = sql.find(PENDING, [], |row| row.string(0)).expect("the query runs").expect("it waits");
    // The record fails to settle, so that the row stays.
    scene.fail(scheduled_messages::SETTLE, Fault::BeforePersisting);
    scene.pass(MINUTE_MS + 500);
    let params = [campana_runtime::sql::text(scheduled.id.as_str()), campana_runtime::sql::text(&pending)];
    sql.run(LOSE, params).expect("the row is there");
    scene.kill();
    scene.pass(MINUTE_MS);
    assert_eq!(scene.recorded(), ["later"]);
    assert_eq!(scene.status("ana", &scheduled.id).status, ScheduledStatus::Sent);
}

#[test]
fn crashes_around_its_time_send_it_once() {
    for seed in 1..40 {
        let scene = Scene::of(World::new(seed));
        let ids: Vec<ScheduledId> = (0..3)
            .map(|number| scene.schedule("ana", &number.to_string(), MINUTE_MS + number * 10).expect("scheduled").id)
            .collect();
        scene.pass(MINUTE_MS - 100);
        scene.set_faults(Faults { killed: 150, panics: 150, ..Faults::default() });
        scene.pass(5_000);
        scene.set_faults(Faults::default());
        // The platform repeats an alarm whose handler died; if it is lost after all, the job asks.
        scene.send_due();
        scene.pass(2 * MINUTE_MS);
        let mut recorded = scene.recorded();
        recorded.sort();
        assert_eq!(recorded, ["0", "1", "2"], "seed {seed}");
        for id in ids {
            assert_eq!(scene.status("ana", &id).status, ScheduledStatus::Sent, "seed {seed}");
        }
    }
}

#[test]
fn the_object_reads_from_the_record_what_it_did_not_store() {
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    // As if the object had died when the record had the message.
    scene.look().run("DELETE FROM scheduled", []).expect("the table is there");
    scene.kill();
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.recorded(), [""; 0]);
    scene.send_due();
    scene.pass(ALARM_MS);
    assert_eq!(scene.recorded(), ["later"]);
    scene.send_due();
    scene.pass(MINUTE_MS);
    assert_eq!(scene.recorded(), ["later"], "once");
    assert_eq!(scene.status("ana", &scheduled.id).status, ScheduledStatus::Sent);
}

#[test]
fn an_outage_of_the_record_delays_it() {
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    scene.hibernate();
    scene.set_record_available(false);
    scene.pass(2 * MINUTE_MS);
    scene.set_record_available(true);
    scene.pass(40_000);
    assert_eq!(scene.recorded(), ["later"]);
    assert_eq!(scene.status("ana", &scheduled.id).status, ScheduledStatus::Sent);
}

#[test]
fn an_unknown_outcome_of_the_settlement_is_repeated() {
    for fault in [Fault::BeforePersisting, Fault::AfterPersisting] {
        let scene = Scene::new();
        let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
        scene.fail(scheduled_messages::SETTLE, fault);
        scene.pass(2 * MINUTE_MS);
        assert_eq!(scene.recorded(), ["later"]);
        assert_eq!(scene.status("ana", &scheduled.id).status, ScheduledStatus::Sent);
    }
}

#[test]
fn slow_mode_holds_it_back_until_its_author_may_write() {
    let scene = room();
    scene.command("ana", posting(None, Some(30))).expect("the owner turns it on");
    let ids: Vec<ScheduledId> = [("three", 30), ("one", 10), ("two", 20)]
        .into_iter()
        .map(|(body, after)| scene.schedule("bo", body, MINUTE_MS + after).expect("scheduled").id)
        .collect();
    scene.schedule("ana", "the owner is exempt", MINUTE_MS).expect("scheduled");
    scene.pass(MINUTE_MS + ALARM_MS);
    let mut recorded = scene.recorded();
    recorded.sort();
    assert_eq!(recorded, ["one", "the owner is exempt"]);
    scene.hibernate();
    scene.pass(25_000);
    assert_eq!(scene.recorded().len(), 2);
    scene.pass(6_000);
    assert_eq!(scene.recorded().len(), 3);
    scene.command("ana", posting(None, Some(0))).expect("the owner turns it off");
    scene.pass(ALARM_MS);
    assert_eq!(
        scene.recorded().into_iter().filter(|body| body != "the owner is exempt").collect::<Vec<_>>(),
        ["one", "two", "three"]
    );
    for id in ids {
        assert_eq!(scene.status("bo", &id).status, ScheduledStatus::Sent);
    }
}

#[test]
fn token_buckets_do_not_hold_back_scheduled_messages() {
    let scene = Scene::new();
    for number in 0..100 {
        scene.schedule("ana", &number.to_string(), MINUTE_MS).expect("scheduled");
    }
    let full = scene.schedule("ana", "one more", MINUTE_MS).expect_err("refused");
    assert_eq!(full.kind, Kind::Conflict);
    scene.schedule("bo", "another person", MINUTE_MS).expect("scheduled");
    scene.pass(MINUTE_MS + 3_000);
    assert_eq!(scene.recorded().len(), 101);
    scene.schedule("ana", "one more", MINUTE_MS).expect("there is room again");
}

#[test]
fn a_cancelled_message_is_not_sent() {
    for hibernates in [false, true] {
        let scene = Scene::new();
        let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
        if hibernates {
            scene.hibernate();
        }
        assert_eq!(scene.cancel("bo", &scheduled.id), Err(Kind::NotFound), "another person");
        assert_eq!(scene.cancel("ana", &scheduled.id), Ok(()));
        assert_eq!(scene.cancel("ana", &scheduled.id), Ok(()), "a repeat");
        let settled = scene.status("ana", &scheduled.id);
        assert_eq!((settled.status, settled.body), (ScheduledStatus::Cancelled, None));
        scene.pass(2 * MINUTE_MS);
        scene.send_due();
        scene.pass(MINUTE_MS);
        assert_eq!(scene.recorded(), [""; 0]);
    }
}

#[test]
fn a_message_that_the_object_did_not_store_can_be_cancelled() {
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    scene.look().run("DELETE FROM scheduled", []).expect("the table is there");
    assert_eq!(scene.cancel("ana", &scheduled.id), Ok(()));
    scene.pass(2 * MINUTE_MS);
    scene.send_due();
    scene.pass(MINUTE_MS);
    assert_eq!(scene.recorded(), [""; 0]);
    assert_eq!(scene.status("ana", &scheduled.id).status, ScheduledStatus::Cancelled);
}

/// Whichever comes first wins, and the answer says which.
#[test]
fn a_cancellation_that_races_with_the_send_says_which_won() {
    let (mut sent, mut cancelled) = (0, 0);
    for seed in 1..60 {
        let scene = Scene::of(World::new(seed));
        let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
        scene.hibernate();
        scene.pass_until(scheduled.send_at, 1);
        scene.world.run_within(seed % 12, 1);
        let outcome = scene.cancel("ana", &scheduled.id);
        scene.pass(MINUTE_MS);
        let status = scene.status("ana", &scheduled.id).status;
        match outcome {
            Ok(()) => {
                cancelled += 1;
                assert_eq!((scene.recorded().len(), status), (0, ScheduledStatus::Cancelled), "seed {seed}");
            }
            Err(kind) => {
                sent += 1;
                assert_eq!(kind, Kind::Conflict, "seed {seed}");
                assert_eq!((scene.recorded().len(), status), (1, ScheduledStatus::Sent), "seed {seed}");
            }
        }
    }
    assert!(sent > 0 && cancelled > 0, "both happen: {sent} and {cancelled}");
}

#[test]
fn a_failed_message_can_be_removed_from_the_list() {
    let scene = room();
    let scheduled = scene.schedule("bo", "later", MINUTE_MS).expect("scheduled");
    scene.command("ana", posting(Some(Posting::Moderators), None)).expect("the owner");
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.status("bo", &scheduled.id).status, ScheduledStatus::Failed);
    assert_eq!(scene.cancel("bo", &scheduled.id), Ok(()));
    let removed = scene.status("bo", &scheduled.id);
    assert_eq!((removed.status, removed.body), (ScheduledStatus::Cancelled, None));
}

/// What came before is unread as long as the author has not read it.
#[test]
fn a_scheduled_message_moves_the_marker_of_an_author_who_has_read_all() {
    for has_read in [true, false] {
        let scene = Scene::new();
        let bo = scene.open("bo", "two");
        bo.say("b", "hello");
        scene.pass(SOON_MS);
        scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
        if has_read {
            scene.command("ana", Command::Read { seq: None }).expect("ana reads");
        }
        scene.pass(2 * MINUTE_MS);
        let rows = scene.sql("SELECT last_read_seq FROM members WHERE user_id = 'ana'");
        assert_eq!(rows[0]["last_read_seq"], json!(if has_read { 2 } else { 0 }));
    }
}

#[test]
fn a_membership_that_cannot_be_read_delays_it() {
    let scene = Scene::new();
    scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    scene.look().run("DELETE FROM members", []).expect("the table is there");
    scene.hibernate();
    scene.fail(members::GET, Fault::BeforePersisting);
    scene.pass(MINUTE_MS + ALARM_MS);
    assert_eq!(scene.recorded(), [""; 0]);
    scene.pass(10_000);
    assert_eq!(scene.recorded(), ["later"]);
}
