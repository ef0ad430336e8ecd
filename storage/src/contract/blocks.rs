//! Blocks: made once, listed, sought in both directions.

use super::world::{NOW, World, deleted, later, user};
use crate::{Direct, NewDirect, Statement, StorageError};
use campana_core::chat::flush::FlushBatch;
use campana_core::shared::limits::MAX_BLOCKS;
use std::collections::BTreeSet;

async fn block(world: &World, who: &str, whom: &str) -> Result<Option<bool>, StorageError> {
    let added = world.store.add_block(&world.tenant, &user(who), &user(whom), NOW).await?;
    Ok(added.map(|(_, is_new)| is_new))
}

async fn dm(world: &World, number: u32, me: &str, other: &str) -> Direct {
    let (id, me, other) = (world.conversation_id(number), user(me), user(other));
    let new = NewDirect { id: &id, tenant: &world.tenant, me: &me, other: &other, per_hour: Some(1), now: NOW };
    world.store.first_or_create_dm(&new).await.expect("the statements run")
}

pub(super) async fn a_block_is_made_once_and_listed_until_it_is_lifted(world: World) {
    let (tenant, ana) = (&world.tenant, user("ana"));
    assert_eq!(block(&world, "ana", "bo").await, Ok(Some(true)));
    let again = world.store.add_block(tenant, &ana, &user("bo"), later(5)).await.expect("the statements run");
    let (again, is_new) = again.expect("it is there");
    assert_eq!((again.user_id.as_str(), again.name.as_str(), again.created_at, is_new), ("bo", "Bo", NOW, false));
    assert_eq!(block(&world, "ana", "cy").await, Ok(Some(true)));
    assert_eq!(block(&world, "ana", "nobody").await, Err(StorageError::Constraint));
    assert_eq!(block(&world, "ana", "ana").await, Err(StorageError::Constraint));
    let page = async |after: Option<&str>| {
        let after = after.map(user);
        let blocks = world.store.list_blocks(tenant, &ana, after.as_ref(), 1).await.expect("the list is read");
        blocks.into_iter().map(|block| block.user_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((page(None).await, page(Some("bo")).await), (vec!["bo".to_owned()], vec!["cy".to_owned()]));
    for _ in 0..2 {
        assert_eq!(world.store.remove_block(tenant, &ana, &user("bo")).await, Ok(()));
    }
    assert_eq!((page(None).await, page(Some("cy")).await), (vec!["cy".to_owned()], vec![]));
}

pub(super) async fn blocks_are_sought_in_one_direction_and_in_both(world: World) {
    let (ana, bo, cy) = (user("ana"), user("bo"), user("cy"));
    block(&world, "ana", "bo").await.expect("the block is made");
    let among = async |viewer| {
        let blocked = world.store.blocked_among(&world.tenant, viewer, &BTreeSet::from([&ana, &bo, &cy])).await;
        blocked.expect("the query runs")
    };
    assert_eq!(among(&ana).await, BTreeSet::from([bo.clone()]));
    assert_eq!(among(&bo).await, BTreeSet::new(), "the blocked person is not told");
    let between = async |who, people: &[&str]| {
        let people: Vec<_> = people.iter().map(|id| user(id)).collect();
        world.store.is_blocked_between(&world.tenant, who, &people).await.expect("the query runs")
    };
    assert!(between(&ana, &["cy", "bo"]).await && between(&bo, &["ana"]).await);
    assert!(!between(&ana, &["cy"]).await && !between(&cy, &["ana", "bo"]).await && !between(&ana, &[]).await);
    let elsewhere = world.store.is_blocked_between(&world.stranger, &ana, std::slice::from_ref(&bo)).await;
    assert_eq!(elsewhere, Ok(false), "another tenant has other blocks");
}

pub(super) async fn who_is_blocked_begins_no_direct_conversation(world: World) {
    let Direct::Created(known) = dm(&world, 1, "ana", "bo").await else { panic!("the first one") };
    assert_eq!(world.store.is_dm_blocked(&world.tenant, &known.id).await, Ok(false));
    block(&world, "bo", "ana").await.expect("the block is made");
    block(&world, "cy", "bo").await.expect("the block is made");
    assert_eq!(world.store.is_dm_blocked(&world.tenant, &known.id).await, Ok(true));
    assert_eq!(world.store.is_dm_blocked(&world.stranger, &known.id).await, Ok(false));
    assert!(matches!(dm(&world, 2, "ana", "bo").await, Direct::Found(_)), "it is opened as before");
    for number in 3..6 {
        assert_eq!(dm(&world, number, "bo", "cy").await, Direct::Blocked, "a refusal does not count");
        assert_eq!(dm(&world, number, "cy", "bo").await, Direct::Blocked);
    }
    world.store.remove_block(&world.tenant, &user("cy"), &user("bo")).await.expect("the block ends");
    assert!(matches!(dm(&world, 7, "bo", "cy").await, Direct::Created(_)));
    let group = world.group(8, &["bo"]).await;
    assert_eq!(world.store.is_dm_blocked(&world.tenant, &group.id).await, Ok(false), "a group is no direct one");
}

pub(super) async fn a_last_message_says_that_its_sender_is_blocked(world: World) {
    let group = world.group(1, &["bo"]).await;
    let batch = world.say(&group.id, &[1]).await;
    block(&world, "bo", "ana").await.expect("the block is made");
    let seen = async |viewer| world.seen_by(viewer, &group.id).await.last_message.expect("a message").from_blocked;
    assert_eq!((seen("bo").await, seen("ana").await), (true, false));
    let inbox = world.store.inbox(&world.tenant, &user("bo"), None, 9).await.expect("the inbox is read");
    assert!(inbox[0].last_message.as_ref().is_some_and(|message| message.from_blocked));
    let gone = vec![deleted(&batch.created[0], 2)];
    world.flush(&group.id, &FlushBatch { last_seq: 2, message_count: 1, changed: gone, ..FlushBatch::default() }).await;
    assert!(seen("bo").await, "also of a deleted message");
}

pub(super) async fn a_person_blocks_a_limited_number_of_others(world: World) {
    const PEOPLE: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
        INSERT INTO users (tenant_id, id, name, search_name, created_at)
        SELECT ?1, 'x' || i, 'X', 'x', 1 FROM n";
    const BLOCKS: &str = "INSERT INTO blocks (tenant_id, user_id, blocked_id, created_at)
        SELECT tenant_id, 'ana', id, 1 FROM users WHERE tenant_id = ?1 AND id LIKE 'x%'";
    let tenant = || crate::Value::from(&world.tenant);
    world.sql(Statement::unnamed(PEOPLE, [tenant(), i64::from(MAX_BLOCKS).into()])).await;
    world.sql(Statement::unnamed(BLOCKS, [tenant()])).await;
    assert_eq!(block(&world, "ana", "bo").await, Ok(None));
    assert_eq!(block(&world, "ana", "x7").await, Ok(Some(false)), "one that is there");
    assert_eq!(block(&world, "bo", "ana").await, Ok(Some(true)), "the limit is each person's");
}
