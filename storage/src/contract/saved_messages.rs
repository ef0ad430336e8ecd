//! Messages that people have saved.

use super::world::{NOW, World, deleted, later, user};
use crate::{Ended, Statement};
use campana_core::accounts::audit::Act;
use campana_core::shared::ids::MessageId;
use campana_core::shared::timestamp::Timestamp;

const ROWS: &str = "SELECT message_id FROM saved_messages WHERE tenant_id = ?1 AND user_id = 'bo'";

async fn save(world: &World, id: &str, seq: i64, at: Timestamp) -> Option<Timestamp> {
    let saved = world.store.save_message(&world.tenant, &user(id), &world.message_id(seq), at).await;
    saved.expect("the query runs")
}

/// Positions of a user's saved messages, in the order of the list.
async fn listed(world: &World, id: &str) -> Vec<i64> {
    let saved = world.store.saved_messages(&world.tenant, &user(id), None, 100).await.expect("the list is read");
    saved.iter().map(|saved| saved.message.seq).collect()
}

pub(super) async fn a_message_is_saved_once(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &[1, 2]).await;
    assert_eq!(save(&world, "bo", 1, later(1)).await, Some(later(1)));
    assert_eq!(save(&world, "bo", 1, later(9)).await, Some(later(1)), "it keeps its time");
    let saved = world.store.saved_messages(&world.tenant, &user("bo"), None, 10).await.expect("the list is read");
    assert_eq!(saved.len(), 1);
    assert_eq!((saved[0].saved_at, saved[0].message.body.as_deref()), (later(1), Some("said at 1")));
    let (saved_by, message) = (user("bo"), world.message_id(1));
    let remove = || world.store.remove_saved_message(&world.tenant, &saved_by, &message);
    assert_eq!(remove().await, Ok(Some(group.id.clone())));
    assert_eq!(remove().await, Ok(None));
    assert!(listed(&world, "bo").await.is_empty());
}

pub(super) async fn saved_messages_are_listed_last_saved_first(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &[1, 2, 3, 4, 5]).await;
    for (seq, at) in [(4, 1), (1, 2), (3, 2), (5, 3), (2, 4)] {
        save(&world, "bo", seq, later(at)).await;
    }
    let expected = [2, 5, 3, 1, 4];
    assert_eq!(listed(&world, "bo").await, expected);
    let (mut found, mut after) = (Vec::new(), None::<(i64, MessageId)>);
    loop {
        let place = after.as_ref().map(|(at, id)| (*at, id));
        let page = world.store.saved_messages(&world.tenant, &user("bo"), place, 2).await.expect("the list is read");
        let Some(last) = page.last() else { break };
        after = Some((last.saved_at.millis(), last.message.id.clone()));
        found.extend(page.iter().map(|saved| saved.message.seq));
    }
    assert_eq!(found, expected);
}

pub(super) async fn only_what_one_may_read_is_saved_and_listed(world: World) {
    let group = world.group(1, &["bo"]).await;
    let other = world.group(2, &["bo"]).await;
    world.say(&group.id, &[1]).await;
    world.say(&other.id, &[2]).await;
    assert_eq!(save(&world, "cy", 1, NOW).await, None);
    assert_eq!(save(&world, "bo", 9, NOW).await, None);
    save(&world, "bo", 1, later(1)).await;
    save(&world, "bo", 2, later(2)).await;
    let audit = world.audit(Act::MemberRemoved, "bo", NOW);
    world.store.remove_member(&world.tenant, &other.id, &user("bo"), None, &audit).await.expect("the removal succeeds");
    assert_eq!(listed(&world, "bo").await, [1]);
    let first = world.store.saved_messages(&world.tenant, &user("bo"), None, 1).await.expect("the list is read");
    assert_eq!(first[0].message.seq, 1, "the page is full of what may be read");
    assert_eq!(save(&world, "bo", 2, NOW).await, None);
}

pub(super) async fn a_deleted_message_vanishes_and_a_purged_one_leaves_nothing(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[1, 2]).await;
    for seq in [1, 2] {
        save(&world, "bo", seq, NOW).await;
    }
    batch.changed = vec![deleted(&batch.created[0], 3)];
    batch.last_seq = 3;
    world.flush(&group.id, &batch).await;
    assert_eq!(listed(&world, "bo").await, [2]);
    assert_eq!(save(&world, "bo", 1, NOW).await, None);
    while world.store.purge(Ended::DeletedMessages, later(60), 100).await.expect("the purge runs") > 0 {}
    let rows = world.sql(Statement::unnamed(ROWS, [(&world.tenant).into()])).await;
    assert_eq!(rows.len(), 1);
}

pub(super) async fn saved_messages_belong_to_one_person_of_one_tenant(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &[1]).await;
    save(&world, "bo", 1, NOW).await;
    assert!(listed(&world, "ana").await.is_empty());
    let message = world.message_id(1);
    for (tenant, id) in [(&world.stranger, "bo"), (&world.tenant, "ana")] {
        assert_eq!(world.store.remove_saved_message(tenant, &user(id), &message).await, Ok(None));
    }
    assert_eq!(world.store.save_message(&world.stranger, &user("bo"), &message, NOW).await, Ok(None));
    assert_eq!(world.store.saved_messages(&world.stranger, &user("bo"), None, 10).await, Ok(Vec::new()));
    assert_eq!(listed(&world, "bo").await, [1]);
}
