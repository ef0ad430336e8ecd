//! Unread counts, computed from read markers and ordinals.

use super::world::{NOW, World, deleted, later, marker, user};
use crate::{Added, NewMember, OWN_CHANNEL};
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::policy::Role;
use campana_core::shared::ids::ConversationId;

async fn mark(world: &World, conversation: &ConversationId, id: &str, seq: i64) {
    let batch = FlushBatch { read: vec![marker(user(id), seq)], ..FlushBatch::default() };
    world.flush(conversation, &batch).await;
}

async fn listen(world: &World) {
    let renewed = world.store.renew_presence(&world.tenant, &[user("bo")], OWN_CHANNEL, NOW, later(60)).await;
    renewed.expect("the lease is renewed");
}

pub(super) async fn unread_is_what_came_after_the_marker(world: World) {
    let group = world.group(1, &["bo"]).await;
    assert_eq!(world.unread("bo", &group.id).await, 0);
    listen(&world).await;
    world.say(&group.id, &[2, 3, 7, 11]).await;
    for (marker, expected) in [(0, 4), (1, 4), (2, 3), (5, 2), (7, 1), (10, 1), (11, 0), (500, 0)] {
        mark(&world, &group.id, "bo", marker).await;
        let inbox = world.store.inbox(&world.tenant, &user("bo"), None, 1).await.expect("the inbox is read");
        assert_eq!(inbox[0].unread_count, expected, "in the inbox, read up to {marker}");
        let online = world.store.online_members(&world.tenant, &group.id, NOW, None, 1).await;
        assert_eq!(online.expect("the list is read")[0].unread_count, expected, "on the channel, read up to {marker}");
        assert_eq!(world.unread("bo", &group.id).await, expected, "read up to {marker}");
    }
}

pub(super) async fn the_deleted_are_not_unread(world: World) {
    let group = world.group(1, &["bo"]).await;
    listen(&world).await;
    let mut batch = world.say(&group.id, &[1, 2, 3, 4]).await;
    batch.changed = vec![deleted(&batch.created[0], 5), deleted(&batch.created[2], 6)];
    batch.last_seq = 6;
    world.flush(&group.id, &batch).await;
    for (marker, expected) in [(0, 2), (1, 2), (2, 1), (3, 1), (4, 0), (6, 0)] {
        mark(&world, &group.id, "bo", marker).await;
        let inbox = world.store.inbox(&world.tenant, &user("bo"), None, 1).await.expect("the inbox is read");
        assert_eq!(inbox[0].unread_count, expected, "in the inbox, read up to {marker}");
        let online = world.store.online_members(&world.tenant, &group.id, NOW, None, 1).await;
        assert_eq!(online.expect("the list is read")[0].unread_count, expected, "on the channel, read up to {marker}");
        assert_eq!(world.unread("bo", &group.id).await, expected, "read up to {marker}");
    }
}

pub(super) async fn whoever_joins_starts_with_nothing_unread(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[1, 2, 3]).await;
    let new = NewMember { user: &user("cy"), role: Role::Member, last_read_seq: 4, audit: None, now: later(9) };
    let added = world.store.add_member(&world.tenant, &group.id, &new).await;
    assert!(matches!(added, Ok(Some(Added::Now(_)))));
    assert_eq!(world.unread("cy", &group.id).await, 0);
    batch.created.push(world.message(&group.id, 4, 5));
    (batch.last_seq, batch.message_count) = (5, 4);
    world.flush(&group.id, &batch).await;
    assert_eq!(world.unread("cy", &group.id).await, 1);
    assert_eq!(world.unread("bo", &group.id).await, 4);
}

pub(super) async fn ones_own_messages_are_read(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[1, 2]);
    batch.read = vec![marker(user("ana"), 2)];
    world.flush(&group.id, &batch).await;
    assert_eq!(world.unread("ana", &group.id).await, 0);
    assert_eq!(world.unread("bo", &group.id).await, 2);
}

pub(super) async fn a_marker_beyond_the_head_hides_nothing_that_comes_later(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[1]).await;
    mark(&world, &group.id, "bo", 4).await;
    assert_eq!(world.unread("bo", &group.id).await, 0);
    batch.created = vec![world.message(&group.id, 2, 4), world.message(&group.id, 3, 5)];
    (batch.last_seq, batch.message_count) = (5, 3);
    world.flush(&group.id, &batch).await;
    assert_eq!(world.unread("bo", &group.id).await, 1, "position 4 is read, position 5 is not");
}
