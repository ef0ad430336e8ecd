//! Tests of overdue and of ended scheduled messages.

use super::{DAY_MS, days_ago, reported};
use crate::testing::World;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::scheduled_messages;
use campana_storage::Fault;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;

impl World {
    /// User 7 schedules a message for a minute later, which its object loses. Returns its conversation.
    fn lost_message(&self) -> String {
        let (_, conversation) = self.room_of(&["7"]);
        let send_at = Timestamp::from_millis(self.clock.millis() + MINUTE_MS).to_rfc3339();
        // The record has the message, but its answer is lost: the object stores nothing.
        self.database.fail_at(scheduled_messages::ADD, Fault::AfterPersisting);
        let body = json!({"body": "later", "send_at": send_at});
        self.post(&format!("{conversation}/scheduled"), body).by("7").refused(503, "unavailable");
        conversation
    }

    fn sent(&self) -> i64 {
        self.count("SELECT count(*) AS n FROM scheduled_messages WHERE status = 'sent'")
    }
}

#[test]
fn an_object_that_lost_a_message_is_asked_to_send_it() {
    let world = World::new();
    world.lost_message();
    world.clock.pass(MINUTE_MS + 59_000);
    assert_eq!(reported(&world.schedule("presence"), "scheduled_messages"), (0, 1, 0, false), "the alarm has time");
    assert_eq!(world.sent(), 0);
    world.clock.pass(1_000);
    assert_eq!(reported(&world.schedule("presence"), "scheduled_messages"), (1, 2, 0, false));
    world.objects.flush();
    assert_eq!(world.sent(), 1);
    assert_eq!(reported(&world.schedule("presence"), "scheduled_messages"), (0, 1, 0, false));
    assert_eq!(world.count("SELECT count(*) AS n FROM messages"), 1);
}

#[test]
fn an_object_that_does_not_answer_is_asked_again_at_the_next_run() {
    let world = World::new();
    world.lost_message();
    world.clock.pass(2 * MINUTE_MS);
    world.objects.set_down(true);
    assert_eq!(reported(&world.schedule("presence"), "scheduled_messages"), (0, 2, 0, false));
    world.objects.set_down(false);
    world.clock.pass(5 * MINUTE_MS);
    assert_eq!(reported(&world.schedule("presence"), "scheduled_messages"), (1, 2, 0, false));
    world.objects.flush();
    assert_eq!(world.sent(), 1);
}

#[test]
fn ended_messages_are_purged_after_thirty_days() {
    const ADD: &str = "
        INSERT INTO scheduled_messages (id, tenant_id, conversation_id, user_id, client_msg_id, send_at, draft, status,
            problem, created_at, ended_at, check_at)
        VALUES (?1, 'demo', 'c', 'ana', ?1, 1, '{}', 'failed', 'muted', 1, ?2, 1)";
    let world = World::new();
    world.meet(&["ana"]);
    world.run(ADD, ["over".into(), days_ago(30).into()]);
    world.run(ADD, ["alive".into(), (days_ago(30) + DAY_MS / 2).into()]);
    assert_eq!(reported(&world.schedule("audits"), "ended_scheduled_messages"), (1, 1, 0, false));
    assert_eq!(world.count("SELECT count(*) AS n FROM scheduled_messages WHERE id = 'alive'"), 1);
}
