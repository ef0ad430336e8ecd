//! What waits for a person's devices: the statements on the real tables, and the object in a world without a key to sign
//! with.

use super::queries::jobs;
use super::{MAX_JOBS, Object};
use crate::sql::{Sql, int, text};
use campana_core::chat::push::PushMessage;
use campana_core::push::{PushKeys, PushSubscription};
use campana_core::shared::ids::{TenantId, UserId};
use campana_runtime::testing::{Node, World, instance};
use campana_schema::objects::CHAT_PUSH;

const NAME: &str = "CHAT_PUSH:demo/7";
const NUMBERS: &str = "SELECT number FROM jobs ORDER BY number";

fn object() -> (World, Node) {
    let world = World::new(1);
    let node = world.add(NAME, instance::<Object>);
    (world, node)
}

fn numbers(sql: &Sql) -> Vec<i64> {
    sql.list(NUMBERS, [], |row| row.int(0)).expect("the table is there")
}

/// Stores a message for devices as the object does.
fn add(sql: &Sql, topic: &str, devices: &[&str]) -> Vec<i64> {
    for device in devices {
        let params = [text(device), text("key"), text("secret"), text(topic), text("{}"), int(1_000), int(1)];
        sql.run(jobs::ADD, params).expect("the statement runs");
    }
    sql.run(jobs::CROWD, vec![int(MAX_JOBS)]).expect("the statement runs");
    numbers(sql)
}

#[test]
fn a_message_takes_the_place_of_its_topics_last_one_and_the_oldest_make_room() {
    let (world, node) = object();
    let sql = world.look(node);
    assert_eq!(sql.upgrade(&CHAT_PUSH), Ok(()));
    assert_eq!(add(&sql, "a", &["phone", "tablet"]), [1, 2]);
    assert_eq!(add(&sql, "a", &["phone", "tablet"]), [3, 4]);
    assert_eq!(add(&sql, "b", &["phone"]), [3, 4, 5]);
    assert_eq!(sql.run(jobs::REMOVE_OF_DEVICE, vec![text("phone")]), Ok(()));
    assert_eq!(numbers(&sql), [4]);
    let mut left = Vec::new();
    for topic in 0..60 {
        left = add(&sql, &topic.to_string(), &["phone", "tablet"]);
    }
    assert_eq!((left.len(), left.first(), left.last()), (100, Some(&26), Some(&125)));
    assert_eq!(sql.writes(jobs::END_BEFORE, vec![int(999)]), Ok(false));
    assert_eq!(sql.writes(jobs::END_BEFORE, vec![int(1_000)]), Ok(true));
    assert_eq!(numbers(&sql), Vec::<i64>::new());
}

#[test]
fn a_message_that_cannot_be_signed_is_not_tried_again() {
    let (world, node) = object();
    let device = |number: u8| PushSubscription {
        endpoint: format!("https://push.example/{number}"),
        keys: PushKeys { p256dh: "BA".to_owned(), auth: "a".to_owned() },
    };
    let (tenant, user) = (TenantId::trusted("demo"), UserId::trusted("7"));
    let message = PushMessage::test(&tenant, &user, (0..3).map(device).collect(), world.now());
    let answer = world.call(NAME, "push", serde_json::to_vec(&message).expect("JSON"));
    world.run_for(60_000);
    assert_eq!(answer.borrow().as_ref().map(|answer| answer.as_ref().map(|it| it.status)), Some(Ok(204)));
    assert_eq!(numbers(&world.look(node)), Vec::<i64>::new());
}
