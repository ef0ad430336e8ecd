//! Preferences of conversations.

use super::world::{NOW, World, later, user};
use crate::{InboxFilter, Unarchived};
use campana_core::accounts::audit::Act;
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::policy::Role;
use campana_core::chat::preferences::{MuteChange, Notify, Preferences, PreferencesChange};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::timestamp::Timestamp;

const ARCHIVE: PreferencesChange =
    PreferencesChange { mute: MuteChange::Keep, notify: None, favorite: None, archived: Some(true) };

async fn change(
    world: &World,
    conversation: &ConversationId,
    id: &str,
    change: PreferencesChange,
    at: Timestamp,
) -> Option<Preferences> {
    let who = (&world.tenant, conversation, &user(id));
    world.store.set_preferences(who, change, at).await.expect("the query runs")
}

/// Whether a member has the conversation archived.
async fn is_archived(world: &World, conversation: &ConversationId, id: &str) -> bool {
    world.seen_by(id, conversation).await.preferences.expect("a member").archived
}

/// Flushes, and returns the members whose archived state the messages ended.
async fn flush(world: &World, conversation: &ConversationId, batch: &FlushBatch) -> Vec<Unarchived> {
    world.store.flush(&world.tenant, conversation, batch, NOW).await.expect("the flush succeeds").unarchived
}

pub(super) async fn a_member_has_defaults_and_changes_single_fields(world: World) {
    let group = world.group(1, &["bo"]).await;
    assert_eq!(group.preferences, Some(Preferences::default()));
    let until = later(60);
    let mute = PreferencesChange { mute: MuteChange::Until(until), ..PreferencesChange::default() };
    let favorite = PreferencesChange {
        notify: Some(Notify::Mentions),
        favorite: Some(true),
        archived: Some(true),
        ..PreferencesChange::default()
    };
    change(&world, &group.id, "bo", mute, NOW).await;
    let changed = change(&world, &group.id, "bo", favorite, NOW).await.expect("a member");
    let expected = Preferences {
        notifications_muted_until: Some(until),
        notify: Notify::Mentions,
        favorite: true,
        archived: true,
    };
    assert_eq!(changed, expected);
    let unmute = PreferencesChange { mute: MuteChange::End, ..PreferencesChange::default() };
    let changed = change(&world, &group.id, "bo", unmute, NOW).await;
    let expected = Preferences { notifications_muted_until: None, ..expected };
    assert_eq!(changed, Some(expected));
    assert_eq!(change(&world, &group.id, "bo", PreferencesChange::default(), NOW).await, Some(expected));
    assert_eq!(world.seen_by("bo", &group.id).await.preferences, Some(expected));
    let inbox = world.store.inbox(&world.tenant, &user("bo"), None, 10).await.expect("the inbox is read");
    assert_eq!(inbox[0].preferences, Some(expected));
    assert_eq!(world.seen_by("ana", &group.id).await.preferences, Some(Preferences::default()), "they are Bo's alone");
}

pub(super) async fn who_is_no_member_has_none(world: World) {
    let group = world.group(1, &["bo"]).await;
    assert_eq!(change(&world, &group.id, "cy", ARCHIVE, NOW).await, None);
    assert_eq!(world.seen_by("cy", &group.id).await.preferences, None);
    let bo = user("bo");
    let stranger = (&world.stranger, &group.id, &bo);
    assert_eq!(world.store.set_preferences(stranger, ARCHIVE, NOW).await, Ok(None));
    assert!(!is_archived(&world, &group.id, "bo").await);
}

pub(super) async fn the_inbox_is_filtered_by_favorites_and_archived_ones(world: World) {
    let favorite = PreferencesChange { favorite: Some(true), ..PreferencesChange::default() };
    for number in 1..=6 {
        let group = world.group(number, &["bo"]).await;
        if number % 2 == 0 {
            change(&world, &group.id, "bo", favorite, NOW).await;
        }
        if number % 3 == 0 {
            change(&world, &group.id, "bo", ARCHIVE, NOW).await;
        }
    }
    let listed = |tenant: TenantId, favorite, archived| {
        let world = &world;
        async move {
            let filter = InboxFilter { favorite, archived };
            let (mut all, mut after) = (Vec::new(), None::<(i64, ConversationId)>);
            loop {
                let place = after.as_ref().map(|(at, id)| (*at, id));
                let page = world.store.filtered_inbox(&tenant, &user("bo"), filter, place, 1).await;
                let Some(one) = page.expect("the inbox is read").pop() else { break };
                after = Some((one.last_activity_at().millis(), one.id.clone()));
                all.push(one.id);
            }
            all.sort();
            all
        }
    };
    let ids = |numbers: &[u32]| numbers.iter().map(|number| world.conversation_id(*number)).collect::<Vec<_>>();
    for (favorite, archived, expected) in [
        (None, None, &[1, 2, 3, 4, 5, 6][..]),
        (Some(true), None, &[2, 4, 6]),
        (Some(false), None, &[1, 3, 5]),
        (None, Some(true), &[3, 6]),
        (None, Some(false), &[1, 2, 4, 5]),
        (Some(true), Some(true), &[6]),
    ] {
        assert_eq!(listed(world.tenant.clone(), favorite, archived).await, ids(expected), "{favorite:?} {archived:?}");
    }
    assert_eq!(listed(world.stranger.clone(), None, Some(true)).await, ids(&[]));
}

pub(super) async fn another_persons_message_unarchives(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let other = world.group(2, &["bo"]).await;
    for id in ["ana", "bo"] {
        change(&world, &group.id, id, ARCHIVE, later(1)).await;
    }
    change(&world, &other.id, "bo", ARCHIVE, later(1)).await;
    // Ana's message at second 2, and one from before the archiving.
    let unarchived = flush(&world, &group.id, &world.batch(&group.id, &[1, 2])).await;
    assert_eq!(unarchived, [Unarchived { user_id: user("bo"), preferences: Preferences::default() }]);
    assert!(!is_archived(&world, &group.id, "bo").await);
    assert!(is_archived(&world, &group.id, "ana").await, "it is her own message");
    assert!(is_archived(&world, &other.id, "bo").await, "it is another conversation");
}

pub(super) async fn a_message_does_not_unarchive_while_notifications_are_muted(world: World) {
    let group = world.group(1, &["bo"]).await;
    let muted = PreferencesChange { mute: MuteChange::Until(later(10)), ..ARCHIVE };
    change(&world, &group.id, "bo", muted, NOW).await;
    assert_eq!(flush(&world, &group.id, &world.batch(&group.id, &[9])).await, []);
    assert!(is_archived(&world, &group.id, "bo").await);
    let mut late = world.batch(&group.id, &[9, 10]);
    late.created.remove(0);
    assert_eq!(flush(&world, &group.id, &late).await.len(), 1, "the mute has ended");
    assert!(!is_archived(&world, &group.id, "bo").await);
}

pub(super) async fn a_batch_that_is_repeated_takes_no_later_archiving_back(world: World) {
    let group = world.group(1, &["bo"]).await;
    let batch = world.batch(&group.id, &[5]);
    change(&world, &group.id, "bo", ARCHIVE, NOW).await;
    assert_eq!(flush(&world, &group.id, &batch).await.len(), 1);
    assert_eq!(flush(&world, &group.id, &batch).await, [], "the same batch again");
    change(&world, &group.id, "bo", ARCHIVE, later(6)).await;
    assert_eq!(flush(&world, &group.id, &batch).await, []);
    assert!(is_archived(&world, &group.id, "bo").await);
}

pub(super) async fn preferences_end_with_the_membership(world: World) {
    let group = world.group(1, &["bo"]).await;
    change(&world, &group.id, "bo", ARCHIVE, NOW).await;
    let audit = world.audit(Act::MemberRemoved, "bo", NOW);
    world.store.remove_member(&world.tenant, &group.id, &user("bo"), None, &audit).await.expect("the removal succeeds");
    assert_eq!(world.seen_by("bo", &group.id).await.preferences, None);
    world.add(&group.id, "bo", Role::Member).await.expect("the conversation exists");
    assert_eq!(world.seen_by("bo", &group.id).await.preferences, Some(Preferences::default()));
}
