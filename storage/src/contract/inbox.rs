//! Inboxes: a user's conversations by activity.

use super::world::{NOW, World, later, user};
use crate::Conversation;
use campana_core::accounts::audit::Act;
use campana_core::shared::ids::ConversationId;

async fn page(world: &World, after: Option<(i64, &ConversationId)>, limit: u32) -> Vec<Conversation> {
    world.store.inbox(&world.tenant, &user("bo"), after, limit).await.expect("the inbox is read")
}

pub(super) async fn the_inbox_is_ordered_by_newest_activity(world: World) {
    for number in 1..=3 {
        world.group(number, &["bo"]).await;
    }
    world.group(4, &["cy"]).await;
    let mut batch = world.batch(&world.conversation_id(2), &[1]);
    batch.last_message_at = Some(later(100));
    world.flush(&world.conversation_id(2), &batch).await;

    world.group(5, &["bo"]).await;
    let mut old = world.batch(&world.conversation_id(5), &[2]);
    old.last_message_at = Some(later(-10));
    world.flush(&world.conversation_id(5), &old).await;

    let inbox = page(&world, None, 50).await;
    let ids: Vec<_> = inbox.iter().map(|conversation| conversation.id.clone()).collect();
    let expected: Vec<_> = [2, 3, 1, 5].into_iter().map(|number| world.conversation_id(number)).collect();
    assert_eq!(ids, expected, "the one with a message first, then the newest created; none of other users");
    assert_eq!((inbox[0].unread_count, inbox[1].unread_count), (1, 0));
    assert_eq!(inbox[0].last_message.as_ref().map(|last| &last.message), Some(&batch.created[0].message));
    assert_eq!(inbox[0], world.seen_by("bo", &world.conversation_id(2)).await);
}

pub(super) async fn the_inbox_pages_without_gap_or_repeat(world: World) {
    for number in 1..=7 {
        world.group(number, &["bo"]).await;
        if number % 3 == 0 {
            let id = world.conversation_id(number);
            let mut batch = world.batch(&id, &[]);
            batch.last_message_at = Some(later(i64::from(number / 4)));
            world.flush(&id, &batch).await;
        }
    }
    let all: Vec<_> = page(&world, None, 50).await.into_iter().map(|conversation| conversation.id).collect();
    assert_eq!(all.len(), 7);
    let mut paged = Vec::new();
    let mut after: Option<(i64, ConversationId)> = None;
    while paged.len() < 10 {
        let next = page(&world, after.as_ref().map(|(at, id)| (*at, id)), 2).await;
        let Some(last) = next.last() else { break };
        after = Some((last.last_activity_at().millis(), last.id.clone()));
        paged.extend(next.into_iter().map(|conversation| conversation.id));
    }
    assert_eq!(paged, all);
}

pub(super) async fn who_left_has_it_no_more(world: World) {
    let group = world.group(1, &["bo"]).await;
    world
        .store
        .remove_member(&world.tenant, &group.id, &user("bo"), None, &world.audit(Act::InviteRevoked, "bo", NOW))
        .await
        .expect("the removal succeeds");
    assert_eq!(page(&world, None, 50).await, vec![]);
}
