//! Pages and single messages. Positions have gaps, which other events use.

use super::world::{World, deleted, user};
use crate::database::Statement;
use campana_core::chat::history::Anchor;
use campana_core::shared::ids::ConversationId;

const BODY: &str = "SELECT body FROM messages WHERE id = ?1";
const LEAK: &str = "UPDATE messages SET body = 'kept by an older version' WHERE id = ?1";
const SEQS: [i64; 6] = [2, 3, 7, 11, 12, 20];

async fn seqs(world: &World, conversation: &ConversationId, anchor: Anchor, limit: u32) -> Vec<i64> {
    let page = world.page(&world.tenant, conversation, anchor, limit).await.expect("the query runs");
    page.into_iter().map(|message| message.seq).collect()
}

pub(super) async fn pages_are_newest_first_from_every_anchor(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &SEQS).await;
    for (anchor, limit, expected) in [
        (Anchor::Newest, 2, vec![20, 12]),
        (Anchor::Newest, 50, vec![20, 12, 11, 7, 3, 2]),
        (Anchor::Before(12), 2, vec![11, 7]),
        (Anchor::Before(10), 2, vec![7, 3]),
        (Anchor::Before(2), 2, vec![]),
        (Anchor::Before(i64::MAX), 1, vec![20]),
        (Anchor::After(3), 2, vec![11, 7]),
        (Anchor::After(4), 3, vec![12, 11, 7]),
        (Anchor::After(0), 1, vec![2]),
        (Anchor::After(20), 2, vec![]),
        (Anchor::After(-5), 2, vec![3, 2]),
    ] {
        assert_eq!(seqs(&world, &group.id, anchor, limit).await, expected, "{anchor:?} {limit}");
    }
}

pub(super) async fn around_is_half_and_half_and_fills_up_at_the_ends(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &SEQS).await;
    for (at, limit, expected) in [
        (7, 2, vec![11, 7]),
        (7, 3, vec![11, 7, 3]),
        (8, 4, vec![12, 11, 7, 3]),
        (20, 3, vec![20, 12, 11]),
        (99, 3, vec![20, 12, 11]),
        (2, 4, vec![11, 7, 3, 2]),
        (0, 4, vec![11, 7, 3, 2]),
        (7, 1, vec![7]),
        (7, 50, vec![20, 12, 11, 7, 3, 2]),
    ] {
        assert_eq!(seqs(&world, &group.id, Anchor::Around(at), limit).await, expected, "around {at}, {limit}");
    }
}

pub(super) async fn a_message_is_found_by_id(world: World) {
    let group = world.group(1, &["bo"]).await;
    let batch = world.say(&group.id, &SEQS).await;
    let (store, tenant) = (&world.store, &world.tenant);
    assert_eq!(store.message(tenant, &world.message_id(7)).await, Ok(Some(batch.created[2].message.clone())));
    assert_eq!(store.flushed_row(tenant, &world.message_id(7)).await, Ok(Some(batch.created[2].clone())));
    assert_eq!(store.message(tenant, &world.message_id(8)).await, Ok(None));
    assert_eq!(store.flushed_row(tenant, &world.message_id(8)).await, Ok(None));
}

pub(super) async fn a_deleted_body_never_comes_back(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[1, 2]).await;
    let mut gone = deleted(&batch.created[1], 3);
    gone.message.body = Some("still said by a careless writer".to_owned());
    batch.changed = vec![gone];
    world.flush(&group.id, &batch).await;

    let (store, tenant, id) = (&world.store, &world.tenant, world.message_id(2));
    let stored = world.sql(Statement::unnamed(BODY, [(&id).into()])).await;
    assert_eq!(stored[0]["body"], serde_json::Value::Null, "the body is not stored either");
    world.sql(Statement::unnamed(LEAK, [(&id).into()])).await;
    let mut seen = vec![store.message(tenant, &id).await.expect("the query runs").expect("the row exists")];
    seen.push(store.flushed_row(tenant, &id).await.expect("the query runs").expect("the row exists").message);
    for anchor in [Anchor::Newest, Anchor::Before(3), Anchor::After(1), Anchor::Around(2)] {
        seen.extend(world.page(tenant, &group.id, anchor, 1).await.expect("the query runs"));
    }
    let inbox = store.inbox(tenant, &user("bo"), None, 1).await.expect("the inbox is read");
    seen.extend(inbox.into_iter().filter_map(|conversation| Some(conversation.last_message?.message)));
    seen.extend(world.seen_by("bo", &group.id).await.last_message.map(|last| last.message));
    assert_eq!(seen.len(), 8);
    for message in seen {
        assert_eq!((message.seq, message.body), (2, None));
    }
}

pub(super) async fn another_tenants_messages_are_not_there(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &SEQS).await;
    let (store, them) = (&world.store, &world.stranger);
    for anchor in [Anchor::Newest, Anchor::Before(9), Anchor::After(1), Anchor::Around(7)] {
        assert_eq!(world.page(them, &group.id, anchor, 50).await, Ok(vec![]));
    }
    assert_eq!(store.message(them, &world.message_id(7)).await, Ok(None));
    assert_eq!(store.flushed_row(them, &world.message_id(7)).await, Ok(None));
    assert_eq!(store.is_recorded(&world.message_id(7)).await, Ok(true), "the id counts as recorded for every tenant");
    assert_eq!(store.is_recorded(&world.message_id(8)).await, Ok(false));
}
