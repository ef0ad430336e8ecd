//! Memberships and member counts.

use super::world::{NOW, World, deleted, later, user};
use crate::{Added, AuditFilter, Member, NewMember, StorageError};
use campana_core::accounts::audit::Act;
use campana_core::chat::flush::{FlushBatch, ReadMarker};
use campana_core::chat::policy::Role;
use campana_core::chat::wire::MessageType;
use campana_core::shared::ids::{ConversationId, MessageId, UserId};
use campana_core::shared::timestamp::Timestamp;

async fn counted(world: &World, conversation: &ConversationId) -> i64 {
    world.seen_by("ana", conversation).await.member_count
}

pub(super) async fn adding_twice_counts_once_and_changes_nothing(world: World) {
    let group = world.group(1, &[]).await;
    let (store, tenant, bo) = (&world.store, &world.tenant, user("bo"));
    let first_audit = world.audit(Act::MemberAdded, "bo", later(1));
    let new =
        NewMember { user: &bo, role: Role::Moderator, last_read_seq: 5, audit: Some(&first_audit), now: later(1) };
    let first = store.add_member(tenant, &group.id, &new).await;
    let Ok(Some(Added::Now(first))) = first else { panic!("not added: {first:?}") };
    assert_eq!((first.role, first.last_read_seq), (Role::Moderator, 5));
    let second_audit = world.audit(Act::MemberAdded, "bo", later(2));
    let again = NewMember { user: &bo, role: Role::Owner, last_read_seq: 9, audit: Some(&second_audit), now: later(2) };
    assert_eq!(store.add_member(tenant, &group.id, &again).await, Ok(Some(Added::Before(first.clone()))));
    assert_eq!(counted(&world, &group.id).await, 2);
    assert_eq!(store.membership(tenant, &group.id, &bo).await, Ok(Some(first)));
    assert_eq!(world.audited(Act::MemberAdded).await, 1, "a call without effect is not audited");
}

/// Marker, message and time that each member shows, by user id.
async fn markers(world: &World, conversation: &ConversationId) -> Vec<(i64, Option<MessageId>, Option<Timestamp>)> {
    let listed = world.store.list_members((&world.tenant, conversation), None, NOW, None, 50).await;
    let shown = |member: Member| (member.last_read_seq.unwrap_or(-1), member.last_read_message_id, member.last_read_at);
    listed.expect("the list is read").into_iter().map(shown).collect()
}

pub(super) async fn a_marker_has_its_newest_message_that_counts_and_the_time_of_its_last_move(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let mut batch = world.batch(&group.id, &[2, 4, 6, 8, 10]);
    batch.created[1].message.thread_id = Some(world.message_id(2));
    batch.created[2].message.message_type = MessageType::System;
    batch.created[4].message.message_type = MessageType::System;
    world.flush(&group.id, &batch).await;
    let id = |seq| Some(world.message_id(seq));
    assert_eq!(markers(&world, &group.id).await, vec![(0, None, None); 3], "first members have read nothing");
    let read = |markers: &[(&str, i64, i64, i64)]| FlushBatch {
        read: markers
            .iter()
            .map(|(id, seq, rev, at)| ReadMarker { user_id: user(id), seq: *seq, rev: *rev, at: later(*at) })
            .collect(),
        ..FlushBatch { last_seq: 10, ..FlushBatch::default() }
    };
    world.flush(&group.id, &read(&[("ana", 1, 0, 20), ("bo", 7, 0, 21), ("cy", 12, 0, 22)])).await;
    let expected = [(1, None, Some(later(20))), (7, id(2), Some(later(21))), (12, id(8), Some(later(22)))];
    assert_eq!(markers(&world, &group.id).await, expected);
    // What does not move a marker changes no time: a repeated batch, an older position, another role.
    world.flush(&group.id, &read(&[("ana", 1, 0, 30), ("bo", 6, 0, 30), ("cy", 12, 0, 30)])).await;
    let audit = world.audit(Act::MemberRoleChanged, "bo", later(31));
    let role = (Role::Moderator, &Role::ALL[..]);
    world.store.change_role(&world.tenant, &group.id, &user("bo"), role, &audit).await.expect("the role changes");
    assert_eq!(markers(&world, &group.id).await, expected);
    // Marking as unread moves it back; the text of a message that was deleted is gone, its place is not.
    world.flush(&group.id, &read(&[("cy", 3, 1, 40)])).await;
    let deleted = FlushBatch { changed: vec![deleted(&batch.created[0], 11)], last_seq: 11, ..FlushBatch::default() };
    world.flush(&group.id, &deleted).await;
    assert_eq!(markers(&world, &group.id).await[2], (3, id(2), Some(later(40))));
    let new = NewMember { user: &user("dee"), role: Role::Member, last_read_seq: 9, audit: None, now: later(50) };
    world.record(&world.tenant, "dee", "Dee").await;
    world.store.add_member(&world.tenant, &group.id, &new).await.expect("the member is added");
    assert_eq!(markers(&world, &group.id).await[3], (9, id(8), None), "it has not moved since they joined");
}

pub(super) async fn removing_twice_counts_once(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let (store, tenant, bo) = (&world.store, &world.tenant, user("bo"));
    for expected in [true, false] {
        let audit = world.audit(Act::MemberRemoved, "bo", NOW);
        assert_eq!(store.remove_member(tenant, &group.id, &bo, Some(&audit), &audit).await, Ok(expected));
    }
    assert_eq!(world.audited(Act::MemberRemoved).await, 1, "a call without effect is not audited");
    assert_eq!(counted(&world, &group.id).await, 2);
    assert_eq!(store.membership(tenant, &group.id, &bo).await, Ok(None));
    let left = store.list_members((tenant, &group.id), None, NOW, None, 50).await.expect("the list is read");
    assert_eq!(left.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["Ana", "Cy"]);
    assert!(matches!(world.add(&group.id, "bo", Role::Member).await, Some(Added::Now(_))));
    assert_eq!(counted(&world, &group.id).await, 3);
    assert_eq!(
        store.remove_member(tenant, &group.id, &bo, None, &world.audit(Act::InviteRevoked, "bo", NOW)).await,
        Ok(true)
    );
    assert_eq!(world.audited(Act::MemberRemoved).await, 1, "leaving is not audited");
}

pub(super) async fn the_unknown_cannot_be_added_and_are_not_counted(world: World) {
    let group = world.group(1, &[]).await;
    world.record(&world.stranger, "theirs", "Only there").await;
    for id in ["nobody", "theirs"] {
        let audit = world.audit(Act::MemberAdded, id, NOW);
        let new = NewMember { user: &user(id), role: Role::Member, last_read_seq: 0, audit: Some(&audit), now: NOW };
        let added = world.store.add_member(&world.tenant, &group.id, &new).await;
        assert_eq!(added, Err(StorageError::Constraint), "{id}");
    }
    assert_eq!(counted(&world, &group.id).await, 1);
    assert_eq!(world.audited(Act::MemberAdded).await, 0);
    assert_eq!(world.add(&world.conversation_id(9), "bo", Role::Member).await, None);
}

pub(super) async fn roles_change_and_owners_are_counted(world: World) {
    let group = world.group(1, &["bo"]).await;
    let (store, tenant) = (&world.store, &world.tenant);
    assert_eq!(store.owner_count(tenant, &group.id).await, Ok(1));
    for (id, expected) in [("bo", true), ("cy", false)] {
        let audit = world.audit(Act::MemberRoleChanged, id, later(1));
        let changed = store.change_role(tenant, &group.id, &user(id), (Role::Owner, &[]), &audit).await;
        assert_eq!(changed, Ok(expected), "{id}");
    }
    assert_eq!(world.audited(Act::MemberRoleChanged).await, 1);
    assert_eq!(store.owner_count(tenant, &group.id).await, Ok(2));
    assert_eq!(world.seen_by("bo", &group.id).await.role, Some(Role::Owner));
    assert_eq!(store.owner_count(&world.stranger, &group.id).await, Ok(0));
}

pub(super) async fn a_group_is_handed_to_the_moderator_or_member_of_longest_standing(world: World) {
    let group = world.group(1, &[]).await;
    let (store, tenant, ana) = (&world.store, &world.tenant, user("ana"));
    assert_eq!(store.successor(tenant, &group.id, &ana).await, Ok(None));
    for (id, at) in [("cy", later(1)), ("bo", later(2))] {
        let new = NewMember { user: &user(id), role: Role::Member, last_read_seq: 0, audit: None, now: at };
        store.add_member(tenant, &group.id, &new).await.expect("the member is added");
    }
    assert_eq!(store.successor(tenant, &group.id, &ana).await, Ok(Some(user("cy"))));
    let audit = world.audit(Act::MemberRoleChanged, "bo", later(3));
    store.change_role(tenant, &group.id, &user("bo"), (Role::Moderator, &[]), &audit).await.expect("the role changes");
    assert_eq!(store.successor(tenant, &group.id, &ana).await, Ok(Some(user("bo"))));
    assert_eq!(store.successor(&world.stranger, &group.id, &ana).await, Ok(None));
}

pub(super) async fn members_are_found_by_the_beginnings_of_words(world: World) {
    let names = [("1", "Zé André"), ("2", "Zoë Zander"), ("3", "Ze Outside"), ("4", "Zeta")];
    for (id, name) in names {
        world.record(&world.tenant, id, name).await;
    }
    let group = world.group(1, &["1", "2", "4"]).await;
    // As a conversation of few members, and of many: what is found is the same.
    for member_count in [4, 100_000] {
        let found = async |q: &str, after: Option<(&str, &UserId)>| {
            let place = (&world.tenant, &group.id);
            let found = world.store.search_members(place, (q, member_count, &user("ana")), NOW, after, 2).await;
            let found = found.expect("the search succeeds");
            found.into_iter().map(|found| (found.place, found.item.user_id.to_string())).collect::<Vec<_>>()
        };
        let page = found("z", None).await;
        assert_eq!(page, [("zander", "2"), ("ze andre", "1")].map(|(word, id)| (word.to_owned(), id.to_owned())));
        let rest = found("z", Some(("ze andre", &user("1")))).await;
        assert_eq!(rest, [("zeta".to_owned(), "4".to_owned())]);
        assert_eq!(found("andr ze", None).await.len(), 1);
        assert!(found("outside", None).await.is_empty());
        let elsewhere = (&world.stranger, &group.id);
        assert_eq!(
            world.store.search_members(elsewhere, ("z", member_count, &user("ana")), NOW, None, 9).await,
            Ok(vec![])
        );
    }
}

pub(super) async fn members_page_by_id(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let first = store.list_members((tenant, &group.id), None, NOW, None, 2).await.expect("the list is read");
    assert_eq!(first.len(), 2);
    assert_eq!((first[0].name.as_str(), first[0].role, first[0].joined_at), ("Ana", Role::Owner, NOW));
    let rest =
        store.list_members((tenant, &group.id), None, NOW, Some(&first[1].user_id), 2).await.expect("the list is read");
    let names: Vec<_> = first.iter().chain(&rest).map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["Ana", "Bo", "Cy"]);
}

pub(super) async fn another_tenants_memberships_are_out_of_reach(world: World) {
    let group = world.group(1, &["bo"]).await;
    let (store, them, bo) = (&world.store, &world.stranger, user("bo"));
    assert_eq!(store.membership(them, &group.id, &bo).await, Ok(None));
    assert_eq!(store.list_members((them, &group.id), None, NOW, None, 50).await, Ok(vec![]));
    let audit = world.audit(Act::MemberAdded, "bo", NOW);
    let new = NewMember { user: &user("cy"), role: Role::Owner, last_read_seq: 0, audit: Some(&audit), now: NOW };
    assert_eq!(store.add_member(them, &group.id, &new).await, Ok(None));
    assert_eq!(store.remove_member(them, &group.id, &bo, Some(&audit), &audit).await, Ok(false));
    assert_eq!(store.change_role(them, &group.id, &bo, (Role::Owner, &[]), &audit).await, Ok(false));
    assert_eq!(store.list_audits(them, &AuditFilter::default(), None, 9).await, Ok(vec![]));
    assert_eq!(counted(&world, &group.id).await, 2);
    let kept = store.membership(&world.tenant, &group.id, &bo).await.expect("the query runs");
    assert_eq!(kept.expect("the membership exists").role, Role::Member);
}
