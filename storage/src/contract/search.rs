//! What the index for search reads, and what people may read of what it found.

use super::world::{NOW, World, deleted, user};
use crate::ListedPlace;
use campana_core::accounts::audit::Act;
use campana_core::shared::ids::{ConversationId, MessageId, TenantId};

async fn rev(world: &World, id: &str) -> i64 {
    let rev = world.store.memberships_rev(&world.tenant, &user(id)).await.expect("the query runs");
    rev.expect("the user is known")
}

async fn remove(world: &World, conversation: &ConversationId, id: &str) {
    let audit = world.audit(Act::MemberRemoved, id, NOW);
    let removed = world.store.remove_member(&world.tenant, conversation, &user(id), None, &audit).await;
    removed.expect("the removal succeeds");
}

async fn readable(world: &World, id: &str, seqs: &[i64]) -> Vec<i64> {
    let ids: Vec<MessageId> = seqs.iter().map(|seq| world.message_id(*seq)).collect();
    let found = world.store.readable_messages(&world.tenant, &user(id), &ids).await.expect("the query runs");
    let mut seqs: Vec<i64> = found.iter().map(|found| found.recorded.message.seq).collect();
    seqs.sort_unstable();
    seqs
}

pub(super) async fn every_change_of_memberships_raises_their_revision(world: World) {
    let group = world.group(1, &["bo"]).await;
    let before = rev(&world, "bo").await;
    world.group(2, &["bo"]).await;
    assert!(rev(&world, "bo").await > before, "joined");
    let joined = rev(&world, "bo").await;
    remove(&world, &group.id, "bo").await;
    assert!(rev(&world, "bo").await > joined, "left");
    let unknown = world.store.memberships_rev(&world.stranger, &user("nobody")).await.expect("the query runs");
    assert_eq!(unknown, None);
}

pub(super) async fn memberships_and_conversations_are_listed_in_pages(world: World) {
    let mut groups: Vec<ConversationId> = Vec::new();
    for number in 1..=3 {
        groups.push(world.group(number, &["bo"]).await.id);
    }
    groups.sort();
    let mut listed: Vec<ConversationId> = Vec::new();
    loop {
        let page = world.store.membership_ids(&world.tenant, &user("bo"), listed.last(), 2).await;
        let page = page.expect("the query runs");
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    assert!(groups.iter().all(|group| listed.contains(group)));
    assert!(listed.is_sorted());
    let (mut listed, mut after): (Vec<ConversationId>, _) = (Vec::new(), ListedPlace::default());
    world.say(&groups[0], &[1]).await;
    world.say(&groups[2], &[2]).await;
    loop {
        let page = world.store.conversations_to_index(&world.tenant, after, 1).await.expect("the query runs");
        let Some(last) = page.last() else { break };
        after = last.place;
        listed.extend(page.into_iter().map(|listed| listed.id));
    }
    listed.sort();
    assert_eq!(listed, [groups[0].clone(), groups[2].clone()], "those with messages");
    let other = &world.stranger;
    let start = ListedPlace::default();
    assert!(world.store.conversations_to_index(other, start, 10).await.expect("the query runs").is_empty());
    assert!(world.store.membership_ids(other, &user("bo"), None, 10).await.expect("the query runs").is_empty());
}

pub(super) async fn messages_are_read_in_order_with_the_deleted_ones_empty(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[1, 2, 3]).await;
    batch.changed = vec![deleted(&batch.created[1], 4)];
    batch.last_seq = 4;
    world.flush(&group.id, &batch).await;
    let read = async |tenant: &TenantId, after: i64| {
        world.store.messages_to_index(tenant, &group.id, after, 2).await.expect("the query runs")
    };
    let page = read(&world.tenant, 0).await;
    let seen: Vec<_> = page.iter().map(|row| (row.message.seq, row.message.body.is_some())).collect();
    assert_eq!(seen, [(1, true), (2, false)]);
    assert_eq!(read(&world.tenant, 2).await.len(), 1);
    assert!(read(&world.stranger, 0).await.is_empty());
}

pub(super) async fn only_what_one_may_read_now_is_readable(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[1, 2]).await;
    assert_eq!(readable(&world, "bo", &[1, 2, 3]).await, [1, 2]);
    assert_eq!(readable(&world, "cy", &[1, 2]).await, Vec::<i64>::new());
    batch.changed = vec![deleted(&batch.created[1], 3)];
    batch.last_seq = 3;
    world.flush(&group.id, &batch).await;
    assert_eq!(readable(&world, "bo", &[1, 2]).await, [1]);
    remove(&world, &group.id, "bo").await;
    assert_eq!(readable(&world, "bo", &[1, 2]).await, Vec::<i64>::new());
    assert!(readable(&world, "bo", &[]).await.is_empty());
}
