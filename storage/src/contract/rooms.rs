//! Rooms: creation, lists, changes, deletion.

use super::world::{NOW, World, later, user};
use crate::{NewRoom, RoomChange, RoomFilter, Statement, StorageError};
use campana_core::accounts::audit::Act;
use campana_core::chat::command::PostingRules;
use campana_core::chat::history::Anchor;
use campana_core::chat::policy::{Posting, Role, Visibility};

async fn listed(world: &World, viewer: &str, filter: &RoomFilter, admin: bool) -> Vec<String> {
    let rooms = world.store.list_rooms(&world.tenant, &user(viewer), filter, admin, None, 50).await;
    rooms.expect("the list is read").into_iter().map(|room| room.name).collect()
}

fn containing(q: &str) -> RoomFilter {
    RoomFilter { q: q.to_owned(), ..RoomFilter::default() }
}

pub(super) async fn a_room_is_made_with_its_conversation_and_members(world: World) {
    let mut new = world.new_room(1, "Garden", Visibility::Private);
    "Plants".clone_into(&mut new.description);
    new.members.push((user("bo"), Role::Moderator));
    let made = world.store.create_room(new).await.expect("creation runs");
    assert_eq!((made.member_count, made.role, made.is_general), (2, Some(Role::Owner), false));
    assert_eq!((made.created_at, made.updated_at), (NOW, None));

    let seen = world.store.room(&world.tenant, &made.id, &user("bo")).await.expect("the query runs");
    let seen = seen.expect("the row exists");
    assert_eq!((seen.role, seen.description.as_str()), (Some(Role::Moderator), "Plants"));
    let seen = world.store.room(&world.tenant, &made.id, &user("cy")).await.expect("the query runs");
    assert_eq!(seen.expect("the record returns the room, the policy decides").role, None);

    let conversation = world.seen_by("bo", &made.conversation_id).await;
    assert_eq!((conversation.room_id, conversation.room_name), (Some(made.id), Some("Garden".to_owned())));
}

pub(super) async fn a_room_with_an_unknown_member_is_not_made_at_all(world: World) {
    let mut new = world.new_room(1, "Garden", Visibility::Public);
    new.members.push((user("nobody"), Role::Member));
    assert_eq!(world.store.create_room(new).await, Err(StorageError::Constraint));
    assert_eq!(world.store.room(&world.tenant, &world.room_id(1), &user("ana")).await, Ok(None));
    assert_eq!(world.store.facts(&world.tenant, &world.conversation_id(1_001)).await, Ok(None));
    world.room(1, "Garden", Visibility::Public).await;
    let again = world.store.create_room(world.new_room(1, "Other", Visibility::Public)).await;
    assert_eq!(again, Err(StorageError::Constraint), "an id cannot be reused");
}

pub(super) async fn public_rooms_are_listed_for_all_private_ones_for_members(world: World) {
    world.room(1, "Lobby", Visibility::Public).await;
    world.room(2, "Ana's", Visibility::Private).await;
    let mut shared = world.new_room(3, "Shared", Visibility::Private);
    shared.members.push((user("bo"), Role::Member));
    world.store.create_room(shared).await.expect("creation runs");

    let all = RoomFilter::default();
    assert_eq!(listed(&world, "ana", &all, false).await, ["Shared", "Ana's", "Lobby"]);
    assert_eq!(listed(&world, "bo", &all, false).await, ["Shared", "Lobby"]);
    assert_eq!(listed(&world, "cy", &all, false).await, ["Lobby"]);
    assert_eq!(listed(&world, "cy", &all, true).await, ["Shared", "Ana's", "Lobby"]);

    let mine = RoomFilter { mine: true, ..RoomFilter::default() };
    assert_eq!(listed(&world, "bo", &mine, false).await, ["Shared"]);
    assert_eq!(listed(&world, "cy", &mine, true).await, Vec::<String>::new());
    let private = RoomFilter { visibility: Some(Visibility::Private), ..RoomFilter::default() };
    assert_eq!(listed(&world, "bo", &private, false).await, ["Shared"]);
    let public = RoomFilter { visibility: Some(Visibility::Public), ..RoomFilter::default() };
    assert_eq!(listed(&world, "ana", &public, false).await, ["Lobby"]);
    assert_eq!(listed(&world, "ana", &public, true).await, ["Lobby"]);
}

pub(super) async fn rooms_are_found_by_the_beginnings_of_words(world: World) {
    for (number, name) in [(1, "Día de ÑANDÚ"), (2, "50% \"off\""), (3, "o'clock_x")] {
        world.room(number, name, Visibility::Public).await;
    }
    world.room(4, "Ana's Ñandú", Visibility::Private).await;
    world.room(5, "Other", Visibility::Private).await;
    assert_eq!(listed(&world, "ana", &containing("ÑANDÚ"), false).await, ["Ana's Ñandú", "Día de ÑANDÚ"]);
    let mine = RoomFilter { mine: true, ..containing("ana's") };
    assert_eq!(listed(&world, "ana", &mine, false).await, ["Ana's Ñandú"]);
    world.delete_room(&world.room_id(4), NOW).await.expect("the deletion succeeds");
    assert_eq!(listed(&world, "ana", &mine, false).await, Vec::<String>::new());
    for admin in [false, true] {
        for (q, name) in [
            ("nandu", "Día de ÑANDÚ"),
            ("ñan di\u{301}a", "Día de ÑANDÚ"),
            ("50% \"O", "50% \"off\""),
            ("off", "50% \"off\""),
            ("o'c", "o'clock_x"),
            ("x", "o'clock_x"),
        ] {
            assert_eq!(listed(&world, "bo", &containing(q), admin).await, [name], "{q}");
        }
        for q in ["ndu", "ana nandu x", "%", "_", "'"] {
            assert_eq!(listed(&world, "bo", &containing(q), admin).await, Vec::<String>::new(), "{q}");
        }
        assert_eq!(listed(&world, "bo", &containing("zzz"), admin).await, Vec::<String>::new());
    }
}

pub(super) async fn rooms_that_an_earlier_version_folded_are_folded_again(world: World) {
    world.room(1, "Café José", Visibility::Public).await;
    let as_before = "UPDATE rooms SET search_name = 'café josé', fold_version = 0 WHERE tenant_id = ?1";
    world.sql(Statement::unnamed(as_before, [(&world.tenant).into()])).await;
    assert_eq!(listed(&world, "ana", &containing("jose"), false).await, Vec::<String>::new());
    // Other cases may share the database.
    while world.store.refold_rooms(1).await.expect("a step runs") > 0 {}
    for q in ["jose", "cafe", "jo ca"] {
        assert_eq!(listed(&world, "ana", &containing(q), false).await, ["Café José"], "{q}");
    }
}

pub(super) async fn rooms_page_newest_first(world: World) {
    for number in 1..=5 {
        let visibility = if number % 2 == 0 { Visibility::Private } else { Visibility::Public };
        world.room(number, &format!("Room {number}"), visibility).await;
    }
    for (filter, admin) in [
        (RoomFilter::default(), false),
        (RoomFilter::default(), true),
        (RoomFilter { mine: true, ..RoomFilter::default() }, false),
    ] {
        let mut names = Vec::new();
        let mut before = None;
        while names.len() < 10 {
            let page = world.store.list_rooms(&world.tenant, &user("ana"), &filter, admin, before.as_ref(), 2).await;
            let page = page.expect("the list is read");
            let Some(last) = page.last() else { break };
            before = Some(last.id.clone());
            names.extend(page.into_iter().map(|room| room.name));
        }
        assert_eq!(names, ["Room 5", "Room 4", "Room 3", "Room 2", "Room 1"]);
    }
}

pub(super) async fn a_change_leaves_the_rest_as_it_is(world: World) {
    let room = world.room(1, "Old", Visibility::Public).await;
    let change = RoomChange { name: Some("New".to_owned()), ..RoomChange::default() };
    assert_eq!(world.update_room(&room.id, &change, later(1)).await, Ok(true));
    let change = RoomChange { visibility: Some(Visibility::Private), ..RoomChange::default() };
    assert_eq!(world.update_room(&room.id, &change, later(2)).await, Ok(true));
    let seen = world.store.room(&world.tenant, &room.id, &user("ana")).await.expect("the query runs");
    let seen = seen.expect("the row exists");
    assert_eq!((seen.name.as_str(), seen.visibility), ("New", Visibility::Private));
    assert_eq!(seen.updated_at, Some(later(2)));
    assert_eq!(listed(&world, "ana", &containing("new"), false).await, ["New"]);
    assert_eq!(world.update_room(&world.room_id(9), &change, NOW).await, Ok(false));
}

pub(super) async fn who_writes_and_how_often_is_read_with_the_room_and_by_its_object(world: World) {
    let posting = PostingRules { post: Posting::Moderators, slow_mode_s: 21_600 };
    let new = NewRoom { posting, ..world.new_room(1, "Notices", Visibility::Public) };
    let made = world.store.create_room(new).await.expect("creation runs");
    assert_eq!((made.post, made.slow_mode_s), (Posting::Moderators, 21_600));
    let facts = async || {
        let facts = world.store.facts(&world.tenant, &made.conversation_id).await;
        facts.expect("the query runs").expect("the row exists").posting
    };
    assert_eq!(facts().await, posting);
    let audit = world.audit(Act::RoomUpdated, made.id.as_str(), NOW);
    let change = RoomChange { slow_mode_s: Some(0), ..RoomChange::default() };
    assert_eq!(world.store.update_room(&world.tenant, &made.id, &change, &audit).await, Ok(true));
    assert_eq!(facts().await, PostingRules { slow_mode_s: 0, ..posting });
    let change = RoomChange { post: Some(Posting::All), ..RoomChange::default() };
    assert_eq!(world.store.update_room(&world.tenant, &made.id, &change, &audit).await, Ok(true));
    assert_eq!(facts().await, PostingRules::default());
    for filter in [RoomFilter::default(), RoomFilter { mine: true, ..RoomFilter::default() }] {
        let listed = world.store.list_rooms(&world.tenant, &user("ana"), &filter, false, None, 9).await;
        assert_eq!(listed.expect("the list is read")[0].post, Posting::All);
    }
    let group = world.group(7, &["bo"]).await;
    let facts = world.store.facts(&world.tenant, &group.id).await.expect("the query runs").expect("the row exists");
    assert_eq!(facts.posting, PostingRules::default());
}

pub(super) async fn a_deleted_room_is_gone_with_all_that_is_in_it(world: World) {
    let room = world.room(1, "Old", Visibility::Public).await;
    let (tenant, place, ana) = (&world.tenant, &room.conversation_id, user("ana"));
    world.say(place, &[1, 2]).await;
    assert_eq!(world.delete_room(&room.id, later(1)).await, Ok(true));
    assert_eq!(world.delete_room(&room.id, later(2)).await, Ok(false));

    let store = &world.store;
    assert_eq!(store.room(tenant, &room.id, &ana).await, Ok(None));
    assert_eq!(listed(&world, "ana", &RoomFilter::default(), true).await, Vec::<String>::new());
    assert_eq!(listed(&world, "ana", &RoomFilter::default(), false).await, Vec::<String>::new());
    assert_eq!(store.conversation(tenant, place, &ana).await, Ok(None));
    assert_eq!(store.facts(tenant, place).await, Ok(None));
    assert_eq!(store.membership(tenant, place, &ana).await, Ok(None));
    assert_eq!(store.list_members((tenant, place), None, NOW, None, 50).await, Ok(vec![]));
    assert_eq!(world.page(tenant, place, Anchor::Newest, 50).await, Ok(vec![]));
    assert_eq!(store.message(tenant, &world.message_id(1)).await, Ok(None));
    assert_eq!(store.inbox(tenant, &ana, None, 50).await, Ok(vec![]));
    assert_eq!(world.add(place, "bo", Role::Member).await, None);
    assert_eq!(world.update_room(&room.id, &RoomChange::default(), NOW).await, Ok(false));
}

pub(super) async fn the_general_room_is_made_once_and_stays(world: World) {
    let make = |number| {
        let (room, place) = (world.room_id(number), world.conversation_id(number));
        let (store, tenant) = (&world.store, &world.tenant);
        async move { store.general_room(tenant, &room, &place, &user("ana"), NOW).await.expect("creation runs") }
    };
    let first = make(1).await;
    assert!(first.is_general);
    assert_eq!((first.member_count, first.role, first.visibility), (0, None, Visibility::Public));
    let second = make(2).await;
    assert_eq!(second, first);
    assert_eq!(world.store.facts(&world.tenant, &world.conversation_id(2)).await, Ok(None));
    assert_eq!(world.delete_room(&first.id, NOW).await, Ok(false));
    assert_eq!(make(3).await, first);
    assert!(world.store.facts(&world.tenant, &first.conversation_id).await.expect("the query runs").is_some());

    let (room, place) = (world.room_id(4), world.conversation_id(4));
    let theirs = world.store.general_room(&world.stranger, &room, &place, &user("ana"), NOW).await;
    assert_eq!(theirs.expect("creation runs").id, room, "each tenant has its own general room");
}

pub(super) async fn another_tenants_rooms_are_out_of_reach(world: World) {
    let room = world.room(1, "Ours", Visibility::Public).await;
    let (store, them, ana) = (&world.store, &world.stranger, user("ana"));
    assert_eq!(store.room(them, &room.id, &ana).await, Ok(None));
    for (filter, admin) in [
        (RoomFilter::default(), false),
        (RoomFilter::default(), true),
        (RoomFilter { mine: true, ..RoomFilter::default() }, false),
    ] {
        assert_eq!(store.list_rooms(them, &ana, &filter, admin, None, 50).await, Ok(vec![]));
    }
    let change = RoomChange { name: Some("Theirs".to_owned()), ..RoomChange::default() };
    assert_eq!(
        store.update_room(them, &room.id, &change, &world.audit(Act::RoomUpdated, room.id.as_str(), NOW)).await,
        Ok(false)
    );
    assert_eq!(
        store.delete_room(them, &room.id, &world.audit(Act::RoomDeleted, room.id.as_str(), NOW)).await,
        Ok(false)
    );
    assert_eq!(store.room(&world.tenant, &room.id, &ana).await, Ok(Some(room)));
}
