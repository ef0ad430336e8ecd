//! Direct conversations and groups.

use super::world::{NOW, World, deleted, later, marker, user};
use crate::{ConversationType, Direct, NewDirect, NewGroup, StorageError};
use campana_core::chat::policy::{Place, Role, Visibility};
use campana_core::chat::wire::Person;
use campana_core::shared::ids::{ConversationId, TenantId};
use serde_json::{Map, json};

async fn dm(world: &World, tenant: &TenantId, number: u32, me: &str, other: &str) -> (ConversationId, bool) {
    let id = world.conversation_id(number);
    let (me, other) = (user(me), user(other));
    let new = NewDirect { id: &id, tenant, me: &me, other: &other, per_hour: None, now: NOW };
    match world.store.first_or_create_dm(&new).await.expect("creation runs") {
        Direct::Found(conversation) => (conversation.id, false),
        Direct::Created(conversation) => (conversation.id, true),
        Direct::Exceeded { .. } | Direct::Blocked => panic!("there is no limit and no block"),
    }
}

pub(super) async fn two_people_have_one_direct_conversation_whoever_asks(world: World) {
    let (first, created) = dm(&world, &world.tenant, 1, "ana", "bo").await;
    assert!(created);
    assert_eq!(first, world.conversation_id(1));
    assert_eq!(dm(&world, &world.tenant, 2, "ana", "bo").await, (first.clone(), false));
    assert_eq!(dm(&world, &world.tenant, 3, "bo", "ana").await, (first.clone(), false));
    assert_eq!(world.store.facts(&world.tenant, &world.conversation_id(3)).await, Ok(None));

    let seen = world.seen_by("bo", &first).await;
    assert_eq!(seen.conversation_type, ConversationType::Dm);
    assert_eq!((seen.member_count, seen.role), (2, Some(Role::Member)));
    assert_eq!(seen.peer, Some(Person { user_id: user("ana"), name: "Ana".to_owned() }));
    let seen = world.seen_by("ana", &first).await;
    assert_eq!(seen.peer, Some(Person { user_id: user("bo"), name: "Bo".to_owned() }));

    let mut batch = world.say(&first, &[1, 2, 4, 7]).await;
    batch.changed = vec![deleted(&batch.created[0], 8), deleted(&batch.created[2], 9)];
    batch.read = vec![marker(user("bo"), 2)];
    world.flush(&first, &batch).await;
    let (id, me, other) = (world.conversation_id(2), user("bo"), user("ana"));
    let new = NewDirect { id: &id, tenant: &world.tenant, me: &me, other: &other, per_hour: None, now: NOW };
    let Ok(Direct::Found(again)) = world.store.first_or_create_dm(&new).await else { panic!("the row exists") };
    assert_eq!(again.unread_count, 1);
    assert_eq!(again, world.seen_by("bo", &first).await);
    assert_eq!(world.store.inbox(&world.tenant, &me, None, 9).await, Ok(vec![again]));

    assert!(dm(&world, &world.tenant, 4, "ana", "cy").await.1, "another pair has another conversation");
    let (theirs, created) = dm(&world, &world.stranger, 5, "ana", "bo").await;
    assert!(created, "another tenant's users are different users");
    assert_ne!(theirs, first);
}

pub(super) async fn ids_that_look_like_a_list_are_not_mixed_up(world: World) {
    for id in ["a\",\"b", "c", "a", "b\",\"c"] {
        world.record(&world.tenant, id, "X").await;
    }
    let (one, _) = dm(&world, &world.tenant, 1, "a\",\"b", "c").await;
    let (two, created) = dm(&world, &world.tenant, 2, "a", "b\",\"c").await;
    assert!(created);
    assert_ne!(one, two);
    assert_eq!(world.seen_by("c", &one).await.member_count, 2);
}

pub(super) async fn nobody_talks_with_the_unknown(world: World) {
    let id = world.conversation_id(1);
    let (me, other) = (user("ana"), user("nobody"));
    let new = NewDirect { id: &id, tenant: &world.tenant, me: &me, other: &other, per_hour: None, now: NOW };
    let made = world.store.first_or_create_dm(&new).await;
    assert_eq!(made, Err(StorageError::Constraint));
    assert_eq!(world.store.facts(&world.tenant, &id).await, Ok(None));
}

pub(super) async fn a_group_counts_everyone_once(world: World) {
    let mut metadata = Map::new();
    metadata.insert("topic".to_owned(), json!(["ünï", 1, null]));
    let new = NewGroup {
        id: world.conversation_id(1),
        tenant: world.tenant.clone(),
        me: user("ana"),
        others: vec![user("bo"), user("ana"), user("bo"), user("cy")],
        metadata: metadata.clone(),
        report_id: Some("report 7".to_owned()),
        now: NOW,
    };
    let made = world.store.create_group(new).await.expect("creation runs");
    assert_eq!((made.member_count, made.role), (3, Some(Role::Owner)));
    assert_eq!((made.metadata, made.report_id.as_deref()), (metadata, Some("report 7")));
    assert_eq!((made.unread_count, made.last_message, made.peer), (0, None, None));
    assert_eq!(world.seen_by("cy", &made.id).await.role, Some(Role::Member));
}

pub(super) async fn a_group_with_the_unknown_is_not_made(world: World) {
    let new = NewGroup {
        id: world.conversation_id(1),
        tenant: world.tenant.clone(),
        me: user("ana"),
        others: vec![user("nobody")],
        metadata: Map::new(),
        report_id: None,
        now: NOW,
    };
    assert_eq!(world.store.create_group(new).await, Err(StorageError::Constraint));
    assert_eq!(world.store.facts(&world.tenant, &world.conversation_id(1)).await, Ok(None));
}

pub(super) async fn facts_tell_what_place_it_is(world: World) {
    let (direct, _) = dm(&world, &world.tenant, 1, "ana", "bo").await;
    let group = world.group(2, &["bo"]).await;
    let public = world.room(1, "Public", Visibility::Public).await;
    let private = world.room(2, "Private", Visibility::Private).await;
    world.say(&group.id, &[2, 5]).await;
    for (id, place, room, members, head, messages) in [
        (&direct, Place::Direct, None, 2, 0, 0),
        (&group.id, Place::Group, None, 2, 5, 2),
        (&public.conversation_id, Place::PublicRoom, Some(&public.id), 1, 0, 0),
        (&private.conversation_id, Place::PrivateRoom, Some(&private.id), 1, 0, 0),
    ] {
        let facts = world.store.facts(&world.tenant, id).await.expect("the query runs").expect("the row exists");
        assert_eq!((facts.place, facts.room_id.as_ref(), facts.member_count), (place, room, members));
        assert_eq!((facts.last_seq, facts.message_count), (head, messages));
        assert_eq!(world.store.facts(&world.stranger, id).await, Ok(None));
        assert_eq!(world.seen_by("ana", id).await.place(), place);
    }
}

pub(super) async fn a_hundred_are_looked_up_at_once(world: World) {
    let (direct, _) = dm(&world, &world.tenant, 1, "ana", "bo").await;
    let group = world.group(2, &["bo"]).await;
    let deleted = world.room(3, "Deleted", Visibility::Public).await;
    assert_eq!(world.delete_room(&deleted.id, later(1)).await, Ok(true));
    let mut asked: Vec<ConversationId> = (103..200).map(|number| world.conversation_id(number)).collect();
    asked.extend([group.id.clone(), direct.clone(), deleted.conversation_id.clone()]);
    let known = world.store.known_conversations(&world.tenant, &asked).await;
    assert_eq!(known, Ok([direct.clone(), group.id, deleted.conversation_id].into()));
    assert_eq!(world.store.known_conversations(&world.stranger, &[direct]).await, Ok([].into()));
    assert_eq!(world.store.known_conversations(&world.tenant, &[]).await, Ok([].into()));
}

pub(super) async fn who_is_no_member_is_told_nothing_of_what_was_said(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &[1]).await;
    let seen = world.seen_by("cy", &group.id).await;
    assert_eq!((seen.role, seen.unread_count, seen.last_message, seen.peer), (None, 0, None, None));
    let (direct, _) = dm(&world, &world.tenant, 2, "ana", "bo").await;
    assert_eq!(world.seen_by("cy", &direct).await.peer, None);
}

pub(super) async fn the_last_message_is_the_newest_also_when_deleted(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.say(&group.id, &[3, 7]).await;
    let seen = world.seen_by("bo", &group.id).await;
    assert_eq!(seen.last_message.map(|last| last.message), Some(batch.created[1].message.clone()));
    assert_eq!((seen.last_message_at, seen.last_seq), (Some(later(7)), 7));

    batch.changed = vec![deleted(&batch.created[1], 8)];
    world.flush(&group.id, &batch).await;
    let last = world.seen_by("bo", &group.id).await.last_message.expect("there is a last message").message;
    assert_eq!((last.seq, last.body, last.deleted_at), (7, None, Some(later(8))));
}

pub(super) async fn metadata_is_replaced(world: World) {
    let group = world.group(1, &[]).await;
    let mut metadata = Map::new();
    metadata.insert("a".to_owned(), json!({"b": "'\""}));
    let (store, tenant) = (&world.store, &world.tenant);
    assert_eq!(store.update_metadata(&world.stranger, &group.id, &metadata, later(1)).await, Ok(false));
    assert_eq!(store.update_metadata(tenant, &group.id, &metadata, later(2)).await, Ok(true));
    let seen = world.seen_by("ana", &group.id).await;
    assert_eq!((seen.metadata, seen.updated_at), (metadata, Some(later(2))));
}

pub(super) async fn another_tenants_conversations_are_not_there(world: World) {
    let group = world.group(1, &["bo"]).await;
    assert_eq!(world.store.conversation(&world.stranger, &group.id, &user("ana")).await, Ok(None));
    assert_eq!(world.store.inbox(&world.stranger, &user("ana"), None, 50).await, Ok(vec![]));
}
